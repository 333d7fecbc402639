"""What the vendor posts to us, and what nobody should believe."""

from __future__ import annotations

import json
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import Callback, Delivery, Inbound, MalformedCallback, Report
from smsway_tencent_v5._config import TencentV5Config
from smsway_tencent_v5._provider import TencentV5

STATUS = {
    "user_receive_time": "2015-10-17 08:03:04",
    "nationcode": "86",
    "mobile": "13788888888",
    "report_status": "FAIL",
    "errmsg": "MK:0001",
    "description": "",
    "sid": "8:abc",
}
REPLY = {"nationcode": "86", "mobile": "13788888888", "text": "T", "sign": "Acme", "time": 1457336869, "extend": ""}


@pytest.fixture
def read(provider):
    """Read what is posted as this JSON, or these bytes."""
    return lambda posted: provider.read_callback(
        Callback(posted if isinstance(posted, bytes) else json.dumps(posted).encode())
    )


def test_a_list_is_of_status_reports(read):
    reports = read([STATUS, STATUS | {"report_status": "SUCCESS", "mobile": "13788888889"}])

    assert [(report.recipient, report.delivery) for report in reports] == [
        ("+8613788888888", Delivery.UNDELIVERED),
        ("+8613788888889", Delivery.DELIVERED),
    ]


def test_an_object_is_a_reply(read):
    [message] = read(REPLY)

    assert isinstance(message, Inbound)
    assert (message.sender, message.text) == ("+8613788888888", "T")


def test_a_message_that_nobody_asked_for_names_no_country_and_no_signature(read):
    # An early page in github.com/tencentyun/qcloud-documents, its masked phone made a whole one.
    [message] = read(
        {"mobile": "13788888888", "time": 1457336869, "text": "hello", "port": "106901333914", "extend": "01"}
    )

    assert (message.sender, message.text, message.extension) == ("+8613788888888", "hello", "01")
    assert message.raw["port"] == "106901333914"


def test_an_empty_list_has_no_reports(read):
    assert read([]) == []


def test_a_hundred_reports_come_at_once(read):
    assert len(read([STATUS] * 100)) == 100


BAD = [
    "x",
    None,
    {},
    [],
    REPLY,
    STATUS | {"mobile": "13xxxxxxxx"},
    STATUS | {"report_status": "MAYBE"},
    {key: value for key, value in STATUS.items() if key != "nationcode"},
]


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_record_hides_no_other_for_the_same_list_would_be_posted_again(bad, read):
    reports = read([STATUS, bad, STATUS])

    assert [report.delivery for report in reports] == [Delivery.UNDELIVERED, Delivery.UNKNOWN, Delivery.UNDELIVERED]
    assert reports[1].raw == (bad if isinstance(bad, dict) else {"record": bad})


def test_a_bad_record_keeps_what_can_be_read(read):
    _, no_phone, no_status = read([STATUS, STATUS | {"mobile": "13xxxxxxxx"}, STATUS | {"report_status": "MAYBE"}])

    assert (no_phone.recipient, no_phone.provider_message_id, no_phone.reason) == ("", "8:abc", None)
    assert (no_status.recipient, no_status.provider_message_id) == ("+8613788888888", "8:abc")


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("many", [1, 3])
def test_a_list_without_a_readable_record_is_refused(many, bad, read):
    with pytest.raises(MalformedCallback, match="no record says what became of which phone's text"):
        read([bad] * many)


@pytest.mark.parametrize("change", [{"sid": []}, {"user_receive_time": 7}, {"errmsg": {}}, {"description": []}])
def test_a_field_that_does_not_matter_refuses_no_list(change, read):
    [report] = read([STATUS | change])

    assert (report.recipient, report.delivery) == ("+8613788888888", Delivery.UNDELIVERED)


@pytest.mark.parametrize("description", [7, "7"])
def test_a_description_may_be_a_number(description, read):
    [report] = read([STATUS | {"description": description}])

    assert report.detail == "7"


@pytest.mark.parametrize("time", ["today", None, [], 1.5])
def test_a_reply_with_a_bad_time_keeps_the_rest(time, read):
    [message] = read(REPLY | {"time": time})

    assert (message.sender, message.text, message.signature, message.at) == ("+8613788888888", "T", "Acme", None)


def test_an_empty_reply_is_one(read):
    assert read(REPLY | {"text": ""})[0].text == ""


def test_a_time_that_is_none_hides_no_report(read):
    assert read([STATUS | {"user_receive_time": "0000-00-00 00:00:00"}])[0].at is None


@pytest.mark.parametrize(
    "kind", ["voicecode_callback", "voiceprompt_callback", "voicekey_callback", "voice_failure_callback"]
)
def test_what_the_voice_calls_post_is_refused_by_name(kind, read):
    with pytest.raises(MalformedCallback, match=rf"a {kind} is of the voice calls.*register another address"):
        read({kind: {"result": "0", "mobile": "13788888888", "nationcode": "86", "callid": "xxxx"}})


@pytest.mark.parametrize(
    "posted",
    [
        {},
        {"errmsg": "OK", "result": 0},
        STATUS,
        {key: value for key, value in REPLY.items() if key != "text"},
        {key: value for key, value in REPLY.items() if key != "mobile"},
        REPLY | {"mobile": "137-8888-8888"},
        REPLY | {"mobile": None},
        REPLY | {"text": []},
        REPLY | {"text": None},
        "text",
        7,
        None,
        True,
    ],
)
def test_what_is_neither_is_refused(posted, read):
    with pytest.raises(MalformedCallback):
        read(posted)


@pytest.mark.parametrize(
    "body", [b"", b"[", b"\xff", b'[{"sid":"1","sid":"2"}]', b"[NaN]", b"[" * 99999, b"text=T&mobile=13788888888"]
)
def test_what_is_no_json_is_refused(body, read):
    with pytest.raises(MalformedCallback):
        read(body)


def test_nothing_of_what_was_posted_is_quoted(read):
    posted = [STATUS | {"mobile": "13788888888x", "sid": "8:secret"}]

    with pytest.raises(MalformedCallback) as raised:
        read(posted)

    told = "".join(traceback.format_exception(raised.value))
    assert "1378888" not in told
    assert "secret" not in told


def test_what_was_not_taken_is_asked_for_again(provider):
    answer = provider.answer_callback(taken=False)

    assert json.loads(answer.body)["result"] != 0
    assert (answer.status, answer.content_type) == (503, "application/json")


PROVIDER = TencentV5(TencentV5Config(sdk_app_id=1, app_key="k"))
GOOD = [json.dumps(posted).encode() for posted in ([STATUS], [STATUS, STATUS], REPLY, {"voicekey_callback": {}})]
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.floats(allow_nan=False), st.just("13788888888")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from([*STATUS, *REPLY]), inner, max_size=8)
    ),
    max_leaves=10,
)


@st.composite
def broken(draw):
    """A good body with some of its bytes replaced, cut out or doubled."""
    body = bytearray(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(body)))
        end = draw(st.integers(begin, min(begin + 8, len(body))))
        body[begin:end] = draw(st.binary(max_size=8))
    return bytes(body)


@given(st.one_of(st.binary(), broken(), VALUES.map(lambda value: json.dumps(value).encode())))
def test_garbage_is_malformed_and_nothing_else(body):
    read = ()
    told = ""

    try:
        read = PROVIDER.read_callback(Callback(body))
    except MalformedCallback as malformed:
        told = "".join(traceback.format_exception(malformed))

    assert "1378888" not in told
    assert all(isinstance(each, Report | Inbound) for each in read)
    deliveries = {report.delivery for report in read if isinstance(report, Report)}
    assert deliveries != {Delivery.UNKNOWN}
    assert all(message.sender for message in read if isinstance(message, Inbound))

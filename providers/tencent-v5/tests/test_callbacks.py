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


@pytest.mark.parametrize(
    "bad",
    [
        "x",
        None,
        {},
        [],
        STATUS | {"mobile": "13xxxxxxxx"},
        STATUS | {"report_status": "MAYBE"},
        STATUS | {"sid": []},
        STATUS | {"user_receive_time": 7},
        {key: value for key, value in STATUS.items() if key != "nationcode"},
    ],
)
def test_a_bad_record_refuses_the_whole_list_for_it_is_posted_again(bad, read):
    with pytest.raises(MalformedCallback):
        read([STATUS, bad])


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
        {key: value for key, value in REPLY.items() if key != "time"},
        REPLY | {"mobile": "137-8888-8888"},
        REPLY | {"time": "today"},
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
    assert all(report.delivery is not Delivery.UNKNOWN for report in read if isinstance(report, Report))

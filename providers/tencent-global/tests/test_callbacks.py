"""What the vendor posts to us: status reports in an array, or one message from a phone."""

from __future__ import annotations

import json
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import Callback, Delivery, Inbound, MalformedCallback, Reason, Report

# The bodies of the pages of both callbacks, with a phone for the masked one.
STATUS = {
    "user_receive_time": "2015-10-17 08:03:04",
    "nationcode": "86",
    "mobile": "13788888888",
    "report_status": "SUCCESS",
    "errmsg": "DELIVRD",
    "description": "The SMS message is successfully delivered",
    "sid": "xxxxxxx",
}
REPLY = {
    "extend": "Extended code",
    "mobile": "13788888888",
    "nationcode": "86",
    "sign": "SMS signature",
    "text": "User reply",
    "time": 1457336869,
}


def changed(record, changes):
    return {name: value for name, value in {**record, **changes}.items() if value is not ...}


@pytest.fixture(scope="session")
def read(provider):
    """Read what is posted, bytes or what becomes JSON."""

    def posted(what, by=provider):
        return by.read_callback(Callback(what if isinstance(what, bytes) else json.dumps(what).encode()))

    return posted


def test_the_published_status_report_is_read(read):
    (report,) = read([STATUS])

    assert report == Report(
        recipient="+8613788888888",
        delivery=Delivery.DELIVERED,
        provider_message_id="xxxxxxx",
        code="DELIVRD",
        detail="The SMS message is successfully delivered",
        at=1445040184.0,  # 2015-10-17 00:03:04 UTC
        raw=STATUS,
    )


def test_the_published_reply_is_read(read):
    (message,) = read(REPLY)

    assert message == Inbound(
        sender="+8613788888888",
        text="User reply",
        at=1457336869.0,
        extension="Extended code",
        signature="SMS signature",
        raw=REPLY,
    )


def test_one_callback_may_tell_of_many_texts(read):
    reports = read([changed(STATUS, {"sid": str(number)}) for number in range(100)])

    assert [report.provider_message_id for report in reports] == [str(number) for number in range(100)]


def test_an_empty_array_tells_of_nothing(read):
    assert read([]) == ()


@pytest.mark.parametrize(
    ("errmsg", "reason", "code"),
    [
        ("UNDELIV", Reason.UNREACHABLE_RECIPIENT, "UNDELIV"),
        ("EXPIRED", Reason.UNREACHABLE_RECIPIENT, "EXPIRED"),
        ("DELETED", Reason.UNREACHABLE_RECIPIENT, "DELETED"),
        ("REJECTD", Reason.INVALID_CONTENT, "REJECTD"),
        ("SUBFAIL", Reason.INVALID_RECIPIENT, "SUBFAIL"),
        ("COMFAIL", Reason.CARRIER_FAILURE, "COMFAIL"),
        ("WTNFAIL", Reason.CARRIER_FAILURE, "WTNFAIL"),
        ("UNKNOWN", Reason.CARRIER_FAILURE, "UNKNOWN"),
        ("MK:0001", Reason.CARRIER_FAILURE, "MK:0001"),
        ("-43", Reason.CARRIER_FAILURE, "-43"),
        ("13788888888", Reason.CARRIER_FAILURE, None),
        ("1378888 8888", Reason.CARRIER_FAILURE, None),
        ("no\nline", Reason.CARRIER_FAILURE, None),
        ("", Reason.CARRIER_FAILURE, None),
        (None, Reason.CARRIER_FAILURE, None),
        (..., Reason.CARRIER_FAILURE, None),
    ],
)
def test_a_text_that_did_not_arrive_has_a_reason(read, errmsg, reason, code):
    (report,) = read([changed(STATUS, {"report_status": "FAIL", "errmsg": errmsg})])

    assert (report.delivery, report.reason, report.code) == (Delivery.UNDELIVERED, reason, code)


@pytest.mark.parametrize(("ext", "reference"), [("a84166-0", "a84166-0"), ("", None), (None, None), (..., None)])
def test_our_reference_is_there_if_support_has_switched_it_on(read, ext, reference):
    (report,) = read([changed(STATUS, {"ext": ext})])

    assert report.reference == reference


@pytest.mark.parametrize(
    ("zone", "at"),
    [("Asia/Shanghai", 1445040184.0), ("UTC", 1445068984.0), ("America/New_York", 1445083384.0)],
)
def test_a_time_without_a_zone_is_in_the_one_of_the_account(read, make_client, zone, at):
    (report,) = read([STATUS], make_client(time_zone=zone).provider)

    assert report.at == at


@pytest.mark.parametrize("nothing", ["", None, ...])
def test_a_report_without_a_time_is_a_report(read, nothing):
    (report,) = read([changed(STATUS, {"user_receive_time": nothing})])

    assert (report.at, report.delivery) == (None, Delivery.DELIVERED)


def test_a_phone_in_the_vendors_words_is_masked(read):
    (report,) = read([changed(STATUS, {"description": "sent to 13788888888"})])

    assert report.detail == "sent to ***********"
    assert "13788888888" not in repr(report)


@pytest.mark.parametrize(
    "changes",
    [
        {"nationcode": ...},
        {"nationcode": ""},
        {"nationcode": "+86"},
        {"nationcode": 86},
        {"nationcode": "999"},
        {"mobile": ...},
        {"mobile": "13xxxxxxxxx"},
        {"mobile": "137"},
        {"mobile": None},
        {"mobile": "\u0661" * 11},
        {"report_status": ...},
        {"report_status": "success"},
        {"report_status": 0},
        {"sid": ...},
        {"sid": None},
        {"sid": 7},
        {"user_receive_time": "yesterday"},
        {"user_receive_time": 1457336869},
        {"user_receive_time": "2015-13-17 08:03:04"},
        {"user_receive_time": "0001-01-01 00:00:00"},
        {"errmsg": 7},
        {"description": []},
        {"ext": {}},
    ],
)
def test_one_bad_report_makes_the_whole_callback_malformed_for_the_vendor_posts_it_again(read, changes):
    with pytest.raises(MalformedCallback):
        read([STATUS, changed(STATUS, changes), STATUS])


@pytest.mark.parametrize(
    "changes",
    [
        {"nationcode": ...},
        {"mobile": "13xxxxxxxxx"},
        {"text": ...},
        {"text": None},
        {"text": 1},
        {"time": ...},
        {"time": "yesterday"},
        {"time": True},
        {"time": 1457336869.5},
        {"time": None},
        {"sign": 1},
        {"extend": []},
    ],
)
def test_a_bad_message_is_malformed(read, changes):
    with pytest.raises(MalformedCallback):
        read(changed(REPLY, changes))


@pytest.mark.parametrize(("time", "at"), [(0, 0.0), ("1457336869", 1457336869.0)])
def test_the_time_of_a_message_may_be_a_number_in_text(read, time, at):
    assert read({**REPLY, "time": time})[0].at == at


def test_a_text_that_was_cut_inside_an_emoji_is_a_text(read):
    (message,) = read({**REPLY, "text": "STOP \ud83d", "sign": "\ud83d\ude00", "more": ["\udc00"]})

    assert (message.text, message.signature) == ("STOP \ufffd", "\U0001f600")
    assert message.raw["more"] == ["\ufffd"]


@pytest.mark.parametrize("members", [{"extend": ...}, {"extend": None, "sign": None}, {"sign": "", "extend": ""}])
def test_what_a_message_need_not_have_may_be_missing(read, members):
    assert read(changed(REPLY, members))[0].extension is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"1",
        b'"SUCCESS"',
        b"{}",
        b"[[]]",
        b"[1]",
        b"[null]",
        b'{"voicekey_callback":{"mobile":"13788888888"}}',
        b'[{"sid":"1","sid":"2"}]',
        b'[{"sid":NaN}]',
        b"[" * 200_000,
        b"\xff",
        json.dumps(STATUS).encode(),
        json.dumps([REPLY]).encode(),
        json.dumps([STATUS]).encode()[:-1],
        b"sid=1&mobile=13788888888",
    ],
)
def test_anything_else_is_malformed_and_quoted_nowhere(read, body):
    with pytest.raises(MalformedCallback) as caught:
        read(body)

    assert "13788888888" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_traceback_that_shows_locals_shows_nothing_of_a_malformed_callback(read):
    with pytest.raises(MalformedCallback) as caught:
        read([changed(STATUS, {"report_status": "maybe"})])

    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    ours = "".join(
        line for frame in told.stack if "/src/smsway" in frame.filename for line in (frame.locals or {}).values()
    )
    assert "Callback(<" in ours
    assert "13788888888" not in ours


@given(
    body=st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*STATUS, *REPLY, "ext"]), inner, max_size=8)
        ),
        max_leaves=12,
    )
)
def test_nothing_that_is_posted_fails_in_another_way(read, body):
    try:
        found = read(body)
    except MalformedCallback:
        return

    assert all(isinstance(item, Report | Inbound) for item in found)


def test_the_vendor_hears_what_its_pages_ask_for(provider):
    answer = provider.answer_callback(taken=True)

    assert (answer.status, answer.content_type, answer.body) == (200, "application/json", b'{"result":0,"errmsg":"OK"}')


def test_the_vendor_hears_that_it_shall_post_again(provider):
    answer = provider.answer_callback(taken=False)

    assert answer.status == 503
    assert json.loads(answer.body)["result"] != 0

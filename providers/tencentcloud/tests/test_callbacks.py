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
    ("changes", "recipient"),
    [
        ({"nationcode": ...}, ""),
        ({"nationcode": ""}, ""),
        ({"nationcode": "+"}, ""),
        ({"nationcode": "0"}, ""),
        ({"nationcode": "999"}, ""),
        ({"nationcode": True}, ""),
        ({"nationcode": 86.0}, ""),
        ({"mobile": ...}, ""),
        ({"mobile": "13xxxxxxxxx"}, ""),
        ({"mobile": "137"}, ""),
        ({"mobile": None}, ""),
        ({"mobile": "\u0661" * 11}, ""),
        ({"report_status": ...}, "+8613788888888"),
        ({"report_status": "success"}, "+8613788888888"),
        ({"report_status": 0}, "+8613788888888"),
        ({"report_status": ["SUCCESS"]}, "+8613788888888"),
    ],
)
def test_one_bad_report_proves_nothing_and_takes_no_other_with_it(read, changes, recipient):
    bad = changed(STATUS, changes)

    first, second, third = read([STATUS, bad, STATUS])

    assert (first, third) == (read([STATUS])[0],) * 2
    assert (second.delivery, second.recipient, second.reason) == (Delivery.UNKNOWN, recipient, None)
    assert (second.provider_message_id, second.raw) == ("xxxxxxx", bad)


@pytest.mark.parametrize("item", [None, 1, "SUCCESS", [], [STATUS], {}, REPLY])
def test_what_is_no_report_takes_no_report_with_it(read, item):
    good, bad = read([STATUS, item])

    assert good.delivery is Delivery.DELIVERED
    assert bad == Report(
        recipient="+8613788888888" if item is REPLY else "",
        delivery=Delivery.UNKNOWN,
        raw=item if isinstance(item, dict) else {"item": item},
    )


@pytest.mark.parametrize("count", [1, 2, 100])
@pytest.mark.parametrize("changes", [{"mobile": "137****8888"}, {"report_status": "maybe"}])
def test_reports_of_which_not_one_can_be_read_are_malformed(read, changes, count):
    with pytest.raises(MalformedCallback, match="not one"):
        read([changed(STATUS, changes)] * count)


@pytest.mark.parametrize(
    "changes",
    [
        {"mobile": 13788888888},
        {"nationcode": 86},
        {"nationcode": "+86"},
        {"nationcode": "0086"},
        {"nationcode": 86, "mobile": 13788888888},
    ],
)
def test_a_phone_may_be_written_in_numbers_or_with_a_plus(read, changes):
    (report,) = read([changed(STATUS, changes)])
    (message,) = read(changed(REPLY, changes))

    assert (report.recipient, report.delivery) == ("+8613788888888", Delivery.DELIVERED)
    assert message.sender == "+8613788888888"


@pytest.mark.parametrize(
    ("sid", "message_id"), [(7, "7"), (0, "0"), ("", None), (None, None), (..., None), ([], None), (True, None)]
)
def test_an_id_may_be_a_number_and_may_be_missing(read, sid, message_id):
    (report,) = read([changed(STATUS, {"sid": sid})])

    assert (report.provider_message_id, report.delivery) == (message_id, Delivery.DELIVERED)


@pytest.mark.parametrize(
    "written",
    [
        "0000-00-00 00:00:00",
        "1970-01-01 08:00:00",
        "0001-01-01 00:00:00",
        "2015-13-17 08:03:04",
        "yesterday",
        1457336869,
        True,
        [],
    ],
)
def test_a_time_that_is_none_costs_nothing_else(read, written):
    (report,) = read([changed(STATUS, {"report_status": "FAIL", "errmsg": "UNDELIV", "user_receive_time": written})])

    assert (report.at, report.delivery, report.reason, report.recipient) == (
        None,
        Delivery.UNDELIVERED,
        Reason.UNREACHABLE_RECIPIENT,
        "+8613788888888",
    )


@pytest.mark.parametrize("changes", [{"errmsg": []}, {"description": []}, {"ext": {}}])
def test_words_that_are_none_cost_nothing_else(read, changes):
    (report,) = read([changed(STATUS, {"errmsg": ..., "description": ..., **changes})])

    assert (report.code, report.detail, report.reference) == (None, None, None)
    assert (report.delivery, report.at) == (Delivery.DELIVERED, 1445040184.0)


@pytest.mark.parametrize(
    "changes", [{"nationcode": ...}, {"mobile": "13xxxxxxxxx"}, {"text": ...}, {"text": None}, {"text": []}]
)
def test_a_message_without_a_phone_or_a_text_is_malformed(read, changes):
    with pytest.raises(MalformedCallback):
        read(changed(REPLY, changes))


@pytest.mark.parametrize(
    ("time", "at"),
    [
        ("1457336869", 1457336869.0),
        (1, 1.0),
        (10**11 - 1, 99999999999.0),
        (10**11, None),
        (10**400, None),
        ("9" * 12, None),
        (0, None),
        (-1, None),
        (1457336869.5, None),
        ("yesterday", None),
        (True, None),
        (None, None),
        (..., None),
    ],
)
def test_the_time_of_a_message_is_bound_as_in_a_pull_and_costs_nothing_else(read, time, at):
    (message,) = read(changed(REPLY, {"time": time}))

    assert (message.at, message.text) == (at, "User reply")


@pytest.mark.parametrize(("text", "said"), [("", ""), (1, "1"), ("1", "1")])
def test_a_text_may_be_empty_or_a_number(read, text, said):
    assert read({**REPLY, "text": text})[0].text == said


def test_a_text_that_was_cut_inside_an_emoji_is_a_text(read):
    (message,) = read({**REPLY, "text": "STOP \ud83d", "sign": "\ud83d\ude00", "more": ["\udc00"]})

    assert (message.text, message.signature) == ("STOP \ufffd", "\U0001f600")
    assert message.raw["more"] == ["\ufffd"]


@pytest.mark.parametrize("nothing", [..., None, "", [], True])
def test_what_a_message_need_not_have_may_be_missing(read, nothing):
    (message,) = read(changed(REPLY, {"extend": nothing, "sign": nothing}))

    assert (message.extension, message.signature) == (None, None)


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

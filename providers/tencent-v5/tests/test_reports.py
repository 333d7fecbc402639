"""Status reports and replies: how they are asked for, and what a record says, whole or not."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import Delivery, InvalidCall, Phone, Reason, ReportQuery, Response, UnexpectedResponse
from smsway_tencent_v5._codes import report_reason_of
from smsway_tencent_v5._config import TencentV5Config
from smsway_tencent_v5._provider import TencentV5
from smsway_tencentcloud import MAINLAND_RECEIPTS

ONE = "+8613788888888"
SIG = b"c13e54f047ed75e821e698730c72d030dc30e5b510b3f8a0fb6fb7605283d7df"
QUERY = ReportQuery(since=1464624000.9, until=1464706799.1, phone=Phone(ONE))
STATUS = {
    "user_receive_time": "2015-10-17 08:03:04",
    "nationcode": "86",
    "mobile": "13788888888",
    "report_status": "SUCCESS",
    "errmsg": "DELIVRD",
    "description": "ok",
    "sid": "8:abc",
}
REPLY = {"nationcode": "86", "mobile": "13788888888", "text": "T", "sign": "Acme", "time": 1457336869, "extend": "01"}


def listed(*records, **more):
    return {"result": 0, "errmsg": "ok", "count": len(records), "data": list(records)} | more


@pytest.fixture
def pulled(provider, stamp, ended):
    return lambda *records: ended(provider.pull_reports(100, stamp), listed(*records))


@pytest.fixture
def received(provider, stamp, ended):
    return lambda *records: ended(provider.pull_inbound(100, stamp), listed(*records))


@pytest.mark.parametrize(("call", "type_"), [("pull_reports", b"0"), ("pull_inbound", b"1")])
def test_a_pull_says_of_what_and_how_many(call, type_, provider, stamp):
    request = next(getattr(provider, call)(7, stamp))

    assert request.url.startswith("https://yun.tim.qq.com/v5/tlssmssvr/pullstatus?")
    assert request.body == b'{"sig":"' + SIG + b'","time":1457336869,"type":' + type_ + b',"max":7}'


@pytest.mark.parametrize(("call", "type_"), [("find_reports", b"0"), ("find_inbound", b"1")])
def test_a_search_names_the_phone_and_covers_the_whole_window(call, type_, provider, stamp):
    request = next(getattr(provider, call)(QUERY, stamp))

    assert request.url.startswith("https://yun.tim.qq.com/v5/tlssmssvr/pullstatus4mobile?")
    assert request.body == (
        b'{"sig":"' + SIG + b'","time":1457336869,"type":' + type_ + b',"max":100,"begin_time":1464624000,'
        b'"end_time":1464706800,"nationcode":"86","mobile":"13788888888"}'
    )


def test_a_phone_abroad_is_split_by_its_calling_code(provider, stamp):
    query = dataclasses.replace(QUERY, phone=Phone("+85261234567"))

    body = json.loads(next(provider.find_reports(query, stamp)).body)

    assert (body["nationcode"], body["mobile"]) == ("852", "61234567")


@pytest.mark.parametrize("call", ["pull_reports", "pull_inbound"])
@pytest.mark.parametrize("limit", [0, -1, 101, True, "10", 1.0, None])
def test_a_limit_beyond_that_of_the_vendor_is_refused_before_anything_is_asked(call, limit, provider, stamp):
    with pytest.raises(InvalidCall, match=r"is not a number from 1 to 100; pull several times") as raised:
        next(getattr(provider, call)(limit, stamp))

    assert repr(limit) in str(raised.value)


def test_the_limit_of_the_vendor_is_the_one_that_is_told(provider, stamp):
    assert (provider.most_reports, provider.most_inbound) == (100, 100)
    assert json.loads(next(provider.pull_reports(provider.most_reports, stamp)).body)["max"] == 100


@pytest.mark.parametrize("call", ["find_reports", "find_inbound"])
@pytest.mark.parametrize(
    ("change", "way_out"),
    [
        ({"phone": None}, "give the phone"),
        ({"message_ids": ("8:abc",)}, "ask by the phone alone"),
        ({"phone": None, "message_ids": ("8:abc",)}, "ask by the phone alone"),
        ({"since": 5.0, "until": 5.0}, "two moments in seconds since the epoch, in order"),
        ({"since": 6.0, "until": 5.0}, "in order"),
        ({"since": -1.0}, "in order"),
        ({"until": float("inf")}, "in order"),
        ({"since": float("nan")}, "in order"),
        ({"since": False}, "in order"),
        ({"since": "1464624000"}, "in order"),
        ({"until": None}, "in order"),
    ],
)
def test_a_search_that_v5_cannot_make_is_refused_with_the_way_out(call, change, way_out, provider, stamp):
    with pytest.raises(InvalidCall, match=way_out) as raised:
        next(getattr(provider, call)(dataclasses.replace(QUERY, **change), stamp))

    assert "137888" not in str(raised.value)


def test_absence_proves_nothing_for_only_texts_with_a_report_are_found(provider):
    rule = provider.verification

    assert rule.absence_proves is False
    assert (rule.grace, rule.questions, rule.interval) == (5, 4, 10)


@pytest.mark.parametrize("answer", [{"result": 0, "errmsg": "ok", "count": 0, "data": None}, {"result": 0}, listed()])
@pytest.mark.parametrize("call", ["pull_reports", "pull_inbound"])
def test_no_list_is_an_empty_list(call, answer, provider, stamp, ended):
    assert ended(getattr(provider, call)(100, stamp), answer) == []


@pytest.mark.parametrize("count", [0, 1, 2, 3, -1, "2", "3", None, "many"])
def test_no_count_hides_what_is_never_given_again(count, provider, stamp, ended):
    assert len(ended(provider.pull_reports(100, stamp), listed(STATUS, STATUS, count=count))) == 2


@pytest.mark.parametrize("data", [{}, "x", 1, True])
@pytest.mark.parametrize("call", ["pull_reports", "pull_inbound"])
def test_a_list_that_is_none_is_not_believed(call, data, provider, stamp, ended):
    with pytest.raises(UnexpectedResponse):
        ended(getattr(provider, call)(100, stamp), {"result": 0, "data": data})


def test_a_failure_has_its_code_and_reason(pulled):
    [report] = pulled(STATUS | {"report_status": "FAIL", "errmsg": "MK:0001", "description": "no such number"})

    assert (report.delivery, report.reason, report.code, report.detail) == (
        Delivery.UNDELIVERED,
        Reason.INVALID_RECIPIENT,
        "MK:0001",
        "no such number",
    )


@pytest.mark.parametrize(
    ("errmsg", "reason", "code"),
    [
        ("EXPIRED", Reason.UNREACHABLE_RECIPIENT, "EXPIRED"),
        (4, Reason.UNREACHABLE_RECIPIENT, "4"),
        ("-37", Reason.UNREACHABLE_RECIPIENT, "-37"),
        (-106, Reason.INVALID_CONTENT, "-106"),
        ("BWLIST _006", Reason.BLOCKED_RECIPIENT, "BWLIST_006"),
        ("MOBILE BLACK", Reason.BLOCKED_RECIPIENT, "MOBILEBLACK"),
        ("MX:0003", Reason.RECIPIENT_RATE_LIMITED, "MX:0003"),
        ("UNKNOWN", Reason.CARRIER_FAILURE, "UNKNOWN"),
        ("ID:0070", Reason.CARRIER_FAILURE, "ID:0070"),
        ("MN:9999", Reason.CARRIER_FAILURE, "MN:9999"),
        ("DELIVRD", Reason.CARRIER_FAILURE, "DELIVRD"),
        ("", Reason.CARRIER_FAILURE, None),
        (None, Reason.CARRIER_FAILURE, None),
    ],
)
def test_the_code_is_a_hint_at_the_reason(errmsg, reason, code, pulled):
    [report] = pulled(STATUS | {"report_status": "FAIL", "errmsg": errmsg})

    assert (report.delivery, report.reason, report.code) == (Delivery.UNDELIVERED, reason, code)


def test_the_status_decides_and_not_the_code(pulled):
    [report] = pulled(STATUS | {"errmsg": "MK:0001"})

    assert (report.delivery, report.reason, report.code) == (Delivery.DELIVERED, None, "MK:0001")


@pytest.mark.parametrize("errmsg", ["13788888888", "137-8888-8888", "用户已关机", "x" * 33, "call 8613788888888"])
def test_a_text_or_a_phone_is_no_code(errmsg, pulled):
    [report] = pulled(STATUS | {"report_status": "FAIL", "errmsg": errmsg})

    assert (report.code, report.raw["errmsg"]) == (None, errmsg)


def test_the_readme_gives_each_code_its_reason():
    readme = Path(__file__).parents[1].joinpath("README.md").read_text("utf-8")
    rows = re.findall(r"^\| (`[^|]*`(?:, \.\.\.)?) \| `(\w+_\w+)` \|$", readme, re.MULTILINE)

    shown = {code: Reason(reason) for codes, reason in rows for code in re.findall(r"`(.*?)`", codes)}
    assert set(shown.values()) == set(MAINLAND_RECEIPTS.values())
    assert shown == {code: MAINLAND_RECEIPTS[code] for code in shown}


@given(st.text())
def test_every_code_has_a_reason(errmsg):
    assert isinstance(report_reason_of(errmsg), Reason)


def test_our_reference_comes_back_where_the_vendor_repeats_ext(pulled):
    [report] = pulled(STATUS | {"ext": "000000000001731d0676"})

    assert report.reference == "000000000001731d0676"


@pytest.mark.parametrize("change", [{"nationcode": 86}, {"mobile": 13788888888}, {"nationcode": "+86"}, {"sid": 8}])
def test_numbers_may_stand_where_texts_should(change, pulled):
    [report] = pulled(STATUS | change)

    assert (report.recipient, report.delivery) == (ONE, Delivery.DELIVERED)


@pytest.mark.parametrize("name", ["user_receive_time", "errmsg", "description", "sid", "ext"])
@pytest.mark.parametrize("value", [None, ""])
def test_what_says_nothing_is_none(name, value, pulled):
    [report] = pulled(STATUS | {name: value})

    fields = {"user_receive_time": "at", "errmsg": "code", "description": "detail", "sid": "provider_message_id"}
    assert getattr(report, fields.get(name, "reference")) is None
    assert report.delivery is Delivery.DELIVERED


def test_a_description_may_be_a_number(pulled):
    [report] = pulled(STATUS | {"description": 7})

    assert report.detail == "7"


@pytest.mark.parametrize("received", ["0000-00-00 00:00:00", "2015-10-17", "soon", "9999-12-31 23:59:60"])
def test_a_time_that_is_none_hides_no_report(received, pulled):
    [report] = pulled(STATUS | {"report_status": "FAIL", "user_receive_time": received})

    assert (report.at, report.delivery) == (None, Delivery.UNDELIVERED)


@pytest.mark.parametrize(
    ("zone", "utc"),
    [
        ("Asia/Shanghai", datetime(2015, 10, 17, 0, 3, 4, tzinfo=UTC)),
        ("UTC", datetime(2015, 10, 17, 8, 3, 4, tzinfo=UTC)),
        ("America/New_York", datetime(2015, 10, 17, 12, 3, 4, tzinfo=UTC)),
    ],
)
def test_the_time_is_that_of_the_accounts_time_zone(zone, utc, stamp, ended):
    provider = TencentV5(TencentV5Config(sdk_app_id=1, app_key="k", time_zone=zone))

    [report] = ended(provider.pull_reports(1, stamp), listed(STATUS))

    assert report.at == utc.timestamp()


BAD = [
    "x",
    None,
    7,
    [],
    {},
    STATUS | {"mobile": "13xxxxxxxx"},
    STATUS | {"nationcode": ""},
    STATUS | {"nationcode": "00"},
    STATUS | {"mobile": "1" * 16},
    STATUS | {"mobile": None},
    STATUS | {"report_status": "MAYBE"},
    STATUS | {"report_status": 1},
    {key: value for key, value in STATUS.items() if key != "report_status"},
    {key: value for key, value in STATUS.items() if key != "mobile"},
]


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_record_hides_no_other_and_is_kept_as_unknown(bad, pulled):
    reports = pulled(STATUS, bad, STATUS)

    assert [report.delivery for report in reports] == [Delivery.DELIVERED, Delivery.UNKNOWN, Delivery.DELIVERED]
    assert reports[1].raw == (bad if isinstance(bad, dict) else {"record": bad})


def test_a_bad_record_keeps_what_can_be_read(pulled):
    [report] = pulled(STATUS | {"report_status": "MAYBE", "ext": "mine", "errmsg": "MK:0001"})

    assert (report.recipient, report.provider_message_id, report.reference, report.code) == (
        ONE,
        "8:abc",
        "mine",
        "MK:0001",
    )
    assert (report.detail, report.at, report.reason) == ("ok", 1445040184, None)


@pytest.mark.parametrize("change", [{"sid": []}, {"description": 7}, {"errmsg": {}}, {"user_receive_time": 0}])
def test_a_record_is_not_unknown_for_a_field_that_does_not_matter(change, pulled):
    [report] = pulled(STATUS | change)

    assert (report.recipient, report.delivery) == (ONE, Delivery.DELIVERED)


def test_half_an_emoji_is_replaced(received):
    [message] = received(REPLY | {"text": "thanks \ud83d"})

    assert (message.text, message.raw["text"]) == ("thanks \ufffd", "thanks \ufffd")


def test_half_a_surrogate_pair_in_a_bad_record_is_read_as_well(pulled):
    [report] = pulled(STATUS | {"report_status": 7, "sid": "8:\ud800"})

    assert report.provider_message_id == "8:\ufffd"


def test_a_reply_has_its_extension_and_signature(received):
    [message] = received(REPLY)

    assert (message.sender, message.text, message.at) == (ONE, "T", 1457336869.0)
    assert (message.extension, message.signature, message.reference) == ("01", "Acme", None)


@pytest.mark.parametrize("time", ["1457336869", 1457336869])
def test_the_time_of_a_reply_may_stand_in_quotes(time, received):
    [message] = received(REPLY | {"time": time})

    assert message.at == 1457336869.0


@pytest.mark.parametrize("change", [{"nationcode": None}, {"nationcode": ""}, {"nationcode": 86}])
def test_a_reply_without_a_country_code_is_from_the_mainland(change, received):
    assert received(REPLY | change)[0].sender == ONE


@pytest.mark.parametrize("code", [["60"], {}, True, 60.0, "00", "6O"])
def test_a_reply_with_a_country_code_that_cannot_be_read_is_not_from_the_mainland(code, received):
    assert received(REPLY | {"nationcode": code})[0].sender == ""


@pytest.mark.parametrize("change", [{"extend": ""}, {"extend": None}, {"sign": ""}, {"sign": None}])
def test_what_a_reply_does_not_say_is_none(change, received):
    [message] = received(REPLY | change)

    assert None in (message.extension, message.signature)


@pytest.mark.parametrize("time", [0, -1, 10**12])
def test_a_time_beyond_the_calendar_is_none(time, received):
    assert received(REPLY | {"time": time})[0].at is None


def test_a_reply_with_a_bad_time_and_no_country_code_is_from_the_mainland_as_well(received):
    [message] = received({"mobile": "13788888888", "text": "T", "time": "now"})

    assert (message.sender, message.text, message.at) == (ONE, "T", None)


@pytest.mark.parametrize("bad", ["x", None, [], {}, REPLY | {"mobile": "13xxxxxxxx"}, REPLY | {"mobile": []}])
def test_a_bad_reply_hides_no_other(bad, received):
    messages = received(REPLY, bad, REPLY)

    assert [message.sender for message in messages] == [ONE, "", ONE]


@pytest.mark.parametrize("time", [None, "now", [], 1.5, "9" * 30])
def test_a_reply_with_a_bad_time_keeps_the_rest(time, received):
    [message] = received(REPLY | {"time": time})

    assert (message.sender, message.text, message.extension, message.at) == (ONE, "T", "01", None)


@pytest.mark.parametrize(("call", "record"), [("find_reports", STATUS), ("find_inbound", REPLY)])
def test_another_phones_record_is_not_believed(call, record, provider, stamp, ended):
    answer = listed(record, record | {"mobile": "13788888889"})

    with pytest.raises(UnexpectedResponse, match="a phone that was not asked for"):
        ended(getattr(provider, call)(QUERY, stamp), answer)


@pytest.mark.parametrize(("call", "record"), [("find_reports", STATUS), ("find_inbound", REPLY)])
def test_the_phones_own_records_are_found(call, record, provider, stamp, ended):
    assert len(ended(getattr(provider, call)(QUERY, stamp), listed(record, record))) == 2


FINDS = pytest.mark.parametrize(("call", "record"), [("find_reports", STATUS), ("find_inbound", REPLY)])


def told(item):
    return item.raw.get("sid") or item.text


@pytest.fixture
def searched(provider, stamp):
    """Search for records, each beside the second that it is found by; return them and the requests."""

    def search(call, records, query=QUERY):
        exchange = getattr(provider, call)(query, stamp)
        requests = [next(exchange)]
        while True:
            asked = json.loads(requests[-1].body)
            window = range(asked["begin_time"], asked["end_time"] + 1)
            data = [record for second, record in records if second in window][:100]
            try:
                requests.append(exchange.send(Response(200, json.dumps(listed(*data)).encode())))
            except StopIteration as stopped:
                return stopped.value, requests

    return search


def numbered(record, many, begin=1464624000, step=60):
    """Make *many* different records, one every *step* seconds."""
    name = "sid" if "sid" in record else "text"
    return [(begin + step * number, record | {name: f"8:{number}"}) for number in range(many)]


@FINDS
@pytest.mark.parametrize(("many", "asked"), [(0, 1), (99, 1), (100, 3), (101, 3), (250, 7)])
def test_a_full_answer_is_asked_for_again_in_halves(many, asked, call, record, searched):
    items, requests = searched(call, numbered(record, many, step=82799 // max(many, 1)))

    assert [told(item) for item in items] == [f"8:{number}" for number in range(many)]
    assert len(requests) == asked
    assert len({request.url for request in requests}) == asked, "each request has a random number of its own"


@FINDS
def test_halves_share_a_second_and_cover_the_whole_span(call, record, searched):
    _, requests = searched(call, numbered(record, 150, step=1))

    bodies = [json.loads(request.body) for request in requests]
    spans = [(body["begin_time"], body["end_time"]) for body in bodies]
    assert spans[:3] == [(1464624000, 1464706800), (1464624000, 1464665400), (1464624000, 1464644700)]
    assert {(begin, end) for begin, end in spans if end == 1464706800} == {
        (1464624000, 1464706800),
        (1464665400, 1464706800),
    }
    assert {(body["max"], body["mobile"]) for body in bodies} == {(100, "13788888888")}


@FINDS
def test_a_record_of_the_second_that_halves_share_is_found_once(call, record, searched):
    middle = (1464624000 + 1464706800) // 2
    records = numbered(record, 60) + numbered(record | {"extend": "7", "ext": "7"}, 60, middle)

    items, _ = searched(call, records)

    assert sorted(told(item) for item in items) == sorted(f"8:{number}" for number in [*range(60)] * 2)


@FINDS
@pytest.mark.parametrize("later", [0, 600])
def test_a_record_that_comes_twice_in_one_answer_stays_so_when_it_is_halved(later, call, record, searched):
    middle = (1464624000 + 1464706800) // 2
    records = [*numbered(record, 98, step=820), (middle, record), (middle + later, record)]

    items, requests = searched(call, records)

    assert (len(requests), len(items)) == (3, 100)


@FINDS
def test_two_seconds_are_halved_as_well(call, record, searched):
    begin = 1464624000
    query = dataclasses.replace(QUERY, since=begin, until=begin + 2)
    records = [(begin + number // 60 * 2, each) for number, (_, each) in enumerate(numbered(record, 120))]

    items, requests = searched(call, records, query)

    assert (len(requests), len(items)) == (3, 120)


@FINDS
def test_a_record_without_a_readable_phone_is_kept_in_a_search(call, record, searched):
    items, _ = searched(call, [(1464624000, record), (1464624000, record | {"mobile": "13xxxxxxxx"})])

    assert [getattr(item, "recipient", None) or getattr(item, "sender", "") for item in items] == [ONE, ""]


@FINDS
def test_a_second_with_more_than_one_answer_holds_is_not_taken_for_a_whole_one(call, record, searched):
    with pytest.raises(UnexpectedResponse, match="100 records or more in one second"):
        searched(call, numbered(record, 100, step=0))


@FINDS
def test_a_search_ends_after_fifty_requests(call, record, provider, stamp):
    exchange = getattr(provider, call)(QUERY, stamp)
    bodies = [json.loads(next(exchange).body)]

    def answer_all():
        while len(bodies) < 99:
            seconds = bodies[-1]["end_time"] - bodies[-1]["begin_time"]
            data = [record] * (100 if seconds > 600 else 1)
            bodies.append(json.loads(exchange.send(Response(200, json.dumps(listed(*data)).encode())).body))

    with pytest.raises(UnexpectedResponse, match=r"50 requests do not list all.*ask about a shorter time") as raised:
        answer_all()

    assert len(bodies) == 50
    assert "137888" not in str(raised.value)


def test_no_phone_stands_in_the_repr_of_what_comes_back(pulled, received):
    shown = repr([*pulled(STATUS, "x"), *received(REPLY, "x")])

    assert "13788888888" not in shown

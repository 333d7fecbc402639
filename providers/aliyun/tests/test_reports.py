"""QuerySendDetails: the days, the pages and the records of one phone."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from smsway.provider import (
    CallFailed,
    Delivery,
    InvalidCall,
    Reason,
    ReportQuery,
    Response,
    Stamp,
    UnexpectedResponse,
    parse_phone,
)
from smsway_aliyun._reports import _List

A = parse_phone("+8613900000001")
# The page's own values, but for the phone and the text, of which it shows a part.
RECORD = {
    "PhoneNum": "13900000001",
    "SendStatus": 3,
    "ErrCode": "DELIVERED",
    "TemplateCode": "SMS_122310000",
    "Content": "\u3010\u963f\u91cc\u4e91\u3011739150",
    "SendDate": "2019-01-08 16:44:10",
    "ReceiveDate": "2019-01-08 16:44:13",
    "OutId": "123",
}
SENT_AT = datetime(2019, 1, 8, 8, 44, 10, tzinfo=UTC).timestamp()
STAMP = Stamp(SENT_AT + 60, 1)


def answer(*records: object, total: object = "1") -> dict[str, object]:
    return {"TotalCount": total, "SmsSendDetailDTOs": {"SmsSendDetailDTO": list(records)}}


@pytest.fixture
def find(provider, replay):
    """Look up what there is between a minute before and after the text; returns the requests and the reports."""

    def found(*answers, since=SENT_AT - 60, until=SENT_AT + 60, ids=(), phone=A, stamp=STAMP):
        query = ReportQuery(since=since, until=until, phone=phone, message_ids=ids)
        return replay(provider.find_reports(query, stamp), *answers)

    return found


def test_the_record_of_the_page_is_read_without_its_text(find, told):
    (request,), (report,) = find(answer(RECORD))

    assert told(request) == (
        "QuerySendDetails",
        {},
        {"PhoneNumber": "13900000001", "SendDate": "20190108", "PageSize": "50", "CurrentPage": "1"},
    )
    assert (report.recipient, report.delivery, report.code) == (A, Delivery.DELIVERED, "DELIVERED")
    assert (report.reference, report.provider_message_id, report.at) == ("123", None, SENT_AT + 3)
    assert report.raw == {name: value for name, value in RECORD.items() if name != "Content"}


@pytest.mark.parametrize(
    ("changed", "delivery", "reason"),
    [
        ({"SendStatus": 1, "ErrCode": None, "ReceiveDate": None}, Delivery.ACCEPTED, None),
        ({"SendStatus": 2, "ErrCode": "MOBILE_SEND_LIMIT"}, Delivery.UNDELIVERED, Reason.RECIPIENT_RATE_LIMITED),
        ({"SendStatus": "3"}, Delivery.DELIVERED, None),
        ({"SendStatus": 4}, Delivery.UNKNOWN, None),
        ({"SendStatus": True}, Delivery.UNKNOWN, None),
        ({"SendStatus": None}, Delivery.UNKNOWN, None),
    ],
)
def test_the_status_decides_what_became_of_a_text(find, changed, delivery, reason):
    _, (report,) = find(answer({**RECORD, **changed}))

    assert (report.delivery, report.reason) == (delivery, reason)


def test_the_total_is_not_believed(find):
    # github.com/aliyun/alibabacloud-java-sdk/issues/42: a number, and no records for it.
    assert find(answer(total=2))[1] == []
    assert find({"TotalCount": 0, "SmsSendDetailDTOs": {}})[1] == []


def test_a_full_page_is_followed_by_another_under_another_nonce(find, told):
    records = [{**RECORD, "OutId": str(number)} for number in range(51)]

    requests, reports = find(answer(*records[:50]), answer(*records[50:]))

    assert [report.reference for report in reports] == [str(number) for number in range(51)]
    assert [told(request)[2]["CurrentPage"] for request in requests] == ["1", "2"]
    nonces = [request.headers["x-acs-signature-nonce"] for request in requests]
    assert nonces == ["00000000000000000001", "00000000000000000001-2"]


def test_each_day_in_china_that_the_span_touches_is_asked_about_but_none_that_has_yet_to_come(find, told):
    midnight = datetime(2019, 1, 7, 16, tzinfo=UTC).timestamp()

    requests, reports = find(answer(), answer(RECORD), since=midnight - 1, until=midnight + 10 * 86_400)

    assert [told(request)[2]["SendDate"] for request in requests] == ["20190107", "20190108"]
    assert len(reports) == 1


def test_each_message_id_is_asked_for_and_named_by_its_reports(find, told):
    requests, reports = find(answer(RECORD), answer(), ids=("1^0", "2^0", "1^0"))

    assert [told(request)[2]["BizId"] for request in requests] == ["1^0", "2^0"]
    assert [report.provider_message_id for report in reports] == ["1^0"]


@pytest.mark.parametrize(("shift", "count"), [(-60, 1), (0.9, 1), (1, 0), (-121, 0)])
def test_records_of_another_time_are_left_out_to_the_second(find, shift, count):
    since = SENT_AT + shift

    assert len(find(answer(RECORD), since=since, until=since + 120)[1]) == count


def test_a_record_whose_time_cannot_be_read_is_kept(find):
    assert len(find(answer({**RECORD, "SendDate": "yesterday"}))[1]) == 1


def test_a_record_that_cannot_be_read_is_kept_beside_a_good_one(find):
    _, (bad, good) = find(answer("x", RECORD))

    assert (bad.recipient, bad.delivery, bad.raw) == ("", Delivery.UNKNOWN, {"record": "x"})
    assert good.recipient == A


def test_a_record_of_another_phone_makes_the_answer_suspect(find):
    with pytest.raises(UnexpectedResponse, match="was not in the request"):
        find(answer(RECORD, {**RECORD, "PhoneNum": "13900000002"}))


def test_pages_without_an_end_are_not_walked_for_ever(find):
    with pytest.raises(UnexpectedResponse, match="no end"):
        find(*[answer(*[RECORD] * 50)] * 100)


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        ({"phone": None}, "give phone"),
        ({"phone": None, "ids": ("1^0",)}, "give phone"),
        ({"since": SENT_AT - 31 * 86_400}, "30 days"),
        ({"since": SENT_AT + 86_400, "until": SENT_AT + 2 * 86_400}, "yet to come"),
        ({"since": SENT_AT, "until": SENT_AT}, "is not before"),
        ({"since": SENT_AT, "until": float("nan")}, "is not before"),
        ({"until": 1e300}, "beyond the calendar"),
    ],
)
def test_what_the_vendor_cannot_be_asked_is_refused_before(find, asked, match):
    with pytest.raises(InvalidCall, match=match):
        find(**asked)


def test_thirty_days_back_can_be_asked_about(find):
    requests, _ = find(*[answer()] * 31, since=SENT_AT - 30 * 86_400)

    days = [request.body.decode().partition("SendDate=")[2][:8] for request in requests]
    assert (days[0], days[-1]) == ("20181209", "20190108")
    assert all(one < other for one, other in pairwise(days))


def test_success_under_another_status_is_not_believed(find):
    with pytest.raises(UnexpectedResponse, match="HTTP status 400"):
        find(Response(400, b'{"Code": "OK", "SmsSendDetailDTOs": {}}'))


def test_an_answer_on_a_connection_that_carried_others_is_not_believed(find):
    with pytest.raises(UnexpectedResponse, match="echoes nothing"):
        find(Response(200, b'{"Code": "OK", "SmsSendDetailDTOs": {}}', fresh=False))


def test_an_object_of_an_answer_shows_none_of_its_members():
    assert "13900000001" not in repr(_List.model_validate({"SmsSendDetailDTO": [RECORD]}))


def test_a_refusal_keeps_its_code(find):
    with pytest.raises(CallFailed) as caught:
        find({"Code": "isp.RAM_PERMISSION_DENY", "Message": "no"})

    assert (caught.value.code, caught.value.reason) == ("isp.RAM_PERMISSION_DENY", Reason.PERMISSION)

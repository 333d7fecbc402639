"""Dysmsapi as the sandbox plays it: what became of the texts, asked for by phone and day, or counted by day.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import inf, nextafter
from types import MappingProxyType

from smsway.provider import Delivery, Phone, Reason, SandboxDesk, SandboxReport
from smsway_aliyun._sandbox_body import CHINA, Admitted, Refused, moment, number_of, phone_of

PAGE = range(1, 51)
"""How many items a page may have."""

PAGES = range(1, 10**9)
"""The number of a page."""

_KEPT = timedelta(days=30)

_STATUS: Mapping[Delivery, int] = MappingProxyType(
    {Delivery.ACCEPTED: 1, Delivery.UNDELIVERED: 2, Delivery.DELIVERED: 3}
)
RECEIPTS: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.UNREACHABLE_RECIPIENT: "MOBILE_NOT_ON_SERVICE",
        Reason.INVALID_RECIPIENT: "INVALID_NUMBER",
        Reason.BLOCKED_RECIPIENT: "MOBILE_IN_BLACK",
        Reason.RECIPIENT_RATE_LIMITED: "MOBILE_SEND_LIMIT",
        Reason.INVALID_CONTENT: "CONTENT_KEYWORD",
    }
)
"""What a report says of a text that did not arrive; `SP_UNKNOWN_ERROR` for any other reason."""


def receipt(report: SandboxReport) -> str:
    """Return the receipt code of *report*."""
    if report.delivery is Delivery.DELIVERED:
        return "DELIVERED"
    return RECEIPTS.get(report.reason or Reason.OTHER, "SP_UNKNOWN_ERROR")


def judge_send_details(call: Admitted) -> dict[str, object]:
    """Judge QuerySendDetails; the newest text comes first, an order that no page names."""
    phone, day = phone_of(call.text("PhoneNumber")), call.day("SendDate")
    size, page = call.number("PageSize", PAGE), call.number("CurrentPage", PAGES)
    receipt_id = call.optional("BizId")
    if phone is None:
        raise Refused("isv.MOBILE_NUMBER_ILLEGAL")
    if day <= datetime.fromtimestamp(call.desk.now, CHINA) - _KEPT - timedelta(days=1):
        raise Refused("isv.INVALID_PARAMETERS", "SendDate")
    found = [
        text for text in _texts(call.desk, day, day) if text.phone == phone and receipt_id in {"", text.message_id}
    ]
    found.reverse()
    records = found[size * (page - 1) : size * page]
    return {"TotalCount": len(found), "SmsSendDetailDTOs": {"SmsSendDetailDTO": [_detail(text) for text in records]}}


def _texts(desk: SandboxDesk, first: datetime, last: datetime) -> Sequence[SandboxReport]:
    """Return the texts of the days from *first* to *last*, the oldest first."""
    since, until = first.timestamp(), nextafter((last + timedelta(days=1)).timestamp(), -inf)
    return sorted([*desk.reports(since, until), *desk.unreported(since, until)], key=lambda text: text.sent_at)


def _detail(text: SandboxReport) -> dict[str, object]:
    # The desk does not keep what a text said.
    told = {
        "PhoneNum": number_of(text.phone),
        "SendStatus": _STATUS[text.delivery],
        "SendDate": moment(text.sent_at),
        "TemplateCode": text.template or "",
        "Content": "",
        "OutId": text.reference or "",
    }
    if text.delivery is Delivery.ACCEPTED:
        return told
    return {**told, "ErrCode": receipt(text), "ReceiveDate": moment(text.at)}


def judge_send_statistics(call: Admitted) -> dict[str, object]:
    """Judge QuerySendStatistics, for all signatures and types of templates; a day without texts is left out."""
    at_home = call.number("IsGlobe", range(1, 3)) == 1
    first, last = call.day("StartDate"), call.day("EndDate")
    page, size = call.number("PageIndex", PAGES), call.number("PageSize", PAGE)
    if last < first:
        raise Refused("isv.INVALID_PARAMETERS", "EndDate")
    days: dict[str, list[SandboxReport]] = {}
    for text in _texts(call.desk, first, last):
        if (Phone(text.phone).country == "CN") == at_home:
            days.setdefault(moment(text.sent_at)[:10].replace("-", ""), []).append(text)
    rows = [_count(day, texts) for day, texts in days.items()]
    return {"Data": {"TotalSize": len(rows), "TargetList": rows[size * (page - 1) : size * page]}}


def _count(day: str, texts: Sequence[SandboxReport]) -> dict[str, object]:
    counts = {delivery: sum(text.fee for text in texts if text.delivery is delivery) for delivery in _STATUS}
    return {
        "SendDate": day,
        "TotalCount": sum(counts.values()),
        "RespondedSuccessCount": counts[Delivery.DELIVERED],
        "RespondedFailCount": counts[Delivery.UNDELIVERED],
        "NoRespondedCount": counts[Delivery.ACCEPTED],
    }

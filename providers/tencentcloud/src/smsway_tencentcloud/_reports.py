"""Delivery reports and messages from phones: off the vendor's queue, or of one phone.

The pages are tencentcloud.com/document/product/382/40519 (PullSmsSendStatus), 40518 (...ByPhoneNumber),
40521 (PullSmsReplyStatus) and 40520 (...ByPhoneNumber).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from smsway.provider import (
    Delivery,
    Exchange,
    Inbound,
    InvalidCall,
    Report,
    ReportQuery,
    Response,
    Stamp,
    UnexpectedResponse,
    Verification,
    clean,
)
from smsway_tencentcloud._api import Api, content_of
from smsway_tencentcloud._receipts import Receipts, cause, receipt_code
from smsway_tencentcloud._records import joined, phone_of, record_of, seconds_of, text_of
from smsway_tencentcloud._times import check_span
from smsway_tencentcloud._words import DELIVERIES

MOST = 100
"""How many reports or messages one request can fetch."""

DAYS = 7
"""How far back the reports and messages of one phone are kept."""

VERIFICATION = Verification(grace=15, questions=4, interval=15)
"""A report comes once the carrier has answered, mostly within a minute. Only texts that have one are listed."""

_SLACK = 60
"""By so many seconds may a span begin too early; the days were counted a moment before the request is made."""

_PATIENCE = 50
"""How many requests one search may take."""

ItemT = TypeVar("ItemT", Report, Inbound)


def pull_reports(api: Api, limit: int, stamp: Stamp) -> Exchange[Sequence[Report]]:
    """Take up to *limit* reports off the queue of the application."""
    return (yield from api.ask("PullSmsSendStatus", _pull(api, limit), stamp, partial(_reports, api.scope.receipts)))


def pull_inbound(api: Api, limit: int, stamp: Stamp) -> Exchange[Sequence[Inbound]]:
    """Take up to *limit* messages off the queue of the application."""
    return (yield from api.ask("PullSmsReplyStatus", _pull(api, limit), stamp, _messages))


def _pull(api: Api, limit: int) -> dict[str, object]:
    if type(limit) is not int or not 1 <= limit <= MOST:
        raise InvalidCall(f"limit: {limit!r} cannot be fetched at once; give 1 to {MOST}, and ask again for more")
    return {"Limit": limit, "SmsSdkAppId": api.config.sdk_app_id}


def find_reports(api: Api, query: ReportQuery, stamp: Stamp) -> Exchange[Sequence[Report]]:
    """Look up the reports of one phone."""
    read = partial(_reports_of, api.scope.receipts)
    return (yield from _find(api, "PullSmsSendStatusByPhoneNumber", query, stamp, read))


def find_inbound(api: Api, query: ReportQuery, stamp: Stamp) -> Exchange[Sequence[Inbound]]:
    """Look up the messages of one phone."""
    return (yield from _find(api, "PullSmsReplyStatusByPhoneNumber", query, stamp, _messages_of))


def _find(
    api: Api, action: str, query: ReportQuery, stamp: Stamp, read: Callable[[str, Response], Sequence[ItemT]]
) -> Exchange[Sequence[ItemT]]:
    """Ask for *query*, in halves wherever an answer is full: `Offset` is fixed at 0, so there is no second page.

    Raises `UnexpectedResponse` if that does not come to an end, for a part must not be taken for the whole.
    """
    phone, span = _asked(query, stamp)
    found: list[ItemT] = []
    spans = [span]
    for _ in range(_PATIENCE):
        begin, end = spans.pop()
        content = {
            "BeginTime": begin,
            "Offset": 0,
            "Limit": MOST,
            "PhoneNumber": phone,
            "SmsSdkAppId": api.config.sdk_app_id,
            "EndTime": end,
        }
        items = yield from api.ask(action, content, stamp, partial(read, phone))
        if len(items) < MOST:
            found = _joined(found, items)
        else:
            spans += _halves(begin, end)
        if not spans:
            return tuple(found)
    raise UnexpectedResponse(f"{_PATIENCE} requests do not list all that the phone has; ask about a shorter time")


def _halves(begin: int, end: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Split a span, the earlier half last; whether a bound belongs to it is not documented, so the halves share one."""
    if end - begin <= 1:
        raise UnexpectedResponse(f"the phone has {MOST} items or more in one second, and no call lists the rest")
    middle = (begin + end) // 2
    return (middle, end), (begin, middle)


def _joined(found: list[ItemT], items: Sequence[ItemT]) -> list[ItemT]:
    """Add to what was found what another span has, without what both have."""
    others = list(found)
    new: list[ItemT] = []
    for item in items:
        if item in others:
            others.remove(item)  # an answer may hold the same item twice, and then both count
        else:
            new.append(item)
    return found + new


def _asked(query: ReportQuery, stamp: Stamp) -> tuple[str, tuple[int, int]]:
    """Return the phone and the span to ask for, in whole seconds; raises `InvalidCall`."""
    if query.phone is None or query.message_ids:
        raise InvalidCall("TencentCloud looks reports and messages up by phone alone; give phone, and no message_ids")
    check_span(query.since, query.until)
    oldest = stamp.now - DAYS * 86_400
    if query.since < oldest - _SLACK:
        raise InvalidCall(
            f"since {query.since} is more than {DAYS} days ago, and the vendor keeps no more; give a later one"
        )
    begin = max(math.floor(query.since), math.ceil(oldest))
    return str(query.phone), (begin, max(math.ceil(query.until), begin))


class _Reports(TypedDict):
    PullSmsSendStatusSet: list[object] | None


class _Messages(TypedDict):
    PullSmsReplyStatusSet: list[object] | None


_REPORTS = TypeAdapter(_Reports)
_MESSAGES = TypeAdapter(_Messages)


def _reports(receipts: Receipts, response: Response) -> tuple[Report, ...]:
    items = content_of(response, _REPORTS)["PullSmsSendStatusSet"] or ()
    return tuple(map(partial(_report, receipts), items))


def _messages(response: Response) -> tuple[Inbound, ...]:
    return tuple(map(_message, content_of(response, _MESSAGES)["PullSmsReplyStatusSet"] or ()))


def _reports_of(receipts: Receipts, phone: str, response: Response) -> tuple[Report, ...]:
    reports = _reports(receipts, response)
    _check_phone(phone, [report.recipient for report in reports])
    return reports


def _messages_of(phone: str, response: Response) -> tuple[Inbound, ...]:
    messages = _messages(response)
    _check_phone(phone, [message.sender for message in messages])
    return messages


def _check_phone(asked: str, told: Sequence[str]) -> None:
    """Raise `UnexpectedResponse` if anything is *told* of another phone; one that cannot be read is no other."""
    if not {asked, ""}.issuperset(told):
        raise UnexpectedResponse("the answer speaks of a phone that was not in the request")


def _report(receipts: Receipts, item: object) -> Report:
    record = record_of(item)
    phone = _phone(record)
    told = DELIVERIES.get(text_of(record, "ReportStatus") or "", Delivery.UNKNOWN)
    delivery = told if phone else Delivery.UNKNOWN
    words = text_of(record, "Description")
    # There is no member for the receipt code, and in the vendor's own samples the description is one.
    code = receipt_code(words) if words and words.isupper() else None
    return Report(
        recipient=phone or "",
        delivery=delivery,
        provider_message_id=text_of(record, "SerialNo"),
        reference=text_of(record, "SessionContext"),
        reason=cause(receipts, delivery, code),
        code=code,
        detail=None if code else clean(words),
        at=seconds_of(record, "UserReceiveTime"),
        raw=record,
    )


def _message(item: object) -> Inbound:
    record = record_of(item)
    return Inbound(
        sender=_phone(record) or "",
        text=text_of(record, "ReplyContent") or "",
        at=seconds_of(record, "ReplyTime"),
        extension=text_of(record, "ExtendCode"),
        signature=text_of(record, "SignName"),
        raw=record,
    )


def _phone(record: Mapping[str, object]) -> str | None:
    """Return the phone, which is there twice: whole, and in its parts. A record that names two phones is about none."""
    whole = phone_of(text_of(record, "PhoneNumber"))
    parts = phone_of(joined(text_of(record, "CountryCode"), text_of(record, "SubscriberNumber")))
    return None if whole and parts and whole != parts else whole or parts

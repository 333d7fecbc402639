"""Delivery reports and messages from phones: off the vendor's queue, or of one phone.

The pages are tencentcloud.com/document/product/382/40519 (PullSmsSendStatus), 40518 (...ByPhoneNumber),
40521 (PullSmsReplyStatus) and 40520 (...ByPhoneNumber).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
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
    Verification,
    clean,
    parse_phone,
)
from smsway_tencent_global._calls import Api, content_of
from smsway_tencent_global._times import check_span
from smsway_tencent_global._words import DELIVERIES, cause, receipt_code

MOST = 100
"""How many reports or messages one request can fetch."""

DAYS = 7
"""How far back the reports and messages of one phone are kept."""

VERIFICATION = Verification(grace=15, questions=4, interval=15)
"""A report comes once the carrier has answered, mostly within a minute. Only texts that have one are listed."""

_SLACK = 60
"""By so many seconds may a span begin too early; the days were counted a moment before the request is made."""

_PATIENCE = 50
"""After so many requests about one phone, a full answer is taken for a whole one."""

ItemT = TypeVar("ItemT", Report, Inbound)


def pull_reports(api: Api, limit: int, stamp: Stamp) -> Exchange[Sequence[Report]]:
    """Take up to *limit* reports off the queue of the application."""
    return (yield from api.ask("PullSmsSendStatus", _pull(api, limit), stamp, _reports))


def pull_inbound(api: Api, limit: int, stamp: Stamp) -> Exchange[Sequence[Inbound]]:
    """Take up to *limit* messages off the queue of the application."""
    return (yield from api.ask("PullSmsReplyStatus", _pull(api, limit), stamp, _messages))


def _pull(api: Api, limit: int) -> dict[str, object]:
    if not 1 <= limit <= MOST:
        raise InvalidCall(f"limit: {limit} cannot be fetched at once; give 1 to {MOST}, and ask again for more")
    return {"Limit": limit, "SmsSdkAppId": api.config.sdk_app_id}


def find_reports(api: Api, query: ReportQuery, stamp: Stamp) -> Exchange[Sequence[Report]]:
    """Look up the reports of one phone."""
    return (yield from _find(api, "PullSmsSendStatusByPhoneNumber", query, stamp, _reports))


def find_inbound(api: Api, query: ReportQuery, stamp: Stamp) -> Exchange[Sequence[Inbound]]:
    """Look up the messages of one phone."""
    return (yield from _find(api, "PullSmsReplyStatusByPhoneNumber", query, stamp, _messages))


def _find(
    api: Api, action: str, query: ReportQuery, stamp: Stamp, read: Callable[[Response], Sequence[ItemT]]
) -> Exchange[Sequence[ItemT]]:
    """Ask for *query*, in halves wherever an answer is full: `Offset` is fixed at 0, so there is no second page."""
    phone, spans = _asked(query, stamp)
    found: list[ItemT] = []
    left = _PATIENCE
    while spans:
        begin, end = spans.pop()
        left -= 1
        content = {
            "BeginTime": begin,
            "Offset": 0,
            "Limit": MOST,
            "PhoneNumber": phone,
            "SmsSdkAppId": api.config.sdk_app_id,
            "EndTime": end,
        }
        items = yield from api.ask(action, content, stamp, read)
        if len(items) >= MOST and end - begin > 1 and left > 0:
            middle = (begin + end) // 2
            # Whether a bound belongs to the span is not documented, so they share it; the earlier half is asked first.
            spans += [(middle, end), (begin, middle)]
        else:
            found += [item for item in items if item not in found]
    return tuple(found)


def _asked(query: ReportQuery, stamp: Stamp) -> tuple[str, list[tuple[int, int]]]:
    """Return the phone and the span to ask for, in whole seconds; raises `InvalidCall`."""
    if query.phone is None or query.message_ids:
        raise InvalidCall("tencent-global looks reports and messages up by phone alone; give phone, and no message_ids")
    check_span(query.since, query.until)
    oldest = stamp.now - DAYS * 86_400
    if query.since < oldest - _SLACK:
        raise InvalidCall(
            f"since {query.since} is more than {DAYS} days ago, and the vendor keeps no more; give a later one"
        )
    begin = max(math.floor(query.since), math.ceil(oldest))
    return str(query.phone), [(begin, max(math.ceil(query.until), begin))]


class _Reports(TypedDict):
    PullSmsSendStatusSet: list[object] | None


class _Messages(TypedDict):
    PullSmsReplyStatusSet: list[object] | None


_REPORTS = TypeAdapter(_Reports)
_MESSAGES = TypeAdapter(_Messages)


def _reports(response: Response) -> tuple[Report, ...]:
    return tuple(map(_report, content_of(response, _REPORTS)["PullSmsSendStatusSet"] or ()))


def _messages(response: Response) -> tuple[Inbound, ...]:
    return tuple(map(_message, content_of(response, _MESSAGES)["PullSmsReplyStatusSet"] or ()))


# An item that was pulled never comes again, and takes no other with it: whatever cannot be read of it stays in `raw`.


def _report(item: object) -> Report:
    record = _record(item)
    phone = _phone(record)
    told = DELIVERIES.get(_text(record, "ReportStatus") or "", Delivery.UNKNOWN)
    delivery = Delivery.UNKNOWN if phone is None else told
    words = _text(record, "Description")
    # There is no member for the receipt code, and in the vendor's own samples the description is one.
    code = receipt_code(words) if words and words.isupper() else None
    return Report(
        recipient=phone or _text(record, "PhoneNumber") or "",
        delivery=delivery,
        provider_message_id=_text(record, "SerialNo"),
        reference=_text(record, "SessionContext"),
        reason=cause(delivery, code),
        code=code,
        detail=None if code else clean(words),
        at=_moment(record, "UserReceiveTime"),
        raw=record,
    )


def _message(item: object) -> Inbound:
    record = _record(item)
    return Inbound(
        sender=_phone(record) or _text(record, "PhoneNumber") or "",
        text=_text(record, "ReplyContent") or "",
        at=_moment(record, "ReplyTime"),
        extension=_text(record, "ExtendCode"),
        signature=_text(record, "SignName"),
        raw=record,
    )


def _record(item: object) -> Mapping[str, object]:
    return item if isinstance(item, dict) else {"item": item}


_E164 = re.compile(r"\+[0-9]{7,15}")


def _text(record: Mapping[str, object], name: str) -> str | None:
    value = record.get(name)
    return value if isinstance(value, str) and value else None


def _phone(record: Mapping[str, object]) -> str | None:
    number = _text(record, "PhoneNumber")
    parts = f"+{_text(record, 'CountryCode')}{_text(record, 'SubscriberNumber')}"
    for written in (number, parts):
        if written and _E164.fullmatch(written):
            try:
                return parse_phone(written)
            except ValueError:
                continue
    return None


def _moment(record: Mapping[str, object], name: str) -> float | None:
    value = record.get(name)
    seconds = int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,11}", value) else value
    return float(seconds) if type(seconds) is int and 0 < seconds < 10**11 else None

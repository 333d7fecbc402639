"""Twilio as the sandbox plays it, what it keeps: messages by the page and one by one, and the balance.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import MappingProxyType
from urllib.parse import urlencode

from smsway.provider import Delivery, Reason, SandboxInbound, SandboxReply, SandboxReport, count_segments
from smsway_twilio._sandbox_call import Admitted
from smsway_twilio._sandbox_refusals import Refused

NUMBER = "+15005550006"
"""The number that sends and is written to where nobody names one: the good one of the vendor's test credentials."""

PRICE = 0.0075
"""US dollars that a segment costs, as in the samples of twilio-oai 2.6.7; one unit of the sandbox's balance."""

_UNLIMITED = 1_000_000

ERRORS: Mapping[Reason, tuple[str, int]] = MappingProxyType(
    {
        Reason.UNREACHABLE_RECIPIENT: ("undelivered", 30003),
        Reason.BLOCKED_RECIPIENT: ("undelivered", 30004),
        Reason.INVALID_RECIPIENT: ("undelivered", 30005),
        Reason.INVALID_CONTENT: ("undelivered", 30007),
        Reason.CARRIER_FAILURE: ("undelivered", 30008),
        Reason.RECIPIENT_RATE_LIMITED: ("failed", 14107),
        Reason.INSUFFICIENT_BALANCE: ("failed", 30002),
    }
)
"""Status and code of a message that did not arrive; `undelivered` and 30008 for any other cause."""

_WORDS: Mapping[int, str] = MappingProxyType(
    {
        14107: "SMS send rate limit exceeded",
        30002: "Account suspended",
        30003: "Unreachable destination handset",
        30004: "Message blocked",
        30005: "Unknown destination handset",
        30007: "Message filtered",
        30008: "Unknown error",
    }
)


@dataclass(frozen=True, slots=True)
class Message:
    """A message as the vendor keeps it; times are in seconds since the epoch (UTC)."""

    sid: str
    to: str
    sender: str | None
    status: str
    segments: int
    created: float
    service: str | None = None
    body: str | None = None
    direction: str = "outbound-api"
    sent: float | None = None
    updated: float | None = None
    error: int | None = None
    priced: bool = False


def record(asked: Admitted, message: Message) -> dict[str, object]:
    """Write *message* as the resource of the API that it is."""
    uri = f"{asked.base}/Messages/{message.sid}"
    return {
        "account_sid": asked.config.account_sid,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": _date(message.created),
        "date_sent": _date(message.sent),
        "date_updated": _date(message.created if message.updated is None else message.updated),
        "direction": message.direction,
        "error_code": message.error,
        "error_message": _WORDS.get(message.error) if message.error else None,
        "from": message.sender,
        "messaging_service_sid": message.service,
        "num_media": "0",
        "num_segments": str(message.segments),
        "price": f"-{message.segments * PRICE:.5f}" if message.priced else None,
        "price_unit": "USD" if message.priced else None,
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def _date(moment: float | None) -> str | None:
    return None if moment is None else format_datetime(datetime.fromtimestamp(int(moment), UTC))


def outcome_of(report: SandboxReport) -> tuple[str, int | None]:
    """Return the status, and the code if it did not arrive, of the message that *report* is about."""
    if report.delivery is Delivery.DELIVERED:
        return "delivered", None
    return ERRORS.get(report.reason or Reason.OTHER, ("undelivered", 30008))


def sid_of(message: SandboxInbound) -> str:
    """Return the SID of a *message* from a phone, the same whenever it is asked for."""
    return f"SM{uuid.uuid5(uuid.NAMESPACE_OID, f'{message.phone} {message.at} {message.text}').hex}"


def _sent(report: SandboxReport) -> Message:
    status, error = ("sent", None) if report.delivery is Delivery.ACCEPTED else outcome_of(report)
    return Message(
        report.message_id,
        to=report.phone,
        sender=NUMBER,
        status=status,
        segments=report.fee,
        created=report.sent_at,
        sent=report.sent_at,
        updated=report.at,
        error=error,
        priced=True,
    )


def _received(message: SandboxInbound) -> Message:
    return Message(
        sid_of(message),
        to=message.extension or NUMBER,
        sender=message.phone,
        status="received",
        segments=count_segments(message.text),
        created=message.at,
        sent=message.at,
        body=message.text,
        direction="inbound",
        priced=True,
    )


def _all(asked: Admitted) -> Iterator[Message]:
    yield from map(_sent, asked.desk.reports(0, asked.desk.now))
    yield from map(_sent, asked.desk.unreported(0, asked.desk.now))
    yield from map(_received, asked.desk.inbound(0, asked.desk.now))


def judge_fetch(asked: Admitted) -> SandboxReply:
    """Answer with the message that is asked for; raises `Refused`."""
    for message in _all(asked):
        if message.sid == asked.sid:
            return SandboxReply(json.dumps(record(asked, message)).encode())
    raise Refused(20404, asked.call.path)


def judge_list(asked: Admitted) -> SandboxReply:
    """Answer with a page of messages, the newest first; raises `Refused`."""
    query = dict(asked.call.query)
    size, page = _number(query, "PageSize", 50, least=1), _number(query, "Page", 0, least=0)
    if size > 1000:
        raise Refused(20007)
    found = sorted(
        filter(_filter(query), _all(asked)), key=lambda message: (message.created, message.sid), reverse=True
    )
    start = _start(found, query, page)
    shown = found[start : start + size]
    more = start + size < len(found)
    told = {
        "end": start + max(len(shown) - 1, 0),
        "first_page_uri": _uri(asked, query, PageSize=size, Page=0, PageToken=None),
        "next_page_uri": _uri(asked, query, PageSize=size, Page=page + 1, PageToken=f"PA{shown[-1].sid}")
        if more
        else None,
        "page": page,
        "page_size": size,
        "previous_page_uri": None,
        "messages": [record(asked, message) for message in shown],
        "start": start,
        "uri": _uri(asked, query, PageSize=size, Page=page),
    }
    return SandboxReply(json.dumps(told).encode())


def _number(query: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    text = query.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < least:
        raise Refused(20422, name)
    return int(text)


def _start(found: list[Message], query: Mapping[str, str], page: int) -> int:
    """Return where the page begins: behind the message that its token names, for `Page` is for show."""
    if page == 0:
        return 0
    sids = [f"PA{message.sid}" for message in found]
    if query.get("PageToken") not in sids:
        raise Refused(21481)
    return sids.index(query["PageToken"]) + 1


def _uri(asked: Admitted, query: Mapping[str, str], **changed: object) -> str:
    named = {name: value for name, value in {**query, **changed}.items() if value is not None}
    return f"{asked.base}/Messages.json?{urlencode(named)}"


def _filter(query: Mapping[str, str]) -> Callable[[Message], bool]:
    # `DateSent>=2008-01-02` is the name `DateSent>` with that value.
    since = _moment(query, "DateSent>") or _moment(query, "DateSent")
    until = _moment(query, "DateSent<", end=True) or _moment(query, "DateSent", end=True)

    def fits(message: Message) -> bool:
        return (
            query.get("To") in {None, message.to}
            and query.get("From") in {None, message.sender}
            and (since is None or since <= message.created)
            and (until is None or message.created < until)
        )

    return fits


def _moment(query: Mapping[str, str], name: str, *, end: bool = False) -> float | None:
    """Read a bound: a date, of which the whole day counts, or a second, as twilio 9.13.0 writes it."""
    text = query.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(20422, name) from None
    whole = timedelta(days=1) if len(text) == len("YYYY-MM-DD") else timedelta(seconds=1)
    return (moment.replace(tzinfo=UTC) + (whole if end else timedelta())).timestamp()


def judge_balance(asked: Admitted) -> SandboxReply:
    """Answer with what is left, a unit of the sandbox being the price of a segment."""
    left = asked.desk.balance
    told = {
        "account_sid": asked.config.account_sid,
        "balance": f"{(_UNLIMITED if left is None else left) * PRICE:.4f}",
        "currency": "USD",
    }
    return SandboxReply(json.dumps(told).encode())

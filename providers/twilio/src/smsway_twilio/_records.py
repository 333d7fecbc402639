"""One message as Twilio keeps it (twilio.com/docs/messaging/api/message-resource): each member is read by itself.

What cannot be read of a record stays in `raw`, and takes neither the rest of it nor other records with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from smsway.provider import Delivery, Inbound, Report, clean, parse_phone
from smsway_twilio._codes import DELIVERIES, cause

_E164 = re.compile(r"\+[0-9]{7,15}")
_CODE = re.compile(r"[0-9]{1,6}")
_COUNT = re.compile(r"[0-9]{1,4}")
_ENDS = frozenset({Delivery.DELIVERED, Delivery.UNDELIVERED})
INBOUND = "inbound"
"""`direction` of a message from a phone; those of messages to one begin with `outbound`."""


def record_of(item: object) -> Mapping[str, object]:
    """Return the members of *item*, and one that has none as a member of its own."""
    return item if isinstance(item, dict) else {"item": item}


def text_of(record: Mapping[str, object], name: str) -> str | None:
    """Return the member *name* as text if it is one or a whole number, and not empty."""
    value = record.get(name)
    text = str(value) if type(value) is int else value
    return text if isinstance(text, str) and text else None


def phone_of(record: Mapping[str, object], name: str) -> str | None:
    """Return the member *name* if it is a phone in E.164; short codes and names are none."""
    written = text_of(record, name) or ""
    if _E164.fullmatch(written):
        try:
            return parse_phone(written)
        except ValueError:
            pass
    return None


def code_of(record: Mapping[str, object], name: str) -> str | None:
    """Return the member *name* if it has the form of a code."""
    written = text_of(record, name) or ""
    return written if _CODE.fullmatch(written) else None


def moment_of(record: Mapping[str, object], name: str) -> float | None:
    """Return the member *name*, `Thu, 24 Aug 2023 05:01:45 +0000`, in seconds since the epoch (UTC)."""
    try:
        moment = parsedate_to_datetime(text_of(record, name) or "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (LookupError, OverflowError, TypeError, ValueError):
        return None


def created_at(record: Mapping[str, object]) -> float | None:
    """Return when the vendor got the message, as far as it tells."""
    return moment_of(record, "date_created") or moment_of(record, "date_sent")


def segments_of(told: str | None) -> int | None:
    """Return `num_segments`, which are billed; `None` if that is not known yet, which is told as 0."""
    return int(told) or None if told and _COUNT.fullmatch(told) else None


def report_of(record: Mapping[str, object]) -> Report:
    """Read the record of a message to a phone."""
    phone, code = phone_of(record, "to"), code_of(record, "error_code")
    told = DELIVERIES.get(text_of(record, "status") or "", Delivery.UNKNOWN)
    delivery = told if phone else Delivery.UNKNOWN
    return Report(
        recipient=phone or "",
        delivery=delivery,
        provider_message_id=text_of(record, "sid"),
        reason=cause(delivery, code),
        code=code,
        detail=clean(text_of(record, "error_message")),
        at=moment_of(record, "date_updated") if delivery in _ENDS else None,
        fee=segments_of(text_of(record, "num_segments")),
        raw=record,
    )


def message_of(record: Mapping[str, object]) -> Inbound:
    """Read the record of a message from a phone; a sender that is no phone is empty."""
    return Inbound(
        sender=phone_of(record, "from") or "",
        text=text_of(record, "body") or "",
        at=created_at(record),
        raw=record,
    )

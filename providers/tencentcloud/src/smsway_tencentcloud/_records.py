"""One record of a report or reply, as pulled and as posted: each member is read by itself.

A record comes once, or again as the same bytes, so it takes no other with it: what cannot be read of it stays in `raw`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from smsway.provider import parse_phone

_E164 = re.compile(r"\+[0-9]{7,15}")
_SECONDS = re.compile("[0-9]{1,11}")


def record_of(item: object) -> Mapping[str, object]:
    """Return the members of *item*, and one that has none as a member of its own."""
    return item if isinstance(item, dict) else {"item": item}


def text_of(record: Mapping[str, object], name: str) -> str | None:
    """Return the member *name* as text if it is one or a whole number, and not empty."""
    value = record.get(name)
    text = str(value) if type(value) is int else value
    return text if isinstance(text, str) and text else None


def seconds_of(record: Mapping[str, object], name: str) -> float | None:
    """Return the member *name* if it is a time in seconds since the epoch, as a number or in digits."""
    text = text_of(record, name) or ""
    seconds = int(text) if _SECONDS.fullmatch(text) else 0
    return float(seconds) or None


def joined(code: str | None, subscriber: str | None) -> str | None:
    """Return a country code, with or without `+` or zeros before it, and the number behind it as one."""
    digits = (code or "").lstrip("+0")
    return f"+{digits}{subscriber}" if digits and subscriber else None


def phone_of(written: str | None) -> str | None:
    """Return *written* if it is a phone in E.164."""
    if written and _E164.fullmatch(written):
        try:
            return parse_phone(written)
        except ValueError:
            pass
    return None

"""The SMS API as the sandbox plays it: what becomes of a text, part by part.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TypeAlias
from urllib.parse import urlsplit

from smsway.provider import STANDARD, Phone, Reason, SandboxDesk, SegmentRule, count_segments, is_gsm, parse_phone
from smsway_vonage._config import VonageConfig
from smsway_vonage._sandbox_asked import (
    CALLBACK,
    CREDENTIALS,
    FACILITY,
    INTERNAL,
    INVALID,
    MISSING,
    QUOTA,
    SENDER,
    TEXTS,
    THROTTLED,
    TOO_LONG,
    UNROUTABLE,
    Asked,
    Refused,
    check_account,
)

PRICE = Decimal("0.03330000")
"""What a part costs in EUR: the price in the vendor's examples. A balance of the sandbox is counted in it."""
ENDLESS = Decimal("15.53590000")
"""The balance of an account without a limit, that of the vendor's example."""
NETWORK = "23410"

Entry: TypeAlias = dict[str, str]
"""What the answer says of one part."""

_REFUSALS: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.INVALID_RECIPIENT: "33",
        Reason.BLOCKED_RECIPIENT: "7",
        # The vendor has no limits per recipient; a number that may get no more is barred.
        Reason.RECIPIENT_RATE_LIMITED: "7",
        Reason.UNSUPPORTED_DESTINATION: UNROUTABLE,
        Reason.INVALID_CONTENT: TOO_LONG,
        Reason.SIGNATURE_REFUSED: SENDER,
        Reason.AUTHENTICATION: CREDENTIALS,
        Reason.PERMISSION: "29",
        Reason.CONFIGURATION: "8",
        Reason.INSUFFICIENT_BALANCE: QUOTA,
        Reason.RATE_LIMITED: THROTTLED,
        Reason.INVALID_REQUEST: INVALID,
        Reason.AMBIGUOUS: INTERNAL,
    }
)
"""The status for a phone that the desk refuses; 5 for reasons that the vendor has no status for."""

_DIGITS = re.compile(r"[0-9]+")
_RECIPIENT = re.compile(r"[0-9]{7,15}")
_UNICODE = SegmentRule(gsm=None)
# North America takes numbers only: the table of statuses says so of 15, and of the United States
# api.support.vonage.com/hc/en-us/articles/204017023.
_NUMERIC_ONLY = frozenset({"US", "CA"})
_LONGEST = 3200


def _within(low: int, high: int) -> Callable[[str], bool]:
    return lambda value: _DIGITS.fullmatch(value) is not None and low <= int(value[:20]) <= high


def _is_sender(value: str) -> bool:
    # A number of up to 15 digits, or up to 11 characters; spaces are ignored.
    short = value.replace(" ", "")
    return 0 < len(short) <= (15 if _DIGITS.fullmatch(short) else 11)


_CHECKS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "to": lambda value: _RECIPIENT.fullmatch(value) is not None,
        "from": _is_sender,
        "type": lambda value: value in {"text", "unicode", "binary"},
        "client-ref": lambda value: len(value) <= 100,
        "ttl": _within(20_000, 604_800_000),
        "status-report-req": lambda value: value.lower() in {"true", "false", "1", "0"},
        "message-class": _within(0, 3),
    }
)
"""What a parameter must look like if it is there; whatever has another name is ignored."""


def judge_send(asked: Asked, config: VonageConfig, desk: SandboxDesk) -> list[Entry]:
    """Judge a request to send; returns what the answer says of each part, or of the whole text if it is refused."""
    try:
        _admit(asked, config, desk)
        _check(asked.params)
        return _submit(asked.params, desk)
    except Refused as refused:
        return [{"status": refused.status, "error-text": refused.text}]


def _admit(asked: Asked, config: VonageConfig, desk: SandboxDesk) -> None:
    check_account(asked, config)
    if desk.throttled():
        raise Refused(THROTTLED)


def _check(params: Mapping[str, str]) -> None:
    """Raise `Refused` for parameters that are missing, are not what they should be, or ask for too much."""
    for name in ("to", "from"):
        if not params.get(name):
            raise Refused(MISSING, name)
    for name, fits in _CHECKS.items():
        if name in params and not fits(params[name]):
            raise Refused(INVALID, name)
    if params.get("type") == "binary":
        # An account of the sandbox has not what is for texts that are none.
        raise Refused(FACILITY)
    if not params.get("text"):
        raise Refused(MISSING, "text")
    if len(params["text"]) > _LONGEST:
        raise Refused(TOO_LONG)
    if "callback" in params and not _is_address(params["callback"]):
        raise Refused(CALLBACK)


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return (
        len(value) <= 100 and parts.scheme in {"http", "https"} and bool(parts.netloc) and not re.search(r"\s", value)
    )


def _submit(params: Mapping[str, str], desk: SandboxDesk) -> list[Entry]:
    phone, sender = _phone_of(params["to"]), params["from"]
    if not desk.knows_sender(sender) or (phone.country in _NUMERIC_ONLY and not _DIGITS.fullmatch(sender)):
        raise Refused(SENDER)
    reason = desk.refusal(phone)
    if reason is not None:
        status = _REFUSALS.get(reason, INTERNAL)
        raise Refused(status, "to" if status == INVALID else "")
    return desk.results(_parts(params, phone, desk))


def _phone_of(number: str) -> Phone:
    try:
        return parse_phone(f"+{number}")
    except ValueError:
        raise Refused(UNROUTABLE) from None


def shown(params: Mapping[str, str]) -> str:
    """Return the text of *params* as the phone shows it: what the type `text` cannot say arrives as `?`."""
    if params.get("type") == "unicode":
        return params["text"]
    return "".join(character if is_gsm(character) else "?" for character in params["text"])


def count_parts(params: Mapping[str, str]) -> int:
    """Count the parts of the text of *params*."""
    return count_segments(shown(params), _UNICODE if params.get("type") == "unicode" else STANDARD)


def _parts(params: Mapping[str, str], phone: Phone, desk: SandboxDesk) -> list[Entry]:
    """Take the parts one after the other, as far as the balance goes; the rest is refused."""
    parts, before = count_parts(params), desk.balance
    paid = parts if before is None else min(parts, before)
    reference, own = params.get("client-ref"), f"0C{desk.new_number():014X}"
    first = desk.accept(phone, reference, paid or parts, own, text=shown(params))
    ids = [first, *(f"0C{desk.new_number():014X}" for _ in range(paid - 1))] if first else []
    echoed = {name: params[name] for name in ("client-ref", "account-ref") if name in params}
    entries: list[Entry] = []
    for index in range(parts):
        left = ENDLESS if before is None else (before - min(index + 1, paid)) * PRICE
        prices = {"remaining-balance": f"{left:.8f}", "message-price": str(PRICE)}
        entry = {"to": params["to"], **prices, "network": NETWORK}
        if index < len(ids):
            entries.append({**entry, "message-id": str(ids[index]), "status": "0", **echoed})
        else:
            entries.append({**entry, "status": QUOTA, "error-text": TEXTS[QUOTA]})
    return entries

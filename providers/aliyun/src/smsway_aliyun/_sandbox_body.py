"""Dysmsapi as the sandbox plays it: parameters, phones and times on the wire, and how a request is refused.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from types import MappingProxyType

from smsway.provider import Phone, SandboxDesk, parse_phone

# No page names the zone of the times; the counts per minute and hour are by UTC+8
# (help.aliyun.com/document_detail/44335.htm), and China has no summer time.
CHINA = timezone(timedelta(hours=8))

# developer.aliyun.com/ask/278265 for all but the last two, whose status is assumed.
GATEWAY: Mapping[str, int] = MappingProxyType(
    {
        "InvalidAction.NotFound": 404,
        "InvalidAccessKeyId.NotFound": 404,
        "InvalidTimeStamp.Format": 400,
        "InvalidTimeStamp.Expired": 400,
        "SignatureDoesNotMatch": 400,
        "IncompleteSignature": 400,
        "UnsupportedHTTPMethod": 400,
        "Throttling.User": 400,
        "InvalidVersion": 400,
        "InvalidSecurityToken.MismatchWithAccessKey": 400,
    }
)
"""The codes of the gateway before the service, and the HTTP status that each comes with; the service's own have 200."""

_PARAMETER = re.compile(r"(Missing|Invalid)[A-Z][A-Za-z]+")
_WHOLE = re.compile(r"[0-9]{1,9}")
_DAY = re.compile(r"[0-9]{8}")

# "+/+86/0086/86, or no prefix" before the 11 digits of a mainland number; a country code and no sign before others.
_MAINLAND = re.compile(r"(?:\+86|0086|86|\+)?(1[0-9]{10})")
_ABROAD = re.compile(r"[1-9][0-9]{4,14}")


class Refused(Exception):
    """Ends the judgement with an error for the whole request; the API knows no other."""

    def __init__(self, code: str, what: str = "") -> None:
        self.code = code
        self.message = what or re.sub(r"[._]", " ", code).lower()

    @property
    def status(self) -> int:
        """The HTTP status that the error comes with."""
        return GATEWAY.get(self.code, 400 if _PARAMETER.fullmatch(self.code) else 200)


@dataclass(frozen=True, slots=True)
class Admitted:
    """The parameters of a request that the gateway has let through."""

    parameters: Mapping[str, str] = field(repr=False)
    desk: SandboxDesk

    def text(self, name: str) -> str:
        """Return a parameter that is mandatory; raises `Refused`."""
        value = self.parameters.get(name, "")
        if not value:
            raise Refused(f"Missing{name}", f"{name} is mandatory for this action.")
        return value

    def optional(self, name: str) -> str:
        """Return a parameter, or nothing."""
        return self.parameters.get(name, "")

    def number(self, name: str, allowed: range, default: int | None = None) -> int:
        """Return a whole number that is one of those *allowed*; raises `Refused`."""
        written = self.text(name) if default is None else self.optional(name) or str(default)
        if not _WHOLE.fullmatch(written) or int(written) not in allowed:
            raise Refused("isv.INVALID_PARAMETERS", name)
        return int(written)

    def day(self, name: str) -> datetime:
        """Return the midnight in China that a day such as `20250601` begins with; raises `Refused`."""
        written = self.text(name)
        try:
            if _DAY.fullmatch(written):
                return datetime(int(written[:4]), int(written[4:6]), int(written[6:]), tzinfo=CHINA)
        except ValueError:
            pass
        raise Refused("isv.INVALID_PARAMETERS", name)


def read_json(written: str) -> object:
    """Read a parameter that is JSON in a string; raises `Refused`."""
    try:
        return json.loads(written)
    except (ValueError, RecursionError):
        raise Refused("isv.INVALID_JSON_PARAM") from None


def phone_of(written: str) -> Phone | None:
    """Return the phone that is written in one of the documented forms."""
    mainland = _MAINLAND.fullmatch(written)
    if mainland and (phone := _parsed(f"+86{mainland[1]}")):
        return phone
    return _parsed(f"+{written}") if _ABROAD.fullmatch(written) else None


def _parsed(number: str) -> Phone | None:
    try:
        return parse_phone(number)
    except ValueError:
        return None


def number_of(phone: str) -> str:
    """Return *phone* (E.164) as records and callbacks write it: the mainland's without its country code."""
    return phone.removeprefix("+86") if phone.startswith("+86") else phone.removeprefix("+")


def moment(seconds: float) -> str:
    """Return a time as `2019-01-08 16:44:10`."""
    return datetime.fromtimestamp(seconds, CHINA).strftime("%Y-%m-%d %H:%M:%S")

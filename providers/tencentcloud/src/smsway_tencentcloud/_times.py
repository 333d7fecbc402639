"""The vendor's times: seconds since the epoch, hours such as 2021050113, and moments as text without a zone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from smsway.provider import InvalidCall

_HOUR = 3600.0


def check_span(since: float, until: float) -> None:
    """Raise `InvalidCall` unless *since* is before *until*, both in seconds since the epoch."""
    numbers = all(type(each) in {int, float} for each in (since, until))
    if not numbers or not (0 <= since < until < math.inf):
        raise InvalidCall(
            f"since {since!r} to until {until!r} is no span of time; "
            "give seconds since the epoch, the earlier one first"
        )


@dataclass(frozen=True, slots=True)
class Hours:
    """The whole hours that a span touches: from the one *begin* to the one *end*, which is counted as well.

    *since* and *until* are their bounds in seconds since the epoch.
    """

    begin: str
    end: str
    since: float
    until: float


def hours_of(since: float, until: float, zone: tzinfo, most: timedelta | None = None) -> Hours:
    """Return the hours between *since* and *until*, in seconds since the epoch, as they are named in *zone*.

    Raises `InvalidCall` for what is no span of time, or one in which the last hour begins later than *most* after the
    first.
    """
    check_span(since, until)
    try:
        first = _hour(math.floor(since), zone)
        last = _hour(math.ceil(until) - 1, zone)
    except (OverflowError, OSError, ValueError):
        raise InvalidCall(f"until {until} is beyond any calendar; give seconds since the epoch") from None
    begun, ending = first.timestamp(), last.timestamp()
    if most is not None and ending - begun > most.total_seconds():
        raise InvalidCall(
            f"since {since} to until {until}: the first and the last hour may be {most.days} days apart at most; "
            "ask for a shorter span"
        )
    return Hours(f"{first:%Y%m%d%H}", f"{last:%Y%m%d%H}", begun, ending + _HOUR)


def _hour(moment: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(moment, zone).replace(minute=0, second=0)


def moment_of(text: str | None, zone: tzinfo) -> float | None:
    """Return the moment that *text*, `2015-10-17 08:03:04`, means in *zone*, in seconds since the epoch (UTC).

    `None` for anything else, such as `0000-00-00 00:00:00` of a text that did not arrive, and for what is not after the
    epoch.
    """
    try:
        moment = datetime.strptime(text or "", "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone).timestamp()
    except (OverflowError, ValueError):
        return None
    return moment if moment > 0 else None

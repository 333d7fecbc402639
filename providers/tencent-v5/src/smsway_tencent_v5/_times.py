"""The vendor's times: local ones without a zone, and the hours that it counts by."""

from __future__ import annotations

import math
from datetime import datetime, tzinfo
from typing import NamedTuple

from smsway.provider import InvalidCall


def moment(text: str | None, zone: tzinfo) -> float | None:
    """Return the seconds since the epoch of `YYYY-MM-DD HH:MM:SS` in *zone*; `None` for what is no such time."""
    try:
        return datetime.strptime(text or "", "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone).timestamp()
    except (ValueError, OverflowError):
        return None


def check_span(since: float, until: float) -> None:
    """Raise `InvalidCall` unless *since* lies before *until*, both since the epoch."""
    if not (_is_number(since) and _is_number(until) and 0 <= since < until < math.inf):
        raise InvalidCall(
            f"from {since!r} to {until!r} is no span of time; give two moments in seconds since the epoch, in order"
        )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


class Hours(NamedTuple):
    """The whole hours that cover a span: their names, and where they begin and end in seconds since the epoch."""

    first: int
    last: int
    begin: float
    end: float


def hours(since: float, until: float, zone: tzinfo) -> Hours:
    """Return the hours in *zone*, as `yyyymmddhh`, that cover the time from *since* to *until*; raises `InvalidCall`.

    The last one counts: the vendor's example asks for a day from hour 00 to hour 23
    (cloud.tencent.com/document/product/382/7755).
    """
    check_span(since, until)
    try:
        first = datetime.fromtimestamp(since, zone).replace(minute=0, second=0, microsecond=0)
        last = datetime.fromtimestamp(max(since, until - 0.001), zone).replace(minute=0, second=0, microsecond=0)
        return Hours(_name(first), _name(last), first.timestamp(), last.timestamp() + 3600)
    except (ValueError, OverflowError, OSError):
        raise InvalidCall(f"from {since!r} to {until!r} is beyond the calendar; give it in seconds") from None


def _name(hour: datetime) -> int:
    return int(f"{hour:%Y%m%d%H}")

"""The vendor's times and days, which name no zone: UTC+8 is assumed.

By that clock it counts the texts per minute and hour (help.aliyun.com/document_detail/44335.htm), and China has no
summer time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from smsway.provider import InvalidCall

CHINA = timezone(timedelta(hours=8))


def moment_of(written: object) -> float | None:
    """Return what `2019-01-08 16:44:10` means, in seconds since the epoch (UTC); `None` for anything else."""
    try:
        moment = datetime.strptime(str(written), "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA).timestamp()
    except (OverflowError, ValueError):
        return None
    return moment if moment > 0 else None


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days, *first* and *last* included."""

    first: date
    last: date

    @classmethod
    def touched(cls, since: float, until: float) -> Days:
        """Return the days that a span touches; raises `InvalidCall` for one that is empty or beyond the calendar."""
        if not 0 <= since < until < math.inf:
            raise InvalidCall(f"since {since} is not before until {until}; both are seconds since the epoch")
        try:
            # The end is no longer part of the span, so at midnight it touches no further day.
            return cls(day_of(since), day_of(math.ceil(until) - 1))
        except (OverflowError, OSError, ValueError):
            raise InvalidCall(f"until {until} is beyond the calendar; give seconds since the epoch") from None

    @property
    def since(self) -> float:
        """The beginning of the first day, in seconds since the epoch (UTC)."""
        return _midnight(self.first)

    @property
    def until(self) -> float:
        """The end of the last day."""
        return _midnight(self.last + timedelta(days=1))

    @property
    def each(self) -> Sequence[date]:
        """Every one of the days, the first one first."""
        return [self.first + timedelta(days=more) for more in range((self.last - self.first).days + 1)]


def day_of(seconds: float) -> date:
    """Return the day in China of a time in seconds since the epoch (UTC)."""
    return datetime.fromtimestamp(seconds, CHINA).date()


def _midnight(day: date) -> float:
    return datetime.combine(day, time.min, CHINA).timestamp()


def written_day(day: date) -> str:
    """Write *day* as `20190108`."""
    return f"{day:%Y%m%d}"

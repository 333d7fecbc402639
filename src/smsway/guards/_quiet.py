"""Quiet hours: marketing is sent by day, by the recipient's clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number

from smsway._rules import Mode
from smsway.guards._case import Case, Finding
from smsway.guards._hours import ELSEWHERE, HOURS, Hours
from smsway.model import Kind, Reason
from smsway.routing import TimeWindow

_FAR = timedelta(days=3).total_seconds()
"""So far ahead an opening is looked for; the days after look the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Marketing outside of its *hours*, by country; those of smsway's own data stand where none are given.

    A number may belong to several time zones: then it has to be day in all of them. One of which the zone is not known
    gets no marketing.
    """

    mode: Mode
    hours: Mapping[str, Hours] = field(default_factory=dict)
    elsewhere: Hours = ELSEWHERE

    def judge(self, case: Case, now: float) -> Finding | None:
        """Return what stands against *case* at *now*, if anything."""
        screening = case.screening
        if screening.kind != Kind.MARKETING:
            return None
        zones = zones_of(screening.phone)
        if not zones:
            return self._finding("the number's time zone is not known", None)
        hours = self.hours.get(screening.country) or HOURS.get(screening.country) or self.elsewhere
        opens = opening(hours, zones, now)
        if opens is not None and opens <= now:
            return None
        where = f"{screening.country}, {zones[0]}{f' and {len(zones) - 1} more zones' if len(zones) > 1 else ''}"
        if opens is None:
            return self._finding(f"no hour lies within {hours} in all zones ({where})", None)
        return self._finding(
            f"outside of {hours} ({where}), opens {datetime.fromtimestamp(opens, UTC):%FT%H:%MZ}", opens
        )

    def _finding(self, rule: str, until: float | None) -> Finding:
        return Finding("quiet_hours", rule, Reason.QUIET_HOURS, self.mode, until)


@lru_cache(maxsize=65_536)
def zones_of(phone: str) -> tuple[str, ...]:
    """Return the names of the time zones that *phone* (E.164) may be in; none if that is not known."""
    zones: Sequence[str] = time_zones_for_number(phonenumbers.parse(phone))
    return () if UNKNOWN_TIMEZONE in zones else tuple(zones)


def opening(hours: Hours, zones: Sequence[str], now: float) -> float | None:
    """Return the first moment from *now* on that lies within *hours* in all *zones*; `None` if there is none."""
    windows = [TimeWindow(hours.start, hours.end, ZoneInfo(zone)) for zone in zones]
    moment = now
    while moment <= now + _FAR:
        shut = next((window for window in windows if not window.contains(moment)), None)
        if shut is None:
            return moment
        moment = _next_start(shut, moment)
    return None


def _next_start(window: TimeWindow, after: float) -> float:
    day = datetime.fromtimestamp(after, window.zone).date()
    starts = (datetime.combine(day + timedelta(days=days), window.start, window.zone).timestamp() for days in range(3))
    return next(start for start in starts if start > after)

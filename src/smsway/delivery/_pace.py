"""How many requests per second an account may be sent at the moment: fewer after it throttled us. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

CUT = 0.5
"""What is left of the rate after a throttle."""

HOLD = 30.0
"""Seconds that the rate stays cut."""

GROWTH = 0.05
"""The share of the full rate by which it grows again each second; it is never cut below that."""


@dataclass(slots=True)
class Pace:
    """Additive increase, multiplicative decrease. Times are seconds on a monotonic clock.

    *full* is how many requests per second the account may be sent as a rule, `None` for no limit.
    """

    full: float | None
    _low: float | None = None
    _base: float = 0.0
    _cut_at: float = float("-inf")
    _sent: deque[float] = field(default_factory=deque)

    def rate(self, now: float) -> float | None:
        """Return the requests per second that are allowed, `None` for no limit."""
        if self._low is None:
            return self.full
        rate = self._low + GROWTH * self._base * max(now - self._cut_at - HOLD, 0.0)
        if rate < self._base:
            return rate
        self._low = None
        return self.full

    def note(self, now: float) -> None:
        """Note that a request goes out."""
        if self.full is None:
            self._sent.append(now)
            self._forget(now)

    def throttle(self, now: float, began: float) -> None:
        """Cut the rate, for a request that *began* then was throttled.

        One that began before the last cut tells nothing about the rate since.
        """
        if began <= self._cut_at:
            return
        rate = self.rate(now)
        if rate is None:
            # Nobody said what the account can bear, but it was less than what it got.
            self._forget(now)
            rate = self._base = float(max(len(self._sent), 1))
        elif self.full is not None:
            self._base = self.full
        self._low = max(rate * CUT, self._base * GROWTH)
        self._cut_at = now

    def _forget(self, now: float) -> None:
        while self._sent and self._sent[0] <= now - 1:
            self._sent.popleft()

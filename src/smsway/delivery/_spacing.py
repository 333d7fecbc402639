"""How far apart requests have to be, so that no second holds more of them than the limit. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pyrate_limiter import Rate, StateStore

StoreFactory: TypeAlias = "Callable[[str], StateStore]"
"""Makes the store that other processes share for the state of this name.

That is an account, a call of an account, or when codes went through one. The store's `check` and `read` may block, and
*now* comes from its `default_clock`.
"""

MARGIN = 1.03
"""Requests are this much further apart than the limit wants, for they travel at different speeds."""

WRITING = 0.03
"""Seconds that it takes now more and now less to write down that a request leaves, after it got leave to."""

TICK = 0.001
"""Seconds by which the clock of a bucket is coarse."""


@dataclass(frozen=True, slots=True)
class Spacing:
    """Requests are *seconds* apart on average, and at most *burst* of them go out together."""

    seconds: float
    burst: int
    rate: float
    full: float
    jitter: float

    @classmethod
    def of(cls, rate: float, full: float | None = None, jitter: float = 0.0) -> Spacing:
        """Return the spacing of *rate* requests per second, in no second of which there are more than *full*.

        Any second holds at most a burst, and as many more as fit into it one after the other; *jitter* is how many
        seconds one may be later than another.
        """
        full = rate if full is None else full
        whole = math.floor(full) if full >= 1 else full
        seconds = (MARGIN + jitter) / min(rate, whole)
        room = math.floor(min(rate, whole)) - math.ceil((1 + jitter + TICK) / seconds)
        return cls(seconds, max(room + 1, 1), rate, full, jitter)

    def stretched(self, times: float) -> Spacing:
        """Return the spacing of a part of these requests."""
        return replace(self, seconds=self.seconds * times)

    def divided(self, parts: int) -> Spacing:
        """Return the spacing of each of so many *parts*, which do not know of each other."""
        return Spacing.of(self.rate / parts, self.full / parts, self.jitter)

    def as_rate(self) -> Rate:
        """Return it as the library has it: a thousand units in as many milliseconds as one is microseconds long."""
        from pyrate_limiter import Rate  # noqa: PLC0415  # only whoever is limited needs the library

        return Rate(1000, math.ceil(self.seconds * 1_000_000), self.burst)

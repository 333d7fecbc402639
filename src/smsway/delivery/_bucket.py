"""A bucket: the state of one rate limit in a store, which may be shared with other processes and may fail."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import TypeVar

from pyrate_limiter import GCRA, InMemoryStateStore, Rate, StateStore

from smsway.delivery._effects import Flow, keep

log = logging.getLogger("smsway")

T = TypeVar("T")

MARGIN = 1.03
"""Requests are this much further apart than the limit wants, for they travel at different speeds."""

TICK = 0.001
"""Seconds by which a bucket's clock is coarse."""

RETRY = 5.0
"""Seconds after which a store that failed is asked again."""

_ALGORITHM = GCRA()

_FREE = Rate(1000, 1, 10**9)
"""A rate that holds nobody up, and leaves the state of the rate in whose place it stands as it is."""


@dataclass(frozen=True, slots=True)
class Spacing:
    """Requests are *seconds* apart on average, and at most *burst* of them go out together."""

    seconds: float
    burst: int
    rate: float
    full: float

    @classmethod
    def of(cls, rate: float, full: float | None = None) -> Spacing:
        """Return the spacing of *rate* requests per second, in no second of which there are more than *full*.

        Any second holds at most `burst` requests and as many more as fit into it one after the other.
        """
        full = rate if full is None else full
        whole = math.floor(full) if full >= 1 else full
        seconds = MARGIN / min(rate, whole)
        room = math.floor(min(rate, whole)) - math.ceil((1 + TICK) / seconds)
        return cls(seconds, max(room + 1, 1), rate, full)

    def stretched(self, times: float) -> Spacing:
        """Return the spacing of a part of these requests."""
        return replace(self, seconds=self.seconds * times)

    def divided(self, parts: int) -> Spacing:
        """Return the spacing of each of so *many* that share these requests without knowing of each other."""
        return Spacing.of(self.rate / parts, self.full / parts)

    def as_rate(self) -> Rate:
        """Return it as the library has it: a thousand units in as many milliseconds as one is microseconds long."""
        return Rate(1000, math.ceil(self.seconds * 1_000_000), self.burst)


class Bucket:
    """The state of the limit *name*; *processes* share it, and each has its part while *store* cannot be asked.

    Without a *store* it is this process's own, on the engine's *monotonic* clock.
    """

    def __init__(
        self, name: str, monotonic: Callable[[], float], store: StateStore | None = None, processes: int = 1
    ) -> None:
        self._name = name
        self._monotonic = monotonic
        self._store = store
        self._processes = processes
        self._local = InMemoryStateStore()
        self._failed_until: float | None = None

    def take(self, spacing: Spacing, share: Spacing | None) -> Flow[tuple[float, bool]]:
        """Take leave for one request, which has to keep to *share* as well if there is one.

        Returns the seconds after which to ask again, 0 if there is leave; and whether only *share* is used up.
        """
        store = self._store
        if store is not None and (self._failed_until is None or self._monotonic() >= self._failed_until):
            answer = yield from keep(lambda: self._ask(store, spacing, share))
            if answer is not None:
                return answer
        if store is not None:
            spacing, share = spacing.divided(self._processes), share and share.divided(self._processes)
        return _check(self._local, int(self._monotonic() * 1000), spacing, share)

    def _ask(self, store: StateStore, spacing: Spacing, share: Spacing | None) -> tuple[float, bool] | None:
        """Ask the shared store by its own clock, for those of several machines differ; `None` if it fails."""
        try:
            answer = _check(store, _synchronous(store.default_clock.now()), spacing, share)
        except Exception as error:  # noqa: BLE001  # whatever a store fails with, and its text may hold a password
            if self._failed_until is None:
                log.error(  # noqa: TRY400  # as above
                    "the shared store of the rate limit of %s failed (%s); until it answers, each of %d processes "
                    "keeps to its part",
                    self._name,
                    type(error).__name__,
                    self._processes,
                )
            self._failed_until = self._monotonic() + RETRY
            return None
        self._failed_until = None
        return answer


def _check(store: StateStore, now: int, spacing: Spacing, share: Spacing | None) -> tuple[float, bool]:
    # Always two rates, for a store keeps a number for each: one check decides about both, or spends neither.
    rates = [spacing.as_rate(), _FREE if share is None else share.as_rate()]
    decision = _synchronous(store.check(_ALGORITHM, rates, now, 1))
    if decision.allowed:
        return 0.0, False
    return max((decision.retry_after_ms or 0) / 1000, TICK), decision.failing_rate is rates[1]


def _synchronous(answer: T | Awaitable[T]) -> T:
    """Return the answer of a store; raises `TypeError` if that is asynchronous."""
    if isinstance(answer, Awaitable):
        if isinstance(answer, Coroutine):
            answer.close()
        raise TypeError("a store of rate limits must be synchronous")
    return answer

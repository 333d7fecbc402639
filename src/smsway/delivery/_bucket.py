"""A bucket: the state of one rate limit in a store, which may be shared with other processes and may fail."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar

from pyrate_limiter import GCRA, InMemoryStateStore, Rate, StateStore

from smsway.delivery._effects import Flow, keep
from smsway.delivery._spacing import TICK, Spacing, StoreFactory

log = logging.getLogger("smsway")

T = TypeVar("T")

CODES_SEEN = 60.0
"""Seconds after a code in which its account keeps a share of its rate free for codes."""

SHARE = 0.8
"""The share of the rate that everything else may use then."""

RETRY = 5.0
"""Seconds after which a store that failed is asked again."""

REFRESH = 10.0
"""Seconds after which processes tell each other anew of codes."""

_ALGORITHM = GCRA()

_FREE = Rate(1000, 1, 10**9)
"""A rate that holds nobody up: in the place of another it leaves its state; alone, that is when it was asked last."""


class Bucket:
    """The state of the limit *name*; *processes* share it, and each has its part while the store cannot be asked.

    Without *stores* it is this process's own, on the engine's *monotonic* clock.
    """

    def __init__(
        self, name: str, monotonic: Callable[[], float], stores: StoreFactory | None = None, processes: int = 1
    ) -> None:
        self._name = name
        self._monotonic = monotonic
        self._shared = None if stores is None else (stores(name), stores(f"{name}/codes"))
        self._processes = processes
        self._local = InMemoryStateStore()
        self._failed_until: float | None = None
        self._rate: tuple[Spacing, Rate] | None = None
        self._code_at = self._told_at = self._heard_at = -math.inf

    def take(self, spacing: Spacing, *, code: bool, code_at: float) -> Flow[tuple[float, bool]]:
        """Take leave for one request; one that is no *code* has to leave codes their share.

        The last code of this process went out at *code_at*, on its monotonic clock.
        Returns the seconds after which to ask again, 0 if there is leave; and whether only that share is in the way.
        """
        self._code_at = max(self._code_at, code_at)
        shared = self._shared
        if shared is not None and (self._failed_until is None or self._monotonic() >= self._failed_until):
            answer = yield from keep(lambda: self._ask(*shared, spacing, code=code))
            if answer is not None:
                return answer
        if shared is not None:
            spacing = spacing.divided(self._processes)
        return self._check(self._local, int(self._monotonic() * 1000), spacing, code=code)

    def _ask(self, store: StateStore, codes: StateStore, spacing: Spacing, *, code: bool) -> tuple[float, bool] | None:
        """Ask the shared store by its own clock, for those of several machines differ; `None` if it fails."""
        try:
            now = _synchronous(store.default_clock.now())
            if code:
                self._tell(codes, now)
            else:
                self._hear(codes, now)
            answer = self._check(store, now, spacing, code=code)
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

    def _check(self, store: StateStore, now: int, spacing: Spacing, *, code: bool) -> tuple[float, bool]:
        reserved = not code and self._monotonic() < self._code_at + CODES_SEEN
        # Always two rates, for a store keeps a number for each: one check decides about both, or spends neither.
        rates = [self._rate_of(spacing), spacing.stretched(1 / SHARE).as_rate() if reserved else _FREE]
        decision = _synchronous(store.check(_ALGORITHM, rates, now, 1))
        if decision.allowed:
            return 0.0, False
        return max((decision.retry_after_ms or 0) / 1000, TICK), decision.failing_rate is rates[1]

    def _rate_of(self, spacing: Spacing) -> Rate:
        # Mostly it is the one of the last time.
        last = self._rate
        if last is None or last[0] is not spacing:
            last = self._rate = spacing, spacing.as_rate()
        return last[1]

    def _tell(self, codes: StateStore, now: int) -> None:
        """Tell the other processes that a code goes out."""
        if self._monotonic() >= self._told_at + REFRESH:
            _synchronous(codes.check(_ALGORITHM, [_FREE], now, 1))
            self._told_at = self._monotonic()

    def _hear(self, codes: StateStore, now: int) -> None:
        """Learn when the last code of any process went out."""
        if self._monotonic() >= self._heard_at + REFRESH:
            (last,) = _synchronous(codes.read(_ALGORITHM, [_FREE]))
            self._heard_at = self._monotonic()
            self._code_at = max(self._code_at, self._heard_at - (now - last / 1000) / 1000)


def _synchronous(answer: T | Awaitable[T]) -> T:
    """Return the answer of a store; raises `TypeError` if that is asynchronous."""
    if isinstance(answer, Awaitable):
        if isinstance(answer, Coroutine):
            answer.close()
        raise TypeError("a store of rate limits must be synchronous")
    return answer

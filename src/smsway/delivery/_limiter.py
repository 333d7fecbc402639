"""Keeps each account below its requests per second."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

from pyrate_limiter import AbstractClock, InMemoryBucket, Rate, RateItem

MARGIN = 1.05
"""The window is this much longer than the vendor's, for requests travel at different speeds."""


class _EngineClock(AbstractClock):
    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic

    def now(self) -> int:
        return int(self._monotonic() * 1000)


class Limiter:
    """The requests per second of each account that has a limit, over any window of a second."""

    def __init__(self, rates: dict[str, float], monotonic: Callable[[], float]) -> None:
        self._clock = _EngineClock(monotonic)
        self._lock = threading.Lock()
        self._buckets = {account: self._bucket(rate) for account, rate in rates.items()}

    def _bucket(self, rate: float) -> InMemoryBucket:
        requests = max(1, math.floor(rate))
        return InMemoryBucket([Rate(requests, math.ceil(requests / rate * 1000 * MARGIN))])

    def busy(self, account: str) -> float:
        """Return the seconds after which a request could be sent, without taking leave for one."""
        bucket = self._buckets.get(account)
        if bucket is None:
            return 0.0
        with self._lock:
            now = self._clock.now()
            bucket.leak(now)
            rate = bucket.rates[0]
            if bucket.count() < rate.limit:
                return 0.0
            return max(bucket.items[0].timestamp + rate.interval - now, 1) / 1000

    def wait(self, account: str) -> float:
        """Take leave for one request and return 0, or return the seconds after which to ask again."""
        bucket = self._buckets.get(account)
        if bucket is None:
            return 0.0
        with self._lock:
            now = self._clock.now()
            bucket.leak(now)
            item = RateItem(account, now)
            if bucket.put(item):
                return 0.0
            milliseconds = bucket.waiting(item)
            assert isinstance(milliseconds, int)  # noqa: S101  # a bucket in memory has nothing to await
            return max(milliseconds, 1) / 1000

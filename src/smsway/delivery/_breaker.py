"""A breaker: it opens when what it guards fails, and lets probes through after a rest. Pure, times are passed in."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto

from smsway.model import BreakerState

WINDOW = 60.0
"""Seconds that a breaker looks back."""

BUCKETS = 12
"""Parts of the window, which are forgotten one after the other."""

LEAST = 10
"""Requests in the window below which no share of them opens a breaker."""

FAILING = 0.5
"""The share of failures that opens it."""

IN_A_ROW = 5
"""Failures in a row that open it, however few requests there were."""

SLOW = 8.0
"""Seconds after which an answer is slow."""

SLOW_SHARE = 0.8
"""The share of slow answers that opens it."""

REST = 15.0
"""Seconds that it stays open at first; doubled each time that a probe fails."""

LONGEST_REST = 300.0
"""Seconds that it stays open at most, and at once after a fault of the account."""

JITTER = 0.2
"""The share by which a rest is longer or shorter, so that many processes do not probe at once."""

PROBES = 3
"""Good probes that close it."""

_DOUBLINGS = 10


class Sign(Enum):
    """What one request tells about what a breaker guards."""

    GOOD = auto()
    """It answered. Refusing recipients is a good answer."""
    NEUTRAL = auto()
    """It tells nothing: we were throttled, the request was refused as such, or it failed elsewhere."""
    FAILURE = auto()
    """It failed, could not be reached, or its answer could not be understood."""
    FAULT = auto()
    """It is refused, and will be until somebody acts."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave for one request.

    *opening* counts how often the breaker had opened by then. *probe* marks the one request that tries what has rested.
    """

    opening: int = 0
    probe: bool = False


@dataclass(slots=True)
class _Bucket:
    number: int
    requests: int = 0
    failures: int = 0
    slow: int = 0


@dataclass(slots=True)
class Window:
    """Counts the requests of the last minute, and those of them that failed or were slow."""

    _buckets: deque[_Bucket] = field(default_factory=deque)

    def add(self, now: float, *, failed: bool, slow: bool) -> None:
        """Count one request."""
        number = self._forget(now)
        if not self._buckets or self._buckets[-1].number != number:
            self._buckets.append(_Bucket(number))
        bucket = self._buckets[-1]
        bucket.requests += 1
        bucket.failures += failed
        bucket.slow += slow

    def counts(self, now: float) -> tuple[int, int, int]:
        """Return the requests, failures and slow ones."""
        if not self._buckets:
            return 0, 0, 0
        self._forget(now)
        requests = failures = slow = 0
        for bucket in self._buckets:
            requests += bucket.requests
            failures += bucket.failures
            slow += bucket.slow
        return requests, failures, slow

    def _forget(self, now: float) -> int:
        """Drop what is too old; return the number of the bucket of *now*."""
        number = int(now * BUCKETS / WINDOW)
        while self._buckets and self._buckets[0].number <= number - BUCKETS:
            self._buckets.popleft()
        return number

    def clear(self) -> None:
        """Forget everything."""
        self._buckets.clear()


@dataclass(slots=True)
class Breaker:
    """Times are seconds on a monotonic clock.

    *until* is when the rest ends, `None` while it is closed, and *since* when it opened or closed last. *cause* is what
    opened it. *fault_rest* is how long it rests after a fault, `None` for as long as after any failure.
    """

    fault_rest: float | None = LONGEST_REST
    until: float | None = None
    since: float | None = None
    cause: str = ""
    probing: bool = False
    _window: Window = field(default_factory=Window)
    _openings: int = 0
    _ticket: Ticket = Ticket()
    _relapses: int = 0
    _in_a_row: int = 0
    _good: int = 0
    _not_before: float = 0.0

    def state(self, now: float) -> BreakerState:
        """Return its state."""
        if self.until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now < self.until else BreakerState.HALF_OPEN

    def rests(self, now: float) -> bool:
        """True if nothing may be asked: it is open, or a probe is out."""
        return self.until is not None and (now < self.until or self.probing)

    def admit(self, now: float) -> Ticket:
        """Give leave for one request, whatever the state; the first after the rest is a probe."""
        probe = self.until is not None and not self.rests(now)
        self.probing |= probe
        return Ticket(self._openings, probe=True) if probe else self._ticket

    def note(
        self,
        ticket: Ticket,
        sign: Sign,
        now: float,
        *,
        cause: str = "",
        slow: bool = False,
        rest: float = 0.0,
        chance: float = 0.5,
    ) -> None:
        """Note what the request with *ticket* told.

        *rest* is how long the vendor asked to be left alone, in seconds; *chance*, from 0 to 1, makes a rest longer or
        shorter.
        """
        if ticket.opening != self._openings:
            # It began before the breaker opened, so it tells nothing new.
            return
        if ticket.probe:
            self.probing = False
        if sign is Sign.FAULT:
            self._open(now, cause, chance, self.fault_rest)
        elif sign is not Sign.NEUTRAL and self.until is None:
            self._count(sign, now, cause, chance, rest=rest, slow=slow)
        elif sign is Sign.GOOD:
            self._recover(now)
        elif sign is Sign.FAILURE and ticket.probe:
            # While it rests, only the probe can prolong that.
            self._not_before = max(self._not_before, now + rest)
            self._open(now, cause, chance)

    def _count(self, sign: Sign, now: float, cause: str, chance: float, *, rest: float, slow: bool) -> None:
        failed = sign is Sign.FAILURE
        self._window.add(now, failed=failed, slow=slow)
        self._in_a_row = self._in_a_row + 1 if failed else 0
        self._not_before = max(self._not_before, now + rest) if failed else 0.0
        if not (failed or slow):
            return
        requests, failures, slows = self._window.counts(now)
        enough = requests >= LEAST
        if self._in_a_row >= IN_A_ROW or (failed and enough and failures >= FAILING * requests):
            self._open(now, cause, chance)
        elif slow and enough and slows >= SLOW_SHARE * requests:
            self._open(now, f"{slows} of {requests} answers that took over {SLOW:.0f} s", chance)

    def _recover(self, now: float) -> None:
        """Count a good answer of a probe, or of a request that could not wait for the end of the rest."""
        self.until = min(self.until or now, now)
        self._good += 1
        if self._good < PROBES:
            return
        self.until, self.since, self.cause = None, now, ""
        self._relapses = self._in_a_row = 0
        self._not_before = 0.0
        self._window.clear()

    def _open(self, now: float, cause: str, chance: float, rest: float | None = None) -> None:
        if rest is None:
            rest = min(REST * 2**self._relapses, LONGEST_REST) * (1 + JITTER * (2 * chance - 1))
        self.until, self.since, self.cause = max(now + rest, self._not_before), now, cause
        self._openings += 1
        self._ticket = Ticket(self._openings)
        self._relapses = min(self._relapses + 1, _DOUBLINGS)
        self._good = 0
        self.probing = False

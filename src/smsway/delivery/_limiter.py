"""Keeps each account below its requests per second: one line per account, codes first, and a bucket at its end."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

from smsway.delivery._effects import Flow
from smsway.delivery._pace import Pace
from smsway.delivery._spacing import Spacing, StoreFactory

if TYPE_CHECKING:
    from smsway.delivery._bucket import Bucket

STEP = 0.005
"""Seconds to wait while another request of this process asks the store."""


class _Line:
    """The requests that wait to be sent to one account."""

    def __init__(self, rate: float | None, make_bucket: Callable[[], Bucket], jitter: float) -> None:
        self.pace = Pace(rate)
        self._jitter = jitter
        self._usual = None if rate is None else Spacing.of(rate, jitter=jitter)
        self._make_bucket = make_bucket
        self.turns: list[Turn] = []
        self.asking = False
        self.free_at = self.share_free_at = self.held_until = self.code_at = -math.inf
        self.lock = threading.Lock()

    @cached_property
    def bucket(self) -> Bucket:
        """What is at its end; whoever asks it is the only one who is *asking*."""
        return self._make_bucket()

    def spacing(self, now: float) -> Spacing | None:
        """Return how far apart requests have to be at the moment, `None` if they need not be."""
        rate = self.pace.rate(now)
        if rate is None or rate == self.pace.full:
            return self._usual
        return Spacing.of(rate, self.pace.full, self._jitter)

    def wait(self, now: float, place: int, *, code: bool) -> float:
        """Return the seconds until one at *place* in the line can go, 0 if it may be now."""
        spacing = self.spacing(now)
        if spacing is None:
            return max(self.held_until - now, 0.0)
        start = max(self.free_at, self.held_until, now if code else self.share_free_at)
        return max(start - now, 0.0) + place * spacing.seconds


class Turn:
    """The place of one request in the line of its account; a context, which it has to leave."""

    def __init__(self, line: _Line, monotonic: Callable[[], float], *, code: bool) -> None:
        self._line = line
        self._monotonic = monotonic
        self.code = code

    def __enter__(self) -> Self:
        with self._line.lock:
            turns = self._line.turns
            turns.insert(sum(turn.code for turn in turns) if self.code and turns else len(turns), self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._line.lock:
            self._line.turns.remove(self)

    def ask(self) -> Flow[float]:
        """Take leave for the request and return 0, or return the seconds after which to ask again."""
        line, now = self._line, self._monotonic()
        with line.lock:
            wait = line.wait(now, line.turns.index(self), code=self.code)
            if wait > 0 or line.asking:
                return max(wait, STEP if line.asking else 0.0)
            spacing = line.spacing(now)
            if spacing is None:
                self._went(now)
                return 0.0
            line.asking = True
        try:
            wait, by_share = yield from line.bucket.take(spacing, code=self.code, code_at=line.code_at)
        finally:
            line.asking = False
        with line.lock:
            if not wait:
                self._went(now)
                line.free_at = now + spacing.seconds if spacing.burst == 1 else now
            elif by_share:
                line.share_free_at = self._monotonic() + wait
            else:
                line.free_at = self._monotonic() + wait
        return wait

    def _went(self, now: float) -> None:
        self._line.pace.note(now)
        if self.code:
            self._line.code_at = self._monotonic()


class Limiter:
    """The limits of one client, safe to share between threads.

    *rates* are the requests per second of each account that has a limit. *stores* makes the stores that are shared with
    other processes, of which there are *processes*; without it, each client counts for itself. *jitter* is by how many
    seconds what is done between leave and the first byte differs from one request to the next.
    """

    def __init__(
        self,
        rates: Mapping[str, float],
        monotonic: Callable[[], float],
        stores: StoreFactory | None = None,
        processes: int = 1,
        jitter: float = 0.0,
    ) -> None:
        self._jitter = jitter
        self._rates = rates
        self._monotonic = monotonic
        self._stores = stores
        self._processes = processes
        self._lines: dict[str, _Line] = {}
        self._lock = threading.Lock()

    def turn(self, account: str, *, code: bool = False) -> Turn:
        """Return a place in the line of *account*; a *code* stands before everything else."""
        return Turn(self._line(account), self._monotonic, code=code)

    def busy(self, account: str, *, code: bool = False) -> float:
        """Return the seconds after which one more request could be sent, as far as is known without asking."""
        line = self._lines.get(account)
        if line is None:
            return 0.0
        with line.lock:
            place = sum(turn.code for turn in line.turns) if code else len(line.turns)
            return line.wait(self._monotonic(), place, code=code)

    def throttled(self, account: str, began: float, rest: float) -> None:
        """Note that a request that *began* then was throttled, and that nothing is to be sent for *rest* seconds."""
        line, now = self._line(account), self._monotonic()
        with line.lock:
            line.pace.throttle(now, began)
            line.held_until = max(line.held_until, now + rest)

    def rate(self, account: str) -> float | None:
        """Return the requests per second that *account* may be sent at the moment, `None` for no limit."""
        line = self._lines.get(account)
        return self.full_rate(account) if line is None else line.pace.rate(self._monotonic())

    def full_rate(self, account: str) -> float | None:
        """Return the requests per second that *account* may be sent as a rule, `None` for no limit."""
        return self._rates.get(account)

    def _line(self, account: str) -> _Line:
        line = self._lines.get(account)
        if line is None:
            with self._lock:
                line = self._lines.get(account) or self._made(account)
                self._lines[account] = line
        return line

    def _made(self, account: str) -> _Line:
        rate = self._rates.get(account)
        # What nobody limits is only limited for a while, by what this process hears.
        stores = self._stores if rate is not None else None
        return _Line(rate, partial(_bucket, account, self._monotonic, stores, self._processes), self._jitter)


def _bucket(name: str, monotonic: Callable[[], float], stores: StoreFactory | None, processes: int) -> Bucket:
    from smsway.delivery._bucket import Bucket  # noqa: PLC0415  # only whoever is limited needs the library of buckets

    return Bucket(name, monotonic, stores, processes)

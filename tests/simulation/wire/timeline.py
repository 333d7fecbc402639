"""Virtual time for a whole client: an event loop that never waits, and the clock of the process, on one timeline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from heapq import heappop
from math import inf

from world import World


class Stuck(Exception):
    """Somebody waits for what will never happen."""


class Timeline(World):
    """The time, what will happen, and whoever waits for it."""

    def step(self, until: float) -> bool:
        """Let the next thing happen and return True, unless it would be after *until*."""
        if not self._events or self._events[0][0] > until:
            return False
        self.time, _, happen = heappop(self._events)
        happen()
        return True

    def wait(self, until: float, come: Callable[[], bool] = lambda: False) -> bool:
        """Let time pass until *come* is true or it is *until*; return whether it came."""
        while not come():
            if not self.step(until):
                if until == inf:
                    raise Stuck
                self.time = max(self.time, until)
                return False
        return True

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.wait(self.time + max(seconds, 0))


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop of asyncio that has no sockets; where another one waits, it lets the timeline go on."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__()
        self._timeline = timeline
        self._selector = self

    def time(self) -> float:
        """Return the time of the timeline."""
        return self._timeline.time

    def select(self, timeout: float | None) -> tuple[()]:
        """Let things happen until a task can go on, or *timeout* has passed."""
        until = inf if timeout is None else self._timeline.time + timeout
        self._timeline.wait(until, lambda: bool(self._ready))
        return ()

    def _process_events(self, event_list: object) -> None:
        """Nothing: there are no sockets."""

    def _write_to_self(self) -> None:
        """Nothing: whoever calls from another thread is not in this world."""


@contextmanager
def clocked(timeline: Timeline) -> Iterator[None]:
    """Let the process's monotonic clock be the timeline; the HTTP library and the transport read it."""
    real = time.monotonic, time.sleep
    time.monotonic, time.sleep = lambda: timeline.time, timeline.sleep
    try:
        yield
    finally:
        time.monotonic, time.sleep = real

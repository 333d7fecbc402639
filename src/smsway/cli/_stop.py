"""Lets Ctrl-C and SIGTERM end a command at a point that it chooses itself."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from threading import current_thread, main_thread
from types import FrameType
from typing import Protocol


class Stoppable(Protocol):
    """Whoever looks, now and then, whether it shall stop."""

    stopped_by: int | None
    """The number of the signal that asked for it."""


class Stop:
    """A wish to stop, which ends a wait at once and anything else at its own time."""

    def __init__(self) -> None:
        self.stopped_by: int | None = None
        # A signal handler may put into it at any moment, whatever it interrupts; an `Event` would lock itself out.
        self._wishes: SimpleQueue[None] = SimpleQueue()

    def wake(self) -> None:
        """End a wait under way, or the next one."""
        self._wishes.put(None)

    def wait(self, seconds: float) -> None:
        """Wait, unless or until there is a wish to stop."""
        with suppress(Empty):
            self._wishes.get(timeout=seconds)


@contextmanager
def stoppable(watch: Stoppable, first: Callable[[], None], again: Callable[[int], None]) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM stop *watch*: *first* is called then, and *again* at every further signal."""
    if current_thread() is not main_thread():
        # Only there Python takes signals.
        yield
        return

    def stop(number: int, _: FrameType | None) -> None:
        if watch.stopped_by is not None:
            again(number)
            return
        watch.stopped_by = number
        first()

    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, stop) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

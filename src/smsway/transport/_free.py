"""The connections that wait for another request, by whom they lead to."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from smsway.transport._library import httpcore
from smsway.transport._messages import Origin

KEEPALIVE = 4.0
"""Seconds that an idle connection is kept.

A server that closes it while a request is on its way leaves that request unknown, so this is less than half of the ten
seconds and more that servers usually wait.
"""

StreamT = TypeVar("StreamT", httpcore.NetworkStream, httpcore.AsyncNetworkStream)


@dataclass(slots=True, eq=False)
class Held(Generic[StreamT]):
    """A connection; *home* is the process, or the event loop, that it belongs to."""

    stream: StreamT
    home: object
    expires: float = field(default=0.0)

    def is_good(self, home: object) -> bool:
        """True if it belongs to *home*, has not waited too long, and nothing has come since its last answer."""
        return self.home == home and time.monotonic() < self.expires and not self.stream.get_extra_info("is_readable")


class FreeList(Generic[StreamT]):
    """The idle connections by origin, the last used first.

    Threads share it without a lock, which a process that is forked meanwhile would find locked for ever: each step is
    one of a list's own.
    """

    def __init__(self) -> None:
        self._idle: dict[Origin, list[Held[StreamT]]] = {}
        self._closed = False

    def take(self, origin: Origin, home: object) -> tuple[Held[StreamT] | None, list[Held[StreamT]]]:
        """Return a good connection of *home*, `None` if there is none, and those to close."""
        stale: list[Held[StreamT]] = []
        idle = self._idle.get(origin, [])
        with suppress(IndexError):
            now = time.monotonic()
            # At the bottom are those that have waited longest.
            while idle[0].expires <= now:
                stale.append(idle.pop(0))
            while True:
                held = idle.pop()
                if held.is_good(home):
                    return held, stale
                stale.append(held)
        return None, stale

    def put(self, origin: Origin, held: Held[StreamT]) -> bool:
        """Keep a connection; False if it should be closed, because the list was."""
        held.expires = time.monotonic() + KEEPALIVE
        idle = self._idle.setdefault(origin, [])
        idle.append(held)
        if not self._closed:
            return True
        try:
            idle.remove(held)
        except ValueError:  # whoever closes the list has it
            return True
        return False

    def close(self) -> list[Held[StreamT]]:
        """Keep nothing from now on; return what was kept."""
        self._closed = True
        held: list[Held[StreamT]] = []
        for idle in list(self._idle.values()):
            with suppress(IndexError):
                while True:
                    held.append(idle.pop())
        return held

"""Waiting for the sandbox's time, which may pass at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Generator
from contextlib import suppress
from typing import Any

from smsway.sandbox._clock import Clock


class Alarm:
    """Wakes whoever waits; `ring` it, in the event loop of those who wait, when there is something to see."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._bell = asyncio.Event()

    def ring(self) -> None:
        """Wake everybody who waits now."""
        self._bell.set()
        self._bell = asyncio.Event()

    async def wait(self, seconds: float | None) -> None:
        """Wait until it rings, and at most so many seconds; `None` sets no limit."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._bell.wait(), seconds)

    def sleep(self, seconds: float) -> Awaitable[None]:
        """Return what waits until so many seconds of the sandbox's time have passed, from now on."""
        return _Pause(self, self._clock.elapsed() + seconds)

    async def until(self, end: float) -> None:
        """Wait until so much of the sandbox's time has elapsed."""
        while (left := end - self._clock.elapsed()) > 0:
            await self.wait(left)


class _Pause:
    """Waits until *end*, which stands before anybody waits; unlike a coroutine it need not be awaited."""

    __slots__ = ("_alarm", "_end")

    def __init__(self, alarm: Alarm, end: float) -> None:
        self._alarm = alarm
        self._end = end

    def __await__(self) -> Generator[Any, Any, None]:
        return self._alarm.until(self._end).__await__()

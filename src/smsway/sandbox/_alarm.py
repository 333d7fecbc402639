"""Waiting for the sandbox's time, which may pass at once."""

from __future__ import annotations

import asyncio
from contextlib import suppress

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

    async def sleep(self, seconds: float) -> None:
        """Wait until so many seconds of the sandbox's time have passed."""
        end = self._clock.elapsed() + seconds
        while (left := end - self._clock.elapsed()) > 0:
            await self.wait(left)

"""Time and chance as a port, so that a test can run the engine in virtual time."""

from __future__ import annotations

import random
import secrets
import time
from typing import Protocol


class Clock(Protocol):
    """Where the engine has time and random numbers from."""

    def now(self) -> float:
        """Return the wall clock, in seconds since the epoch (UTC)."""
        ...

    def monotonic(self) -> float:
        """Return a clock that never jumps, in seconds."""
        ...

    def nonce(self) -> int:
        """Return a random number below 2**80 that no other attempt gets."""
        ...

    def random(self) -> float:
        """Return a random number from 0 to 1, by which those who would act together part ways."""
        ...


class SystemClock:
    """The machine's clocks and its source of randomness."""

    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)
    random = staticmethod(random.random)

    @staticmethod
    def nonce() -> int:
        """Return 80 random bits."""
        return secrets.randbits(80)

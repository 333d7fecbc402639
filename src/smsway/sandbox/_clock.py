"""The sandbox's time, which an operator can let pass at once."""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """Gives seconds since the epoch by *epoch*, and whatever `advance` has added to them.

    A wrong clock of one account is no part of it.
    """

    def __init__(self, epoch: Callable[[], float], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._epoch = epoch
        self._monotonic = monotonic
        self._ahead = 0.0
        self._skipped = 0.0

    def __call__(self) -> float:
        """Return the seconds since the epoch (UTC)."""
        return self._epoch() + self._ahead

    def elapsed(self) -> float:
        """Return seconds that only differences mean something of, and that never go back."""
        return self._monotonic() + self._skipped

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass at once."""
        self._ahead += seconds
        self._skipped += seconds

    def reset(self) -> None:
        """Tell the time of *epoch* again; what has elapsed stays elapsed."""
        self._ahead = 0.0

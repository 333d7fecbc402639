"""The retry budget of each account: retries are paid for by requests that go well at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

CAPACITY = 500
"""Tokens at the start, and at most."""

SPACING = 1.0
"""Seconds after a retry when the next is allowed without any token, so that little traffic can be retried too."""


@dataclass(slots=True)
class _Purse:
    tokens: int = CAPACITY
    last: float = float("-inf")


class Budgets:
    """The budgets of one client, by the account that a retry goes to. *monotonic* is in seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._purses: dict[str, _Purse] = {}
        self._lock = threading.Lock()

    def spend(self, account: str, cost: int) -> bool:
        """Pay for a retry at *account*; False if it must not be made."""
        with self._lock:
            purse, now = self._purses.setdefault(account, _Purse()), self._monotonic()
            if purse.tokens >= cost:
                purse.tokens -= cost
            elif now < purse.last + SPACING:
                return False
            purse.last = now
            return True

    def earn(self, account: str) -> None:
        """Note that a request to *account* went well at its first try."""
        with self._lock:
            purse = self._purses.get(account)
            if purse is not None and purse.tokens < CAPACITY:
                purse.tokens += 1

    def left(self, account: str) -> int:
        """Return the tokens that are left."""
        purse = self._purses.get(account)
        return CAPACITY if purse is None else purse.tokens

"""A breaker per account, which only faults of the account or its provider can open."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from smsway.model import Reason


class Sign(Enum):
    """What one request tells about the health of its account."""

    GOOD = auto()
    """It answered. Refusing recipients is a good answer."""
    NEUTRAL = auto()
    """It throttled us or refused the request as a whole, or we did not ask."""
    FAILURE = auto()
    """It failed, could not be reached, or its answer could not be understood."""
    FAULT = auto()
    """The account itself is refused, and will be until somebody acts."""


CONSECUTIVE = 5
"""Failures in a row that open the breaker."""

REST = 15.0
"""Seconds that it stays open at first; doubled at each failing probe."""

LONGEST_REST = 300.0
"""Seconds that it stays open at most, and at once after a fault of the account."""


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave for one request to *account*.

    *opening* counts how often the breaker had opened by then. *probe* marks the one request that tries an account after
    its rest.
    """

    account: str
    opening: int = 0
    probe: bool = False


@dataclass(slots=True)
class _Breaker:
    failures: int = 0
    opening: int = 0
    in_a_row: int = 0
    until: float | None = None
    probing: bool = False
    cause: str = ""
    last: Sign = Sign.GOOD


@dataclass(slots=True)
class Health:
    """The breakers of one client. Times are seconds on a monotonic clock."""

    monotonic: Callable[[], float]
    _breakers: dict[str, _Breaker] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def resting(self, account: str) -> str | None:
        """Return why *account* is not asked at the moment, or `None` if it may be."""
        breaker = self._breakers.get(account)
        if breaker is None or breaker.until is None:
            return None
        left = breaker.until - self.monotonic()
        if left <= 0 and not breaker.probing:
            return None
        return f"rests after {breaker.cause}" + (f" for {left:.0f} s more" if left > 0 else ", while a probe is out")

    def admit(self, account: str, *, force: bool = False) -> Permit | None:
        """Ask leave to send one request; `None` while *account* rests, unless *force* is set.

        After its rest, one probe at a time goes out.
        """
        with self._lock:
            breaker = self._breakers.get(account)
            if breaker is None:
                return Permit(account)
            if breaker.until is None:
                return Permit(account, breaker.opening)
            if not breaker.probing and self.monotonic() >= breaker.until:
                breaker.probing = True
                return Permit(account, breaker.opening, probe=True)
            return Permit(account, breaker.opening) if force else None

    def answers_well(self, account: str) -> bool:
        """True if the last request to *account*, if any, was answered well.

        If not, refusals are likely, and a refusal that echoes nothing is certain only on a fresh connection.
        """
        breaker = self._breakers.get(account)
        return breaker is None or breaker.last is Sign.GOOD

    def opens(self, account: str) -> float:
        """Return when the rest of *account* ends; 0 if it does not rest."""
        breaker = self._breakers.get(account)
        return breaker.until or 0.0 if breaker else 0.0

    def note(self, permit: Permit, sign: Sign, cause: str = "") -> None:
        """Note what the request with *permit* told."""
        with self._lock:
            breaker = self._breakers.setdefault(permit.account, _Breaker())
            breaker.last = sign
            if permit.opening != breaker.opening:
                # It began before the breaker opened, so it tells nothing new.
                return
            if permit.probe:
                breaker.probing = False
            match sign:
                case Sign.GOOD:
                    breaker.failures = breaker.in_a_row = 0
                    breaker.until = None
                case Sign.NEUTRAL:
                    pass
                case Sign.FAILURE:
                    breaker.failures += 1
                    # While it rests, only the probe counts.
                    if permit.probe or (breaker.until is None and breaker.failures >= CONSECUTIVE):
                        self._open(breaker, min(REST * 2**breaker.in_a_row, LONGEST_REST), cause)
                case Sign.FAULT:
                    self._open(breaker, LONGEST_REST, cause)

    def _open(self, breaker: _Breaker, rest: float, cause: str) -> None:
        breaker.until = self.monotonic() + rest
        breaker.opening += 1
        breaker.in_a_row += 1
        breaker.probing = False
        breaker.cause = cause


def cause_of(reason: Reason | None, code: str | None) -> str:
    """Say what opened a breaker."""
    return f"{reason or 'failures'}{f' (code {code})' if code else ''}"

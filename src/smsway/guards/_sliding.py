"""Counts in sliding windows of time: small, and never more than the limit in any window.

A window is cut into 60 slots, and a slot counts until its last moment has left the window. So a limit may hold somebody
back for a sixtieth of its window too long, and never lets anybody pass too early.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import NamedTuple, TypeAlias

from smsway._rules import LIMIT

SLOTS = 60
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


@dataclass(frozen=True, slots=True)
class Limit:
    """At most *count* in any *seconds*."""

    count: int
    seconds: int

    @classmethod
    def of(cls, text: str) -> Limit:
        """Return the limit that *text* says, such as `5/10m`; raises `ValueError`."""
        if not re.fullmatch(LIMIT, text):
            raise ValueError(f"{text!r} is not a limit such as 5/10m")
        count, _, window = text.partition("/")
        return cls(int(count), int(window[:-1] or 1) * _UNITS[window[-1]])

    def __str__(self) -> str:
        unit = next(each for each in reversed(_UNITS) if self.seconds % _UNITS[each] == 0)
        return f"{self.count} in {self.seconds // _UNITS[unit]} {unit}"

    def slot(self, now: float) -> int:
        """Return the number of the slot that *now* lies in."""
        return floor(now * SLOTS / self.seconds)


Tally: TypeAlias = tuple[tuple[int, int], ...]
"""How many were counted in which slot, the oldest first."""


class Counted(NamedTuple):
    """What is kept under one key, and until when it matters, in seconds since the epoch."""

    tally: Tally
    until: float


@dataclass(frozen=True, slots=True)
class Ask:
    """One limit that a recipient counts against, under *key*. Only a *binding* one stops it."""

    key: bytes
    limit: Limit
    binding: bool = True


@dataclass(frozen=True, slots=True)
class Party:
    """A recipient that wants to pass. One with an *identity* is counted once, however often it comes."""

    asks: Sequence[Ask]
    identity: bytes | None = None

    @property
    def keys(self) -> list[bytes]:
        """All keys that it takes to decide."""
        return [*(ask.key for ask in self.asks), *([self.identity] if self.identity else [])]


def admit(parties: Sequence[Party], known: MutableMapping[bytes, Counted], now: float) -> list[list[Ask]]:
    """Return the limits that each of *parties* would exceed, in turn, and count in *known* those that pass.

    Whoever is stopped by one limit counts against none.
    """
    return [_admit(party, known, now) for party in parties]


def _admit(party: Party, known: MutableMapping[bytes, Counted], now: float) -> list[Ask]:
    passed = known.get(party.identity) if party.identity else None
    if passed is not None and passed.until > now:
        return []
    held = [(ask, _held(known.get(ask.key), ask.limit, now)) for ask in party.asks]
    over = [ask for ask, tally in held if sum(count for _, count in tally) >= ask.limit.count]
    if any(ask.binding for ask in over):
        return over
    for ask, tally in held:
        if ask not in over:
            known[ask.key] = Counted(_added(tally, ask.limit.slot(now)), now + ask.limit.seconds * (1 + 1 / SLOTS))
    if party.identity:
        longest = max((ask.limit.seconds for ask in party.asks), default=0)
        known[party.identity] = Counted((), now + longest * (1 + 1 / SLOTS))
    return over


def _held(counted: Counted | None, limit: Limit, now: float) -> Tally:
    """Return what still counts. What a clock that was set back has put into the future does."""
    first = limit.slot(now) - SLOTS
    return tuple(each for each in counted.tally if each[0] >= first) if counted else ()


def _added(tally: Tally, slot: int) -> Tally:
    if tally and tally[-1][0] >= slot:
        last, count = tally[-1]
        return (*tally[:-1], (last, count + 1))
    return (*tally, (slot, 1))

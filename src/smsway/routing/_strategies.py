"""Strategies: in which order the accounts of a route are tried."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from smsway.routing._account import Account
from smsway.routing._rules import Route, Subject, share_of


@dataclass(frozen=True, slots=True)
class Choice:
    """What a strategy may look at, beside the candidates.

    *prices* are by account, for the country of the subject, per segment. *turn* counts the recipients that this route
    has routed.
    """

    route: Route
    subject: Subject
    prices: Mapping[str, float]
    turn: int


Strategy: TypeAlias = Callable[[Sequence[Account], Choice], Sequence[Account]]
"""Orders candidates; a pure function."""


def priority(candidates: Sequence[Account], choice: Choice) -> Sequence[Account]:  # noqa: ARG001  # the common signature
    """Keep the order of the route."""
    return candidates


def weighted(candidates: Sequence[Account], choice: Choice) -> Sequence[Account]:
    """Put one account first with a chance of its weight; the rest stay in the route's order as backups."""
    weights = [max(choice.route.weights.get(account.name, 1.0), 0.0) for account in candidates]
    # Another salt than that of the route's own share, so that within a share all weights still count.
    salt = f"{choice.route.name}\0weights"
    point = share_of(choice.subject.phone, choice.subject.reference, salt) * sum(weights)
    for index, reached in enumerate(itertools.accumulate(weights)):
        if point < reached:
            return (candidates[index], *candidates[:index], *candidates[index + 1 :])
    return candidates


def round_robin(candidates: Sequence[Account], choice: Choice) -> Sequence[Account]:
    """Begin with the next account at each recipient."""
    if not candidates:
        return candidates
    start = choice.turn % len(candidates)
    return (*candidates[start:], *candidates[:start])


def least_cost(candidates: Sequence[Account], choice: Choice) -> Sequence[Account]:
    """Begin with the cheapest account for the recipient's country; accounts without a price come last."""
    return sorted(candidates, key=lambda account: choice.prices.get(account.name, float("inf")))


STRATEGIES: Mapping[str, Strategy] = MappingProxyType(
    {"priority": priority, "weighted": weighted, "round_robin": round_robin, "least_cost": least_cost}
)

STEADY = frozenset({"priority", "least_cost"})
"""The strategies whose order is the same for every recipient of a country."""


@dataclass(slots=True)
class Turns:
    """Counts, per route, the recipients routed so far."""

    _next: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, route: str) -> int:
        """Return this route's turn and go on to the next."""
        with self._lock:
            turn = self._next.get(route, 0)
            self._next[route] = turn + 1
            return turn

    def copy(self) -> Turns:
        """Return turns that go on from here without using these up."""
        return Turns(dict(self._next))

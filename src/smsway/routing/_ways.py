"""What a router works out once for all recipients that are alike to its rules: the routes that may take them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from smsway.routing._account import Account
from smsway.routing._rules import Route


@dataclass(frozen=True, slots=True)
class Decision:
    """The route of a recipient, if one matches, with its candidates in order and each exclusion with its cause.

    *passed* are the routes before it, each with the condition that did not hold; only a dry run tells them.
    """

    route: Route | None
    candidates: tuple[Account, ...]
    excluded: tuple[tuple[str, str], ...] = ()
    passed: tuple[tuple[str, str], ...] = ()


NOWHERE = Decision(None, ())
"""No route matches."""


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A route with the accounts that can carry the text of these recipients, the causes of the others, and prices.

    *steady* is what is decided for every one of them; `None` if the strategy looks at each.
    """

    route: Route
    fit: tuple[Account, ...]
    excluded: tuple[tuple[str, str], ...]
    prices: Mapping[str, float]
    steady: Decision | None = None


@dataclass(slots=True, eq=False)
class Ways:
    """The ways that no lasting condition rules out, in the order of the routes.

    *sure* is what is decided for every one of these recipients at any time; `None` if that depends.
    """

    every: tuple[Way, ...]
    sure: Decision | None = field(init=False)
    _timed: bool = field(init=False)
    _lately: tuple[float, tuple[Way, ...]] = field(init=False)

    def __post_init__(self) -> None:
        first = self.every[0] if self.every else None
        self.sure = NOWHERE if first is None else first.steady if first.route.when.lasts else None
        self._timed = any(way.route.when.time is not None for way in self.every)
        self._lately = (float("nan"), ())

    def at(self, now: float) -> tuple[Way, ...]:
        """Return those whose hours it is; all recipients of a message ask as of the same moment."""
        if not self._timed:
            return self.every
        moment, ways = self._lately
        if moment != now:
            ways = tuple(way for way in self.every if way.route.when.is_open(now))
            self._lately = now, ways
        return ways

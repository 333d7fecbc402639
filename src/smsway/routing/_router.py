"""Decides, for each recipient, which accounts may carry it, in which order, and why not the others."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from smsway.model import Filled, Template
from smsway.routing._account import Account
from smsway.routing._catalogue import Catalogue, Unfit
from smsway.routing._journey import Envelope, Journey
from smsway.routing._rules import Route, Subject
from smsway.routing._strategies import STEADY, STRATEGIES, Choice, Strategy, Turns
from smsway.routing._ways import NOWHERE, Decision, Way, Ways

log = logging.getLogger("smsway")

_CACHED = 4096


@dataclass(slots=True)
class Router:
    """The routing of one configuration.

    Routes are looked through once for all recipients that no lasting condition can tell apart; what is left of them is
    looked at for each. So it costs the same to send along one route as along a thousand.
    """

    accounts: Mapping[str, Account]
    catalogue: Catalogue
    routes: Sequence[Route]
    prices: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    strategies: Mapping[str, Strategy] = field(default_factory=lambda: STRATEGIES)
    turns: Turns = field(default_factory=Turns)
    _ways: dict[tuple[object, ...], Ways] = field(default_factory=dict)
    _tags: frozenset[str] = field(init=False)
    _prefixes: frozenset[str] = field(init=False)
    _sizes: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._tags = frozenset(tag for route in self.routes for tag in route.when.tags)
        self._prefixes = frozenset(prefix for route in self.routes for prefix in route.when.prefixes)
        self._sizes = tuple(sorted({len(prefix) for prefix in self._prefixes}, reverse=True))

    def route(self, journey: Journey, now: float) -> None:
        """Set the route, candidates and exclusions of *journey*; *now* is in seconds since the epoch (UTC)."""
        self.route_all((journey,), now)

    def route_all(self, journeys: Iterable[Journey], now: float) -> None:
        """Set those of all *journeys*, which are of one message."""
        sizes, here, ways, decision = self._sizes, "", None, NOWHERE
        for journey in journeys:
            place = journey.country + self._area(journey.phone) if sizes else journey.country
            # Neighbours are mostly in one place.
            if ways is None or place != here:
                here, ways = place, self._ways_at(journey, place)
                decision = ways.sure or NOWHERE
            if ways.sure is None:
                decision = self._decide(journey, ways.at(now))
            journey.route = decision.route
            journey.candidates = decision.candidates
            journey.excluded = decision.excluded

    def _ways_at(self, journey: Journey, place: str) -> Ways:
        known = journey.envelope.ways
        ways = known.get(place)
        if ways is None:
            ways = known[place] = self._found(journey, place)
        return ways

    def _decide(self, journey: Journey, ways: Iterable[Way]) -> Decision:
        reference = journey.envelope.message.reference
        for way in ways:
            if way.route.when.takes(journey.phone, reference, way.route.name):
                return way.steady or self._choose(way, journey, self.turns)
        return NOWHERE

    def rehearse(self, journey: Journey, now: float) -> Decision:
        """Return what `route` would decide, with every route that is passed by; it uses up no turn of a round robin."""
        subject = _subject(journey)
        passed: list[tuple[str, str]] = []
        for route in self.routes:
            missed = route.when.misses(subject, now, route.name)
            if missed is None:
                envelope = journey.envelope
                envelope.turns = envelope.turns or self.turns.copy()
                decision = self._choose(self._way(journey, route), journey, envelope.turns)
                return replace(decision, passed=tuple(passed))
            passed.append((route.name, missed))
        return Decision(None, (), (), tuple(passed))

    def _area(self, phone: str) -> str:
        """Return the longest prefix of any route that *phone* begins with: it says which others it begins with."""
        for size in self._sizes:
            if phone[:size] in self._prefixes:
                return phone[:size]
        return ""

    def _found(self, journey: Journey, place: str) -> Ways:
        """Return the ways of all recipients at *place* that are told what *journey* is told."""
        message, template = journey.envelope.message, journey.envelope.template
        tags = message.tags & self._tags
        # Only what the configuration names is in it, lest callers fill the memory with tags of their own.
        key = (place, message.kind, template, tags, message.signature, message.sender, message.accounts)
        ways = self._ways.get(key)
        if ways is None:
            ways = Ways(tuple(self._open_to(journey)))
            if len(self._ways) >= _CACHED:
                self._ways.clear()
            self._ways[key] = ways
        return ways

    def _open_to(self, journey: Journey) -> Iterator[Way]:
        """Yield the ways that no lasting condition rules out, up to the first that no other condition can."""
        subject = _subject(journey)
        for route in self.routes:
            if route.when.rules_out(subject) is None:
                way = self._way(journey, route)
                if route.strategy in STEADY:
                    way = replace(way, steady=self._choose(way, journey, self.turns))
                yield way
                if route.when.lasts:
                    return

    def _way(self, journey: Journey, route: Route) -> Way:
        """Return what *route* has for *journey*."""
        causes = [(self.accounts[name], self._unfit(journey, self.accounts[name])) for name in route.accounts]
        fit = tuple(account for account, cause in causes if cause is None)
        prices = ((account.name, self.price(account.name, journey.country)) for account in fit)
        return Way(
            route,
            fit,
            tuple((account.name, cause) for account, cause in causes if cause is not None),
            {name: price for name, price in prices if price is not None},
        )

    def _choose(self, way: Way, journey: Journey, turns: Turns) -> Decision:
        """Let the strategy order the accounts of *way* for *journey*."""
        route = way.route
        turn = 0 if route.strategy in STEADY else turns.take(route.name)
        candidates = self._arranged(way.fit, Choice(route, _subject(journey), way.prices, turn))
        left = f"left out by strategy {route.strategy!r}"
        missing = tuple((account.name, left) for account in way.fit if account not in candidates)
        return Decision(route, candidates, way.excluded + missing)

    def _arranged(self, fit: tuple[Account, ...], choice: Choice) -> tuple[Account, ...]:
        """Order the accounts that fit; a strategy that fails leaves the route's order.

        Whatever it returns, each account counts once, and one that does not fit is ignored.
        """
        strategy = choice.route.strategy
        try:
            ordered = tuple(self.strategies[strategy](fit, choice))
        except Exception as error:  # noqa: BLE001  # a plugin's strategy may fail in any way
            log.error("strategy %s failed: %s; the accounts keep the route's order", strategy, type(error).__name__)  # noqa: TRY400  # the traceback may hold phones
            return fit
        return tuple(dict.fromkeys(account for account in ordered if account in fit))

    def price(self, account: str, country: str) -> float | None:
        """Return what a segment to *country* costs at *account*; `None` if the configuration does not say."""
        prices = self.prices.get(account, {})
        return prices.get(country, prices.get("*"))

    def _unfit(self, journey: Journey, account: Account) -> str | None:
        """Return why *account* cannot carry this recipient's text, or `None` if it can."""
        message = journey.envelope.message
        if account.broken:
            return account.broken
        if message.accounts and account.name not in message.accounts:
            return "the message is restricted to other accounts"
        if not account.capabilities.serves(journey.country):
            return f"does not serve {journey.country}"
        try:
            filled = self.fill(journey, account)
        except Unfit as unfit:
            return str(unfit)
        country = journey.country
        lacking = account.capabilities.lacks(country, signature=filled.signature, sender=filled.sender)
        return lacking and f"texts to {country} need a {lacking} there (such as {lacking}s.default.{account.name})"

    def fill(self, journey: Journey, account: Account) -> Filled:
        """Say the recipient's content as *account* wants it; raises `Unfit` if it cannot."""
        if journey.params is not None:
            return self._fill(journey.envelope, account, journey.params)
        filled = journey.envelope.filled
        content = filled.get(account.name)
        if content is None:
            message = journey.envelope.message.content
            params = message.params if isinstance(message, Template) else {}
            content = filled[account.name] = self._fill(journey.envelope, account, params)
        return content

    def _fill(self, envelope: Envelope, account: Account, params: Mapping[str, str]) -> Filled:
        message = envelope.message
        return self.catalogue.fill(account, message.content, params, message.signature, message.sender)


def _subject(journey: Journey) -> Subject:
    message = journey.envelope.message
    return Subject(
        journey.phone, journey.country, message.kind, journey.envelope.template, message.tags, message.reference
    )

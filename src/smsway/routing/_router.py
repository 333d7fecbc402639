"""Decides, for each recipient, which accounts may carry it, in which order, and why not the others."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from smsway.model import Filled, Template
from smsway.routing._account import Account
from smsway.routing._catalogue import Catalogue, Unfit
from smsway.routing._journey import Envelope, Journey
from smsway.routing._rules import Route, Subject
from smsway.routing._strategies import STEADY, STRATEGIES, Choice, Strategy, Turns

log = logging.getLogger("smsway")

_CACHED = 10_000


@dataclass(frozen=True, slots=True)
class Decision:
    """The route of a recipient, if one matches, with its candidates in order and each exclusion with its cause.

    *passed* are the routes before it, each with the condition that did not hold.
    """

    route: Route | None
    candidates: tuple[Account, ...]
    excluded: tuple[tuple[str, str], ...] = ()
    passed: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Router:
    """The routing of one configuration."""

    accounts: Mapping[str, Account]
    catalogue: Catalogue
    routes: Sequence[Route]
    prices: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    strategies: Mapping[str, Strategy] = field(default_factory=lambda: STRATEGIES)
    turns: Turns = field(default_factory=Turns)
    _steady: dict[tuple[object, ...], Decision] = field(default_factory=dict)

    def route(self, journey: Journey, now: float) -> None:
        """Set the route, candidates and exclusions of *journey*; *now* is in seconds since the epoch (UTC)."""
        message = journey.envelope.message
        key = (
            journey.country,
            message.kind,
            journey.envelope.template,
            message.tags,
            message.signature,
            message.sender,
            message.accounts,
        )
        decision = self._steady.get(key)
        if decision is None:
            decision = self.decide(journey, now)
            if self._is_steady(decision):
                if len(self._steady) >= _CACHED:
                    self._steady.clear()
                self._steady[key] = decision
        journey.route = decision.route
        journey.candidates = decision.candidates
        journey.excluded = decision.excluded

    def decide(self, journey: Journey, now: float, *, dry: bool = False) -> Decision:
        """Return the decision for *journey*; a *dry* run uses up no turn of a round robin."""
        message = journey.envelope.message
        subject = Subject(
            journey.phone,
            journey.country,
            message.kind,
            journey.envelope.template,
            message.tags,
            message.reference,
        )
        passed: list[tuple[str, str]] = []
        for route in self.routes:
            missed = route.when.misses(subject, now, route.name)
            if missed is None:
                return self._order(journey, route, subject, tuple(passed), dry=dry)
            passed.append((route.name, missed))
        return Decision(None, (), (), tuple(passed))

    def _is_steady(self, decision: Decision) -> bool:
        """True if every recipient with the same key gets the same decision at any time."""
        names = {name for name, _ in decision.passed} | ({decision.route.name} if decision.route else set())
        varies = any(route.when.varies for route in self.routes if route.name in names)
        return not varies and (decision.route is None or decision.route.strategy in STEADY)

    def _order(
        self, journey: Journey, route: Route, subject: Subject, passed: tuple[tuple[str, str], ...], *, dry: bool
    ) -> Decision:
        fit: list[Account] = []
        excluded: list[tuple[str, str]] = []
        for name in route.accounts:
            cause = self._unfit(journey, self.accounts[name])
            if cause is None:
                fit.append(self.accounts[name])
            else:
                excluded.append((name, cause))
        prices = {
            account.name: price for account in fit if (price := self.price(account.name, journey.country)) is not None
        }
        choice = Choice(route, subject, prices, self._turns(journey.envelope, dry=dry).take(route.name))
        candidates = self._arranged(fit, choice)
        left = f"left out by strategy {route.strategy!r}"
        excluded += [(account.name, left) for account in fit if account not in candidates]
        return Decision(route, candidates, tuple(excluded), passed)

    def _turns(self, envelope: Envelope, *, dry: bool) -> Turns:
        if not dry:
            return self.turns
        envelope.turns = envelope.turns or self.turns.copy()
        return envelope.turns

    def _arranged(self, fit: list[Account], choice: Choice) -> tuple[Account, ...]:
        """Order the accounts that fit; a strategy that fails leaves the route's order.

        Whatever it returns, each account counts once, and one that does not fit is ignored.
        """
        strategy = choice.route.strategy
        try:
            ordered = tuple(self.strategies[strategy](tuple(fit), choice))
        except Exception as error:  # noqa: BLE001  # a plugin's strategy may fail in any way
            log.error("strategy %s failed: %s; the accounts keep the route's order", strategy, type(error).__name__)  # noqa: TRY400  # the traceback may hold phones
            return tuple(fit)
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

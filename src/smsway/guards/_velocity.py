"""How often: per phone, per caller, and in all to a range of numbers, to a country, anywhere or through an account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from smsway._rules import Mode
from smsway.guards._aliases import Aliases
from smsway.guards._case import Case, Finding
from smsway.guards._sliding import Ask, Limit
from smsway.model import Reason, fold_caller

RANGE = 4
"""A range of numbers are those that differ in so many last digits only."""

ELSEWHERE = "*"
"""Stands for every country, or account, that is not named."""


@dataclass(frozen=True, slots=True)
class Count:
    """One limit that a case counts against, and what is found if it is exceeded."""

    ask: Ask
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How many messages of a kind one phone may get, or one caller may ask for: *limits* by kind."""

    guard: str
    mode: Mode
    limits: Mapping[str, tuple[Limit, ...]]

    def counts(self, case: Case, aliases: Aliases) -> Iterator[Count]:
        """Yield what *case* counts against."""
        screening = case.screening
        who: str | None = screening.phone
        if self.guard == "callers":
            who = screening.caller and fold_caller(screening.caller)
        if not who:
            return
        reason = Reason.RECIPIENT_RATE_LIMITED if self.guard == "phones" else Reason.QUOTA_EXCEEDED
        for limit in self.limits.get(screening.kind, ()):
            key = aliases(self.guard, screening.kind, str(limit.seconds), who)
            rule = f"{self.guard[:-1]} has had {limit} ({screening.kind})"
            yield _count(self.guard, rule, reason, self.mode, key, limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How many messages of *kinds* may be sent in all, to one country, to one range of numbers, and by one account."""

    mode: Mode
    kinds: frozenset[str]
    total: tuple[Limit, ...] = ()
    countries: Mapping[str, tuple[Limit, ...]] = field(default_factory=dict)
    ranges: tuple[Limit, ...] = ()
    accounts: Mapping[str, tuple[Limit, ...]] = field(default_factory=dict)

    def counts(self, case: Case, aliases: Aliases) -> Iterator[Count]:
        """Yield what *case* counts against."""
        phone, country = case.screening.phone, case.screening.country
        if case.screening.kind not in self.kinds:
            return
        ranges = self.countries.get(country, self.countries.get(ELSEWHERE, ()))
        whats = (
            ("range", phone[:-RANGE], "its range of numbers has", self.ranges),
            ("country", country, f"country {country} has", ranges),
            ("total", "", "all together have", self.total),
        )
        for what, which, words, limits in whats:
            for limit in limits:
                key = aliases("caps", what, str(limit.seconds), which)
                yield _count("caps", f"{words} had {limit}", Reason.QUOTA_EXCEEDED, self.mode, key, limit)

    def of_account(self, account: str, kind: str, aliases: Aliases) -> Iterator[Count]:
        """Yield what each recipient of an attempt of *account* counts against."""
        if kind not in self.kinds:
            return
        for limit in self.accounts.get(account, self.accounts.get(ELSEWHERE, ())):
            key = aliases("caps", "account", str(limit.seconds), account)
            rule = f"account {account} may send no more than {limit}"
            yield _count("caps", rule, Reason.QUOTA_EXCEEDED, self.mode, key, limit)


def _count(guard: str, rule: str, reason: Reason, mode: Mode, key: bytes, limit: Limit) -> Count:
    return Count(Ask(key, limit, mode is Mode.BLOCK), Finding(guard, rule, reason, mode))

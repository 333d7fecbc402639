"""Where texts may go at all: numbers that are listed, then prefixes, the longest first, then countries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from smsway._rules import Mode
from smsway.guards._case import Case, Finding
from smsway.model import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Single numbers in E.164: those of *block* get nothing, and those of *allow* pass the guards against fraud."""

    mode: Mode
    allow: frozenset[str] = field(default=frozenset(), repr=False)
    block: frozenset[str] = field(default=frozenset(), repr=False)

    def judge(self, case: Case) -> Finding | None:
        """Return what stands against *case*, if anything."""
        if case.screening.phone not in self.block:
            return None
        return Finding("numbers", "the number is blocked", Reason.BLOCKED_RECIPIENT, self.mode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Destinations:
    """Which *countries* messages of *kinds* may go to; `None` are all of them.

    *prefixes* (of E.164, such as `+882`) say of the numbers that begin with them whether they are allowed, whatever
    their country; the longest that fits decides.
    """

    mode: Mode
    kinds: frozenset[str]
    countries: frozenset[str] | None = None
    prefixes: Mapping[str, bool] = field(default_factory=dict)

    def judge(self, case: Case) -> Finding | None:
        """Return what stands against *case*, if anything."""
        phone, country = case.screening.phone, case.screening.country
        if case.screening.kind not in self.kinds:
            return None
        prefix = next((phone[:end] for end in range(len(phone), 1, -1) if phone[:end] in self.prefixes), None)
        if prefix is not None:
            return None if self.prefixes[prefix] else self._finding(f"prefix {prefix} is blocked")
        if self.countries is None or country in self.countries:
            return None
        return self._finding(f"country {country} is not allowed for {case.screening.kind}")

    def _finding(self, rule: str) -> Finding:
        return Finding("destinations", rule, Reason.UNSUPPORTED_DESTINATION, self.mode)

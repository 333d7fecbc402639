"""The list of those who want no texts: what adds to it, what removes from it, and whom it stops."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from smsway._rules import ALL, SCOPES, Mode
from smsway.guards._aliases import Aliases
from smsway.guards._case import Finding
from smsway.guards._keywords import STANDARD, is_opt_out
from smsway.guards._store import GuardStore, OptOut
from smsway.model import Inbound, Kind, Reason, parse_phone


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOutRules:
    """Stops those who have opted out; a message from a phone that is one of *words* opts it out of *scope*."""

    mode: Mode
    scope: str = Kind.MARKETING.value
    words: frozenset[str] = field(default=STANDARD, repr=False)

    def judge(self, kind: str, found: Iterable[OptOut]) -> Finding | None:
        """Return what stands against a text of *kind* to a phone of which the opt-outs *found* are known."""
        scope = next((each.scope for each in found if each.scope in {kind, ALL}), None)
        if scope is None:
            return None
        return Finding("optouts", f"opted out of {scope}", Reason.BLOCKED_RECIPIENT, self.mode)


class OptOuts:
    """The opt-outs, under the aliases of phones.

    A phone is in E.164, or in national form where the configuration names a region. A scope is a kind of message, or
    `all`. Everything raises `ValueError` for what is no phone or scope, and `GuardError` if the store fails.
    """

    def __init__(
        self,
        rules: OptOutRules,
        store: GuardStore,
        aliases: Aliases,
        now: Callable[[], float],
        region: str | None = None,
    ) -> None:
        self.rules = rules
        self._store = store
        self._aliases = aliases
        self._now = now
        self._region = region

    def add(self, phone: str, scope: str = Kind.MARKETING) -> bool:
        """Let *phone* get no texts of *scope*; False if that was so before."""
        return self.add_all([phone], scope) == 1

    def add_all(self, phones: Iterable[str], scope: str = Kind.MARKETING, *, source: str = "api") -> int:
        """Add many at once, all or none; return how many are new."""
        what = OptOut(_scope(scope), self._now(), source)
        return self._store.opt_out([self.alias(phone) for phone in phones], what)

    def remove(self, phone: str, scope: str | None = None) -> bool:
        """Let *phone* get texts of *scope* again, or of every scope; False if it got them before."""
        return self._store.opt_in(self.alias(phone), None if scope is None else _scope(scope)) > 0

    def contains(self, phone: str, kind: str = Kind.MARKETING) -> bool:
        """Return whether *phone* has opted out of texts of *kind*."""
        return any(each.scope in {_scope(kind), ALL} for each in self.of(phone))

    def of(self, phone: str) -> Sequence[OptOut]:
        """Return the opt-outs of *phone*."""
        alias = self.alias(phone)
        return self._store.opted_out([alias]).get(alias, ())

    def hear(self, inbound: Inbound) -> bool:
        """Take a message from a phone: True if it is an opt-out that was added. None removes one.

        Anybody can forge such a message, so it may only ever stop texts.
        """
        if not is_opt_out(inbound.text, self.rules.words):
            return False
        return self.add_all([inbound.sender], self.rules.scope, source="inbound") == 1

    def alias(self, phone: str) -> bytes:
        """Return what stands for *phone*."""
        try:
            parsed = parse_phone(phone, self._region)
        except ValueError as error:
            raise ValueError(f"phone: {error}") from None
        return self._aliases("optouts", parsed)

    def close(self) -> None:
        """Close the store."""
        self._store.close()


def _scope(scope: str) -> str:
    if scope not in SCOPES:
        raise ValueError(f"{scope!r} is no scope of an opt-out; there are: {', '.join(SCOPES)}")
    return str(scope)

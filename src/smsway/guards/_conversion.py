"""How many of the codes that were sent are used: codes that nobody types in were asked for by nobody."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from smsway._rules import Mode
from smsway.guards._aliases import Aliases
from smsway.guards._case import Case, Finding
from smsway.guards._sliding import SLOTS, Counted, Limit, Tally
from smsway.guards._store import GuardError, GuardStore
from smsway.guards._velocity import RANGE
from smsway.model import ConversionDropped, InvalidCall, Kind, Outcome, Reason, Status
from smsway.routing import Shipment

log = logging.getLogger("smsway")

YOUNG = 5
"""Slots of the window, of 60, in which a code does not count yet: it may still be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionRules:
    """At least a share *least* of the codes to a country, or to a range of its numbers, is used.

    *window* says of how many codes on, and in which time. *countries* have a share of their own.
    """

    least: float
    window: Limit
    mode: Mode = Mode.MONITOR
    countries: Mapping[str, float] = field(default_factory=dict)


class _Subject(NamedTuple):
    """What is counted together: a country, or a range of its numbers. *number* stands for it, and names nobody."""

    number: int
    country: str
    prefix: str | None

    def __str__(self) -> str:
        return _where(self.country, self.prefix)


class _Code(NamedTuple):
    """A code that was sent: its key, and what it counts for."""

    key: bytes
    subjects: tuple[_Subject, ...]


class Conversion:
    """Counts codes when they are accepted, and again when they are used, each for the time when it was sent.

    *tell* is told once per window and subject. What it keeps are keyed hashes and numbers.
    """

    def __init__(
        self,
        rules: ConversionRules,
        store: GuardStore,
        aliases: Aliases,
        now: Callable[[], float],
        tell: Callable[[ConversionDropped], None],
    ) -> None:
        self.rules = rules
        self._store = store
        self._aliases = aliases
        self._now = now
        self._tell = tell

    def enter(self, shipment: Shipment, outcomes: Sequence[Outcome]) -> None:
        """Count the codes of *shipment* that were accepted and have a reference; does not raise."""
        if shipment.batch.kind is not Kind.OTP:
            return
        codes = [
            _Code(self._code_key(journey.reference), self._subjects(journey.phone, journey.country))
            for journey, outcome in zip(shipment.journeys, outcomes, strict=True)
            if journey.reference and outcome.status is Status.ACCEPTED
        ]
        if not codes:
            return
        subjects = list(dict.fromkeys(subject for code in codes for subject in code.subjects))
        keys = [*self._all_keys(subjects), *(code.key for code in codes)]
        try:
            self._report(self._store.change(keys, partial(self._enter, codes, subjects), self._now()))
        except GuardError as error:
            log.error("guard conversion failed: %s", error)  # noqa: TRY400  # said by the error itself

    def _report(self, dropped: Iterable[ConversionDropped]) -> None:
        for each in dropped:
            whom, rule = _where(each.country, each.prefix), self._rule(each.country)
            log.warning("guard conversion: of %d codes to %s, %d were used (%s)", each.sent, whom, each.used, rule)
            self._tell(each)

    def _enter(
        self, codes: Iterable[_Code], subjects: Iterable[_Subject], known: MutableMapping[bytes, Counted]
    ) -> list[ConversionDropped]:
        now, window = self._now(), self.rules.window
        slot, until = window.slot(now), now + window.seconds * (1 + 1 / SLOTS)
        for key, its in codes:
            if not _alive(known.get(key), now):
                known[key] = Counted(((slot, 0), *((subject.number, 0) for subject in its)), until)
                for subject in its:
                    sent, _, _ = self._keys(subject.number)
                    known[sent] = Counted(self._with(known.get(sent), slot, now), until)
        return self._alarms(subjects, known)

    def _alarms(self, subjects: Iterable[_Subject], known: MutableMapping[bytes, Counted]) -> list[ConversionDropped]:
        """Return the alarms for *subjects* that are new, and note them."""
        now, dropped = self._now(), []
        for subject in subjects:
            _, _, alarm = self._keys(subject.number)
            found = self._drop(subject, known, now)
            if found is not None and not _alive(known.get(alarm), now):
                known[alarm] = Counted((), now + self.rules.window.seconds)
                dropped.append(found)
        return dropped

    def mark(self, reference: str) -> bool:
        """Count that the code under *reference* was used; see `Client.mark_verified`."""
        if not isinstance(reference, str):
            raise InvalidCall(f"reference: a {type(reference).__name__} is no text; give it as text")
        key = self._code_key(reference)
        found = self._store.known([key]).get(key)
        if not _alive(found, self._now()):
            return False
        assert found is not None  # noqa: S101  # it lives
        used = [self._keys(number)[1] for number, _ in found.tally[1:]]
        return self._store.change([key, *used], partial(self._mark, key, used), self._now())

    def _mark(self, key: bytes, used: Iterable[bytes], known: MutableMapping[bytes, Counted]) -> bool:
        now, found = self._now(), known.get(key)
        if found is None or not _alive(found, now):
            return False
        slot = found.tally[0][0]
        for each in used:
            known[each] = Counted(self._with(known.get(each), slot, now), found.until)
        known[key] = Counted((), now)
        return True

    def judge(self, cases: Sequence[Case], *, dry: bool = False) -> list[Finding | None]:
        """Return what stands against each of *cases*; raises `GuardError`. Unless *dry*, what is new is told."""
        now = self._now()
        whom = [
            self._subjects(case.screening.phone, case.screening.country) if case.screening.kind == Kind.OTP else ()
            for case in cases
        ]
        known = self._store.known(self._all_keys({subject for each in whom for subject in each}))
        low = {subject for each in whom for subject in each if self._drop(subject, known, now) is not None}
        if not dry and not all(_alive(known.get(self._keys(each.number)[2]), now) for each in low):
            # Those that it stops are never counted, so that they are told of here.
            self._report(self._store.change(self._all_keys(low), partial(self._alarms, sorted(low, key=str)), now))
        return [next((self._finding(subject) for subject in each if subject in low), None) for each in whom]

    def _finding(self, subject: _Subject) -> Finding:
        rule = f"of the codes to {subject}, too few are used ({self._rule(subject.country)})"
        return Finding("conversion", rule, Reason.QUOTA_EXCEEDED, self.rules.mode)

    def _rule(self, country: str) -> str:
        _, _, span = str(self.rules.window).partition(" ")
        return f"at least {self._least(country):.0%} {span}"

    def _least(self, country: str) -> float:
        return self.rules.countries.get(country, self.rules.least)

    def _drop(self, subject: _Subject, known: Mapping[bytes, Counted], now: float) -> ConversionDropped | None:
        """Return how the codes to *subject* were used, if too few were and there are enough to tell."""
        window = self.rules.window
        sent, used = (self._count(known.get(key), now) for key in self._keys(subject.number)[:2])
        if sent < window.count or used >= self._least(subject.country) * sent:
            return None
        blocks = self.rules.mode is Mode.BLOCK
        return ConversionDropped(subject.country, subject.prefix, sent, used, window.seconds, blocks, now)

    def _count(self, counted: Counted | None, now: float) -> int:
        """Count what lies in the window and is not young any more."""
        last = self.rules.window.slot(now)
        return sum(count for slot, count in counted.tally if last - SLOTS <= slot <= last - YOUNG) if counted else 0

    def _with(self, counted: Counted | None, slot: int, now: float) -> Tally:
        """Return the tally of *counted* with one more in *slot*, and without what has left the window."""
        first = self.rules.window.slot(now) - SLOTS
        counts = {each: count for each, count in counted.tally if each >= first} if counted else {}
        counts[slot] = counts.get(slot, 0) + 1
        return tuple(sorted(counts.items()))

    def _subjects(self, phone: str, country: str) -> tuple[_Subject, ...]:
        return (
            _Subject(self._number("country", country), country, None),
            _Subject(self._number("range", phone[:-RANGE]), country, phone[:-RANGE]),
        )

    def _number(self, *what: str) -> int:
        return int.from_bytes(self._aliases("conversion", *what)[:8], "big", signed=True)

    def _keys(self, number: int) -> tuple[bytes, bytes, bytes]:
        """Return the keys of what was sent, of what was used, and of the alarm."""
        sent, used, alarm = (self._aliases("conversion", what, str(number)) for what in ("sent", "used", "alarm"))
        return sent, used, alarm

    def _all_keys(self, subjects: Iterable[_Subject]) -> list[bytes]:
        return [key for subject in subjects for key in self._keys(subject.number)]

    def _code_key(self, reference: str) -> bytes:
        return self._aliases("conversion", "code", reference)


def _where(country: str, prefix: str | None) -> str:
    return country if prefix is None else f"a range of numbers in {country}"


def _alive(counted: Counted | None, now: float) -> bool:
    return counted is not None and counted.until > now

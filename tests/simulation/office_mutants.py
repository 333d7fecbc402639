"""The outbox and its worker with one mistake each, as others make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType

from office import OfficeVariant

from smsway.delivery import Event
from smsway.outbox import Claim, Enqueued, Entry, Mark, MemoryOutbox, OutboxError, Settlement, State, Swept
from smsway.routing import Journey
from smsway.worker import Shift


class Requeueing(MemoryOutbox):
    """Puts back whatever a dead worker had in flight."""

    def _bury(self, worker: str) -> Swept:
        lines = [line for line in self._lines.values() if line.worker == worker]
        for line in lines:
            line.state, line.worker = State.PENDING, None
        return Swept(1, len(lines))


class Unfenced(MemoryOutbox):
    """Lets a worker mark what is no longer its own."""

    def mark(self, worker: str, mark: Mark) -> bool:
        """Mark it all the same."""
        for row in mark.rows:
            self._lines[row].worker = worker
        return super().mark(worker, mark)


class Overwriting(MemoryOutbox):
    """Believes every result, whoever brings it and whenever."""

    def _settle(self, worker: str, settlement: Settlement) -> bool:
        self._lines[settlement.row].worker = worker
        return super()._settle(worker, settlement)


class Keyless(MemoryOutbox):
    """Does not look at keys."""

    def enqueue(self, entries: Sequence[Entry], connection: object = None) -> list[Enqueued]:
        """Enqueue it once more."""
        return super().enqueue([replace(entry, key=None) for entry in entries], connection)


class Hopeful(MemoryOutbox):
    """Believes that what may go again was not sent."""

    def _bury(self, worker: str) -> Swept:
        mine = [line for line in self._lines.values() if line.worker == worker and line.again]
        swept = super()._bury(worker)
        for line in mine:
            line.doubts, line.attempts = 0, ()
        return swept


class Unmarked(Shift):
    """Writes nothing down before an attempt leaves."""

    def record(self, event: Event) -> None:
        """Record nothing."""


class Careless(Shift):
    """Sends although an attempt could not be written down."""

    def record(self, event: Event) -> None:
        """Record it, or not."""
        with suppress(OutboxError):
            super().record(event)


class Forgetting(Shift):
    """Takes a recipient that came back for a new one."""

    def _begin(self, claims: Sequence[Claim]) -> list[Journey]:
        return super()._begin([replace(claim, doubts=0, attempts=()) for claim in claims])


class Repeating(Shift):
    """Asks the account again that may have sent."""

    def _begin(self, claims: Sequence[Claim]) -> list[Journey]:
        journeys = super()._begin(claims)
        for journey in journeys:
            if journey.doubts:
                journey.candidates = tuple(self._desk._configuration.accounts.values())
        return journeys


class Trusting(Shift):
    """Repeats what it thinks came to nothing, though that is not certain."""

    def landed(self, journeys: Sequence[Journey]) -> None:
        """Write results down, and doubts as if they were none."""
        settlements = []
        for journey in journeys:
            claim, _ = self._claims.pop(journey.key)
            outcome = self._desk.outcome(journey)
            delay = 5.0 if outcome.status == "unknown" else None
            settlements.append(Settlement(claim.row, outcome, delay) if delay else self._settlement(claim, outcome))
        self._settle(settlements)


MUTANTS: Mapping[str, OfficeVariant] = MappingProxyType(
    {
        "puts back what a dead worker had in flight": OfficeVariant(store=Requeueing),
        "has no fencing token": OfficeVariant(store=Unfenced),
        "believes every late result": OfficeVariant(store=Overwriting),
        "does not look at keys": OfficeVariant(store=Keyless),
        "forgets that a lost attempt may have been sent": OfficeVariant(store=Hopeful),
        "marks nothing before it sends": OfficeVariant(shift=Unmarked),
        "sends although it could not mark": OfficeVariant(shift=Careless),
        "takes one that came back for a new one": OfficeVariant(shift=Forgetting),
        "asks the same account again": OfficeVariant(shift=Repeating),
        "repeats what may have been sent": OfficeVariant(shift=Trusting),
    }
)

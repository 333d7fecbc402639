"""What the engine said after an attempt and is not written yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from types import MappingProxyType

from smsway.model import AttemptFinished, Delivery, Outcome, OutcomeSettled, Status
from smsway.tracking._records import Evidence, Key, Source

_DELIVERY: Mapping[Status, Delivery] = MappingProxyType(
    {
        Status.ACCEPTED: Delivery.ACCEPTED,
        Status.REJECTED: Delivery.REJECTED,
        Status.NOT_SENT: Delivery.REJECTED,
        Status.UNKNOWN: Delivery.UNKNOWN,
    }
)


@dataclass(slots=True, repr=False)
class Notes:
    """What the provider answered, and which submissions are of one chain (the first attempt's name)."""

    answers: dict[Key, Evidence] = field(default_factory=dict)
    chains: dict[Key, str] = field(default_factory=dict)
    events: int = 0


class Buffer:
    """Collects notes of several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._notes = Notes()

    def finish(self, event: AttemptFinished) -> int:
        """Note what an attempt came to; return how many events wait."""
        answers = {(event.attempt, str(each.recipient)): _answer(each) for each in event.outcomes}
        return self._add(Notes(answers, {}, 1))

    def settle(self, event: OutcomeSettled) -> int:
        """Note the attempts that belong together; return how many events wait."""
        attempts = [each.reference for each in event.outcome.attempts if each.reference]
        if len(attempts) < 2:
            return 0
        phone = str(event.outcome.recipient)
        return self._add(Notes({}, {(attempt, phone): attempts[0] for attempt in attempts}, 1))

    def take(self) -> Notes | None:
        """Take everything out; `None` if there is nothing."""
        with self._lock:
            notes, self._notes = self._notes, Notes()
        return notes if notes.events else None

    def restore(self, notes: Notes) -> None:
        """Put back what was taken, for it could not be written."""
        with self._lock:
            newer, self._notes = self._notes, notes
        self._add(newer)

    def _add(self, more: Notes) -> int:
        with self._lock:
            notes = self._notes
            notes.answers |= more.answers
            notes.chains |= more.chains
            notes.events += more.events
            return notes.events


def _answer(outcome: Outcome) -> Evidence:
    # Copied now: the engine goes on with the outcome.
    return Evidence(
        delivery=_DELIVERY[outcome.status],
        source=Source.ANSWER,
        provider_message_id=outcome.provider_message_id or None,
        reason=outcome.reason,
        code=outcome.code,
        detail=outcome.detail,
    )

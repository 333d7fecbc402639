"""What the engine said of attempts and is not written yet."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from types import MappingProxyType

from smsway.model import AttemptFinished, Delivery, Outcome, OutcomeSettled, Status
from smsway.tracking._records import Evidence, Key, Source, Submission

log = logging.getLogger("smsway")

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
    """What the provider answered, and which submissions are of one chain (the first attempt's name).

    *started* are submissions that could not be written when they began.
    """

    answers: dict[Key, Evidence] = field(default_factory=dict)
    chains: dict[Key, str] = field(default_factory=dict)
    started: list[Submission] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.answers) + len(self.chains) + len(self.started)


MOST = 20_000
"""So many notes wait at most while the store fails; beyond that they are lost, and memory is not."""


class Buffer:
    """Collects notes of several threads, until they are written."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._notes = Notes()
        self._taken = 0

    @property
    def is_written(self) -> bool:
        """True if nothing is left to write, and nothing that was taken out is being written."""
        with self._lock:
            return not self._taken and not len(self._notes)

    def start(self, started: Sequence[Submission]) -> None:
        """Note submissions that cannot be written now."""
        self._add(Notes(started=[*started]))

    def finish(self, event: AttemptFinished) -> None:
        """Note what an attempt came to."""
        self._add(Notes({(event.attempt, str(each.recipient)): _answer(each) for each in event.outcomes}))

    def settle(self, event: OutcomeSettled) -> None:
        """Note the attempts that belong together."""
        attempts = [each.reference for each in event.outcome.attempts if each.reference]
        if len(attempts) > 1:
            phone = str(event.outcome.recipient)
            self._add(Notes(chains={(attempt, phone): attempts[0] for attempt in attempts}))

    def take(self) -> Notes:
        """Take everything out, to write it; `written` or `restore` follows."""
        with self._lock:
            notes, self._notes = self._notes, Notes()
            self._taken += 1
        return notes

    def written(self) -> None:
        """What was taken is written."""
        with self._lock:
            self._taken -= 1

    def restore(self, notes: Notes) -> None:
        """Put back what was taken, for it could not be written."""
        with self._lock:
            newer, self._notes = self._notes, notes
            self._taken -= 1
        self._add(newer)

    def _add(self, more: Notes) -> None:
        with self._lock:
            notes = self._notes
            if len(notes) + len(more) > MOST:
                log.error("the store of reports fails for so long that %d notes are lost", len(notes))
                notes = self._notes = Notes()
            notes.answers |= more.answers
            notes.chains |= more.chains
            notes.started += more.started


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

"""What happened in a schedule, and whether that may be: nothing lost, doubled, told of somebody else, or made up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from vendors import Sent
from world import Process

from smsway.model import Certainty, Delivery, Message, Outcome, OutcomeSettled, Reason, Status
from smsway.routing import OnUnknown
from smsway.tracking import Tracker

MOST_DOUBTS = 2
"""Texts that one recipient may have been sent where a route resends, at most."""

MOST_IN_VAIN = 3
"""Submissions of one recipient that were certainly not sent, at most."""


@dataclass(slots=True)
class Call:
    """One `send` of the application: what it asked for, and what it heard of that."""

    number: int
    message: Message
    began: float
    process: Process
    tracker: Tracker | None
    settled: list[OutcomeSettled] = field(default_factory=list)
    outcomes: Sequence[Outcome] | None = None
    """`None` if it never returned."""
    ended: float | None = None
    failure: BaseException | None = None
    excused: bool = False
    """Its process died, or it was cancelled: then it need not return."""


@dataclass(frozen=True, slots=True)
class History:
    """Everything that is known when a schedule is over; *texts* are what the vendors really sent."""

    on_unknown: OnUnknown
    calls: Sequence[Call]
    texts: Sequence[Sent]
    started: Mapping[str, tuple[int, Sequence[str]]]
    """Attempt's reference -> the number of its call, and its phones."""
    named: Collection[tuple[str, str]]
    """Account and message id of the texts of which a report came that names the attempt."""
    opened: int = 0
    """How often a breaker opened."""

    def violations(self) -> list[str]:
        """Return what must not have happened, in words."""
        return [
            *self._lost(),
            *self._doubled(),
            *self._made_up(),
            *self._unannounced(),
            *self._mistracked(),
            *self._insisted(),
        ]

    def _truth(self) -> Mapping[tuple[int, str], Sequence[Sent]]:
        """Return what was really sent, by call and phone."""
        truth: dict[tuple[int, str], list[Sent]] = {}
        for text in self.texts:
            truth.setdefault((self.started[text.reference][0], text.phone), []).append(text)
        return truth

    def _lost(self) -> Iterator[str]:
        for call in self.calls:
            phones = [str(each.phone) for each in call.message.to]
            if call.outcomes is None:
                if not call.excused:
                    yield f"call {call.number} never returned"
            elif [str(each.recipient) for each in call.outcomes] != phones:
                yield f"call {call.number} has outcomes of others than its {len(phones)} recipients"
            told = Counter(each.outcome.recipient for each in call.settled)
            if any(count > 1 for count in told.values()) or (call.outcomes is not None and len(told) < len(phones)):
                yield f"call {call.number} told of a recipient twice, or not at all"

    def _doubled(self) -> Iterator[str]:
        most = MOST_DOUBTS if self.on_unknown is OnUnknown.RESEND else 1
        texts = Counter((self.started[text.reference][0], text.phone) for text in self.texts)
        for (call, phone), count in texts.items():
            if count > most:
                yield f"{phone} got {count} texts of call {call}"

    def _made_up(self) -> Iterator[str]:
        truth = self._truth()
        for call in self.calls:
            for outcome in (each.outcome for each in call.settled):
                texts = truth.get((call.number, str(outcome.recipient)), [])
                yield from self._untrue(call, outcome, texts)

    def _untrue(self, call: Call, outcome: Outcome, texts: Sequence[Sent]) -> Iterator[str]:
        who = f"{outcome.recipient} of call {call.number} is {outcome.status} ({outcome.reason})"
        match outcome.status:
            case Status.ACCEPTED:
                ids = {(text.account, text.message_id) for text in texts}
                if (outcome.account, outcome.provider_message_id) not in ids:
                    yield f"{who} with an id that no text of it has"
            case Status.REJECTED | Status.NOT_SENT:
                if texts:
                    yield f"{who}, and was texted"
        if outcome.status is Status.NOT_SENT and outcome.reason is Reason.NO_ANSWER:
            yield f"{who}, which contradicts itself"

    def _unannounced(self) -> Iterator[str]:
        for text in self.texts:
            number, phones = self.started.get(text.reference, (None, ()))
            if number is None or text.phone not in phones:
                yield f"{text.phone} was texted in an attempt that was not written down before"

    def _insisted(self) -> Iterator[str]:
        """Hold the submissions of each recipient against what may be made."""
        for call in self.calls:
            for outcome in (each.outcome for each in call.settled):
                had = Counter(attempt.certainty for attempt in outcome.attempts)
                if had[Certainty.NOT_SENT] > MOST_IN_VAIN or had[Certainty.MAYBE_SENT] > MOST_DOUBTS:
                    yield f"{outcome.recipient} of call {call.number} was submitted {dict(had)}"

    def _mistracked(self) -> Iterator[str]:
        """Hold what is remembered of a text against what became of it."""
        truth = self._truth()
        for call in self.calls:
            if call.tracker is None or call.process.dead:
                continue
            for tracked in call.tracker.tracked(reference=call.message.reference):
                texts = truth.get((call.number, str(tracked.recipient)), [])
                who = f"{tracked.recipient} of call {call.number} is remembered as {tracked.delivery}"
                if tracked.delivery in _REPORTED and tracked.delivery not in {text.delivery for text in texts}:
                    yield f"{who}, which no report of a text of it says"
                named = any((text.account, text.message_id) in self.named for text in texts)
                if named and tracked.delivery not in _REPORTED:
                    yield f"{who}, and a report came that names its attempt"


_REPORTED = frozenset({Delivery.DELIVERED, Delivery.UNDELIVERED})

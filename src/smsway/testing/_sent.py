"""Batches whose submission went well, with what was answered: played by the provider's own side, or recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from smsway.model import Batch, Outcome, Reason, Response, Stamp, Status, UnexpectedResponse
from smsway.provider import Exchange
from smsway.testing._cast import frozen_stamp, some
from smsway.testing._sample import Sample
from smsway.testing._stage import Stage, replay
from smsway.testing._subject import Subject


@dataclass(frozen=True, slots=True)
class Sent:
    """A batch, the *answers* to its submission in order, and the *outcomes* that these come to.

    *taken* are the recipients whose text the vendor took, and *doubtful* those of whom nobody knows.
    """

    name: str
    batch: Batch
    stamp: Stamp
    answers: Sequence[Response]
    outcomes: Sequence[Outcome]
    taken: Sequence[str]
    doubtful: Sequence[str] = ()

    def exchange(self, subject: Subject, stamp: Stamp | None = None) -> Exchange[Sequence[Outcome]]:
        """Submit the batch anew."""
        return subject.provider().submit(self.batch, stamp or self.stamp)

    def ending(self, subject: Subject, last: Response, stamp: Stamp | None = None) -> Sequence[Outcome] | None:
        """Submit the batch anew with another *last* answer; `None` if that is refused as unexpected."""
        exchange = self.exchange(subject, stamp)
        try:
            next(exchange)
            for answer in (*self.answers[:-1], last):
                exchange.send(answer)
        except StopIteration as stop:
            outcomes: Sequence[Outcome] = stop.value
            return outcomes
        except UnexpectedResponse:
            return None
        finally:
            exchange.close()
        return None

    def told(self, body: bytes) -> Response:
        """Return the last answer with another *body*."""
        return replace(self.answers[-1], body=body)


def played(subject: Subject, count: int, reason: Reason | None, *, everybody: bool = False) -> Sent:
    """Send to *count* recipients, of whom the vendor refuses the last, or *everybody*, for *reason*."""
    stage, batch = Stage(subject), some(subject, count)
    if reason is not None:
        stage.refuse(reason, *(() if everybody else (batch.parcels[-1].phone,)))
    outcomes = stage.send(batch)
    answers = [step.response for step in stage.steps]
    return Sent(f"{len(batch)} recipients", batch, frozen_stamp(), answers, outcomes, stage.taken)


def recorded(subject: Subject, samples: Sequence[Sample]) -> Iterator[Sent]:
    """Yield what *samples* tell of sending; one that the provider refuses is left out, and fails a check of its own."""
    for sample in samples:
        if sample.batch is not None:
            try:
                outcomes = replay(sample.begin(subject.provider()), sample.responses)
            except (UnexpectedResponse, AssertionError):
                continue
            yield _recorded(sample, sample.batch, outcomes)


def _recorded(sample: Sample, batch: Batch, outcomes: Sequence[Outcome]) -> Sent:
    phones = [str(parcel.phone) for parcel in batch.parcels]
    told = dict(zip(phones, sample.statuses, strict=False))
    taken = [phone for phone in phones if told.get(phone) == Status.ACCEPTED]
    doubtful = [phone for phone in phones if told.get(phone) not in {Status.ACCEPTED, Status.REJECTED}]
    return Sent(sample.name, batch, sample.stamp, sample.responses, outcomes, taken, doubtful)

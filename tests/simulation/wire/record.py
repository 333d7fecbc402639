"""What happened in a schedule, and whether that may be: what the first tier asks, and what the wire adds to it."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from history import History

from smsway.model import AttemptFinished, Reason, SmswayError, Status

CANCELLATIONS = (CancelledError, KeyboardInterrupt)
"""How whoever sends is stopped."""

_CAUGHT = "in smsway, a provider or the journal"

_BEFORE = ("in connect_tcp", "in start_tls")

GRACE = 0.25
"""Seconds after its deadline at which a call or an attempt has to be over."""

MOST_BYTES = (1 << 20) + (1 << 17) + (1 << 16)
"""Bytes that a client may read of one answer: the cap of a body, what may be around it, and the last read."""


@dataclass(slots=True)
class Way:
    """How one call ended: its limit and its cancellation are times, and *raised* is what came out of it."""

    number: int
    due: float | None
    cancelled: float | None = None
    ended: float | None = None
    raised: BaseException | None = None


@dataclass(frozen=True, slots=True)
class WireHistory:
    """Everything that is known when a schedule is over."""

    told: History
    """What was sent and what was told, as the first tier knows it."""
    ways: Sequence[Way]
    attempts: Sequence[AttemptFinished]
    timeouts: Mapping[str, float]
    """Attempt -> the seconds that it could take at most."""
    answered: AbstractSet[str]
    """The attempts that got a true and well-formed answer."""
    requests: int
    most_taken: int
    """The most bytes that were read of one answer."""
    left_open: int
    """Connections that were open when everything was closed."""
    calm: bool
    """True if nothing was ill; whoever has time is not left in doubt then."""
    unseen: Sequence[str] = field(default_factory=list)
    """Failures that reached nobody but the event loop."""

    def violations(self) -> list[str]:
        """Return what must not have happened, in words."""
        return [
            *self.told.violations(),
            *self._late(),
            *self._escaped(),
            *self._defects(),
            *self._believed(),
            *self._doubted(),
            *self._greedy(),
            *self._left(),
            *self.unseen,
        ]

    def _late(self) -> Iterator[str]:
        for way in self.ways:
            for what, limit in (("its limit", way.due), ("it was cancelled", way.cancelled)):
                if limit is not None and (way.ended is None or way.ended > limit + GRACE):
                    yield f"call {way.number} ended at {way.ended}, too long after {what} at {limit:.3f}"
        for attempt in self.attempts:
            if attempt.duration > self.timeouts[attempt.attempt] + GRACE:
                yield f"attempt {attempt.attempt} took {attempt.duration:.3f} s"

    def _escaped(self) -> Iterator[str]:
        for way in self.ways:
            meant = (SmswayError,) if way.cancelled is None else (SmswayError, *CANCELLATIONS)
            if way.raised is not None and not isinstance(way.raised, meant):
                yield f"call {way.number} raised {type(way.raised).__name__}"

    def _defects(self) -> Iterator[str]:
        """Tell what the engine caught, because nothing may escape it, and ought not to have met."""
        for call in self.told.calls:
            for outcome in (each.outcome for each in call.settled):
                if outcome.reason is Reason.INTERNAL or (outcome.detail or "").endswith(_CAUGHT):
                    yield f"call {call.number}: {outcome.detail}"

    def _believed(self) -> Iterator[str]:
        for attempt in self.attempts:
            if attempt.accepted + attempt.rejected and attempt.attempt not in self.answered:
                yield f"attempt {attempt.attempt} believed an answer that was not whole and true"

    def _doubted(self) -> Iterator[str]:
        """Tell of doubts that need not be: a client that takes everything for unknown would be safe, and useless."""
        for call in self.told.calls:
            unknown = [each.outcome for each in call.settled if each.outcome.status is Status.UNKNOWN]
            if any((outcome.detail or "").endswith(_BEFORE) for outcome in unknown):
                yield f"call {call.number} is unknown, though nothing had left"
            patient = call.message.within is None and not call.excused
            if self.calm and patient and unknown:
                yield f"call {call.number} is unknown, though all was well"

    def _greedy(self) -> Iterator[str]:
        if self.most_taken > MOST_BYTES:
            yield f"{self.most_taken} bytes of one answer were read"

    def _left(self) -> Iterator[str]:
        if self.left_open:
            yield f"{self.left_open} connections were left open"

    def lines(self) -> Iterator[str]:
        """Tell the history, so that two of them can be compared."""
        for call in self.told.calls:
            way = self.ways[call.number]
            ended, raised = way.ended or -1.0, type(way.raised).__name__
            yield f"call {call.number} {call.message.kind} {call.began:.6f} to {ended:.6f}, {raised}"
            for outcome in sorted((each.outcome for each in call.settled), key=lambda each: each.recipient):
                tried = ", ".join(f"{each.account} {each.certainty} {each.reason or ''}" for each in outcome.attempts)
                who = f"{outcome.recipient[-2:]} {outcome.status} {outcome.reason or ''} {outcome.detail or ''}"
                yield f"  {who} after {tried or 'nothing'}"
        for text in self.told.texts:
            yield f"at {text.at:.6f} {text.account} texted {text.phone[-2:]} for {text.reference}"
        yield f"{self.requests} requests, {self.most_taken} bytes at most"

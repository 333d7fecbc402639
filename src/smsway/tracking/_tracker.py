"""The tracker: what the engine, the pulls, the callbacks and the questions of an application meet."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from smsway.model import (
    AttemptFinished,
    AttemptStarted,
    Inbound,
    InboundReceived,
    InvalidCall,
    OutcomeSettled,
    Report,
    ReportReceived,
    Tracked,
)
from smsway.tracking._buffer import Buffer
from smsway.tracking._records import Pull, Received, ReceivedInbound, ReceivedReport, Stage, Submission
from smsway.tracking._settling import PATIENCE, answer, give_up, match
from smsway.tracking._store import Records, Store, StoreError, Submissions
from smsway.tracking._summary import events_of, journeys, summarize

UNTOLD = 60.0
"""Whatever was received so many seconds ago and never told has lost its process."""
UNMATCHED = 72 * 3600.0
"""So many seconds are reports kept that fit nobody."""
_HOUR = 3600.0
_PROCESSED, _PRUNED = 200, 2000
"""So many items are processed, and so many rows of a kind pruned, at once: nobody waits for long."""


class Tracker:
    """Remembers what was sent, and finds for every delivery report the text that it speaks of.

    *now* is the time in seconds since the epoch (UTC). *tell* is called with each event after what it tells is stored,
    and must not raise. *keep_for* is how many seconds things are remembered, see `tidy`. All methods may be called from
    several threads, and raise `StoreError` if the store fails.
    """

    def __init__(
        self,
        store: Store,
        now: Callable[[], float],
        tell: Callable[[ReportReceived | InboundReceived], None],
        keep_for: float = math.inf,
    ) -> None:
        self._store = store
        self._now = now
        self._tell = tell
        self._keep_for = keep_for
        self._tidies_at = -math.inf
        self._buffer = Buffer()
        self._under_way: set[int] = set()

    def record(self, event: AttemptStarted | AttemptFinished | OutcomeSettled) -> None:
        """Note an event of the engine.

        The start of an attempt is durable when this returns, and with it all that was noted before. The others are
        buffered until then, or until `flush`; that neither waits nor raises.
        """
        if isinstance(event, AttemptStarted):
            self._write(_submissions(event))
        else:
            self.note(event)

    def note(self, event: AttemptStarted | AttemptFinished | OutcomeSettled) -> None:
        """Buffer *event*, whatever it is; it is written with the next one, or by `flush`."""
        match event:
            case AttemptStarted():
                self._buffer.start(_submissions(event))
            case AttemptFinished():
                self._buffer.finish(event)
            case OutcomeSettled():
                self._buffer.settle(event)

    def flush(self) -> None:
        """Write what is buffered, durably. Reports that overtook an answer are matched to it, and told again."""
        if not self._buffer.is_written:
            self._write()

    def _write(self, started: Sequence[Submission] = ()) -> None:
        notes = None
        try:
            with self._store.writing() as records:
                # Not before its turn: what another thread notes first must be written first, an attempt before its
                # answer, and whoever closes the store must find all that is not written yet.
                notes = self._buffer.take()
                records.begin([*notes.started, *started])
                found = answer(records, notes.answers, notes.chains)
        except BaseException:
            self._buffer.start(started)
            if notes is not None:
                self._buffer.restore(notes)
            raise
        self._buffer.written()
        if found:
            # Whoever is sending must not fail for that; what cannot be told now is `unprocessed`.
            with suppress(StoreError):
                self._process(found)

    def take_turn(self, account: str, call: str, seconds: float) -> bool:
        """Let this tracker's store be the one that pulls for *seconds*; False if it is another's turn, see `Store`."""
        return self._store.take_turn(account, call, seconds)

    def keep(self, pull: Pull) -> Pull:
        """Keep *pull* durably, in the place of what was kept of it before, and return it with its number."""
        with self._store.writing() as records:
            number = records.keep(pull)
        self._under_way.add(number)
        return replace(pull, number=number)

    def kept(self) -> Sequence[Pull]:
        """Return the pulls that were never read because their process died, the oldest first.

        Those that this tracker keeps itself are under way. It does no harm if two processes read the same.
        """
        with self._store.reading() as records:
            return [pull for pull in records.kept() if pull.number not in self._under_way]

    def release(self, pull: Pull) -> None:
        """*pull* is under way no longer; if it is still kept, `kept` returns it."""
        if pull.number is not None:
            self._under_way.discard(pull.number)

    def receive(self, items: Sequence[Report] | Sequence[Inbound], pull: Pull | None = None) -> Sequence[int]:
        """Keep *items* durably, and forget *pull*, of which they were read; return the numbers of the new ones.

        A repeat is not new. An item without an account is of the pull's.
        """
        account, at = pull.account if pull else None, self._now()
        received = [_received(each, account, at) for each in items]
        with self._store.writing() as records:
            numbers = records.add(received)
            if pull is not None and _is_whole(pull, records):
                records.forget(pull.number or 0)
        if pull is not None:
            self.release(pull)
        return numbers

    def process(self, numbers: Sequence[int]) -> list[ReportReceived | InboundReceived]:
        """Match what was received under *numbers*, store what that changes, then tell it; return what was told.

        What was told before is passed over. A report that fitted nobody when it was told, and does now, is told again.
        """
        self.flush()
        return self._process(numbers)

    def _process(self, numbers: Sequence[int]) -> list[ReportReceived | InboundReceived]:
        told: list[ReportReceived | InboundReceived] = []
        waiting = list(numbers)
        while waiting:
            chunk, waiting = waiting[:_PROCESSED], waiting[_PROCESSED:]
            with self._store.writing(durable=False) as records:
                known = [each for each in records.received(chunk) if each.stage < Stage.TOLD]
                settled = match(records, [each for each in known if isinstance(each, ReceivedReport)], self._now())
                events = events_of(records, known, settled.matches)
            waiting += settled.others
            for _, event in events:
                self._tell(event)
                told.append(event)
            with self._store.writing(durable=False) as records:
                records.told(received for received, _ in events)
        return told

    def unprocessed(self) -> Sequence[int]:
        """Return the numbers of what was received more than a minute ago and never told, for `process`; oldest first.

        Its process has died, or is slow, and then it is told twice. Submissions that have waited for their answer for
        more than 15 minutes are given up here, which may match reports as well. Call it from time to time; it is tidy
        as well, see `tidy`.
        """
        self.tidy()
        self.flush()
        now = self._now()
        before = [(now - PATIENCE,)]
        with self._store.reading() as records:
            overdue = bool(records.submissions(Submissions.PENDING, before))
            numbers = records.untold(now - UNTOLD)
        if overdue:
            with self._store.writing(durable=False) as records:
                found = give_up(records, records.submissions(Submissions.PENDING, before))
            numbers = sorted({*numbers, *found})
        return numbers

    def tracked(
        self, *, reference: str | None = None, recipient: str | None = None, message_id: str | None = None
    ) -> list[Tracked]:
        """Return what is known of the recipients that fit all that is given, the newest first.

        *reference* is the application's own, *recipient* a phone in E.164, *message_id* the provider's; raises
        `InvalidCall` if none of them is given.
        """
        given = {
            Submissions.REFERENCE: reference,
            Submissions.RECIPIENT: recipient,
            Submissions.MESSAGE_ID: message_id,
        }
        asked = {by: key for by, key in given.items() if key is not None}
        if not asked:
            raise InvalidCall("nothing is asked for; name a reference, a recipient or a message id")
        self.flush()
        with self._store.reading() as records:
            found = [journeys(records, records.submissions(by, [(key,)])) for by, key in asked.items()]
        common = set.intersection(*(set(each) for each in found))
        tracked = [summarize(attempts) for key, attempts in found[0].items() if key in common]
        return sorted(tracked, key=lambda each: each.started_at, reverse=True)

    def progress(self, attempt: str, phone: str) -> Tracked | None:
        """Return what is known of one recipient (E.164) of one attempt, as if there were no others."""
        self.flush()
        with self._store.reading() as records:
            found = records.submissions(Submissions.KEY, [(attempt, phone)])
        return summarize(found) if found else None

    def unmatched(self) -> list[Report]:
        """Return the reports that fit nobody, the newest first; `prune` leaves those of 72 hours."""
        with self._store.reading() as records:
            return [each.report for each in records.unmatched()]

    def orphans(self) -> int:
        """Return how many reports were forgotten that had fitted nobody."""
        with self._store.reading() as records:
            return records.orphans()

    def inbound(self, since: float = 0.0) -> list[Inbound]:
        """Return the messages that came in since *since* (seconds since the epoch, UTC), the oldest first."""
        with self._store.reading() as records:
            return [each.inbound for each in records.inbound(since)]

    def prune(self, before: float) -> int:
        """Forget what was sent or received before *before* (seconds since the epoch, UTC); return how many rows.

        Reports that fit nobody go after 72 hours and are counted, see `orphans`. What was not told yet stays; a pull
        that could not be read for so long goes.
        """
        with self._store.writing(durable=False) as records:
            old = [pull.number for pull in records.kept() if pull.stamp.now < before and pull.number is not None]
            for number in old:
                records.forget(number)
        pruned = len(old)
        while some := self._prune(before):
            pruned += some
        return pruned

    def _prune(self, before: float) -> int:
        """Forget some of what is older; return how many rows."""
        with self._store.writing(durable=False) as records:
            return records.prune(before, self._now() - UNMATCHED, _PRUNED)

    def tidy(self) -> None:
        """Forget some of what is older than the time that things are kept; once an hour, or again if there is more."""
        now = self._now()
        if now >= self._tidies_at and not self._prune(now - self._keep_for):
            self._tidies_at = now + _HOUR
            self.prune(now - self._keep_for)

    def close(self) -> None:
        """Write what is buffered, and close the store."""
        try:
            self.flush()
        finally:
            self._store.close()


def _is_whole(pull: Pull, records: Records) -> bool:
    """True if no more is kept of *pull* than was read; its own process may be adding to it."""
    return any(each.number == pull.number and len(each.answers) <= len(pull.answers) for each in records.kept())


def _submissions(event: AttemptStarted) -> list[Submission]:
    references = event.references or (None,) * len(event.recipients)
    return [
        Submission(
            attempt=event.attempt,
            phone=str(phone),
            account=event.account,
            started_at=event.started_at,
            reference=reference,
        )
        for phone, reference in zip(event.recipients, references, strict=True)
    ]


def _received(item: Report | Inbound, account: str | None, at: float) -> Received:
    if item.account is None and account is not None:
        item = replace(item, account=account)
    if isinstance(item, Inbound):
        return ReceivedInbound(inbound=item, received_at=at)
    loose = not item.reference and bool(item.provider_message_id)
    return ReceivedReport(report=item, received_at=at, loose=loose)

"""An outbox in memory: the same operations in a few lines each, for tests and for what may go with its process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from threading import RLock
from typing import Any

from smsway.model import AccountHealth, Attempt, Kind, Outcome
from smsway.outbox._entries import (
    ANYBODY,
    Addressee,
    Claim,
    Enqueued,
    Entry,
    Mark,
    Progress,
    Row,
    Settlement,
    State,
    Tracing,
    Wanted,
    WorkerInfo,
)
from smsway.outbox._store import Fenced, IdempotencyConflict, OutboxError, Swept
from smsway.outbox._transitions import URGENCY, cancelled, conflict, fenced, lost, lost_attempt


@dataclass(slots=True)
class _Line:
    """One recipient."""

    row: Row
    entry: Entry
    position: int
    due: float
    state: State = State.PENDING
    lane: str | None = None
    worker: str | None = None
    attempt: str | None = None
    account: str = ""
    marked_at: float = 0.0
    offered: bool = False
    again: bool = False
    doubts: int = 0
    tries: int = 0
    attempts: tuple[Attempt, ...] = ()
    outcome: Outcome | None = None

    @property
    def addressee(self) -> Addressee:
        return self.entry.recipients[self.position]

    @property
    def order(self) -> tuple[int, float, int]:
        return URGENCY[self.entry.kind], self.due, self.row

    def turn(self, wanted: Wanted) -> tuple[bool, int, bool, str, float, int]:
        """Return when its turn is: as `order`, but by lanes, and last who is not wanted."""
        kind, due, row = self.order
        if not wanted.admits(self.entry.kind, self.lane):
            return True, 0, False, "", due, row
        return False, kind, (self.lane is None) is not wanted.fresh, self.lane or "", due, row

    def is_late(self, now: float) -> bool:
        """True if it waits in a lane, and may not be sent any more."""
        return self.lane is not None and self.entry.not_after <= now


class MemoryOutbox:
    """Keeps everything in this process. *now* is the time in seconds since the epoch."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = RLock()
        self._lines: dict[Row, _Line] = {}
        self._messages: dict[str, tuple[Entry, float, list[_Line]]] = {}
        self._keys: dict[str, str] = {}
        self._workers: dict[str, float] = {}
        self._infos: dict[str, WorkerInfo] = {}
        self._last = 0

    rate_stores = None

    def enqueue(self, entries: Sequence[Entry], connection: Any = None) -> list[Enqueued]:
        """Add *entries*; see `OutboxStore`."""
        if connection is not None:
            raise OutboxError("an outbox in memory takes part in no transaction; open one in a database")
        with self._lock:
            known: dict[str, Entry] = {key: self._messages[message][0] for key, message in self._keys.items()}
            for entry in entries:
                if entry.key is not None and known.setdefault(entry.key, entry).digest != entry.digest:
                    raise IdempotencyConflict(conflict(entry.key))
            return [self._add(entry) for entry in entries]

    def _add(self, entry: Entry) -> Enqueued:
        if entry.key is not None and entry.key in self._keys:
            return Enqueued(self._keys[entry.key], created=False)
        lines = []
        for position, _ in enumerate(entry.recipients):
            self._last += 1
            line = _Line(self._last, entry, position, min(entry.not_before, entry.not_after))
            self._lines[line.row] = line
            lines.append(line)
        self._messages[entry.id] = (entry, self._now(), lines)
        if entry.key is not None:
            self._keys[entry.key] = entry.id
        return Enqueued(entry.id, created=True)

    def join(self, worker: str, name: str, lease: float) -> None:
        """Begin the life of *worker*; see `OutboxStore`."""
        with self._lock:
            now = self._now()
            self._workers[worker] = now + lease
            self._infos[worker] = WorkerInfo(worker, name, now, now + lease, {})

    def beat(self, worker: str, lease: float, health: Mapping[str, AccountHealth] | None = None) -> None:
        """Hear of *worker*; see `OutboxStore`."""
        with self._lock:
            self._check_living(worker)
            self._workers[worker] = self._now() + lease
            info = self._infos[worker]
            self._infos[worker] = WorkerInfo(worker, info.name, info.since, self._workers[worker], health or {})

    def workers(self) -> list[WorkerInfo]:
        """Return the workers that live; see `OutboxStore`."""
        with self._lock:
            return [self._infos[worker] for worker in self._workers]

    def _check_living(self, worker: str) -> None:
        if worker not in self._workers:
            raise Fenced(fenced(worker))

    def leave(self, worker: str) -> None:
        """End the life of *worker*; see `OutboxStore`."""
        with self._lock:
            if self._workers.pop(worker, None) is not None:
                self._bury(worker)

    def claim(self, worker: str, most: int, rows: Sequence[Row] | None = None, wanted: Wanted = ANYBODY) -> list[Claim]:
        """Claim recipients that are due; see `OutboxStore`."""
        with self._lock:
            self._check_living(worker)
            now = self._now()
            due: Iterable[_Line] = self._due(now)
            if wanted is not ANYBODY:
                due = [each for each in due if wanted.admits(each.entry.kind, each.lane) or each.is_late(now)]
            if rows is not None:
                asked = (self._lines[row] for row in rows if row in self._lines)
                due = [each for each in asked if each.state is State.PENDING and (each.offered or each.due <= now)]
            if not due:
                return []
            claimed = nsmallest(most, due, key=lambda each: each.turn(wanted))
            for line in claimed:
                line.state, line.worker, line.offered, line.lane = State.CLAIMED, worker, False, None
            return [_claim(line, line.entry.not_after - now) for line in sorted(claimed, key=lambda each: each.order)]

    def pass_over(self, worker: str, lanes: Mapping[Row, str]) -> None:
        """Give recipients back that wait for an account; see `OutboxStore`."""
        with self._lock:
            self._check_living(worker)
            for row, lane in lanes.items():
                line = self._lines.get(row)
                if line is not None and line.worker == worker and line.state is State.CLAIMED:
                    line.state, line.worker, line.lane = State.PENDING, None, lane

    def _due(self, now: float) -> list[_Line]:
        pending = State.PENDING
        return [line for line in self._lines.values() if line.state is pending and line.due <= now]

    def offer(self, most: int, hold: Mapping[Kind, float]) -> dict[Kind, list[Row]]:
        """Return recipients that are due; see `OutboxStore`."""
        with self._lock:
            now = self._now()
            offered: dict[Kind, list[Row]] = {}
            for line in nsmallest(most, self._due(now), key=lambda each: each.turn(ANYBODY)):
                line.offered, line.due = True, now + hold[line.entry.kind]
                offered.setdefault(line.entry.kind, []).append(line.row)
            return offered

    def offered(self) -> int:
        """Return how many recipients nobody has claimed yet that were offered; see `OutboxStore`."""
        with self._lock:
            now = self._now()
            waiting = (line for line in self._lines.values() if line.state is State.PENDING)
            return sum(line.offered and line.due > now for line in waiting)

    def mark(self, worker: str, mark: Mark) -> bool:
        """Write an attempt down; see `OutboxStore`."""
        with self._lock:
            now = self._now()
            lines = [self._lines.get(row) for row in mark.rows]
            marked = [line for line in lines if line and line.worker == worker and line.entry.not_after > now]
            if len(marked) < len(lines):
                return False
            for line in marked:
                line.state, line.attempt, line.account, line.marked_at = (
                    State.SUBMITTING,
                    mark.attempt,
                    mark.account,
                    now,
                )
                line.again = line.row in mark.again
                line.doubts = mark.doubts.get(line.row, 0)
            return True

    def settle(self, worker: str, settlements: Sequence[Settlement]) -> int:
        """Write results down; see `OutboxStore`."""
        with self._lock:
            return sum(self._settle(worker, each) for each in settlements)

    def _settle(self, worker: str, settlement: Settlement) -> bool:
        line = self._lines.get(settlement.row)
        if line is None:
            return False
        outcome = settlement.outcome
        if line.worker != worker:
            is_open = line.worker is None and line.state in {State.PENDING, State.UNKNOWN}
            if not (is_open and settlement.is_news and settlement.attempt == line.attempt):
                return False
        line.worker, line.outcome, line.attempts = None, outcome, outcome.attempts
        if settlement.delay is None:
            line.state = State(outcome.status)
        else:
            line.state, line.tries = State.PENDING, line.tries + 1
            line.due = min(self._now() + settlement.delay, line.entry.not_after)
        return True

    def sweep(self) -> Swept:
        """Deal with dead workers; see `OutboxStore`."""
        with self._lock:
            now = self._now()
            dead = [worker for worker, until in self._workers.items() if until <= now]
            again = unknown = 0
            for worker in dead:
                del self._workers[worker]
                lost = self._bury(worker)
                again, unknown = again + lost.again, unknown + lost.unknown
            return Swept(len(dead), again, unknown)

    def _bury(self, worker: str) -> Swept:
        again = unknown = 0
        for line in [each for each in self._lines.values() if each.worker == worker]:
            line.worker = None
            if line.state is State.SUBMITTING:
                line.attempts = (*line.attempts, lost_attempt(line.attempt or "", line.account, line.marked_at))
                line.doubts += 1
                line.outcome = lost(line.addressee, line.account, line.attempts)
            if line.state is State.SUBMITTING and not line.again:
                line.state, unknown = State.UNKNOWN, unknown + 1
            else:
                line.state, again = State.PENDING, again + 1
                line.due = min(line.due, self._now())
        return Swept(1, again, unknown)

    def cancel(self, message: str) -> int:
        """Settle what was not begun; see `OutboxStore`."""
        with self._lock:
            _, _, lines = self._messages.get(message, (None, 0.0, []))
            waiting = [line for line in lines if line.state is State.PENDING]
            for line in waiting:
                if line.doubts:
                    line.state = State.UNKNOWN
                else:
                    line.state, line.outcome = State.NOT_SENT, cancelled(line.addressee, line.attempts)
            return len(waiting)

    def find(self, *, message: str | None = None, key: str | None = None) -> Tracing | None:
        """Return what is known of a message; see `OutboxStore`."""
        with self._lock:
            found = self._messages.get(message or self._keys.get(key or "", ""))
            if found is None:
                return None
            entry, created_at, lines = found
            progress = [
                Progress(
                    line.addressee.phone,
                    line.position,
                    line.addressee.reference,
                    line.state,
                    line.due,
                    line.tries,
                    line.outcome,
                )
                for line in lines
            ]
            return Tracing(entry.id, entry.key, entry.kind, created_at, entry.not_after, progress)

    def counts(self) -> dict[State, int]:
        """Return how many recipients are in each state; see `OutboxStore`."""
        with self._lock:
            return dict(Counter(line.state for line in self._lines.values()))

    def next_due(self) -> float | None:
        """Return in how many seconds the next recipient is due; see `OutboxStore`."""
        with self._lock:
            waiting = (line.due for line in self._lines.values() if line.state is State.PENDING)
            first = min(waiting, default=None)
            return None if first is None else first - self._now()

    def is_done(self) -> bool:
        """Return whether every recipient has its result; see `OutboxStore`."""
        with self._lock:
            return all(line.state.is_final for line in self._lines.values())

    def prune(self, older: float, most: int) -> int:
        """Forget old messages; see `OutboxStore`."""
        with self._lock:
            before = self._now() - older
            old = [
                entry
                for entry, created_at, lines in self._messages.values()
                if max(created_at, entry.not_after) < before and all(line.state.is_final for line in lines)
            ][:most]
            for entry in old:
                _, _, lines = self._messages.pop(entry.id)
                for line in lines:
                    del self._lines[line.row]
                if entry.key is not None:
                    del self._keys[entry.key]
            return len(old)

    def close(self) -> None:
        """Do nothing: what is here goes with its process."""


def _claim(line: _Line, left: float) -> Claim:
    entry = line.entry
    return Claim(
        line.row,
        entry.id,
        line.position,
        entry.kind,
        entry.content,
        entry.terms,
        line.addressee,
        left,
        line.doubts,
        line.tries,
        line.attempts,
    )

"""An outbox in a database: each operation is a transaction of a few statements, however many recipients it concerns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from pyrate_limiter import StateStore
from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from smsway.model import AccountHealth, Kind
from smsway.outbox._database import Database
from smsway.outbox._entries import (
    Claim,
    Enqueued,
    Entry,
    Mark,
    Row,
    Settlement,
    State,
    Tracing,
    WorkerInfo,
)
from smsway.outbox._intake import take_in
from smsway.outbox._rates import SqlRateStore
from smsway.outbox._rows import attempts_of, health_json, health_of, known, written
from smsway.outbox._statements import (
    CLAIMED_COLUMNS,
    FINAL_STATES,
    LOSE,
    LOST_COLUMNS,
    OFFERED,
    PENDING,
    RETRY,
    SETTLE,
    M,
    R,
    W,
    addressee_of,
    chunks,
    claim_of,
    erase,
    find,
)
from smsway.outbox._store import Fenced, Swept
from smsway.outbox._tables import messages, recipients, workers
from smsway.outbox._transitions import URGENCY, cancelled, fenced, lost, lost_attempt


class _NotMine(Exception):
    """Takes a mark back: some recipient is no longer the worker's."""


class SqlOutbox:
    """Keeps everything in a database, which any number of processes may share."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @property
    def rate_stores(self) -> Callable[[str], StateStore] | None:
        """Makes the stores in which workers share the rates of accounts; `None` where a file has one worker only."""
        return None if self.database.is_embedded else partial(SqlRateStore, self.database)

    # Messages come in.

    def enqueue(self, entries: Sequence[Entry], connection: Any = None) -> list[Enqueued]:
        """Add *entries*; see `OutboxStore`. *connection* is SQLAlchemy's."""
        return self.database.write(lambda within: take_in(within, self.database, entries), connection)

    # Workers.

    def join(self, worker: str, name: str, lease: float) -> None:
        """Begin the life of *worker*; see `OutboxStore`."""
        now = self.database.now()
        row = insert(workers).values(id=worker, name=name, since=now, until=now + lease)
        self.database.write(lambda connection: connection.execute(row))

    def beat(self, worker: str, lease: float, health: Mapping[str, AccountHealth] | None = None) -> None:
        """Hear of *worker*; see `OutboxStore`."""
        said = health_json(health or {})
        row = update(workers).where(W.id == worker).values(until=self.database.now() + lease, health=said)
        if not self.database.write(lambda connection: connection.execute(row).rowcount):
            raise Fenced(fenced(worker))

    def workers(self) -> list[WorkerInfo]:
        """Return the workers that live; see `OutboxStore`."""
        asked = select(workers).order_by(W.since)
        rows = self.database.read(lambda connection: connection.execute(asked).all())
        return [WorkerInfo(row.id, row.name, row.since, row.until, health_of(row.health)) for row in rows]

    def leave(self, worker: str) -> None:
        """End the life of *worker*; see `OutboxStore`."""
        self.database.write(lambda connection: self._bury(connection, worker, W.id == worker))

    def sweep(self) -> Swept:
        """Deal with dead workers; see `OutboxStore`."""
        found = self.database.read(self._dead)
        swept = [self.database.write(partial(self._sweep, worker=each)) for each in found]
        return Swept(
            sum(each.workers for each in swept), sum(each.again for each in swept), sum(each.unknown for each in swept)
        )

    def _dead(self, connection: Connection) -> list[str]:
        return list(connection.scalars(select(W.id).where(W.until <= self.database.now())))

    def _sweep(self, connection: Connection, worker: str) -> Swept:
        return self._bury(connection, worker, and_(W.id == worker, W.until <= self.database.now()))

    def _bury(self, connection: Connection, worker: str, who: ColumnElement[bool]) -> Swept:
        """Delete a worker, and give back what it has; whoever claims for it meanwhile waits, or is too late."""
        if not connection.execute(delete(workers).where(who)).rowcount:
            return Swept()
        mine = R.worker == worker
        # First, for it may live and be marking: whoever is passed over here because of that has been marked below.
        back = connection.execute(
            update(recipients)
            .where(mine, R.state == State.CLAIMED.value)
            .values(state=State.PENDING.value, worker=None, due=self.database.least(R.due, self.database.now()))
        ).rowcount
        # In one order, as a mark does: two transactions that wait for each other would fail.
        rows = connection.execute(
            select(*LOST_COLUMNS).where(mine, R.state == State.SUBMITTING.value).order_by(R.id).with_for_update()
        ).all()
        if rows:
            soon = case((R.again, self.database.least(R.due, self.database.now())), else_=R.due)
            connection.execute(LOSE.values(due=soon), [self._lost(row) for row in rows])
            erase(connection, [row.id for row in rows if not row.again])
        again = sum(row.again for row in rows)
        return Swept(1, back + again, len(rows) - again)

    @staticmethod
    def _lost(row: Any) -> dict[str, Any]:
        attempts = (*attempts_of(row.attempts), lost_attempt(row.attempt, row.account, row.marked_at))
        outcome = lost(addressee_of(row), row.account, attempts)
        state = State.PENDING if row.again else State.UNKNOWN
        return {"row": row.id, "to_state": state.value, **written(outcome)}

    # What workers do.

    def claim(self, worker: str, most: int, rows: Sequence[Row] | None = None) -> list[Claim]:
        """Claim recipients that are due; see `OutboxStore`."""
        return self.database.write(lambda connection: self._claim(connection, worker, most, rows))

    def _claim(self, connection: Connection, worker: str, most: int, rows: Sequence[Row] | None) -> list[Claim]:
        # Whoever declares the worker dead waits until this has ended, and then finds what it claimed.
        living = select(W.id).where(W.id == worker).with_for_update(read=True, key_share=True)
        if connection.scalar(living) is None:
            raise Fenced(fenced(worker))
        now = self.database.now()
        due: Iterable[ColumnElement[bool]] = [and_(R.kind == kind.value, R.due <= now) for kind in Kind]
        if rows is not None:
            due = [and_(R.id.in_(some), or_(R.offered, R.due <= now)) for some in chunks(sorted(rows))]
        claim = {"state": State.CLAIMED.value, "worker": worker, "offered": False}
        ids: list[Row] = []
        for which in due:
            if len(ids) < most:
                ids += self._take(connection, which, most - len(ids), claim)
        found = self._read_claims(connection, ids)
        return [claim_of(row) for row in found]

    @staticmethod
    def _take(connection: Connection, which: ColumnElement[bool], most: int, values: dict[str, Any]) -> list[Row]:
        """Change so many recipients that wait, and return their rows; what others are taking now is left to them."""
        due = (
            select(R.id)
            .where(PENDING, which)
            .order_by(R.due, R.id)
            .limit(most)
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        taken = update(recipients).where(R.id.in_(select(due.c.id))).values(**values).returning(R.id)
        return list(connection.scalars(taken))

    def offer(self, most: int, hold: Mapping[Kind, float]) -> dict[Kind, list[Row]]:
        """Return recipients that are due; see `OutboxStore`."""
        return self.database.write(lambda connection: self._offer(connection, most, hold))

    def _offer(self, connection: Connection, most: int, hold: Mapping[Kind, float]) -> dict[Kind, list[Row]]:
        now = self.database.now()
        offered: dict[Kind, list[Row]] = {}
        for kind in Kind:
            which = and_(R.kind == kind.value, R.due <= now)
            rows = self._take(connection, which, most, {"offered": True, "due": now + hold[kind]}) if most else []
            if rows:
                offered[kind] = sorted(rows)
            most -= len(rows)
        return offered

    def offered(self) -> int:
        """Return how many recipients nobody has claimed yet that were offered; see `OutboxStore`."""
        asked = select(func.count()).where(PENDING, OFFERED, R.due > self.database.now())
        return self.database.read(lambda connection: connection.scalar(asked) or 0)

    def _read_claims(self, connection: Connection, ids: Sequence[Row]) -> list[Any]:
        order = {kind.value: place for kind, place in URGENCY.items()}
        rows = select(*CLAIMED_COLUMNS, (R.not_after - self.database.now()).label("left")).join_from(
            recipients, messages, R.message == M.id
        )
        found = [row for some in chunks(ids) for row in connection.execute(rows.where(R.id.in_(some)))]
        return sorted(found, key=lambda row: (order[row.kind], row.due, row.id))

    def mark(self, worker: str, mark: Mark) -> bool:
        """Write an attempt down; see `OutboxStore`."""
        try:
            self.database.write(lambda connection: self._mark(connection, worker, mark))
        except _NotMine:
            return False
        return True

    def _mark(self, connection: Connection, worker: str, mark: Mark) -> None:
        groups: dict[tuple[bool, int], list[Row]] = {}
        for row in sorted(mark.rows):
            groups.setdefault((row in mark.again, mark.doubts.get(row, 0)), []).append(row)
        now = self.database.now()
        for (again, doubts), rows in groups.items():
            for some in chunks(rows):
                marked = connection.execute(
                    update(recipients)
                    .where(R.id.in_(some), R.worker == worker, R.not_after > now)
                    .values(
                        state=State.SUBMITTING.value,
                        attempt=mark.attempt,
                        account=mark.account,
                        marked_at=now,
                        again=again,
                        doubts=doubts,
                    )
                ).rowcount
                if marked < len(some):
                    raise _NotMine

    def settle(self, worker: str, settlements: Sequence[Settlement]) -> int:
        """Write results down; see `OutboxStore`."""
        return self.database.write(lambda connection: self._settle(connection, worker, settlements))

    def _settle(self, connection: Connection, worker: str, settlements: Sequence[Settlement]) -> int:
        final = [each for each in settlements if each.delay is None]
        later = [each for each in settlements if each.delay is not None]
        changed = 0
        if final:
            changed += connection.execute(
                SETTLE,
                [
                    {
                        "row": each.row,
                        "mine": worker,
                        "last": each.attempt if each.is_news else None,
                        "to_state": each.outcome.status.value,
                        **written(each.outcome),
                    }
                    for each in final
                ],
            ).rowcount
            erase(connection, [each.row for each in final])
        if later:
            now = self.database.now()
            changed += connection.execute(
                RETRY.values(due=self.database.least(now + bindparam("delay"), R.not_after)),
                [{"row": each.row, "mine": worker, "delay": each.delay, **written(each.outcome)} for each in later],
            ).rowcount
        return changed

    # What is known.

    def cancel(self, message: str) -> int:
        """Settle what was not begun; see `OutboxStore`."""
        return self.database.write(lambda connection: self._cancel(connection, message))

    def _cancel(self, connection: Connection, message: str) -> int:
        waiting = connection.execute(
            select(*LOST_COLUMNS).where(R.message == message, PENDING).order_by(R.id).with_for_update()
        ).all()
        if waiting:
            connection.execute(
                LOSE,
                [
                    {"row": row.id, "to_state": State.UNKNOWN.value, **known(row)}
                    if row.doubts
                    else {
                        "row": row.id,
                        "to_state": State.NOT_SENT.value,
                        **written(cancelled(addressee_of(row), attempts_of(row.attempts))),
                    }
                    for row in waiting
                ],
            )
            erase(connection, [row.id for row in waiting])
        return len(waiting)

    def find(self, *, message: str | None = None, key: str | None = None) -> Tracing | None:
        """Return what is known of a message; see `OutboxStore`."""
        return self.database.read(lambda connection: find(connection, M.id == message if message else M.key == key))

    def counts(self) -> dict[State, int]:
        """Return how many recipients are in each state; see `OutboxStore`."""
        counted = select(R.state, func.count()).group_by(R.state)
        rows = self.database.read(lambda connection: connection.execute(counted).all())
        return {State(state): count for state, count in rows}

    def next_due(self) -> float | None:
        """Return in how many seconds the next recipient is due; see `OutboxStore`."""
        first = [
            select(R.due).where(PENDING, R.kind == kind.value).order_by(R.due).limit(1).scalar_subquery()
            for kind in Kind
        ]
        asked = select(*[each - self.database.now() for each in first])
        dues = self.database.read(lambda connection: connection.execute(asked).one())
        return min((each for each in dues if each is not None), default=None)

    def is_done(self) -> bool:
        """Return whether every recipient has its result; see `OutboxStore`."""
        # Each of the two has an index of its own.
        asked = select(or_(select(R.id).where(PENDING).exists(), select(R.id).where(R.worker.is_not(None)).exists()))
        return not self.database.read(lambda connection: connection.scalar(asked))

    def prune(self, older: float, most: int) -> int:
        """Forget old messages; see `OutboxStore`."""
        return self.database.write(lambda connection: self._prune(connection, older, most))

    def _prune(self, connection: Connection, older: float, most: int) -> int:
        waiting = exists().where(R.message == M.id, R.state.not_in(FINAL_STATES))
        before = self.database.now() - older
        # By the first there is an index; the second is what counts, for what was just sent may have waited for long.
        old = select(M.id).where(M.created_at < before, M.not_after < before, ~waiting).limit(most)
        ids = list(connection.scalars(old))
        for some in chunks(ids):
            connection.execute(delete(recipients).where(R.message.in_(some)))
            connection.execute(delete(messages).where(M.id.in_(some)))
        return len(ids)

    def close(self) -> None:
        """Close the connections."""
        self.database.close()

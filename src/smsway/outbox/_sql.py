"""An outbox in a database: each operation is a transaction of a few statements, however many recipients it concerns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from pyrate_limiter import StateStore
from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from smsway.model import AccountHealth, Kind
from smsway.outbox._burial import bury
from smsway.outbox._claiming import claim, offer, pass_over
from smsway.outbox._database import Database
from smsway.outbox._entries import (
    ANYBODY,
    Claim,
    Enqueued,
    Entry,
    Mark,
    Row,
    Settlement,
    State,
    Tracing,
    Wanted,
    WorkerInfo,
)
from smsway.outbox._intake import take_in
from smsway.outbox._rates import SqlRateStore
from smsway.outbox._rows import attempts_of, health_json, health_of, known, written
from smsway.outbox._statements import (
    FINAL_STATES,
    FREE,
    LANED,
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
    erase,
    find,
)
from smsway.outbox._store import Fenced, Swept
from smsway.outbox._tables import messages, recipients, workers
from smsway.outbox._transitions import cancelled, fenced


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
        self._bury(worker)

    def sweep(self) -> Swept:
        """Deal with dead workers; see `OutboxStore`."""
        over = W.until <= self.database.now()
        dead = self.database.read(lambda connection: connection.scalars(select(W.id).where(over)).all())
        swept = [self._bury(each, over) for each in dead]
        return Swept(
            sum(each.workers for each in swept), sum(each.again for each in swept), sum(each.unknown for each in swept)
        )

    def _bury(self, worker: str, *provided: ColumnElement[bool]) -> Swept:
        return self.database.write(lambda connection: bury(connection, self.database, worker, *provided))

    # What workers do.

    def claim(self, worker: str, most: int, rows: Sequence[Row] | None = None, wanted: Wanted = ANYBODY) -> list[Claim]:
        """Claim recipients that are due; see `OutboxStore`."""
        return self.database.write(lambda connection: claim(connection, self.database, worker, most, rows, wanted))

    def pass_over(self, worker: str, lanes: Mapping[Row, str]) -> None:
        """Give recipients back that wait for an account; see `OutboxStore`."""
        self.database.write(lambda connection: pass_over(connection, worker, lanes))

    def offer(self, most: int, hold: Mapping[Kind, float]) -> dict[Kind, list[Row]]:
        """Return recipients that are due; see `OutboxStore`."""
        return self.database.write(lambda connection: offer(connection, self.database, most, hold))

    def offered(self) -> int:
        """Return how many recipients nobody has claimed yet that were offered; see `OutboxStore`."""
        asked = select(func.count()).where(PENDING, OFFERED, R.due > self.database.now())
        return self.database.read(lambda connection: connection.scalar(asked) or 0)

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
            select(R.due).where(FREE, R.kind == kind.value).order_by(R.due).limit(1).scalar_subquery() for kind in Kind
        ]
        first.append(select(func.min(R.due)).where(LANED).scalar_subquery())
        asked = select(*[each - self.database.now() for each in first])
        dues = self.database.read(lambda connection: connection.execute(asked).one())
        return min((each for each in dues if each is not None), default=None)

    def is_done(self) -> bool:
        """Return whether every recipient has its result; see `OutboxStore`."""
        # Each of them has an index of its own.
        asked = select(or_(*(select(R.id).where(which).exists() for which in (FREE, LANED, R.worker.is_not(None)))))
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

"""An outbox in a database: each operation is a transaction of a few statements, however many recipients it concerns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

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
    text,
    update,
)

from smsway.model import Kind
from smsway.outbox._database import Database
from smsway.outbox._entries import (
    FINAL,
    Addressee,
    Claim,
    Enqueued,
    Entry,
    Mark,
    Row,
    Settlement,
    State,
    Tracing,
)
from smsway.outbox._rows import attempts_of, known, progress_of, written
from smsway.outbox._store import Fenced, IdempotencyConflict, Swept
from smsway.outbox._tables import messages, recipients, workers
from smsway.outbox._transitions import cancelled, conflict, fenced, lost, lost_attempt

T = TypeVar("T")

_R = recipients.c
_M = messages.c
_W = workers.c


class SqlOutbox:
    """Keeps everything in a database, which any number of processes may share."""

    def __init__(self, database: Database) -> None:
        self.database = database

    # Messages come in.

    def enqueue(self, entries: Sequence[Entry], connection: Any = None) -> list[Enqueued]:
        """Add *entries*; see `OutboxStore`. *connection* is SQLAlchemy's."""
        return self.database.write(lambda within: self._enqueue(within, entries), connection)

    def _enqueue(self, connection: Connection, entries: Sequence[Entry]) -> list[Enqueued]:
        first: dict[str, Entry] = {}
        for entry in entries:
            if entry.key is not None and first.setdefault(entry.key, entry).digest != entry.digest:
                raise IdempotencyConflict(conflict(entry.key))
        fresh = [each for each in entries if each.key is None or first[each.key] is each]
        ids = self._insert_messages(connection, fresh, first)
        rows = [
            {
                "message": entry.id,
                "position": position,
                "phone": each.phone,
                "params": each.params,
                "reference": each.reference,
                "kind": entry.kind.value,
                "not_after": entry.not_after,
                "state": State.PENDING.value,
                "due": min(entry.not_before, entry.not_after),
            }
            for entry in fresh
            if entry.key is None or ids[entry.key] == entry.id
            for position, each in enumerate(entry.recipients)
        ]
        if rows:
            connection.execute(insert(recipients), rows)
        return [
            Enqueued(
                entry.id if entry.key is None else ids[entry.key],
                created=entry.key is None or (first[entry.key] is entry and ids[entry.key] == entry.id),
            )
            for entry in entries
        ]

    def _insert_messages(
        self, connection: Connection, entries: Sequence[Entry], keyed: dict[str, Entry]
    ) -> dict[str, str]:
        """Add messages, less those whose key is there; return the id of the message of each key."""
        if entries:
            statement = self._dialect_insert().on_conflict_do_nothing(index_elements=["key"])
            values: dict[str, Any] = {
                each.name: bindparam(each.name) for each in messages.c if each.name != "created_at"
            }
            connection.execute(
                statement.values({**values, "created_at": self.database.now()}),
                [
                    {
                        "id": entry.id,
                        "key": entry.key,
                        "digest": entry.digest,
                        "kind": entry.kind.value,
                        "content": entry.content,
                        "terms": entry.terms,
                        "not_after": entry.not_after,
                    }
                    for entry in entries
                ],
            )
        ids: dict[str, str] = {}
        for some in _chunks(list(keyed)):
            for key, message, digest in connection.execute(select(_M.key, _M.id, _M.digest).where(_M.key.in_(some))):
                if digest != keyed[key].digest:
                    raise IdempotencyConflict(conflict(key))
                ids[key] = message
        return ids

    def _dialect_insert(self) -> Any:
        if self.database.is_postgres:
            from sqlalchemy.dialects.postgresql import insert as upsert  # noqa: PLC0415  # one of the two is needed
        else:
            from sqlalchemy.dialects.sqlite import insert as upsert  # type: ignore[assignment]  # noqa: PLC0415  # as above
        return upsert(messages)

    # Workers.

    def join(self, worker: str, name: str, lease: float) -> None:
        """Begin the life of *worker*; see `OutboxStore`."""
        now = self.database.now()
        row = insert(workers).values(id=worker, name=name, since=now, until=now + lease)
        self.database.write(lambda connection: connection.execute(row))

    def beat(self, worker: str, lease: float) -> None:
        """Hear of *worker*; see `OutboxStore`."""
        row = update(workers).where(_W.id == worker).values(until=self.database.now() + lease)
        if not self.database.write(lambda connection: connection.execute(row).rowcount):
            raise Fenced(fenced(worker))

    def leave(self, worker: str) -> None:
        """End the life of *worker*; see `OutboxStore`."""
        self.database.write(lambda connection: self._bury(connection, worker, _W.id == worker))

    def sweep(self) -> Swept:
        """Deal with dead workers; see `OutboxStore`."""
        found = self.database.read(self._dead)
        swept = [self.database.write(partial(self._sweep, worker=each)) for each in found]
        return Swept(
            sum(each.workers for each in swept), sum(each.again for each in swept), sum(each.unknown for each in swept)
        )

    def _dead(self, connection: Connection) -> list[str]:
        return list(connection.scalars(select(_W.id).where(_W.until <= self.database.now())))

    def _sweep(self, connection: Connection, worker: str) -> Swept:
        return self._bury(connection, worker, and_(_W.id == worker, _W.until <= self.database.now()))

    def _bury(self, connection: Connection, worker: str, who: ColumnElement[bool]) -> Swept:
        """Delete a worker, and give back what it has; whoever claims for it meanwhile waits, or is too late."""
        if not connection.execute(delete(workers).where(who)).rowcount:
            return Swept()
        mine = _R.worker == worker
        # In one order, as a mark does: two transactions that wait for each other would fail.
        rows = connection.execute(
            select(*_LOST).where(mine, _R.state == State.SUBMITTING.value).order_by(_R.id).with_for_update()
        ).all()
        back = connection.execute(
            update(recipients)
            .where(mine, _R.state == State.CLAIMED.value)
            .values(state=State.PENDING.value, worker=None)
        ).rowcount
        if rows:
            connection.execute(_LOSE, [self._lost(row) for row in rows])
            _erase(connection, [row.id for row in rows if not row.again])
        again = sum(row.again for row in rows)
        return Swept(1, back + again, len(rows) - again)

    @staticmethod
    def _lost(row: Any) -> dict[str, Any]:
        attempts = (*attempts_of(row.attempts), lost_attempt(row.attempt, row.account, row.marked_at))
        outcome = lost(_addressee(row), row.account, attempts)
        state = State.PENDING if row.again else State.UNKNOWN
        return {"row": row.id, "to_state": state.value, **written(outcome)}

    # What workers do.

    def claim(self, worker: str, most: int) -> list[Claim]:
        """Claim recipients that are due; see `OutboxStore`."""
        return self.database.write(lambda connection: self._claim(connection, worker, most))

    def _claim(self, connection: Connection, worker: str, most: int) -> list[Claim]:
        # Whoever declares the worker dead waits until this has ended, and then finds what it claimed.
        living = select(_W.id).where(_W.id == worker).with_for_update(read=True, key_share=True)
        if connection.scalar(living) is None:
            raise Fenced(fenced(worker))
        found: list[Any] = []
        for kind in Kind:
            if len(found) < most:
                found += self._claim_kind(connection, worker, kind, most - len(found))
        return [_claim(row) for row in found]

    def _claim_kind(self, connection: Connection, worker: str, kind: Kind, most: int) -> list[Any]:
        due = (
            select(_R.id)
            .where(_PENDING, _R.kind == kind.value, _R.due <= self.database.now())
            .order_by(_R.due, _R.id)
            .limit(most)
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        claim = (
            update(recipients)
            .where(_R.id.in_(select(due.c.id)))
            .values(state=State.CLAIMED.value, worker=worker)
            .returning(_R.id)
        )
        ids = list(connection.scalars(claim))
        if not ids:
            return []
        rows = (
            select(*_CLAIMED, (_R.not_after - self.database.now()).label("left"))
            .join_from(recipients, messages, _R.message == _M.id)
            .order_by(_R.due, _R.id)
        )
        return [row for some in _chunks(ids) for row in connection.execute(rows.where(_R.id.in_(some)))]

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
            for some in _chunks(rows):
                marked = connection.execute(
                    update(recipients)
                    .where(_R.id.in_(some), _R.worker == worker, _R.not_after > now)
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
                _SETTLE,
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
            _erase(connection, [each.row for each in final])
        if later:
            now = self.database.now()
            changed += connection.execute(
                _RETRY.values(due=self.database.least(now + bindparam("delay"), _R.not_after)),
                [{"row": each.row, "mine": worker, "delay": each.delay, **written(each.outcome)} for each in later],
            ).rowcount
        return changed

    # What is known.

    def cancel(self, message: str) -> int:
        """Settle what was not begun; see `OutboxStore`."""
        return self.database.write(lambda connection: self._cancel(connection, message))

    def _cancel(self, connection: Connection, message: str) -> int:
        waiting = connection.execute(
            select(*_LOST).where(_R.message == message, _PENDING).order_by(_R.id).with_for_update()
        ).all()
        if waiting:
            connection.execute(
                _LOSE,
                [
                    {"row": row.id, "to_state": State.UNKNOWN.value, **known(row)}
                    if row.doubts
                    else {
                        "row": row.id,
                        "to_state": State.NOT_SENT.value,
                        **written(cancelled(_addressee(row), attempts_of(row.attempts))),
                    }
                    for row in waiting
                ],
            )
            _erase(connection, [row.id for row in waiting])
        return len(waiting)

    def find(self, *, message: str | None = None, key: str | None = None) -> Tracing | None:
        """Return what is known of a message; see `OutboxStore`."""
        return self.database.read(lambda connection: _find(connection, _M.id == message if message else _M.key == key))

    def counts(self) -> dict[State, int]:
        """Return how many recipients are in each state; see `OutboxStore`."""
        counted = select(_R.state, func.count()).group_by(_R.state)
        rows = self.database.read(lambda connection: connection.execute(counted).all())
        return {State(state): count for state, count in rows}

    def next_due(self) -> float | None:
        """Return in how many seconds the next recipient is due; see `OutboxStore`."""
        first = [
            select(_R.due).where(_PENDING, _R.kind == kind.value).order_by(_R.due).limit(1).scalar_subquery()
            for kind in Kind
        ]
        asked = select(*[each - self.database.now() for each in first])
        dues = self.database.read(lambda connection: connection.execute(asked).one())
        return min((each for each in dues if each is not None), default=None)

    def is_done(self) -> bool:
        """Return whether every recipient has its result; see `OutboxStore`."""
        # Each of the two has an index of its own.
        asked = select(
            or_(select(_R.id).where(_PENDING).exists(), select(_R.id).where(_R.worker.is_not(None)).exists())
        )
        return not self.database.read(lambda connection: connection.scalar(asked))

    def prune(self, older: float, most: int) -> int:
        """Forget old messages; see `OutboxStore`."""
        return self.database.write(lambda connection: self._prune(connection, older, most))

    def _prune(self, connection: Connection, older: float, most: int) -> int:
        waiting = exists().where(_R.message == _M.id, _R.state.not_in(_FINAL))
        old = select(_M.id).where(_M.created_at < self.database.now() - older, ~waiting).limit(most)
        ids = list(connection.scalars(old))
        for some in _chunks(ids):
            connection.execute(delete(recipients).where(_R.message.in_(some)))
            connection.execute(delete(messages).where(_M.id.in_(some)))
        return len(ids)

    def close(self) -> None:
        """Close the connections."""
        self.database.close()


class _NotMine(Exception):
    """Takes a mark back: some recipient is no longer the worker's."""


# A literal, not a parameter: otherwise the database does not see that the partial index fits.
_PENDING = text("smsway_recipients.state = 'pending'")

_FINAL = [each.value for each in FINAL]
_OUTCOME = ("status", "account", "reason", "code", "detail", "message_id", "fee", "segments", "attempts")
_LOST = [_R[name] for name in ("id", "phone", "reference", "attempt", "marked_at", "again", "doubts", *_OUTCOME)]
_CLAIMED = [
    *(_R[name] for name in ("id", "message", "position", "kind", "phone", "params", "reference", "doubts", "tries")),
    _R.attempts,
    _M.content,
    _M.terms,
]

_KNOWN: dict[str, Any] = {name: bindparam(f"to_{name}") for name in _OUTCOME}
_THIS = _R.id == bindparam("row")
_MINE = _R.worker == bindparam("mine")
_OPEN = and_(
    _R.worker.is_(None),
    or_(_R.state == State.PENDING.value, _R.state == State.UNKNOWN.value),
    _R.attempt == bindparam("last"),
)
_BACK = update(recipients).values(worker=None, **_KNOWN)
_SETTLE = _BACK.where(_THIS, or_(_MINE, _OPEN)).values(state=bindparam("to_state"))
_RETRY = _BACK.where(_THIS, _MINE).values(state=State.PENDING.value, tries=_R.tries + 1)
_LOSE = _BACK.where(_THIS).values(
    state=bindparam("to_state"), doubts=_R.doubts + case((_R.state == State.SUBMITTING.value, 1), else_=0)
)


def _erase(connection: Connection, rows: Sequence[Row]) -> None:
    """Forget the codes that no recipient needs any more."""
    other = recipients.alias()
    needed = exists().where(other.c.message == _M.id, other.c.state.not_in(_FINAL))
    for some in _chunks(rows):
        codes = and_(_R.id.in_(some), _R.kind == Kind.OTP.value)
        connection.execute(update(recipients).where(codes).values(params=None))
        over = select(_R.message).where(codes)
        connection.execute(update(messages).where(_M.id.in_(over), ~needed).values(content=None))


def _addressee(row: Any) -> Addressee:
    return Addressee(row.phone, None, row.reference)


def _claim(row: Any) -> Claim:
    addressee = Addressee(row.phone, row.params, row.reference)
    attempts = attempts_of(row.attempts)
    kind = Kind(row.kind)
    return Claim(
        row.id,
        row.message,
        row.position,
        kind,
        row.content,
        row.terms,
        addressee,
        row.left,
        row.doubts,
        row.tries,
        attempts,
    )


def _find(connection: Connection, which: ColumnElement[bool]) -> Tracing | None:
    message = connection.execute(select(messages).where(which)).one_or_none()
    if message is None:
        return None
    rows = connection.execute(select(recipients).where(_R.message == message.id).order_by(_R.position))
    progress = [progress_of(row) for row in rows]
    return Tracing(message.id, message.key, Kind(message.kind), message.created_at, message.not_after, progress)


CHUNK = 500
"""Rows that one statement names at most: each is a parameter."""


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))

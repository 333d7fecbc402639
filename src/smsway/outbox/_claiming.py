"""How workers take recipients that are due, and how a relay offers them: what others are taking is passed over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select, update

from smsway.model import Kind
from smsway.outbox._database import Database
from smsway.outbox._entries import ANYBODY, Claim, Row, State, Wanted
from smsway.outbox._statements import CLAIMED_COLUMNS, FREE, LANED, PENDING, M, R, W, chunks, claim_of
from smsway.outbox._store import Fenced
from smsway.outbox._tables import messages, recipients
from smsway.outbox._transitions import URGENCY, fenced


def claim(
    connection: Connection,
    database: Database,
    worker: str,
    most: int,
    rows: Sequence[Row] | None,
    wanted: Wanted,
) -> list[Claim]:
    """Claim so many recipients at most for *worker*, of *rows* if they are given; raises `Fenced`."""
    _check_living(connection, worker)
    now = database.now()
    late = and_(LANED, R.not_after <= now, R.due <= now)
    due: Iterable[ColumnElement[bool]] = chain((which for _, which in _due(connection, now, wanted)), [late])
    if rows is not None:
        due = [and_(PENDING, R.id.in_(some), or_(R.offered, R.due <= now)) for some in chunks(sorted(rows))]
    values = {"state": State.CLAIMED.value, "worker": worker, "offered": False, "lane": None}
    ids: list[Row] = []
    for which in due:
        if len(ids) < most:
            ids += _take(connection, which, most - len(ids), values)
    return [claim_of(row) for row in _read(connection, database, ids)]


def pass_over(connection: Connection, worker: str, lanes: Mapping[Row, str]) -> None:
    """Give recipients of *worker* back, each into the lane of the account that it waits for; raises `Fenced`."""
    _check_living(connection, worker)
    by_lane: dict[str, list[Row]] = {}
    for row, lane in sorted(lanes.items()):
        by_lane.setdefault(lane, []).append(row)
    mine = and_(R.worker == worker, R.state == State.CLAIMED.value)
    for lane, rows in by_lane.items():
        back = update(recipients).values(state=State.PENDING.value, worker=None, lane=lane)
        for some in chunks(rows):
            connection.execute(back.where(R.id.in_(some), mine))


def _check_living(connection: Connection, worker: str) -> None:
    # Whoever declares the worker dead waits until this has ended, and then finds what it claimed.
    living = select(W.id).where(W.id == worker).with_for_update(read=True, key_share=True)
    if connection.scalar(living) is None:
        raise Fenced(fenced(worker))


def offer(connection: Connection, database: Database, most: int, hold: Mapping[Kind, float]) -> dict[Kind, list[Row]]:
    """Offer so many recipients at most, each for as many seconds as *hold* says for its kind."""
    now = database.now()
    offered: dict[Kind, list[Row]] = {}
    for kind, which in _due(connection, now):
        rows = _take(connection, which, most, {"offered": True, "due": now + hold[kind]}) if most else []
        if rows:
            offered[kind] = sorted([*offered.get(kind, ()), *rows])
        most -= len(rows)
    return offered


def _due(
    connection: Connection, now: ColumnElement[float], wanted: Wanted = ANYBODY
) -> Iterator[tuple[Kind, ColumnElement[bool]]]:
    """Yield who is due and *wanted*, codes first."""
    for kind in [kind for kind in Kind if kind in wanted.closed]:
        due = and_(R.kind == kind.value, R.due <= now)
        if wanted.fresh:
            yield kind, and_(FREE, due)
        for lane in [row.lane for row in connection.execute(_lanes(kind))]:
            if wanted.admits(kind, lane):
                yield kind, and_(LANED, R.lane == lane, due)
        if not wanted.fresh:
            yield kind, and_(FREE, due)


@cache
def _lanes(kind: Kind) -> Select[tuple[str]]:
    """Return what finds the lanes in which somebody waits: from one to the next by the index, for many wait in each."""

    def first(*after: ColumnElement[bool]) -> ColumnElement[str | None]:
        asked = select(R.lane).where(LANED, R.kind == kind.value, *after)
        return asked.order_by(R.lane).limit(1).scalar_subquery()

    lanes = select(first().label("lane")).cte("lanes", recursive=True)
    lanes = lanes.union_all(select(first(R.lane > lanes.c.lane)).where(lanes.c.lane.is_not(None)))
    return select(lanes.c.lane).where(lanes.c.lane.is_not(None))


def _take(connection: Connection, which: ColumnElement[bool], most: int, values: dict[str, Any]) -> list[Row]:
    """Change so many of those *which*, and return their rows; what others are taking now is left to them."""
    due = select(R.id).where(which).order_by(R.due, R.id).limit(most).with_for_update(skip_locked=True).cte("due")
    taken = update(recipients).where(R.id.in_(select(due.c.id))).values(**values).returning(R.id)
    return list(connection.scalars(taken))


def _read(connection: Connection, database: Database, ids: Sequence[Row]) -> list[Any]:
    order = {kind.value: place for kind, place in URGENCY.items()}
    rows = select(*CLAIMED_COLUMNS, (R.not_after - database.now()).label("left")).join_from(
        recipients, messages, R.message == M.id
    )
    found = [row for some in chunks(ids) for row in connection.execute(rows.where(R.id.in_(some)))]
    return sorted(found, key=lambda row: (order[row.kind], row.due, row.id))

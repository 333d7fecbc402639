"""How workers take recipients that are due, and how a relay offers them: what others are taking is passed over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from smsway.model import Kind
from smsway.outbox._database import Database
from smsway.outbox._entries import Claim, Row, State
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
    busy: frozenset[str] = frozenset(),
) -> list[Claim]:
    """Claim so many recipients at most for *worker*, of *rows* if they are given, and of no lane in *busy* otherwise.

    Raises `Fenced`.
    """
    _check_living(connection, worker)
    now = database.now()
    due: Iterable[ColumnElement[bool]] = (which for _, which in _due(connection, now, busy))
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
    connection: Connection, now: ColumnElement[float], busy: frozenset[str] = frozenset()
) -> Iterator[tuple[Kind, ColumnElement[bool]]]:
    """Yield who is due, but those of the lanes *busy*.

    Codes come first, and whoever was passed over before those who were not looked at: they mostly wait for longer.
    """
    lanes = [lane for lane in _lanes(connection) if lane not in busy]
    for kind in Kind:
        due = and_(R.kind == kind.value, R.due <= now)
        for lane in lanes:
            yield kind, and_(LANED, R.lane == lane, due)
        yield kind, and_(FREE, due)


def _lanes(connection: Connection) -> Iterator[str]:
    """Yield the lanes in which somebody waits. There are few, and many in each: so one by one, from the index."""
    lane = connection.scalar(select(func.min(R.lane)).where(LANED))
    while lane is not None:
        yield lane
        lane = connection.scalar(select(func.min(R.lane)).where(LANED, R.lane > lane))


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

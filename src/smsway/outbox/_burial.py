"""The end of a worker: what it had claimed is given back, and what it had begun is lost or goes on elsewhere."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, case, delete, select, update

from smsway.outbox._database import Database
from smsway.outbox._entries import State
from smsway.outbox._rows import attempts_of, written
from smsway.outbox._statements import LOSE, LOST_COLUMNS, R, W, addressee_of, erase
from smsway.outbox._store import Swept
from smsway.outbox._tables import recipients, workers
from smsway.outbox._transitions import lost, lost_attempt


def bury(connection: Connection, database: Database, worker: str, *provided: ColumnElement[bool]) -> Swept:
    """Delete *worker*, *provided* that, and give back what it has.

    Whoever claims for it meanwhile waits, or is too late.
    """
    if not connection.execute(delete(workers).where(W.id == worker, *provided)).rowcount:
        return Swept()
    mine = R.worker == worker
    # First, for it may live and be marking: whoever is passed over here because of that has been marked below.
    back = connection.execute(
        update(recipients)
        .where(mine, R.state == State.CLAIMED.value)
        .values(state=State.PENDING.value, worker=None, due=database.least(R.due, database.now()))
    ).rowcount
    # In one order, as a mark does: two transactions that wait for each other would fail.
    rows = connection.execute(
        select(*LOST_COLUMNS).where(mine, R.state == State.SUBMITTING.value).order_by(R.id).with_for_update()
    ).all()
    if rows:
        soon = case((R.again, database.least(R.due, database.now())), else_=R.due)
        connection.execute(LOSE.values(due=soon), [_lost(row) for row in rows])
        erase(connection, [row.id for row in rows if not row.again])
    again = sum(row.again for row in rows)
    return Swept(1, back + again, len(rows) - again)


def _lost(row: Any) -> dict[str, Any]:
    attempts = (*attempts_of(row.attempts), lost_attempt(row.attempt, row.account, row.marked_at))
    outcome = lost(addressee_of(row), row.account, attempts)
    state = State.PENDING if row.again else State.UNKNOWN
    return {"row": row.id, "to_state": state.value, **written(outcome)}

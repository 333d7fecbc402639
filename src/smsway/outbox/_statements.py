"""The statements of an outbox that are the same whoever asks, and what its rows are in Python."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, exists, or_, select, text, update

from smsway.model import Kind
from smsway.outbox._entries import FINAL, Addressee, Claim, Row, State, Tracing
from smsway.outbox._rows import attempts_of, progress_of
from smsway.outbox._tables import messages, recipients, workers

T = TypeVar("T")

R = recipients.c
M = messages.c
W = workers.c

# Literals, not parameters: otherwise the database does not see that the partial index fits.
OFFERED = text("smsway_recipients.offered")
PENDING = text("smsway_recipients.state = 'pending'")
FREE = text("smsway_recipients.state = 'pending' and smsway_recipients.lane is null")
LANED = text("smsway_recipients.state = 'pending' and smsway_recipients.lane is not null")

FINAL_STATES = [each.value for each in FINAL]
_OUTCOME = ("status", "account", "reason", "code", "detail", "message_id", "fee", "segments", "attempts")
LOST_COLUMNS = [R[name] for name in ("id", "phone", "reference", "attempt", "marked_at", "again", "doubts", *_OUTCOME)]
CLAIMED_COLUMNS = [
    *(
        R[name]
        for name in ("id", "message", "position", "kind", "phone", "params", "reference", "due", "doubts", "tries")
    ),
    R.attempts,
    M.content,
    M.terms,
]

_KNOWN: dict[str, Any] = {name: bindparam(f"to_{name}") for name in _OUTCOME}
_THIS = R.id == bindparam("row")
_MINE = R.worker == bindparam("mine")
_OPEN = and_(
    R.worker.is_(None),
    or_(R.state == State.PENDING.value, R.state == State.UNKNOWN.value),
    R.attempt == bindparam("last"),
)
_BACK = update(recipients).values(worker=None, **_KNOWN)
SETTLE = _BACK.where(_THIS, or_(_MINE, _OPEN)).values(state=bindparam("to_state"))
RETRY = _BACK.where(_THIS, _MINE).values(state=State.PENDING.value, tries=R.tries + 1)
LOSE = _BACK.where(_THIS).values(
    state=bindparam("to_state"), doubts=R.doubts + case((R.state == State.SUBMITTING.value, 1), else_=0)
)


def erase(connection: Connection, rows: Sequence[Row]) -> None:
    """Forget the codes that no recipient needs any more."""
    other = recipients.alias()
    needed = exists().where(other.c.message == M.id, other.c.state.not_in(FINAL_STATES))
    for some in chunks(rows):
        codes = and_(R.id.in_(some), R.kind == Kind.OTP.value)
        # Whoever settles the others of a message meanwhile waits here, and then sees these; in one order, as ever.
        touched = select(M.id).where(M.id.in_(select(R.message).where(codes))).order_by(M.id)
        ids = list(connection.scalars(touched.with_for_update(key_share=True)))
        if ids:
            connection.execute(update(recipients).where(codes).values(params=None))
            connection.execute(update(messages).where(M.id.in_(ids), ~needed).values(content=None))


def addressee_of(row: Any) -> Addressee:
    return Addressee(row.phone, None, row.reference)


def claim_of(row: Any) -> Claim:
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


def find(connection: Connection, which: ColumnElement[bool]) -> Tracing | None:
    message = connection.execute(select(messages).where(which)).one_or_none()
    if message is None:
        return None
    rows = connection.execute(select(recipients).where(R.message == message.id).order_by(R.position))
    progress = [progress_of(row) for row in rows]
    return Tracing(message.id, message.key, Kind(message.kind), message.created_at, message.not_after, progress)


CHUNK = 500
"""Rows that one statement names at most: each is a parameter."""


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))

"""How messages come into the database: all of a call, or none, and those with a known key once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, insert, select

from smsway.outbox._database import Database
from smsway.outbox._entries import Enqueued, Entry, State
from smsway.outbox._statements import M, R, chunks
from smsway.outbox._store import IdempotencyConflict
from smsway.outbox._tables import messages, recipients
from smsway.outbox._transitions import conflict


def take_in(connection: Connection, database: Database, entries: Sequence[Entry]) -> list[Enqueued]:
    """Add *entries* in a transaction; raises `IdempotencyConflict`."""
    first: dict[str, Entry] = {}
    for entry in entries:
        if entry.key is not None and first.setdefault(entry.key, entry).digest != entry.digest:
            raise IdempotencyConflict(conflict(entry.key))
    fresh = [each for each in entries if each.key is None or first[each.key] is each]
    ids = _insert_messages(connection, database, fresh, first)
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
    connection: Connection, database: Database, entries: Sequence[Entry], keyed: dict[str, Entry]
) -> dict[str, str]:
    """Add messages, less those whose key is there; return the id of the message of each key."""
    ids: dict[str, str] = {}
    waiting = entries
    while waiting:
        _insert(connection, database, waiting)
        for key, message, digest in _found(connection, [each.key for each in waiting if each.key is not None]):
            if digest != keyed[key].digest:
                _take_back(connection, entries)
                raise IdempotencyConflict(conflict(key))
            ids[key] = message
        # One that was there and was forgotten before it was looked up is added after all.
        waiting = [each for each in waiting if each.key is not None and each.key not in ids]
    return ids


def _insert(connection: Connection, database: Database, entries: Sequence[Entry]) -> None:
    statement = database.insert(messages).on_conflict_do_nothing(index_elements=["key"])
    values: dict[str, Any] = {each.name: bindparam(each.name) for each in messages.c if each.name != "created_at"}
    connection.execute(
        statement.values({**values, "created_at": database.now()}),
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
            # In one order: two who wait for each other's keys would fail.
            for entry in sorted(entries, key=lambda each: each.key or "")
        ],
    )


def _found(connection: Connection, keys: Sequence[str]) -> list[tuple[str, str, bytes]]:
    asked = select(M.key, M.id, M.digest)
    rows = [row for some in chunks(keys) for row in connection.execute(asked.where(M.key.in_(some)))]
    return [(row.key, row.id, row.digest) for row in rows]


def _take_back(connection: Connection, entries: Sequence[Entry]) -> None:
    """Remove what was just added: the transaction may be the caller's, who may go on with it."""
    bare = ~exists().where(R.message == M.id)
    for some in chunks([each.id for each in entries]):
        connection.execute(delete(messages).where(M.id.in_(some), bare))

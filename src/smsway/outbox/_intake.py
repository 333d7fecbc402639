"""How messages come into the database: all of a call, or none, and those with a known key once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from smsway.outbox._database import Database
from smsway.outbox._entries import Enqueued, Entry, State
from smsway.outbox._statements import M, chunks
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
    if entries:
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
    ids: dict[str, str] = {}
    for some in chunks(list(keyed)):
        for key, message, digest in connection.execute(select(M.key, M.id, M.digest).where(M.key.in_(some))):
            if digest != keyed[key].digest:
                raise IdempotencyConflict(conflict(key))
            ids[key] = message
    return ids

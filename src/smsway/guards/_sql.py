"""Remembers in the outbox's database: shared by all workers, and there after a restart."""

from __future__ import annotations

import secrets as chance
import struct
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Select, Table, delete, false, select

from smsway.guards._aliases import Aliases
from smsway.guards._sliding import Ask, Counted, Party, Tally, admit
from smsway.guards._store import GuardError, OptOut
from smsway.guards._tables import counts, optouts, secrets
from smsway.model import SmswayError

T = TypeVar("T")
_CHUNK = 500
"""Keys that one statement names at most."""
_PRUNED = 5_000
"""Rows that are thrown away at once."""
TIDY = 1.0
"""Seconds after which what matters no more is thrown away."""
_PAIR = struct.Struct("<qi")
_COUNTS = select(counts)


class Transactions(Protocol):
    """The part of an outbox's `Database` that is needed here."""

    is_postgres: bool

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do *work* in a transaction."""
        ...

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do *work*, which changes nothing."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


class SqlGuards:
    """Keeps everything in a database."""

    waits = True

    def __init__(self, database: Transactions) -> None:
        self._database = database
        self._tidied = 0.0

    def key(self, given: bytes | None) -> bytes:
        """Return the key; see `GuardStore`."""
        # Looked up first: who only reads shall not wait for those who write.
        with _told():
            found = self._database.read(_secrets)
            if not found:
                found = self._database.write(lambda connection: self._keep_key(connection, given))
        if given is None and "key" in found:
            return found["key"]
        if "key" in found:
            raise GuardError(
                "what the guards remember was kept without guards.key; take it out of the configuration, "
                "for under a new key nobody's opt-out is found"
            )
        if given is None or found.get("print") != Aliases(given).print:
            raise GuardError(
                "what the guards remember was kept under another key; set guards.key to the one it was kept under, "
                "for without it nobody's opt-out is found"
            )
        return given

    def _keep_key(self, connection: Connection, given: bytes | None) -> dict[str, bytes]:
        name, value = ("key", chance.token_bytes(32)) if given is None else ("print", Aliases(given).print)
        # One row for all: of two who come first, one finds the other's.
        connection.execute(self._insert(secrets).on_conflict_do_nothing(), {"name": "guards", "value": b""})
        connection.execute(select(secrets.c.name).where(secrets.c.name == "guards").with_for_update())
        found = _secrets(connection)
        if not found:
            connection.execute(self._insert(secrets), {"name": name, "value": value})
        return found or {name: value}

    def admit(self, parties: Sequence[Party], now: float, *, dry: bool = False) -> list[list[Ask]]:
        """Count *parties*; see `GuardStore`."""
        keys = {key for party in parties for key in party.keys}
        if dry:
            return admit(parties, self._read(keys), now)
        return self.change(keys, partial(admit, parties, now=now), now)

    def known(self, keys: Collection[bytes]) -> Mapping[bytes, Counted]:
        """Return what is kept; see `GuardStore`."""
        return self._read(keys)

    def _read(self, keys: Collection[bytes]) -> dict[bytes, Counted]:
        with _told():
            return self._database.read(lambda connection: _known(connection, sorted(set(keys)), _COUNTS))

    def change(self, keys: Collection[bytes], work: Callable[[MutableMapping[bytes, Counted]], T], now: float) -> T:
        """Let *work* change what is kept; see `GuardStore`."""
        with _told():
            return self._database.write(lambda connection: self._change(connection, sorted(set(keys)), work, now))

    def _change(
        self,
        connection: Connection,
        keys: Sequence[bytes],
        work: Callable[[MutableMapping[bytes, Counted]], T],
        now: float,
    ) -> T:
        if not keys:
            return work({})
        if self._database.is_postgres:
            # What is not there cannot be locked, and what is there is locked, though not updated, so that nobody throws
            # it away (postgresql.org/docs/current/sql-insert.html). In one order, so that no two wait for each other.
            fresh = [{"key": key, "tally": b"", "until": now} for key in keys]
            lock = self._insert(counts).on_conflict_do_update(
                index_elements=["key"], set_={"until": counts.c.until}, where=false()
            )
            connection.execute(lock, fresh)
        known = _known(connection, keys, _COUNTS.order_by(counts.c.key).with_for_update())
        before = dict(known)
        answer = work(known)
        changed = [
            {"key": key, "tally": _packed(each.tally), "until": each.until}
            for key, each in sorted(known.items())
            if before.get(key) is not each
        ]
        if changed:
            upsert = self._insert(counts)
            values = {"tally": upsert.excluded.tally, "until": upsert.excluded.until}
            connection.execute(upsert.on_conflict_do_update(index_elements=["key"], set_=values), changed)
        if now > self._tidied + TIDY:
            self._tidied = now
            self._tidy(connection, now)
        return answer

    def _tidy(self, connection: Connection, now: float) -> None:
        old = select(counts.c.key).where(counts.c.until <= now).limit(_PRUNED).with_for_update(skip_locked=True)
        connection.execute(delete(counts).where(counts.c.key.in_(old)))

    def opted_out(self, phones: Collection[bytes]) -> Mapping[bytes, Sequence[OptOut]]:
        """Return opt-outs; see `GuardStore`."""
        with _told():
            return self._database.read(lambda connection: _opted_out(connection, sorted(set(phones))))

    def opt_out(self, phones: Sequence[bytes], what: OptOut) -> int:
        """Add opt-outs; see `GuardStore`."""
        rows = [
            {"phone": phone, "scope": what.scope, "since": what.since, "source": what.source}
            for phone in sorted(set(phones))
        ]
        if not rows:
            return 0
        with _told():
            return self._database.write(lambda connection: self._opt_out(connection, rows))

    def _opt_out(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> int:
        known = _opted_out(connection, [row["phone"] for row in rows])
        new = [row for row in rows if not any(each.scope == row["scope"] for each in known.get(row["phone"], ()))]
        if new:
            connection.execute(self._insert(optouts).on_conflict_do_nothing(), new)
        return len(new)

    def opt_in(self, phone: bytes, scope: str | None) -> int:
        """Remove opt-outs; see `GuardStore`."""
        gone = delete(optouts).where(optouts.c.phone == phone)
        if scope is not None:
            gone = gone.where(optouts.c.scope == scope)
        with _told():
            return self._database.write(lambda connection: connection.execute(gone).rowcount)

    def close(self) -> None:
        """Close the connections."""
        self._database.close()

    def _insert(self, table: Table) -> Any:
        if self._database.is_postgres:
            from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415  # one of the two is needed
        else:
            from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]  # noqa: PLC0415  # as above
        return insert(table)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except SmswayError as error:
        failed = str(error)
    else:
        return
    raise GuardError(failed)


def _secrets(connection: Connection) -> dict[str, bytes]:
    rows = connection.execute(select(secrets).where(secrets.c.name.in_(["key", "print"])))
    return {row.name: bytes(row.value) for row in rows}


def _known(connection: Connection, keys: Sequence[bytes], rows: Select[Any]) -> dict[bytes, Counted]:
    found = [row for some in _chunks(keys) for row in connection.execute(rows.where(counts.c.key.in_(some)))]
    return {bytes(row.key): Counted(_unpacked(row.tally), row.until) for row in found}


def _opted_out(connection: Connection, phones: Sequence[bytes]) -> dict[bytes, list[OptOut]]:
    found: dict[bytes, list[OptOut]] = {}
    for some in _chunks(phones):
        for row in connection.execute(select(optouts).where(optouts.c.phone.in_(some))):
            found.setdefault(bytes(row.phone), []).append(OptOut(row.scope, row.since, row.source))
    return found


def _chunks(keys: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
    return (keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK))


def _packed(tally: Tally) -> bytes:
    return b"".join(_PAIR.pack(slot, count) for slot, count in tally)


def _unpacked(packed: bytes) -> Tally:
    return tuple((slot, count) for slot, count in _PAIR.iter_unpack(packed))

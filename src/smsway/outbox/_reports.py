"""Keeps what was sent and what was reported in the outbox's database, for any number of machines."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, delete, event, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.dml import ReturningInsert

from smsway.config import Configuration
from smsway.outbox._database import PATIENCE, Database, failure_of
from smsway.outbox._outbox import database_of
from smsway.outbox._reports_tables import PREFIX, turns
from smsway.outbox._store import OutboxError
from smsway.tracking import (
    PostgresRecords,
    PostgresStatements,
    Records,
    SqliteRecords,
    SqliteStatements,
    StoreError,
)

_ON_POSTGRES = PostgresStatements(PREFIX)
_ON_SQLITE = SqliteStatements(PREFIX)

_WRITER = int.from_bytes(b"smsway r")
"""The number under which a writer locks the others out; an application's own numbers are hardly the same."""

# A tracker decides by what it has read, so nobody may write between that and what it writes. As every writer comes
# here first, no two of them can wait for each other. It is one round trip for all three.
_BEGIN = (
    "select set_config('lock_timeout', %s, true), set_config('synchronous_commit', %s, true), pg_advisory_xact_lock(%s)"
)


def open_reports(configuration: Configuration, patience: float = PATIENCE) -> SqlReports:
    """Open the store of reports in the outbox's database of *configuration*; see `SqlReports`.

    Raises `ConfigError` if none is configured, and `StoreError` if it cannot be used.
    """
    database = database_of(configuration, patience)
    try:
        database.prepare()
    except OutboxError as error:
        database.close()
        failure = StoreError(str(error))
    else:
        return SqlReports(database, patience)
    raise failure


class SqlReports:
    """A `Store` in a *database* that has the tables; it is closed with the store.

    *patience* is how many seconds to wait while somebody else writes, at most. There is one writer at a time, on
    whatever machine.
    """

    def __init__(self, database: Database, patience: float = PATIENCE) -> None:
        if database.is_postgres:
            event.listen(database.engine, "connect", _plan_by_index)
            # Those that are open have not heard of it.
            database.engine.dispose()
        self._database = database
        self._patience = patience
        self._owner = uuid4().hex
        self._has_turns = False
        self._process = os.getpid()
        self._lock = Lock()
        self._closed = False

    def __repr__(self) -> str:
        return f"SqlReports({self._database.engine.dialect.name})"

    @contextmanager
    def reading(self) -> Iterator[Records]:
        """Begin a transaction; see `Store`."""
        with self._told():
            self._check()
            with self._database.engine.connect() as connection:
                if self._database.is_postgres:
                    # Otherwise each statement would see what was committed meanwhile.
                    connection.execution_options(isolation_level="REPEATABLE READ")
                else:
                    connection.execution_options(smsway_reading=True)
                with connection.begin():
                    yield self._records(connection)

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[Records]:
        """Begin a transaction; see `Store`."""
        with self._writing(durable=durable) as connection:
            yield self._records(connection)

    def take_turn(self, account: str, call: str, seconds: float) -> bool:
        """Let this store be the one that pulls from now on for *seconds*; see `Store`."""
        with self._writing(durable=False) as connection:
            taken = connection.execute(self._turn_of(account, call, seconds)).one_or_none() is not None
        self._has_turns |= taken
        return taken

    def _turn_of(self, account: str, call: str, seconds: float) -> ReturningInsert[tuple[str]]:
        insert = postgresql.insert(turns) if self._database.is_postgres else sqlite.insert(turns)
        now = self._database.now()
        row = insert.values(account=account, call=call, owner=self._owner, until=now + seconds)
        return row.on_conflict_do_update(
            index_elements=[turns.c.account, turns.c.call],
            set_={"owner": row.excluded.owner, "until": row.excluded.until},
            where=or_(turns.c.owner == self._owner, turns.c.until <= now),
        ).returning(turns.c.owner)

    def close(self) -> None:
        """Let others pull, and close the connections; a second time, nothing happens."""
        if self._is_forked():
            # The connections are the parent's.
            self._database.engine.dispose(close=False)
            return
        with self._lock, self._told():
            closed, self._closed = self._closed, True
            try:
                if self._has_turns and not closed:
                    with self._database.engine.begin() as connection:
                        connection.execute(delete(turns).where(turns.c.owner == self._owner))
            finally:
                self._database.close()

    @contextmanager
    def _writing(self, *, durable: bool) -> Iterator[Connection]:
        with self._threads() as left, self._told():
            self._check()
            with self._database.engine.connect() as connection:
                if not self._database.is_postgres:
                    _prepare_sqlite(connection, left, durable=durable)
                with connection.begin():
                    if self._database.is_postgres:
                        settings = f"{left * 1000:.0f}ms", "on" if durable else "off", _WRITER
                        connection.exec_driver_sql(_BEGIN, settings)
                    yield connection

    @contextmanager
    def _threads(self) -> Iterator[float]:
        """Wait for the other threads; yield how many seconds are left to wait for another process."""
        deadline = time.monotonic() + self._patience
        if not self._lock.acquire(timeout=self._patience):
            raise StoreError("the outbox's database: another thread keeps it locked")
        try:
            # PostgreSQL takes 0 for no limit.
            yield max(deadline - time.monotonic(), 0.001)
        finally:
            self._lock.release()

    def _records(self, connection: Connection) -> Records:
        if self._database.is_postgres:
            return PostgresRecords(connection.exec_driver_sql, _ON_POSTGRES)
        return SqliteRecords(_driver(connection), _ON_SQLITE)

    def _check(self) -> None:
        if self._closed:
            raise StoreError("the store in the outbox's database is closed; open a new client")
        if self._is_forked():
            raise StoreError("the outbox's database was opened before this process was forked; open a client in each")

    def _is_forked(self) -> bool:
        return self._process != os.getpid()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the database says into a `StoreError`, which quotes nothing of it."""
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise StoreError(failure_of(error)) from None


_PLANNING = {
    # Each statement has its index, but the database does not know how many keys come, guesses a hundred, and would
    # rather read a table that is small yet.
    **dict.fromkeys(("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit"), "off"),
    # A plan that was made for an empty table, in which all indexes are as good, is bad for what the table becomes.
    "plan_cache_mode": "force_custom_plan",
}


def _plan_by_index(connection: Any, _: object) -> None:
    """Set how statements on *connection* are planned."""
    with connection.cursor() as cursor:
        for name, value in _PLANNING.items():
            cursor.execute(f"set {name} = {value}")
    connection.commit()


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101  # for the type checker
    return driver


def _prepare_sqlite(connection: Connection, patience: float, *, durable: bool) -> None:
    driver = _driver(connection)
    driver.execute(f"pragma busy_timeout = {patience * 1000:.0f}")
    # Only a commit that is durable waits for the disk; it takes with it all that went before
    # (sqlite.org/pragma.html#pragma_synchronous).
    driver.execute(f"pragma synchronous = {'full' if durable else 'normal'}")

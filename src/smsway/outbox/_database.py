"""Opens the database of an outbox: embedded SQLite with everything on the disk, or PostgreSQL."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from threading import Lock, RLock
from typing import Any, TypeVar

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Double,
    Engine,
    Table,
    cast,
    create_engine,
    event,
    extract,
    func,
    literal,
    make_url,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from smsway.outbox._migrate import check, migrate
from smsway.outbox._store import OutboxError

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds that a transaction waits for another one, at most."""

_making = Lock()


class Database:
    """An engine, and what differs between the kinds of databases.

    *now* is the time in seconds since the epoch; without it, the database's own clock is used, or where it has none,
    this machine's.
    """

    def __init__(self, engine: Engine, now: Callable[[], float] | None = None) -> None:
        self.engine = engine
        self.is_postgres = engine.dialect.name == "postgresql"
        self._now = now if now or self.is_postgres else time.time
        self._begin_here()

    def _begin_here(self) -> None:
        self._process = os.getpid()
        # One writer at a time is all that SQLite has: its own way of waiting sleeps, and this one does not.
        self._turn: RLock | nullcontext[None] = nullcontext() if self.is_postgres else RLock()

    def _leave_parent(self) -> None:
        """After a fork, begin with connections of this process's own: each would hear what the other is told."""
        if self._process != os.getpid():
            # Kept, for to throw one away closes it.
            self._parents = self.engine.pool
            self.engine.dispose(close=False)
            self._begin_here()

    @property
    def is_embedded(self) -> bool:
        """True if it is a file of this application alone, which needs nobody to look after it."""
        return not self.is_postgres

    def now(self) -> ColumnElement[float]:
        """Return the time in seconds since the epoch; workers on several machines share the database's clock."""
        if self._now is None:
            return cast(extract("epoch", func.clock_timestamp()), Double)
        return literal(self._now(), Double)

    def least(self, one: ColumnElement[float], other: ColumnElement[float]) -> ColumnElement[float]:
        """Return the lesser of two numbers."""
        return func.least(one, other) if self.is_postgres else func.min(one, other)

    def insert(self, table: Table) -> Any:
        """Return an insert into *table* that knows conflicts."""
        return postgresql.insert(table) if self.is_postgres else sqlite.insert(table)

    def insert_new(self, connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
        """Add a row, unless there is one with its key."""
        connection.execute(self.insert(table).values(**values).on_conflict_do_nothing())

    def write(self, work: Callable[[Connection], T], connection: Connection | None = None) -> T:
        """Do *work* in a transaction that is durable when this returns, or in that of *connection*.

        Raises `OutboxError` if the database fails.
        """
        if connection is not None:
            return _told(lambda: work(connection))
        return _told(lambda: self._write(work))

    def _write(self, work: Callable[[Connection], T]) -> T:
        self._leave_parent()
        with self._turn, self.engine.begin() as connection:
            return work(connection)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do *work*, which changes nothing; raises `OutboxError` if the database fails."""
        return _told(lambda: self._read(work))

    def _read(self, work: Callable[[Connection], T]) -> T:
        self._leave_parent()
        with self.engine.connect().execution_options(smsway_reading=True) as connection:
            return work(connection)

    def migrate(self) -> None:
        """Make the tables, or bring those of an earlier smsway up to date; raises `OutboxError`."""
        self.write(migrate)

    def prepare(self) -> None:
        """Make the tables in a file; anywhere else, raise `OutboxError` unless they are there."""
        if self.is_embedded:
            self.migrate()
        else:
            self.check()

    def check(self) -> None:
        """Raise `OutboxError` unless the tables are those that this smsway knows."""
        self.read(check)

    def close(self) -> None:
        """Close the connections that nobody uses, and those in use as soon as they are given back."""
        self._leave_parent()
        pool = self.engine.pool
        self.engine.dispose()
        event.listen(pool, "checkin", _given_back)
        # Those that came back in between.
        pool.dispose()


def _given_back(_: object, record: Any) -> None:
    record.close()


def open_database(url: str | URL, now: Callable[[], float] | None = None, patience: float = PATIENCE) -> Database:
    """Open the database at *url*, such as `sqlite:///outbox.db` or `postgresql+psycopg://user@host/name`.

    *now* is as in `Database`; *patience* is how many seconds a transaction waits for another one, at most. Raises
    `OutboxError` for a URL that cannot be used.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        # Not quoted: it may hold a password.
        raise OutboxError("the outbox's database is no URL; give sqlite:///FILE or postgresql+psycopg://...") from None
    match parsed.get_backend_name():
        case "sqlite":
            engine = _open_sqlite(parsed, patience)
        case "postgresql":
            engine = _open_postgres(parsed, patience)
        case other:
            raise OutboxError(f"the outbox's database cannot be of kind {other!r}; give sqlite or postgresql")
    return Database(engine, now)


def _open_sqlite(url: URL, patience: float) -> Engine:
    if not url.database or url.database == ":memory:":
        raise OutboxError("an outbox in SQLite needs a file; give sqlite:///FILE")
    _make(Path(url.database))
    engine = create_engine(url, connect_args={"timeout": patience}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _: object) -> None:
        # Transactions are begun below, not by the driver.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("pragma journal_mode = wal")
        # In WAL mode, NORMAL loses the last commits when the power fails, a mark among them (sqlite.org/pragma.html).
        cursor.execute("pragma synchronous = full")
        cursor.execute("pragma foreign_keys = on")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        # Who writes says so first: a transaction that begins to write later may have to give up.
        reading = connection.get_execution_options().get("smsway_reading")
        connection.exec_driver_sql("begin" if reading else "begin immediate")

    return engine


def _make(path: Path) -> None:
    """Make the file at *path* if it is not there; phones will stand in it, so only its owner reads it.

    One that is there is not opened: to close it would drop every lock that this process has on it, and whoever comes
    next would take it for unused and throw away what is committed from here on (sqlite.org/howtocorrupt.html, 2.2).
    """
    with _making:
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return
        except OSError as error:
            failure = error.strerror
        else:
            return
    raise OutboxError(f"{path} cannot be opened: {failure}; name another file")


def _open_postgres(url: URL, patience: float) -> Engine:
    if url.get_driver_name() != "psycopg":
        url = url.set(drivername="postgresql+psycopg")
    try:
        engine = create_engine(
            # A server that is not there would keep whoever asks waiting for minutes; 2 is the least that is heeded
            # (postgresql.org/docs/current/libpq-connect.html).
            url.update_query_dict({"connect_timeout": f"{max(patience, 2):.0f}", **url.query}),
            pool_size=10,
            max_overflow=20,
            pool_timeout=patience,
            pool_pre_ping=True,
            hide_parameters=True,
        )
    except ImportError:
        raise OutboxError("PostgreSQL needs the driver psycopg; pip install 'smsway[postgres]'") from None

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _: object) -> None:
        # A mark that a failure of the power takes back is a text that is sent twice.
        with connection.cursor() as cursor:
            cursor.execute("set synchronous_commit = on")
            cursor.execute(f"set lock_timeout = {int(patience * 1000)}")
            cursor.execute("set time zone 'UTC'")
        connection.commit()

    return engine


def _told(work: Callable[[], T]) -> T:
    """Do *work*, and turn what the database raises into an `OutboxError`."""
    try:
        return work()
    except SQLAlchemyError as error:
        failure = failure_of(error)
    # Raised here: what the database raised quotes values.
    raise OutboxError(failure)


def failure_of(error: Exception) -> str:
    """Say what the database failed with, and the way out, without the values that its own words quote."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    said = f"{type(cause).__name__} {cause}"
    hint = next((hint for part, hint in _HINTS.items() if part in said), "")
    return f"the outbox's database failed: {type(cause).__name__}{hint}"


_HINTS = {
    "no such table": "; make the tables with `smsway outbox migrate`",
    "UndefinedTable": "; make the tables with `smsway outbox migrate`",
    "database is locked": "; another process keeps it locked",
    "LockNotAvailable": "; another process keeps it locked",
    "database or disk is full": "; the disk is full",
    "readonly database": "; it is read-only",
    "unable to open database file": "; name a file that this user may read and write",
    "Connection refused": "; it does not run, or not at that address",
    "failed to resolve host": "; its host is not known",
    "connection timeout": "; it does not answer",
    "authentication failed": "; it refuses the user or the password",
    "FATAL:  role": "; it refuses the user or the password",
    "FATAL:  database": "; there is none of that name",
}

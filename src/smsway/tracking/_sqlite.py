"""A store in a file, with SQLite: opened with care, one transaction at a time, and errors that name the way out."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from threading import Lock

from smsway.tracking._looking import APPLICATION, misfit
from smsway.tracking._sqlite_records import SqliteRecords
from smsway.tracking._statements import SCHEMA, VERSION, SqliteStatements
from smsway.tracking._store import Records, StoreError

# Opening a file makes and closes a descriptor of it, and that drops every lock that this process has on it
# (sqlite.org/howtocorrupt.html, 2.2). So a file is only ever made here, before anybody can have it locked.
_making = Lock()

_STATEMENTS = SqliteStatements()

_MOMENT = 0.1
"""Who waited for other threads for less than this many seconds has not waited."""

_WAYS_OUT: Mapping[int, str] = {
    sqlite3.SQLITE_BUSY: "another process keeps it locked; end that one, or let it finish",
    sqlite3.SQLITE_READONLY: "it cannot be written; give this user the right to write it and its folder",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check that it is a file that this user may read and write",
    sqlite3.SQLITE_NOTADB: "it is no SQLite database; name another file",
    sqlite3.SQLITE_CORRUPT: "it is damaged; restore it, or move it away and begin with an empty one",
    sqlite3.SQLITE_FULL: "the disk is full; make room on it",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written; see what the system says about it",
}


class SqliteStore:
    """Keeps everything in one file on a local disk, which several processes may share.

    What is durable survives a failure of the power. The file is made if it is not there, readable by its owner only,
    for it holds phones. *patience* is how many seconds to wait while another process writes. Raises `StoreError` if the
    file cannot be used.
    """

    def __init__(self, path: str | Path, *, patience: float = 10.0) -> None:
        self.path = Path(path)
        self._patience = patience
        self._process = os.getpid()
        self._lock = Lock()
        self._durable = True
        self._left = patience
        with self._told():
            self._connection: sqlite3.Connection | None = self._open()
            self._file = _identity(self.path)

    def __repr__(self) -> str:
        return f"SqliteStore({str(self.path)!r})"

    def reading(self) -> AbstractContextManager[Records]:
        """Begin a transaction; see `Store`."""
        return self._transaction("begin", durable=self._durable)

    def writing(self, *, durable: bool = True) -> AbstractContextManager[Records]:
        """Begin a transaction; see `Store`."""
        return self._transaction("begin immediate", durable=durable)

    def take_turn(self, account: str, call: str, seconds: float) -> bool:  # noqa: ARG002  # as for any file
        """Say True; see `Store`."""
        return True

    def close(self) -> None:
        """Close the file; a second time, nothing happens."""
        if self._is_forked():
            # A connection of the parent is not even to be closed (sqlite.org/howtocorrupt.html, 2.6).
            return
        with self._lock, self._told():
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    @contextmanager
    def _transaction(self, begin: str, *, durable: bool) -> Iterator[Records]:
        with self._turn() as left, self._told():
            connection = self._ready()
            if durable is not self._durable:
                # Only a commit that is durable waits for the disk; it takes with it all that went before
                # (sqlite.org/pragma.html#pragma_synchronous).
                connection.execute(f"pragma synchronous = {'full' if durable else 'normal'}")
                self._durable = durable
            if left != self._left:
                connection.execute(f"pragma busy_timeout = {left * 1000:.0f}")
                self._left = left
            with _transaction(connection, begin):
                yield SqliteRecords(connection, _STATEMENTS)

    @contextmanager
    def _turn(self) -> Iterator[float]:
        """Wait for the other threads; yield how many seconds are left to wait for another process."""
        began = time.monotonic()
        if not self._lock.acquire(timeout=self._patience):
            raise StoreError(f"{self.path}: {_WAYS_OUT[sqlite3.SQLITE_BUSY]}")
        try:
            waited = time.monotonic() - began
            yield self._patience if waited < _MOMENT else max(self._patience - waited, 0.0)
        finally:
            self._lock.release()

    def _ready(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StoreError(f"{self.path}: the store is closed; open a new client")
        if self._is_forked():
            raise StoreError(f"{self.path}: was opened before this process was forked; open a client in each process")
        if _identity(self.path) != self._file:
            # What is written now would be in a file that nobody can find.
            raise StoreError(f"{self.path}: was moved or deleted while it was open; open a new client")
        return self._connection

    def _is_forked(self) -> bool:
        return self._process != os.getpid()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the database or the system says into a `StoreError`."""
        try:
            yield
        except sqlite3.Error as error:
            way_out = _WAYS_OUT.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, str(error))
            raise StoreError(f"{self.path}: {way_out}") from error

    def _open(self) -> sqlite3.Connection:
        with _making:
            self._make()
            connection = sqlite3.connect(
                self.path, timeout=self._patience, isolation_level=None, check_same_thread=False
            )
        try:
            self._begin(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _make(self) -> None:
        try:
            try:
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            except FileExistsError:
                self._look()
        except FileNotFoundError:
            raise StoreError(f"{self.path}: its folder does not exist; make it, or name another file") from None
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be used ({error.strerror}); name another file") from None

    def _look(self) -> None:
        found = self.path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise StoreError(f"{self.path}: is no file; name another one")
        if not os.access(self.path, os.R_OK | os.W_OK):
            raise StoreError(f"{self.path}: {_WAYS_OUT[sqlite3.SQLITE_READONLY]}")
        if not found.st_size:
            # Whoever made it beforehand has hardly thought of who may read it.
            with suppress(OSError):
                self.path.chmod(0o600)

    def _begin(self, connection: sqlite3.Connection) -> None:
        with _transaction(connection, "begin"):
            is_new = self._is_new(connection)
        if is_new:
            with _transaction(connection, "begin immediate"):
                # Another process may have been first.
                if self._is_new(connection):
                    _make_tables(connection)
        self._write_ahead(connection)
        connection.execute("pragma synchronous = full")

    def _is_new(self, connection: sqlite3.Connection) -> bool:
        """Refuse a file that is not ours, or that we do not understand; return whether the file is empty."""
        application, version = _value(connection, "application_id"), _value(connection, "user_version")
        if not application and not version and not _value(connection, "schema_version"):
            return True
        if wrong := misfit(application, version):
            raise StoreError(f"{self.path}: {wrong}")
        return False

    def _write_ahead(self, connection: sqlite3.Connection) -> None:
        """Let readers and the writer not wait for each other (sqlite.org/wal.html)."""
        deadline = time.monotonic() + self._patience
        while True:
            try:
                [(mode,)] = connection.execute("pragma journal_mode = wal").fetchall()
            except sqlite3.OperationalError as error:
                # The switch does not wait by itself while others open the file.
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                break
        if mode != "wal":
            raise StoreError(f"{self.path}: this disk lets no processes share memory; name a file on a local disk")


def _identity(path: Path) -> tuple[int, int] | None:
    """Return which file *path* is; `None` if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _value(connection: sqlite3.Connection, pragma: str) -> int:
    [(value,)] = connection.execute(f"pragma {pragma}").fetchall()
    return int(value)


def _make_tables(connection: sqlite3.Connection) -> None:
    for statement in SCHEMA.split(";\n"):
        connection.execute(statement)
    connection.execute(f"pragma application_id = {APPLICATION}")
    connection.execute(f"pragma user_version = {VERSION}")


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    try:
        connection.execute(begin)
        yield
        connection.execute("commit")
    except BaseException:
        if connection.in_transaction:
            with suppress(sqlite3.Error):
                connection.execute("rollback")
        raise

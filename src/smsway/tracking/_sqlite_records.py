"""Keeps the records in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from smsway.tracking._records import Pull, Received, Submission
from smsway.tracking._rows import Row, pull_row, received_row, submission_row
from smsway.tracking._sql_records import SqlRecords, marks, storable
from smsway.tracking._statements import Lookup, SqliteStatements
from smsway.tracking._store import LookupKey

TURNS = (1, 16, 256)
"""So many keys are looked up by one statement: few statements, so that each is prepared once."""


@lru_cache(maxsize=256)
def find(lookup: Lookup, turn: int) -> str:
    """Return the statement that looks up so many keys at once."""
    key = f"({', '.join('?' * len(lookup.names))})"
    return lookup.by(f"values {', '.join([key] * turn)}")


class SqliteRecords(SqlRecords):
    """The records, inside of a transaction of a connection."""

    _statements: SqliteStatements

    def __init__(self, connection: sqlite3.Connection, statements: SqliteStatements) -> None:
        self._connection = connection
        self._statements = statements

    def begin(self, submissions: Iterable[Submission]) -> None:
        """See `Records`."""
        self._each(self._statements.begin, [submission_row(each) for each in submissions])

    def change(self, submissions: Iterable[Submission]) -> None:
        """See `Records`."""
        rows = [submission_row(each) for each in submissions]
        self._each(self._statements.change, [(*row[5:], row[0], row[1]) for row in rows])

    def add(self, received: Sequence[Received]) -> list[int]:
        """See `Records`."""
        [(last,)] = self._rows(self._statements.last)
        self._each(self._statements.add, [received_row(each) for each in received])
        return [number for (number,) in self._rows(self._statements.new, last)]

    def mark(self, received: Iterable[Received]) -> None:
        """See `Records`."""
        self._each(self._statements.mark, [marks(each) for each in received])

    def told(self, received: Iterable[Received]) -> None:
        """See `Records`."""
        self._each(self._statements.told, [(each.number, marks(each)[1]) for each in received])

    def keep(self, pull: Pull) -> int:
        """See `Records`."""
        given = self._run(self._statements.keep, *pull_row(pull)).lastrowid
        return pull.number or given or 0

    def _run(self, statement: str, *values: Any) -> sqlite3.Cursor:
        return self._connection.execute(statement, values)

    def _look_up(self, lookup: Lookup, keys: Iterable[LookupKey]) -> list[Row]:
        waiting, rows = list(keys), []
        while waiting:
            turn = next((each for each in TURNS if each >= len(waiting)), TURNS[-1])
            now, waiting = waiting[:turn], waiting[turn:]
            # Nothing is equal to null, so keys of nulls find nothing.
            values = [value for key in now for value in key] + [None] * ((turn - len(now)) * len(now[0]))
            statement = find(lookup, turn)
            try:
                rows += self._connection.execute(statement, values).fetchall()
            except UnicodeEncodeError:
                rows += self._connection.execute(statement, [storable(each) for each in values]).fetchall()
        return rows

    def _each(self, statement: str, rows: list[Row]) -> None:
        try:
            self._connection.executemany(statement, rows)
        except UnicodeEncodeError:
            self._connection.executemany(statement, [[storable(value) for value in row] for row in rows])

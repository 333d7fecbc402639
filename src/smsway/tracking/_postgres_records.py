"""Keeps the records in PostgreSQL: each statement takes its whole set of rows, as JSON in one value."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from smsway.tracking._records import Pull, Received, Submission
from smsway.tracking._rows import PULL, RECEIVED, SUBMISSION, Row, pull_row, received_row, submission_row
from smsway.tracking._sql_records import Result, SqlRecords, marks, storable
from smsway.tracking._statements import Lookup, Statements
from smsway.tracking._store import LookupKey

_TYPES = {
    **dict.fromkeys(("started_at", "reported_at", "received_at"), "double precision"),
    **dict.fromkeys(("open", "found", "changed", "loose"), "boolean"),
    **dict.fromkeys(("answer_source", "latest_source", "kind", "stage"), "integer"),
    "number": "bigint",
    "identity": "bytea",
}
"""The columns that are not text."""

MARKS = ("stage", "found", "changed", "loose", "number")
TOLD = ("number", "found")


def _rows_of(columns: Sequence[str]) -> str:
    """Return a table of the rows in a value, in their order, which is its column `place`."""
    shape = ", ".join(f"{each} {_TYPES.get(each, 'text')}" for each in columns)
    return f"rows from (json_to_recordset(%s::json) as ({shape})) with ordinality as new ({', '.join(columns)}, place)"


def _insert(table: str, columns: Sequence[str], conflict: str) -> str:
    names = ", ".join(columns)
    return (
        f"insert into {table} ({names}) select {names} from {_rows_of(columns)} order by place on conflict {conflict}"  # noqa: S608  # nothing but what stands in this module
    )


def _update(table: str, columns: Sequence[str], changed: Sequence[str], fits: str) -> str:
    values = ", ".join(f"{each} = new.{each}" for each in changed)
    return f"update {table} as old set {values} from {_rows_of(columns)} where {fits}"  # noqa: S608  # as above


class PostgresStatements(Statements):
    """The statements, over tables whose names begin with *prefix*."""

    def __init__(self, prefix: str) -> None:
        super().__init__(prefix, "%s")
        submissions, received, pulls = self.table_of_submissions, self.table_of_received, self.table_of_pulls
        self.begin = _insert(submissions, SUBMISSION, "(attempt, phone) do nothing")
        same = "old.attempt = new.attempt and old.phone = new.phone"
        self.change = _update(submissions, SUBMISSION, SUBMISSION[5:], same)
        self.add = _insert(received, RECEIVED[1:], "(identity) do nothing") + " returning number"
        self.mark = _update(received, MARKS, MARKS[:-1], "old.number = new.number")
        self.told = (
            f"update {received} as old set stage = 2 from {_rows_of(TOLD)} "  # noqa: S608  # as above
            "where old.number = new.number and old.found = new.found"
        )
        number = f"coalesce(%s, nextval(pg_get_serial_sequence('{pulls}', 'number')))"
        self.keep = (
            f"insert into {pulls} ({', '.join(PULL)}) values ({', '.join([number, *['%s'] * (len(PULL) - 1)])}) "  # noqa: S608  # as above
            "on conflict (number) do update set answers = excluded.answers returning number"
        )


class PostgresRecords(SqlRecords):
    """The records, inside of a transaction; *execute* carries a statement out, with a tuple of values."""

    _statements: PostgresStatements

    def __init__(self, execute: Callable[[str, tuple[Any, ...]], Result], statements: PostgresStatements) -> None:
        self._execute = execute
        self._statements = statements

    def begin(self, submissions: Iterable[Submission]) -> None:
        """See `Records`."""
        self._each(self._statements.begin, SUBMISSION, map(submission_row, submissions))

    def change(self, submissions: Iterable[Submission]) -> None:
        """See `Records`."""
        self._each(self._statements.change, SUBMISSION, map(submission_row, submissions))

    def add(self, received: Sequence[Received]) -> list[int]:
        """See `Records`."""
        if not received:
            return []
        rows = _written(RECEIVED[1:], map(received_row, received))
        return sorted(number for (number,) in self._rows(self._statements.add, rows))

    def mark(self, received: Iterable[Received]) -> None:
        """See `Records`."""
        self._each(self._statements.mark, MARKS, map(marks, received))

    def told(self, received: Iterable[Received]) -> None:
        """See `Records`."""
        self._each(self._statements.told, TOLD, ((each.number, marks(each)[1]) for each in received))

    def keep(self, pull: Pull) -> int:
        """See `Records`."""
        [(number,)] = self._rows(self._statements.keep, *pull_row(pull))
        return int(number)

    def _run(self, statement: str, *values: Any) -> Result:
        return self._execute(statement, values)

    def _look_up(self, lookup: Lookup, keys: Iterable[LookupKey]) -> list[Row]:
        wanted = list(keys)
        if not wanted:
            return []
        shape = ", ".join(f"{name} text" for name in lookup.names)
        statement = lookup.by(f"select * from json_to_recordset(%s::json) as wanted ({shape})")  # noqa: S608  # as above
        return self._rows(statement, _written(lookup.names, wanted))

    def _each(self, statement: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        some = list(rows)
        if some:
            self._run(statement, _written(columns, some))


def _written(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """Write *rows* as a list of objects."""
    objects = [dict(zip(columns, row, strict=True)) for row in rows]
    text = json.dumps(objects, default=_hexadecimal, separators=(",", ":"))
    # What a text of PostgreSQL cannot hold is seen at once in what was written: a null character, half a character.
    if "\\u0000" in text or "\\ud" in text:
        mended = [{name: _storable(value) for name, value in each.items()} for each in objects]
        text = json.dumps(mended, default=_hexadecimal, separators=(",", ":"))
    return text


def _storable(value: object) -> object:
    return storable(value.replace("\0", "\\x00")) if isinstance(value, str) else value


def _hexadecimal(value: bytes) -> str:
    # The database reads this as bytes (postgresql.org/docs/current/datatype-binary.html).
    return f"\\x{value.hex()}"

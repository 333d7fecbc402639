"""Keeps the records in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from smsway.tracking import _statements as statements
from smsway.tracking._records import Pull, Received, ReceivedInbound, ReceivedReport, Submission
from smsway.tracking._rows import (
    REPORT,
    Row,
    pull_of,
    pull_row,
    received_of,
    received_row,
    submission_of,
    submission_row,
)
from smsway.tracking._store import LookupKey, Reports, Submissions


class SqliteRecords:
    """The records, inside of a transaction of a connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def submissions(self, by: Submissions, keys: Iterable[LookupKey]) -> list[Submission]:
        """See `Records`."""
        return [submission_of(row) for row in self._look_up(statements.FIND_SUBMISSIONS[by], keys)]

    def begin(self, submissions: Iterable[Submission]) -> None:
        """See `Records`."""
        self._each(statements.BEGIN, [submission_row(each) for each in submissions])

    def change(self, submissions: Iterable[Submission]) -> None:
        """See `Records`."""
        rows = [submission_row(each) for each in submissions]
        self._each(statements.CHANGE, [(*row[5:], row[0], row[1]) for row in rows])

    def add(self, received: Sequence[Received]) -> list[int]:
        """See `Records`."""
        [(last,)] = self._rows(statements.LAST)
        self._each(statements.ADD, [received_row(each) for each in received])
        return [number for (number,) in self._rows(statements.NEW, last)]

    def received(self, numbers: Iterable[int]) -> list[Received]:
        """See `Records`."""
        found = (
            received_of(row) for row in self._look_up(statements.FIND_RECEIVED, {(each,): None for each in numbers})
        )
        return sorted(found, key=lambda each: each.number)

    def reports(self, by: Reports, keys: Iterable[LookupKey]) -> list[ReceivedReport]:
        """See `Records`."""
        return _reports(self._look_up(statements.FIND_REPORTS[by], keys))

    def mark(self, received: Iterable[Received]) -> None:
        """See `Records`."""
        self._each(statements.MARK, [_marks(each) for each in received])

    def told(self, received: Iterable[Received]) -> None:
        """See `Records`."""
        self._each(statements.TOLD, [(each.number, _marks(each)[1]) for each in received])

    def untold(self, before: float) -> list[int]:
        """See `Records`."""
        return [number for (number,) in self._rows(statements.UNTOLD, before)]

    def unmatched(self) -> list[ReceivedReport]:
        """See `Records`."""
        return _reports(self._rows(statements.UNMATCHED))

    def inbound(self, since: float) -> list[ReceivedInbound]:
        """See `Records`."""
        found = (received_of(row) for row in self._rows(statements.INBOUND, since))
        return [each for each in found if isinstance(each, ReceivedInbound)]

    def keep(self, pull: Pull) -> int:
        """See `Records`."""
        given = self._connection.execute(statements.KEEP, pull_row(pull)).lastrowid
        return pull.number or given or 0

    def forget(self, number: int) -> None:
        """See `Records`."""
        self._rows("delete from pulls where number = ?", number)

    def kept(self) -> list[Pull]:
        """See `Records`."""
        return [pull_of(row) for row in self._rows(statements.KEPT)]

    def prune(self, before: float, unmatched_before: float, most: int) -> int:
        """See `Records`."""
        orphans = self._gone(statements.PRUNE_ORPHANS, max(before, unmatched_before), most)
        if orphans:
            self._rows(statements.COUNT_ORPHANS, orphans)
        received = self._gone(statements.PRUNE_RECEIVED, before, most)
        return orphans + received + self._gone(statements.PRUNE_SUBMISSIONS, before, most)

    def _gone(self, statement: str, before: float, most: int) -> int:
        return self._connection.execute(statement, (before, most)).rowcount

    def orphans(self) -> int:
        """See `Records`."""
        [(count,)] = self._rows(statements.ORPHANS)
        return int(count)

    def _rows(self, statement: str, *values: float) -> list[Row]:
        return self._connection.execute(statement, values).fetchall()

    def _look_up(self, by_turn: Mapping[int, str], keys: Iterable[LookupKey]) -> list[Row]:
        waiting, rows = list(keys), []
        while waiting:
            turn = next((each for each in statements.TURNS if each >= len(waiting)), statements.TURNS[-1])
            now, waiting = waiting[:turn], waiting[turn:]
            # Nothing is equal to null, so keys of nulls find nothing.
            values = [value for key in now for value in key] + [None] * ((turn - len(now)) * len(now[0]))
            try:
                rows += self._connection.execute(by_turn[turn], values).fetchall()
            except UnicodeEncodeError:
                rows += self._connection.execute(by_turn[turn], [_storable(each) for each in values]).fetchall()
        return rows

    def _each(self, statement: str, rows: list[Row]) -> None:
        try:
            self._connection.executemany(statement, rows)
        except UnicodeEncodeError:
            self._connection.executemany(statement, [[_storable(value) for value in row] for row in rows])


def _storable(value: object) -> object:
    """Half a character, such as an application may use in a reference, is nothing that a database can hold."""
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value


def _marks(received: Received) -> Row:
    if isinstance(received, ReceivedReport):
        return received.stage.value, received.found, received.changed, received.loose, received.number
    return received.stage.value, True, True, False, received.number


def _reports(rows: Iterable[Row]) -> list[ReceivedReport]:
    return [each for row in rows if row[1] == REPORT and isinstance(each := received_of(row), ReceivedReport)]

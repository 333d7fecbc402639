"""What is the same of the records in SQLite and in PostgreSQL."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Protocol

from smsway.tracking._records import Pull, Received, ReceivedInbound, ReceivedReport, Submission
from smsway.tracking._rows import REPORT, Row, pull_of, received_of, submission_of
from smsway.tracking._statements import Lookup, Statements
from smsway.tracking._store import LookupKey, Reports, Submissions


class Result(Protocol):
    """What a statement came to."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""
        ...

    def fetchall(self) -> Any:
        """Return the rows that it found."""
        ...


class SqlRecords(ABC):
    """The records in tables, inside of a transaction. Who inherits says how statements with sets of rows are made."""

    _statements: Statements

    @abstractmethod
    def _run(self, statement: str, *values: Any) -> Result:
        """Carry out *statement*."""

    @abstractmethod
    def _look_up(self, lookup: Lookup, keys: Iterable[LookupKey]) -> list[Row]:
        """Return the rows that fit one of *keys*."""

    def submissions(self, by: Submissions, keys: Iterable[LookupKey]) -> list[Submission]:
        """See `Records`."""
        return [submission_of(row) for row in self._look_up(self._statements.find_submissions[by], keys)]

    def received(self, numbers: Iterable[int]) -> list[Received]:
        """See `Records`."""
        keys = {(each,): None for each in numbers}
        found = (received_of(row) for row in self._look_up(self._statements.find_received, keys))
        return sorted(found, key=lambda each: each.number)

    def reports(self, by: Reports, keys: Iterable[LookupKey]) -> list[ReceivedReport]:
        """See `Records`."""
        return _reports(self._look_up(self._statements.find_reports[by], keys))

    def untold(self, before: float) -> list[int]:
        """See `Records`."""
        return [number for (number,) in self._rows(self._statements.untold, before)]

    def unmatched(self) -> list[ReceivedReport]:
        """See `Records`."""
        return _reports(self._rows(self._statements.unmatched))

    def inbound(self, since: float) -> list[ReceivedInbound]:
        """See `Records`."""
        found = (received_of(row) for row in self._rows(self._statements.inbound, since))
        return [each for each in found if isinstance(each, ReceivedInbound)]

    def forget(self, number: int) -> None:
        """See `Records`."""
        self._run(self._statements.forget, number)

    def kept(self) -> list[Pull]:
        """See `Records`."""
        return [pull_of(row) for row in self._rows(self._statements.kept)]

    def prune(self, before: float, unmatched_before: float, most: int) -> int:
        """See `Records`."""
        statements = self._statements
        orphans = self._run(statements.prune_orphans, max(before, unmatched_before), most).rowcount
        if orphans:
            self._run(statements.count_orphans, orphans)
        received = self._run(statements.prune_received, before, most).rowcount
        return orphans + received + self._run(statements.prune_submissions, before, most).rowcount

    def orphans(self) -> int:
        """See `Records`."""
        [(count,)] = self._rows(self._statements.orphans)
        return int(count)

    def _rows(self, statement: str, *values: Any) -> list[Row]:
        rows: list[Row] = self._run(statement, *values).fetchall()
        return rows


def storable(value: object) -> object:
    """Half a character, such as an application may use in a reference, is nothing that a database can hold."""
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value


def marks(received: Received) -> Row:
    """Return the stage, whether it was found, changed something and is loose, and the number."""
    if isinstance(received, ReceivedReport):
        return received.stage.value, received.found, received.changed, received.loose, received.number
    return received.stage.value, True, True, False, received.number


def _reports(rows: Iterable[Row]) -> list[ReceivedReport]:
    return [each for row in rows if row[1] == REPORT and isinstance(each := received_of(row), ReceivedReport)]

"""The recipients of a CSV file as messages: checked as a whole first, then read again while they are sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

from smsway.cli._failure import Failure
from smsway.cli._ledger import Ledger
from smsway.cli._sheet import Row, Sheet, open_sheet
from smsway.cli._watch import Watch
from smsway.client import Client
from smsway.model import InvalidMessage, Message, Problem, Template, parse_phone
from smsway.routing import TemplateEntry, hint

RowT = TypeVar("RowT")

CHUNK = 200
"""Rows that travel as one message: few enough for memory, and batches are packed over all messages anyhow."""


@dataclass(slots=True)
class Campaign:
    """A *message* without recipients to those of a CSV file, in one or several runs.

    *duplicates* allows a phone to stand in several rows.
    """

    sheet: Sheet
    message: Message
    client: Client
    ledger: Ledger | None = None
    duplicates: bool = False
    total: int = 0
    """The rows of the file, once it has been checked."""
    _references: dict[int, str | None] = field(default_factory=dict)
    _first: dict[str, int] = field(default_factory=dict)

    def check(self) -> None:
        """Read the whole file; raises `Failure` with every row that cannot be sent."""
        problems: list[Problem] = [*self._header_problems()]
        seen = set(self.ledger.lines()) if self.ledger else set()
        if not problems:
            for chunk in _chunks(self.sheet.rows()):
                rows = [each for each in chunk if isinstance(each, Row)]
                problems += [each for each in chunk if isinstance(each, Problem)]
                problems += self._message_problems(rows)
                problems += chain.from_iterable(map(self._problems, rows))
                seen.difference_update(row.line for row in rows)
                self._references |= {row.line: row.recipient.reference for row in rows if self._is_pending(row)}
                self.total += len(rows)
        problems += [Problem(f"line {line}", "has a result, but the file has no such row") for line in sorted(seen)]
        if problems:
            raise Failure(_headline(problems), _sorted(problems))
        if not self.total:
            raise Failure("the CSV file has no rows; nothing was sent")
        self._first.clear()

    def _header_problems(self) -> Iterator[Problem]:
        content, columns = self.message.content, self.sheet.params
        if not isinstance(content, Template):
            if columns:
                yield Problem("line 1", f"columns {', '.join(columns)} are params, which need --template")
            return
        entry = _entry(self.message, self.client)
        if entry is None:
            return  # said of the message
        for name in columns:
            if name not in entry.params:
                what = f"column {name!r} is no param of template {content.name!r}{hint(name, entry.params)}"
                yield Problem("line 1", what)
        for name in entry.params:
            if name not in columns and name not in content.params:
                what = f"no column {name!r}, which template {content.name!r} needs, unless with --param {name}=VALUE"
                yield Problem("line 1", what)

    def _message_problems(self, rows: list[Row]) -> Iterator[Problem]:
        """What is wrong with the message to *rows*."""
        try:
            self.client.check(_to(self.message, rows))
        except InvalidMessage as invalid:
            if rows:
                yield from (_at_line(problem, rows) for problem in invalid.problems)

    def _problems(self, row: Row) -> Iterator[Problem]:
        """What is wrong with *row* beside others, which are remembered."""
        phone = self._phone(row)
        if phone is None:
            return  # said of the message
        first = self._first.setdefault(phone, row.line)
        if first != row.line and not self.duplicates:
            yield Problem(f"line {row.line}", f"has the phone of line {first}; --allow-duplicates sends to both")
        known = self.ledger.phone_of(row.line) if self.ledger is not None else None
        if known is not None and known != phone:
            yield Problem(f"line {row.line}", "has another phone than in the results; is this the file of that run?")

    def _phone(self, row: Row) -> str | None:
        try:
            return str(parse_phone(row.recipient.phone, self.message.region or self.client.configuration.region))
        except ValueError:
            return None

    def begin(self) -> None:
        """Write down what an interrupted run has left, and begin a new one."""
        if self.ledger is not None:
            self.ledger.begin(self._references)

    def parts(self) -> Iterator[tuple[list[Row], Message]]:
        """Yield the rows that have no final result yet, some at a time, and the message to them."""
        todo = (row for row in self.sheet.rows() if isinstance(row, Row) and not self._is_done(row))
        # Each recipient carries its own reference.
        message = replace(self.message, reference=None)
        for rows in _chunks(todo):
            yield rows, _to(message, rows)

    def messages(self, watch: Watch) -> Iterator[Message]:
        """Yield the messages to the rows that have no final result yet, while *watch* does not stop."""
        for number, (rows, message) in enumerate(self.parts()):
            if watch.stopping:
                return
            watch.expect(number, [(row.line, self._phone(row) or "") for row in rows])
            yield message

    def _is_pending(self, row: Row) -> bool:
        return self.ledger is not None and row.line in self.ledger.pending

    def _is_done(self, row: Row) -> bool:
        return self.ledger is not None and self.ledger.is_done(row.line)

    @property
    def done(self) -> int:
        """How many rows an earlier run has finished."""
        return sum(map(self.ledger.is_done, self.ledger.lines())) if self.ledger else 0


@contextmanager
def open_campaign(
    path: Path, message: Message, client: Client, ledger: Ledger | None = None, *, duplicates: bool
) -> Iterator[Campaign]:
    """Open a CSV file to whose rows *message* shall go; raises `Failure` if its header is wrong."""
    entry = _entry(message, client)
    with open_sheet(path, message.reference, entry.params if entry else ()) as sheet:
        yield Campaign(sheet, message, client, ledger, duplicates=duplicates)


def _entry(message: Message, client: Client) -> TemplateEntry | None:
    content = message.content
    return client.configuration.catalogue.templates.get(content.name) if isinstance(content, Template) else None


def _to(message: Message, rows: Iterable[Row]) -> Message:
    return replace(message, to=tuple(row.recipient for row in rows))


def _chunks(rows: Iterable[RowT]) -> Iterator[list[RowT]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


_ROW = re.compile(r"to\[(\d+)\](?:\.(.+))?")


def _at_line(problem: Problem, rows: list[Row]) -> Problem:
    """Say where in the file a *problem* of the message of *rows* is."""
    match = _ROW.fullmatch(problem.where)
    if match is None:
        return problem
    what = f"{match[2]}: {problem.what}" if match[2] else problem.what
    return Problem(f"line {rows[int(match[1])].line}", what)


def _headline(problems: list[Problem]) -> str:
    count = len(set(problems))
    return f"nothing was sent, for the CSV file has {count} {'problem' if count == 1 else 'problems'}:"


def _sorted(problems: list[Problem]) -> list[Problem]:
    """Return each problem once, by line; those of no line come first."""

    def place(problem: Problem) -> tuple[int, str]:
        line = problem.where.removeprefix("line ")
        return (int(line) if line.isdecimal() else 0, problem.where)

    return sorted(dict.fromkeys(problems), key=place)

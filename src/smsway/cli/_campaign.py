"""The recipients of a CSV file as messages: checked as a whole first, then read again while they are sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from smsway.cli._draft import Draft
from smsway.cli._failure import Failure
from smsway.cli._ledger import Ledger
from smsway.cli._sheet import Row, Sheet
from smsway.cli._watch import Watch
from smsway.config import Configuration
from smsway.model import InvalidMessage, Message, Problem, Template, parse_phone
from smsway.routing import Normalizer, hint

RowT = TypeVar("RowT")

CHUNK = 200
"""Rows that travel as one message: few enough for memory, and batches are packed over all messages anyhow."""


@dataclass(slots=True)
class Campaign:
    """A message to the recipients of a CSV file, in one or several runs.

    *duplicates* allows a phone to stand in several rows.
    """

    sheet: Sheet
    draft: Draft
    configuration: Configuration
    ledger: Ledger | None = None
    duplicates: bool = False
    total: int = 0
    """The rows of the file, once it has been checked."""
    _references: dict[int, str | None] = field(default_factory=dict)
    _first: dict[str, int] = field(default_factory=dict)
    _normalize: Normalizer = field(init=False)

    def __post_init__(self) -> None:
        self._normalize = normalizer_of(self.configuration)

    def check(self) -> None:
        """Read the whole file; raises `Failure` with every row that cannot be sent."""
        problems: list[Problem] = [*self._header_problems()]
        seen = set(self.ledger.lines()) if self.ledger else set()
        if not problems:
            for chunk in _chunks(self.sheet.rows()):
                rows = [each for each in chunk if isinstance(each, Row)]
                problems += [each for each in chunk if isinstance(each, Problem)]
                problems += self._problems(rows)
                seen.difference_update(row.line for row in rows)
                self.total += len(rows)
        problems += [Problem(f"line {line}", "has a result, but the file has no such row") for line in sorted(seen)]
        if problems:
            raise Failure(_headline(problems), _sorted(problems))
        if not self.total:
            raise Failure("the CSV file has no rows; nothing was sent")
        self._first.clear()

    def _header_problems(self) -> Iterator[Problem]:
        content = self.draft.content
        if not isinstance(content, Template):
            if self.sheet.params:
                yield Problem("line 1", f"columns {', '.join(self.sheet.params)} are params, which need --template")
            return
        entry = self.configuration.catalogue.templates.get(content.name)
        for name in self.sheet.params if entry is not None else ():
            if entry is not None and name not in entry.params:
                what = f"column {name!r} is no param of template {content.name!r}{hint(name, entry.params)}"
                yield Problem("line 1", what)

    def _problems(self, rows: list[Row]) -> Iterator[Problem]:
        """What is wrong with *rows*, which are remembered as far as the check of later ones needs them."""
        try:
            self._normalize(self.draft.message(row.recipient for row in rows))
        except InvalidMessage as invalid:
            if rows:
                yield from (_at_line(problem, rows) for problem in invalid.problems)
        for row in rows:
            phone = self._phone(row)
            if phone is None:
                continue
            first = self._first.setdefault(phone, row.line)
            if first != row.line and not self.duplicates:
                yield Problem(f"line {row.line}", f"has the phone of line {first}; --allow-duplicates sends to both")
            yield from self._misfit(row, phone)

    def _misfit(self, row: Row, phone: str) -> Iterator[Problem]:
        if self.ledger is None:
            return
        known = self.ledger.phone_of(row.line)
        if known is not None and known != phone:
            yield Problem(f"line {row.line}", "has another phone than in the results; is this the file of that run?")
        if row.line in self.ledger.pending:
            self._references[row.line] = row.recipient.reference

    def _phone(self, row: Row) -> str | None:
        try:
            return str(parse_phone(row.recipient.phone, self.draft.region or self.configuration.region))
        except ValueError:
            return None

    def begin(self) -> None:
        """Write down what an interrupted run has left, and begin a new one."""
        if self.ledger is not None:
            self.ledger.begin(self._references)

    def parts(self) -> Iterator[tuple[list[Row], Message]]:
        """Yield the rows that have no final result yet, some at a time, and the message to them."""
        todo = (row for row in self.sheet.rows() if isinstance(row, Row) and not self._is_done(row))
        draft = self.draft.without_reference()
        for rows in _chunks(todo):
            yield rows, draft.message(row.recipient for row in rows)

    def messages(self, watch: Watch) -> Iterator[Message]:
        """Yield the messages to the rows that have no final result yet, while *watch* does not stop."""
        for number, (rows, message) in enumerate(self.parts()):
            if watch.stopping:
                return
            watch.expect(number, [(row.line, self._phone(row) or "") for row in rows])
            yield message

    def _is_done(self, row: Row) -> bool:
        return self.ledger is not None and self.ledger.is_done(row.line)

    @property
    def done(self) -> int:
        """How many rows an earlier run has finished."""
        return sum(map(self.ledger.is_done, self.ledger.lines())) if self.ledger else 0


def normalizer_of(known: Configuration) -> Normalizer:
    """Return what checks messages as the client will."""
    return Normalizer(known.catalogue, tuple(known.accounts), known.options, known.region)


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

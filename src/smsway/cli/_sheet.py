"""Reads recipients from a CSV file, row by row."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from smsway.cli._failure import Failure
from smsway.model import Problem, Recipient

PHONE = ("phone", "recipient", "to")
"""The names that the column of phones may have."""

REFERENCE = "reference"

_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_BAD = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Row:
    """A recipient and the line of the file on which it begins; line 1 is the header."""

    line: int
    recipient: Recipient


class Sheet:
    """A CSV file with a header row, which can be read several times.

    One column is the phone, `reference` is the recipient's own reference, and all others are params. The case of a
    name in the header does not matter: it is that of *params*, the known ones.
    """

    def __init__(self, file: TextIO, name: str, reference: str | None = None, params: Sequence[str] = ()) -> None:
        self._file = file
        self._name = name
        self._reference = reference
        self._names = {known.casefold(): known for known in (*reversed(params), *PHONE, REFERENCE)}
        self._names |= {known: known for known in params}
        self.columns = self._header()
        self._phone = next(name for name in PHONE if name in self.columns)
        self.params = tuple(name for name in self.columns if name not in {self._phone, REFERENCE})

    def _header(self) -> tuple[str, ...]:
        header = next((cells for _, cells in self._cells() if cells != []), [])
        if header is None:
            raise Failure(f"{self._name}: the header is not CSV: a quote is missing or misplaced")
        if not header:
            raise Failure(f"{self._name}: is empty; its first line names the columns, such as: phone,reference")
        columns = tuple(map(self._spelled, header))
        phones = [name for name in PHONE if name in columns]
        if len(phones) != 1:
            found = "two columns of phones" if phones else "no column of phones"
            raise Failure(f"{self._name}: the header has {found}: {_shown(header)}; {_way_out(header)}")
        twice = sorted({name for name in columns if columns.count(name) > 1 or not name})
        if twice:
            raise Failure(f"{self._name}: the header names a column {'twice' if twice[0] else 'with nothing'}: {twice}")
        return columns

    def _spelled(self, cell: str) -> str:
        name = cell.strip()
        return self._names.get(name) or self._names.get(name.casefold(), name)

    def rows(self) -> Iterator[Row | Problem]:
        """Yield the recipients in the order of the file, and what is wrong with a row in its place."""
        cells = ((line, row) for line, row in self._cells() if row is None or row)
        next(cells)
        for line, row in cells:
            if row is None:
                yield Problem(f"line {line}", "is not CSV: a quote is missing, misplaced, or a cell is too long")
            elif len(row) != len(self.columns):
                yield Problem(f"line {line}", f"has {len(row)} cells, and the header has {len(self.columns)}")
            else:
                yield self._row(line, row)

    def _row(self, line: int, row: Sequence[str]) -> Row | Problem:
        cells = dict(zip(self.columns, row, strict=True))
        reference = cells.get(REFERENCE) or self._reference
        if reference and not reference.isprintable():
            # The file of results has one line per recipient.
            return Problem(f"line {line}", "the reference holds a line break or another control character")
        params = {name: cells[name] for name in self.params}
        return Row(line, Recipient(cells[self._phone].strip(), params, reference))

    def _cells(self) -> Iterator[tuple[int, list[str] | None]]:
        """Yield each record with the line on which it begins; `None` for one that is not CSV."""
        self._file.seek(0)
        reader = csv.reader(self._file, strict=True)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield line, None
                continue
            if any(map(_BAD.search, cells)):
                raise Failure(f"{self._name}: line {line} is not UTF-8; save the file as CSV in UTF-8")
            yield line, cells


def _shown(header: Sequence[str]) -> str:
    """Quote a header; what looks like a phone or a code is none of a header, and is not shown."""
    return re.sub(r"\d{3,}", "***", ", ".join(map(repr, header)))[:100]


def _way_out(header: Sequence[str]) -> str:
    for separator, name in _SEPARATORS.items():
        if any(separator in cell for cell in header):
            return f"it seems to be separated by {name}; save it with commas"
    if re.search(r"\d{5,}", "".join(header)):
        return "the first line seems to be a recipient; put one with the names of the columns above it"
    return f"name exactly one column {', '.join(PHONE[:-1])} or {PHONE[-1]}"


@contextmanager
def open_sheet(path: Path, reference: str | None = None, params: Sequence[str] = ()) -> Iterator[Sheet]:
    """Open a CSV file; *reference* is that of the rows without their own, *params* are those that the text may have.

    Raises `Failure` if its header is wrong, or if it is no file that can be read twice.
    """
    if str(path) == "-" or (path.exists() and not path.is_file()):
        raise Failure(f"--csv {path}: is no file; the recipients are read twice, so save them in a file first")
    # What is not UTF-8 becomes lone surrogates, so that its line is known.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        yield Sheet(file, str(path), reference, params)

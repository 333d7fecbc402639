"""The write-ahead file: which lines an attempt concerns, on the disk before the attempt leaves."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from smsway.cli._failure import Failure


@dataclass(frozen=True, slots=True)
class Noted:
    """The last attempt for a line: its phone (E.164), and the account."""

    phone: str = field(repr=False)
    account: str


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a run that did not end has left: *start* is the size that the file of results had when it began.

    *lines* are those of its attempts.
    """

    start: int
    lines: Mapping[int, Noted]


class Journal:
    """The file of one run. `note` may be called from several threads only one at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    def read(self) -> Remembered | None:
        """Return what an earlier run has left, `None` if there is nothing; raises `Failure`."""
        try:
            records = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return None
        # The last record has no line end only if the machine stopped while it was written, before its attempt left.
        whole = records[:-1]
        try:
            start, *entries = [json.loads(record) for record in whole]
            lines = {
                int(line): Noted(str(phone), str(entry["account"]))
                for entry in entries
                for line, phone in entry["lines"]
            }
            return Remembered(int(start["results"]), lines)
        except (ValueError, TypeError, LookupError):
            raise Failure(f"{self.path}: is not a journal of smsway, or damaged; see which texts went out") from None

    def begin(self, start: int) -> None:
        """Begin a new file in place of the old one, in one step."""
        fresh = self.path.with_name(f"{self.path.name}.new")
        self._file = open_private(fresh, os.O_WRONLY | os.O_TRUNC, "wb")
        self._write({"results": start})
        fresh.replace(self.path)
        sync_folder(self.path)

    def note(self, account: str, lines: Sequence[tuple[int, str]]) -> None:
        """Write down the *lines* of an attempt, each with its phone; they are on the disk when it returns."""
        self._write({"account": account, "lines": lines})

    def _write(self, entry: Mapping[str, object]) -> None:
        if self._file is None:
            raise ValueError("the journal has not begun")
        self._file.write(json.dumps(entry, separators=(",", ":")).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file and leave it where it is."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def remove(self) -> None:
        """Remove the file: the run has ended, and every line has its result."""
        self.close()
        self.path.unlink(missing_ok=True)


def open_private(path: Path, flags: int, mode: str) -> IO[bytes]:
    """Open a file, and let only its owner read it if it is new, for phones stand in it."""
    return os.fdopen(os.open(path, flags | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600), mode)


def sync_folder(path: Path) -> None:
    """Let the name of a new file survive a power cut, where the system can."""
    if os.name != "posix":
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

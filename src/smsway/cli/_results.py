"""The file of results: one row per recipient, appended as they settle."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from smsway.cli._failure import Failure
from smsway.cli._journal import open_private
from smsway.model import Outcome, Status

try:
    import fcntl
except ImportError:  # pragma: no cover  # Windows has no such lock, and goes without
    fcntl = None  # type: ignore[assignment]  # the name stands for the absence

COLUMNS = (
    "line",
    "recipient",
    "reference",
    "status",
    "account",
    "reason",
    "code",
    "detail",
    "provider_message_id",
    "fee",
    "segments",
    "attempts",
    "settled_at",
)


@dataclass(frozen=True, slots=True)
class Result:
    """A row: the *line* of the recipients' file, its phone (E.164) and status, and the byte *at* which it stands."""

    line: int
    phone: str
    status: Status
    account: str
    reason: str
    at: int


class Results:
    """The file, held by one process at a time."""

    def __init__(self, path: Path) -> None:
        """Open the file if it is there; raises `Failure` if another run holds it or it is something else."""
        self.path = path
        self._opened: IO[bytes] | None = None
        if path.exists():
            self._open()

    def begin(self) -> None:
        """Make the file if it was not there; raises `Failure` if it is there now."""
        if self._opened is None:
            try:
                # Were it opened, what another run has written in it meanwhile would be sent again.
                self._open(os.O_EXCL)
            except FileExistsError:
                raise Failure(f"{self.path}: another run has made it just now; start this one again") from None

    def _open(self, flags: int = 0) -> None:
        self._opened = open_private(self.path, os.O_RDWR | os.O_APPEND | flags, "a+b")
        try:
            self._lock()
            self._mend()
        except BaseException:
            self.close()
            raise

    @property
    def _file(self) -> IO[bytes]:
        if self._opened is None:
            raise ValueError("the file of results has not begun")
        return self._opened

    def _lock(self) -> None:
        if fcntl is None:  # pragma: no cover
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Failure(f"{self.path}: another run is writing it; wait until that has ended") from None

    def _mend(self) -> None:
        """Cut off a row that was not written to its end, and begin an empty file with the header."""
        whole = self._size_of_whole_rows()
        # A file of something else is never touched.
        self._file.seek(0)
        head = self._file.readline()
        header = _encode(COLUMNS)
        if not header.startswith(head) and head != header:
            raise Failure(f"{self.path}: is not a file of results of smsway; name another one")
        self._file.truncate(whole)
        if whole == 0:
            self._append(header)

    def _size_of_whole_rows(self) -> int:
        end = self._file.seek(0, os.SEEK_END)
        while end:
            start = max(end - 4096, 0)
            self._file.seek(start)
            found = self._file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
        return 0

    @property
    def size(self) -> int:
        """The bytes that the file has, 0 if it is not there."""
        return self._file.seek(0, os.SEEK_END) if self._opened else 0

    def __iter__(self) -> Iterator[Result]:
        """Yield the rows, the oldest first; raises `Failure` for one that cannot be understood."""
        if self._opened is None:
            return
        self._file.seek(0)
        at = len(self._file.readline())
        for number, raw in enumerate(self._file, 2):
            try:
                cells = dict(zip(COLUMNS, next(csv.reader([raw.decode()])), strict=True))
                status = Status(cells["status"])
                yield Result(int(cells["line"]), cells["recipient"], status, cells["account"], cells["reason"], at)
            except (ValueError, StopIteration, csv.Error):
                raise Failure(f"{self.path}: line {number} is not a row of results; was the file edited?") from None
            at += len(raw)

    def append(self, line: int, outcome: Outcome) -> None:
        """Write down the result of *line*."""
        self._append(
            _encode(
                (
                    line,
                    str(outcome.recipient),
                    outcome.reference or "",
                    str(outcome.status),
                    outcome.account or "",
                    str(outcome.reason or ""),
                    outcome.code or "",
                    outcome.detail or "",
                    outcome.provider_message_id or "",
                    _number(outcome.fee),
                    _number(outcome.segments),
                    len(outcome.attempts),
                    datetime.now(UTC).isoformat(timespec="milliseconds"),
                )
            )
        )

    def _append(self, row: bytes) -> None:
        self._file.write(row)
        self._file.flush()

    def sync(self) -> None:
        """Let everything written survive a power cut."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file and let others have it."""
        if self._opened is not None:
            with suppress(OSError):
                self._opened.close()


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _encode(cells: Iterable[object]) -> bytes:
    """Write one row on one line, whatever is in its cells."""
    text = io.StringIO()
    plain = [cell if isinstance(cell, int) else " ".join(str(cell).splitlines()) for cell in cells]
    csv.writer(text, lineterminator="\n").writerow(plain)
    return text.getvalue().encode(errors="replace")

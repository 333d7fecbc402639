"""Remembers what became of each line of a CSV file, so that a run that was interrupted can be taken up again.

A line is attempted only after that has been written down, so whatever happens to the process, a line of which it is
not known whether it was sent is known as such, and is not sent again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

from smsway.cli._failure import Failure
from smsway.cli._journal import Journal, Noted, sync_folder
from smsway.cli._results import Result, Results
from smsway.model import Outcome, Reason, Status, mask

CUT_OFF = "interrupted in flight, may have been sent"


class Ledger:
    """The results of a CSV file over all runs.

    *results* are the last ones by line. *pending* are the lines that the last run attempted and whose result it did
    not learn.
    """

    def __init__(self, path: Path) -> None:
        """Open the results at *path*, if they are there, and the journal beside them; raises `Failure`."""
        self._lock = Lock()
        self._file = Results(path)
        self._journal = Journal(path.with_name(f"{path.name}.journal"))
        self.results: dict[int, Result] = {}
        self.pending: dict[int, Noted] = {}
        try:
            self._read()
        except BaseException:
            self._file.close()
            raise

    def _read(self) -> None:
        self.results = {result.line: result for result in self._file}
        remembered = self._journal.read()
        if remembered is None:
            return
        if remembered.start > self._file.size:
            raise Failure(
                f"{self._file.path}: has lost rows that {self._journal.path} counts on; restore it, for without them"
                " people would be texted twice"
            )
        # A result from before that run says nothing about the attempt in that run.
        settled = {line for line, result in self.results.items() if result.at >= remembered.start}
        self.pending = {line: noted for line, noted in remembered.lines.items() if line not in settled}

    def phone_of(self, line: int) -> str | None:
        """Return the phone (E.164) that *line* had in earlier runs, `None` if nothing is known of it."""
        if line in self.pending:
            return self.pending[line].phone
        result = self.results.get(line)
        return result.phone if result else None

    def lines(self) -> set[int]:
        """Return all lines that are known from earlier runs."""
        return self.results.keys() | self.pending.keys()

    def is_done(self, line: int) -> bool:
        """True if *line* must not be sent: it has a final result, or may have been sent."""
        if line in self.pending:
            return True
        result = self.results.get(line)
        return result is not None and result.status is not Status.NOT_SENT

    def counts(self) -> Counter[tuple[Status, str, str]]:
        """Count the lines by status, account and reason."""
        return Counter((result.status, result.account, result.reason) for result in self.results.values())

    def begin(self, references: Mapping[int, str | None]) -> None:
        """Write the pending lines as unknown, with their *references*, and begin the journal of a new run.

        The file of results is made now if it was not there. Raises `Failure` if another run has made it meanwhile.
        """
        self._file.begin()
        for line, noted in self.pending.items():
            outcome = Outcome(noted.phone, Status.UNKNOWN, noted.account, Reason.NO_ANSWER, detail=CUT_OFF)
            outcome.reference = references.get(line)
            self.settle(line, outcome)
        # In this order: should this stop half-way, the old journal still tells all.
        self._file.sync()
        sync_folder(self._file.path)
        self._journal.begin(self._file.size)
        self.pending = {}

    def note(self, account: str, lines: Sequence[tuple[int, str]]) -> None:
        """Write down that *lines* are about to be sent; when it returns, they may be. Safe to call from any thread."""
        with self._lock:
            self._journal.note(account, lines)

    def settle(self, line: int, outcome: Outcome) -> None:
        """Write down the final result of *line*. Safe to call from any thread."""
        with self._lock:
            at = self._file.size
            self._file.append(line, outcome)
            self.results[line] = Result(
                line,
                str(outcome.recipient),
                outcome.status,
                outcome.account or "",
                str(outcome.reason or ""),
                at,
            )

    def finish(self) -> None:
        """End the run: every attempted line has its result, so the journal has served."""
        self._file.sync()
        self._journal.remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._journal.close()
        self._file.close()

    def __repr__(self) -> str:
        phones = ", ".join(mask(noted.phone) for noted in list(self.pending.values())[:3])
        return f"Ledger({len(self.results)} results, {len(self.pending)} pending: {phones})"

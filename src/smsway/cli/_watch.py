"""What the client tells while it sends: written down, shown, and refused once the user says stop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from threading import Lock

from smsway.cli._ledger import Ledger
from smsway.model import AttemptFinished, AttemptStarted, Outcome, OutcomeSettled, Reason, Status, Stopped

Line = tuple[int, str]
"""A line of the CSV file, and its phone in E.164."""


class Watch:
    """The journal of a client; its methods may be called from several threads at once.

    *show* is called with each outcome, one at a time.
    """

    def __init__(self, show: Callable[[Outcome], None], ledger: Ledger | None = None) -> None:
        self._show = show
        self._ledger = ledger
        self._lock = Lock()
        self._lines: dict[int, Sequence[Line]] = {}
        self._left: dict[int, int] = {}
        self.counts: Counter[tuple[Status, str, str]] = Counter()
        self.stopped_by: int | None = None
        """The number of the signal that ended the run."""
        self.error: OSError | None = None
        """What kept a result from being written down or shown."""
        self.recorded = True
        """False if the ledger lacks a result."""
        self._shown = True

    def expect(self, number: int, lines: Sequence[Line]) -> None:
        """Learn which *lines* the recipients of message *number* are."""
        with self._lock:
            self._lines[number] = lines
            self._left[number] = len(lines)

    @property
    def stopping(self) -> bool:
        """True if nothing more shall be sent."""
        return self.stopped_by is not None or self.error is not None

    def __call__(self, event: AttemptStarted | AttemptFinished | OutcomeSettled) -> None:
        """Take an event; raises to keep an attempt from being sent."""
        if isinstance(event, AttemptStarted):
            if self.stopping:
                raise Stopped("the run was stopped before this was sent")
            self._note(event)
        elif isinstance(event, OutcomeSettled):
            self._settle(*event.key, event.outcome)

    def _note(self, event: AttemptStarted) -> None:
        if self._ledger is None:
            return
        try:
            self._ledger.note(event.account, [self._lines[number][place] for number, place in event.keys])
        except OSError as error:
            self.error = self.error or error
            raise Stopped("the attempt could not be written down") from None

    def _settle(self, number: int, place: int, outcome: Outcome) -> None:
        """Write down and show an outcome; a failure ends the run, for raising here would not undo what was sent."""
        with self._lock:
            if self._ledger is not None and self.recorded and not _was_never_asked_for(outcome):
                try:
                    self._ledger.settle(self._lines[number][place][0], outcome)
                except OSError as error:
                    # The file may end in the middle of a row: the journal tells the next run of all that follows.
                    self.recorded, self.error = False, self.error or error
            if self._shown:
                try:
                    self._show(outcome)
                except OSError as error:
                    self._shown, self.error = False, self.error or error
            self.counts[outcome.status, outcome.account or "", str(outcome.reason or "")] += 1
            self._left[number] -= 1
            if not self._left[number]:
                del self._left[number], self._lines[number]

    @property
    def unsettled(self) -> int:
        """How many recipients that were handed in have no result yet."""
        return sum(list(self._left.values()))


def _was_never_asked_for(outcome: Outcome) -> bool:
    """True if the run was stopped before anything was attempted for a recipient: a later run finds it as it was."""
    return outcome.reason is Reason.STOPPED and not outcome.attempts

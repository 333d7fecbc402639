"""What the client tells while it sends: written down, shown, and refused once the user says stop."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock, current_thread, main_thread
from types import FrameType

from smsway.cli._ledger import Ledger
from smsway.model import AttemptFinished, AttemptStarted, Outcome, OutcomeSettled, Reason, SmswayError, Status

Line = tuple[int, str]
"""A line of the CSV file, and its phone in E.164."""


class Stopped(SmswayError):
    """Keeps an attempt from being sent, because the user pressed Ctrl-C or the results cannot be written."""


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
        self.error: Exception | None = None
        """What kept a result from being written down."""

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
                raise Stopped("nothing more is sent")
            if self._ledger is not None:
                self._ledger.note(event.account, [self._lines[number][place] for number, place in event.keys])
        elif isinstance(event, OutcomeSettled):
            # Raising here would not undo what was sent: it ends the run instead.
            try:
                self._settle(*event.key, event.outcome)
            except Exception as error:  # noqa: BLE001  # a full disk, a closed pipe: told when the run has ended
                self.error = self.error or error

    def _settle(self, number: int, place: int, outcome: Outcome) -> None:
        if self.stopping:
            outcome = _as_interrupted(outcome)
        if self._ledger is not None:
            self._ledger.settle(self._lines[number][place][0], outcome)
        with self._lock:
            if number in self._left:
                self._left[number] -= 1
                if not self._left[number]:
                    del self._left[number], self._lines[number]
            self.counts[outcome.status, outcome.account or "", str(outcome.reason or "")] += 1
            self._show(outcome)

    @property
    def unsettled(self) -> int:
        """How many recipients that were handed in have no result yet."""
        return sum(self._left.values())


def _as_interrupted(outcome: Outcome) -> Outcome:
    """Say that a recipient was not sent, if only the end of the run kept it from its next account."""
    last = outcome.attempts[-1] if outcome.attempts else None
    if outcome.status is Status.REJECTED and last is not None and last.reason is Reason.INTERNAL:
        return replace(outcome, status=Status.NOT_SENT)
    return outcome


@contextmanager
def stoppable(watch: Watch, first: Callable[[], None], again: Callable[[int], None]) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM stop *watch*: *first* is called then, and *again* at every further signal."""
    if current_thread() is not main_thread():
        # Only there Python takes signals.
        yield
        return

    def stop(number: int, _: FrameType | None) -> None:
        if watch.stopped_by is not None:
            again(number)
            return
        watch.stopped_by = number
        first()

    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, stop) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

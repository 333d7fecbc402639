"""Writes what came in before it is answered, and processes it after that, each in groups and in its own thread."""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeAlias

from smsway.delivery import log_defect
from smsway.model import Inbound, Report, SmswayError
from smsway.tracking import Tracker
from smsway.webhooks._group import Gatherer

log = logging.getLogger("smsway")

Items: TypeAlias = Sequence[Report] | Sequence[Inbound]

_CALLBACKS = 256
"""So many callbacks are written in one transaction at most."""

_NUMBERS = 500
"""So many reports or messages are processed in one transaction at most."""

_INTERVAL = 60.0
"""Seconds between two looks at what was received and never processed."""


@dataclass(slots=True)
class Written:
    """What one transaction wrote: the *numbers* that are new, and how many callbacks of it are not *answered* yet."""

    numbers: Sequence[int]
    unanswered: int


class Intake:
    """Takes reports and messages in. Safe to share between threads and event loops."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker
        self._writing = Gatherer("smsway-webhooks-write", self._write, _CALLBACKS)
        # A group is all that waits, so that nothing waits which a look at the store finds as well.
        self._processing = Gatherer("smsway-webhooks-process", self._process, 1 << 62)
        self._lock = threading.Lock()
        self._next_look = 0.0

    async def take(self, items: Items) -> Written:
        """Write the *items* of one callback durably, with those of others that come at the same time.

        The caller says `answered` after it has told the vendor. Raises what the store raises.
        """
        writing = self._writing.ask(items)
        try:
            return await asyncio.wrap_future(writing)
        except asyncio.CancelledError:
            # The rest of its group must not wait for a caller that is gone.
            writing.add_done_callback(self._left)
            raise

    def _left(self, writing: Future[Written]) -> None:
        if not writing.cancelled() and writing.exception() is None:
            self.answered(writing.result())

    def answered(self, written: Written) -> None:
        """One callback of a group has its answer; after the last of them, what is new is processed."""
        with self._lock:
            written.unanswered -= 1
            last = written.unanswered == 0
        if last and written.numbers:
            self._processing.ask(written.numbers)

    def look(self) -> None:
        """Process what an earlier process received and did not come to process; at most once a minute."""
        now = time.monotonic()
        with self._lock:
            due = now >= self._next_look
            if due:
                self._next_look = now + _INTERVAL
        if due:
            self._processing.ask(None)

    async def keep_looking(self) -> None:
        """Look once a minute, until it is cancelled."""
        while True:
            self.look()
            await asyncio.sleep(_INTERVAL)

    def close(self) -> None:
        """Write and process all that waits."""
        self._writing.close()
        self._processing.close()

    def _write(self, group: Sequence[Items]) -> Sequence[Written | Exception]:
        results: dict[int, Written | Exception] = {}
        for kind in (Report, Inbound):
            ours = [index for index, items in enumerate(group) if isinstance(items[0], kind)]
            if ours:
                results |= zip(ours, self._write_together([group[index] for index in ours]), strict=True)
        return [results[index] for index in range(len(group))]

    def _write_together(self, group: Sequence[Items]) -> Sequence[Written | Exception]:
        try:
            numbers = self._tracker.receive(_joined(group))
        except SmswayError as error:
            log.error("callbacks cannot be stored, and are refused: %s", error)  # noqa: TRY400  # its frames hold phones
            return [error] * len(group)
        except Exception as error:  # noqa: BLE001  # told to the one whom it belongs to
            if len(group) == 1:
                return [error]
            # What the store cannot hold must not keep out what merely came at the same time.
            return [self._write_together([items])[0] for items in group]
        written = Written(numbers, len(group))
        return [written] * len(group)

    def _process(self, group: Sequence[Sequence[int] | None]) -> Sequence[None]:
        numbers = dict.fromkeys(number for part in group if part is not None for number in part)
        try:
            if None in group:
                numbers |= dict.fromkeys(self._tracker.unprocessed())
            left = iter(numbers)
            while part := list(itertools.islice(left, _NUMBERS)):
                self._tracker.process(part)
        except SmswayError as error:
            log.error("callbacks are stored, and will be processed later: %s", error)  # noqa: TRY400  # as above
        except Exception as error:  # noqa: BLE001  # stored, so the next look finds it
            log_defect(error, "callbacks are stored, and could not be processed")
        return [None] * len(group)


def _joined(group: Sequence[Items]) -> Items:
    """Join callbacks of one kind."""
    return [item for items in group for item in items]  # type: ignore[return-value]  # all of one kind, see `_write`

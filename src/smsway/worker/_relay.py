"""Tells a task engine of recipients that are due, again and again until somebody has claimed them."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Protocol

from smsway.model import Kind
from smsway.outbox import OutboxError, OutboxStore, Row

log = logging.getLogger("smsway")

HOLD: Mapping[Kind, float] = {Kind.OTP: 15.0, Kind.NOTIFICATION: 60.0, Kind.MARKETING: 60.0}
"""Seconds after which a recipient is told of again that nobody has claimed: a task was lost, or waits very long."""

AHEAD = 10_000
"""Recipients that the task engine is told of before they are claimed: enough to be busy, and few to be lost."""

BATCH = 200
"""Recipients that one task tells of, at most."""

ROUND = 20 * BATCH
"""Recipients that are offered in one transaction, at most."""

PAUSE = 1.0
"""Seconds after which the database or the task engine is tried again when it has failed."""


class DispatchError(Exception):
    """The task engine did not take a task for certain; its recipients are offered again later."""


class Dispatcher(Protocol):
    """A task engine, as far as the outbox knows it.

    Whatever it loses or repeats does no harm: the outbox decides who is sent to.
    """

    def dispatch(self, kind: Kind, rows: Sequence[Row]) -> None:
        """Let some worker claim and send *rows*, which are of one kind; raises `DispatchError`."""
        ...


class Relay:
    """Offers what is due in the outbox *store* to a *dispatcher*; *poll* is in seconds.

    One is enough, and several do no harm. It also deals with what dead workers have left.
    """

    def __init__(self, store: OutboxStore, dispatcher: Dispatcher, poll: float = 0.5, sweep: float = 10.0) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._poll = poll
        self._sweep = sweep
        self._stopping = False
        self._wake: SimpleQueue[None] = SimpleQueue()

    def stop(self) -> None:
        """Let `run` end soon; a signal handler may call it."""
        self._stopping = True
        self._wake.put(None)

    def run(self) -> None:
        """Offer until `stop` is called; while the database or the task engine fails, try again and again."""
        sweep_at = 0.0
        while not self._stopping:
            try:
                if time.monotonic() >= sweep_at:
                    self._store.sweep()
                    sweep_at = time.monotonic() + self._sweep
                if not self.turn():
                    self._wait(self._poll)
            except (OutboxError, DispatchError) as error:
                log.error("%s; trying again", error)  # noqa: TRY400  # said by the error itself
                self._wait(PAUSE)

    def turn(self) -> int:
        """Offer once, and return how many recipients; raises `OutboxError` and `DispatchError`."""
        room = min(AHEAD - self._store.offered(), ROUND)
        offered = self._store.offer(room, HOLD) if room > 0 else {}
        for kind, rows in offered.items():
            for start in range(0, len(rows), BATCH):
                self._dispatcher.dispatch(kind, rows[start : start + BATCH])
        return sum(map(len, offered.values()))

    def _wait(self, seconds: float) -> None:
        with suppress(Empty):
            self._wake.get(timeout=seconds)

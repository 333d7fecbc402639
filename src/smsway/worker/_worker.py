"""A worker: threads that send what an outbox holds, until it is told to stop."""

from __future__ import annotations

import logging
import math
import os
import socket
import threading
import time
from collections.abc import Callable

from smsway._crew import Crew
from smsway._desk import Desk
from smsway._queues import Queues, Task
from smsway.config import Configuration
from smsway.delivery import Clock, Event, Step, SystemClock
from smsway.outbox import Fenced, OutboxError, OutboxStore
from smsway.routing import Journey, Shipment
from smsway.transport import BaseTransport, ConnectionTransport, Hand, SyncDriver
from smsway.worker._shift import NOBODY, Shift

log = logging.getLogger("smsway")

BATCH = 200
"""Recipients that are claimed at most for each request that could be begun."""

AHEAD = 2_000
"""Recipients that wait for a hand at most before others are claimed only for accounts that have hands free.

What one worker waits with, no other sends.
"""

IDLE = 4
"""For how many times as long as it took, nobody is claimed after a claim of which nothing could be sent."""

PRUNED = 200
"""Messages that are forgotten at once."""

DAY, HOUR = 86_400.0, 3_600.0

PAUSE = 1.0
"""Seconds after which the database is tried again when it has failed."""


class Worker:
    """Sends what the outbox *store* holds, so many requests at once to each account as `concurrency` says.

    *name* is for people. *journal* is told of the engine's events, as that of a `Client`.
    """

    def __init__(
        self,
        configuration: Configuration,
        store: OutboxStore,
        *,
        name: str | None = None,
        transport: BaseTransport | None = None,
        clock: Clock | None = None,
        journal: Callable[[Event], None] | None = None,
    ) -> None:
        self._store = store
        self._settings = configuration.outbox
        self._clock = clock or SystemClock()
        self._journal = journal
        self._name = name or f"{socket.gethostname()}:{os.getpid()}"
        self._hands = configuration.concurrency
        self._accounts = len(configuration.accounts)
        self._crew = Crew(self._advance, Queues(self._accounts, self._hands, AHEAD))
        stores = store.rate_stores if configuration.limits.store is None else None
        self._desk = Desk(configuration, self._clock, self._record, stores)
        self._driver = SyncDriver(
            self._desk.record, transport or ConnectionTransport(None, configuration.private_hosts)
        )
        self._stopping = False
        self._fullness = 1.0
        self._reach = 1
        # When to claim again where there is room, and where there is none.
        self._again = {True: 0.0, False: 0.0}
        self._shift: Shift | None = None

    def stop(self) -> None:
        """Let `run` begin nothing more, and end when what is in flight has landed; a signal handler may call it."""
        self._stopping = True
        self._crew.wake()

    def run(self, *, until_empty: bool = False) -> None:
        """Send until `stop` is called, or if *until_empty*, until every recipient has its result.

        While the outbox's database fails, that is logged, and it is tried again and again. Call it once.
        """
        try:
            with self._crew:
                while not self._stopping:
                    shift = self._join()
                    if shift is not None:
                        self._live(shift, until_empty=until_empty)
        finally:
            self._desk.close()
            self._driver.close()

    def _join(self) -> Shift | None:
        """Begin a life under a new name; `None` if the database fails."""
        try:
            return Shift(self._store, self._desk, self._clock, self._name, self._settings.lease)
        except OutboxError as error:
            self._rest(error)
            return None

    def _live(self, shift: Shift, *, until_empty: bool) -> None:
        """Work under one name until told to stop, or until that name is no longer good."""
        self._shift = shift
        over = threading.Event()
        heart = threading.Thread(target=self._beat, args=(shift, over), name="smsway-heart", daemon=True)
        heart.start()
        try:
            while not self._stopping:
                self._pay(shift)
                self._turn(shift, until_empty=until_empty)
        except OutboxError as error:
            # It may have claimed for this name what nobody here has heard of: that is given back with the name.
            self._rest(error)
        except Fenced as fenced:
            log.warning("%s", fenced)
        finally:
            try:
                # What was begun may have left: its results are worth waiting for, whatever has happened.
                self._crew.give_up()
                while not self._crew.is_idle:
                    self._land(shift, None)
            finally:
                over.set()
                heart.join()
                self._leave(shift)

    def _turn(self, shift: Shift, *, until_empty: bool) -> None:
        """Begin what can be begun, and write down what has landed."""
        shipments = self._take(shift, self._room())
        self._crew.put(shipments)
        if until_empty and self._crew.is_idle and self._store.is_done():
            self._stopping = True
        else:
            self._land(shift, 0.0 if shipments else self._patience())

    def _take(self, shift: Shift, room: int) -> list[Shipment]:
        """Claim for so many requests, as many recipients as fill them; what this worker does not need others take.

        If there is no room, for enough wait here, claim for accounts that have hands free all the same. Whom they could
        send to may be far behind, or nowhere. So after a claim of which nothing can be sent, another takes more, and
        comes later; and so it is where accounts rest.
        """
        busy, began = NOBODY if room else self._crew.busy, self._clock.monotonic()
        if not busy or began < self._again[bool(room)]:
            return []
        most = math.ceil((room or self._hands) * min(self._fullness, BATCH))
        taken = shift.take(max(most, min(self._reach * most, AHEAD)), busy=busy)
        if taken.shipments:
            self._reach = 1
            self._fullness = 2 * sum(len(each.journeys) for each in taken.shipments) / len(taken.shipments)
        elif taken.claimed:
            self._reach = min(2 * self._reach, AHEAD)
            now = self._clock.monotonic()
            self._again[bool(room)] = now + IDLE * (now - began)
        elif not room:
            self._again[False] = began + self._settings.poll
        return taken.shipments

    def _patience(self) -> float:
        """Return for how many seconds to wait when there is nobody to begin with."""
        now = self._clock.monotonic()
        return min([each - now for each in self._again.values() if each > now] + [self._settings.poll])

    def _room(self) -> int:
        """Return for how many requests to claim: two for each hand, and more while some account has none to send."""
        return max(self._hands * 2 - len(self._crew), 0) or (0 if self._crew.is_full else self._hands)

    def _pay(self, shift: Shift) -> None:
        """Write down what is owed before more is begun."""
        while not self._stopping:
            try:
                shift.pay()
            except OutboxError as error:
                self._rest(error)
            else:
                return

    def _advance(self, task: Task, hand: Hand) -> Step:
        return self._driver.run(self._desk.advance(task.leg), hand)

    def _land(self, shift: Shift, patience: float | None) -> None:
        """Write down what has landed, after waiting so many seconds for the first, or as long as it takes."""
        landed: list[Journey] = []
        try:
            # What comes before an error is kept.
            for journeys in self._crew.landed(patience):
                landed += journeys
        finally:
            shift.landed(landed)

    def _leave(self, shift: Shift) -> None:
        """Write down what is owed, and give the rest back; while the database fails, try as long as the lease is."""
        for _ in range(math.ceil(self._settings.lease / PAUSE)):
            try:
                shift.leave()
            except OutboxError as error:
                self._rest(error)
            else:
                return
        log.error("the worker ends without its last results: %s recipients will be unknown", shift.owed)

    def _rest(self, error: OutboxError) -> None:
        log.error("%s; trying again", error)
        time.sleep(PAUSE)

    def _record(self, event: Event) -> None:
        if self._shift is not None:
            self._shift.record(event)
        if self._journal is not None:
            self._journal(event)

    def _beat(self, shift: Shift, over: threading.Event) -> None:
        """Be heard of, often enough that one beat may fail, and forget what is old."""
        tidy_at = 0.0
        while not over.wait(self._settings.lease / 3):
            try:
                shift.beat()
                if self._clock.monotonic() >= tidy_at:
                    full = self._store.prune(self._settings.keep_days * DAY, PRUNED) == PRUNED
                    tidy_at = 0.0 if full else self._clock.monotonic() + HOUR
            except Fenced:
                # The next claim meets it as well.
                return
            except OutboxError as error:
                log.error("%s", error)  # noqa: TRY400  # said by the error itself

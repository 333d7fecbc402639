"""Sends recipients that a task names, in whatever process the task engine runs it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence

from smsway._desk import Desk
from smsway.config import Configuration
from smsway.delivery import Clock, Event, SystemClock
from smsway.outbox import Fenced, OutboxError, OutboxStore, Row
from smsway.transport import BaseTransport, ConnectionTransport, SyncDriver
from smsway.worker._shift import Shift

log = logging.getLogger("smsway")

PAUSE = 1.0
"""Seconds after which the database is tried again when it has failed."""


class Errands:
    """One worker that is run by tasks. It joins with its first task, and one task at a time is carried out.

    Its process may be killed at any time; what it had is dealt with by `Relay` or another worker.
    """

    def __init__(
        self,
        configuration: Configuration,
        store: OutboxStore,
        *,
        name: str = "",
        transport: BaseTransport | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._store = store
        self._lease = configuration.outbox.lease
        self._name = name
        self._clock = clock or SystemClock()
        stores = store.rate_stores if configuration.limits.store is None else None
        self._desk = Desk(configuration, self._clock, self._record, stores)
        self._driver = SyncDriver(
            self._desk.record, transport or ConnectionTransport(None, configuration.private_hosts)
        )
        self._turn = threading.Lock()
        self._shift: Shift | None = None
        self._over = threading.Event()

    def run(self, rows: Sequence[Row]) -> int:
        """Claim *rows* as far as they were offered and nobody else has, and send them; return how many that were.

        Raises `OutboxError` if the database fails; what was claimed then is given back or sent by others.
        """
        with self._turn:
            try:
                return self._try(rows)
            except Fenced:
                # It was declared dead while it had nothing to do.
                return self._try(rows)

    def _try(self, rows: Sequence[Row]) -> int:
        shift = self._shift or self._join()
        try:
            return self._carry(shift, rows)
        except BaseException:
            # Whatever it is, a limit of time among them: what was claimed for this name is given back with the name.
            self._end(shift)
            raise

    def _carry(self, shift: Shift, rows: Sequence[Row]) -> int:
        count = 0
        for shipment in shift.take(len(rows), rows).shipments:
            count += len(shipment.journeys)
            shift.landed(self._driver.run(self._desk.deliver(shipment)))
        self._pay(shift)
        return count

    def _pay(self, shift: Shift) -> None:
        """Write down what is owed; while the database fails, try as long as the lease is."""
        end = self._clock.monotonic() + self._lease
        while True:
            try:
                shift.pay()
            except OutboxError as error:
                if self._clock.monotonic() >= end:
                    raise
                log.error("%s; trying again", error)  # noqa: TRY400  # said by the error itself
                time.sleep(PAUSE)
            else:
                return

    def _join(self) -> Shift:
        shift = Shift(self._store, self._desk, self._clock, self._name, self._lease)
        self._shift = shift
        self._over = over = threading.Event()
        threading.Thread(target=self._beat, args=(shift, over), name="smsway-heart", daemon=True).start()
        return shift

    def _end(self, shift: Shift) -> None:
        self._shift = None
        self._over.set()
        try:
            shift.leave()
        except OutboxError as error:
            log.error("%s; what it had is left to others", error)  # noqa: TRY400  # said by the error itself

    def _record(self, event: Event) -> None:
        if self._shift is not None:
            self._shift.record(event)

    def _beat(self, shift: Shift, over: threading.Event) -> None:
        while not over.wait(self._lease / 3):
            try:
                shift.beat()
            except Fenced:
                return
            except OutboxError as error:
                log.error("%s", error)  # noqa: TRY400  # said by the error itself

    def close(self) -> None:
        """Give back what is left, and close the connections."""
        with self._turn:
            if self._shift is not None:
                self._end(self._shift)
            self._desk.close()
            self._driver.close()

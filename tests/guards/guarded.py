"""An outbox in memory and a worker of it, in a time that passes only when a test says so."""

from __future__ import annotations

import itertools

from smsway._desk import Desk
from smsway.config import load
from smsway.outbox import MemoryOutbox, Outbox
from smsway.transport import SyncDriver
from smsway.worker import Shift

NIGHT = 1_700_000_000.0
"""06:13 in Shanghai: marketing begins in 1 h 46 min."""


class Time:
    """The time of everything in it."""

    def __init__(self):
        self.time = NIGHT
        self._numbers = itertools.count(1)

    def now(self):
        return self.time

    monotonic = now

    def nonce(self):
        return next(self._numbers)

    def random(self):
        return 0.5


class Office:
    """An outbox, and one worker at a time, which sends through *vendor*."""

    def __init__(self, source, vendor, plugins=()):
        self.clock, self.vendor = Time(), vendor
        self.configuration = load(source, plugins)
        self.store = MemoryOutbox(self.clock.now)
        self.outbox = Outbox(self.configuration, self.store, self.clock.now)
        self.shift = self.begin()

    def begin(self):
        self.desk = Desk(self.configuration, self.clock, self.record)
        self.driver = SyncDriver(self.desk.record, self.vendor)
        return Shift(self.store, self.desk, self.clock, "w", 1e9)

    def begin_anew(self):
        """Let another process take over."""
        self.desk.close()
        self.shift = self.begin()

    def close(self):
        """Close what the guards remember."""
        self.desk.close()

    def record(self, event):
        self.shift.record(event)

    def work(self, most=100):
        for shipment in self.shift.take(most).shipments:
            self.carry(shipment)

    def carry(self, shipment):
        self.shift.landed(self.driver.run(self.desk.deliver(shipment)))

    def progress(self, id_):
        return self.outbox.find(id_).recipients

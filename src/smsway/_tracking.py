"""Opens the store of what was sent, and notes the engine's events in it so that no fault of it stops a text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from smsway.config import Configuration
from smsway.delivery import Event, log_defect
from smsway.model import InboundReceived, ReportReceived
from smsway.routing import OnUnknown
from smsway.tracking import MemoryStore, SqliteStore, Store, Tracker


def open_tracker(
    configuration: Configuration, now: Callable[[], float], tell: Callable[[ReportReceived | InboundReceived], None]
) -> Tracker | None:
    """Open the store that the configuration names; `None` if it names none, and no route needs one.

    A route that verifies needs one to tell one text from another; by default that is kept in memory.
    """
    settings = configuration.reports
    store: Store
    if settings.store is None or settings.store == "memory":
        verifies = any(route.on_unknown is OnUnknown.VERIFY for route in configuration.routes)
        if settings.store is None and not verifies:
            return None
        store = MemoryStore()
    else:
        store = SqliteStore(settings.store)
    return Tracker(store, now, tell, settings.keep_days * DAY)


DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Notes:
    """Notes what is sent; a store that fails is logged, for a login code matters more than what is known of it."""

    tracker: Tracker

    def record(self, event: Event) -> None:
        """Note an event; the start of an attempt is written down before this returns."""
        with _logged():
            self.tracker.record(event)

    def flush(self) -> None:
        """Write down what was only noted so far."""
        with _logged():
            self.tracker.flush()
            self.tracker.tidy()

    def close(self) -> None:
        """Write down what was only noted so far, and close the store."""
        with _logged():
            self.tracker.close()


@contextmanager
def _logged() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001  # whatever a store fails with, what was sent was sent
        log_defect(error, "the store of reports failed")

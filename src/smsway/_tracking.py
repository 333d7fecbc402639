"""Opens the store of what was sent, and notes the engine's events in it so that no fault of it stops a text."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from smsway.delivery import Event, log_defect
from smsway.model import AttemptStarted, ConfigError, InboundReceived, Problem, ReportReceived
from smsway.routing import OnUnknown

if TYPE_CHECKING:
    from smsway.config import Configuration
    from smsway.tracking import Store, Tracker


def open_tracker(
    configuration: Configuration, now: Callable[[], float], tell: Callable[[ReportReceived | InboundReceived], None]
) -> Tracker | None:
    """Open the store that the configuration names; `None` if it names none, and no route needs one.

    A route that verifies needs one to tell one text from another; by default that is kept in memory.
    """
    settings = configuration.reports
    verifies = any(route.on_unknown is OnUnknown.VERIFY for route in configuration.routes)
    if settings.store is None and not verifies:
        return None
    from smsway.tracking import Tracker  # noqa: PLC0415  # most keep no reports

    # What only verifying needs, it needs for as long as it asks.
    keep_for = HOUR if settings.store is None else settings.keep_days * DAY
    return Tracker(_open_store(configuration), now, tell, keep_for)


def _open_store(configuration: Configuration) -> Store:
    from smsway.tracking import MemoryStore, SqliteStore  # noqa: PLC0415  # as above

    match configuration.reports.store:
        case None | "memory":
            return MemoryStore()
        case "outbox":
            return _open_in_outbox(configuration)
        case Path() as file:
            return SqliteStore(file, patience=PATIENCE)


def _open_in_outbox(configuration: Configuration) -> Store:
    try:
        from smsway.outbox import open_reports  # noqa: PLC0415  # the extra may be missing, and nobody else needs it
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in {"sqlalchemy", "alembic"}:
            raise
        problem = Problem("reports.store", f"is 'outbox', which needs {error.name}; pip install \"smsway[outbox]\"")
    else:
        return open_reports(configuration, PATIENCE)
    raise ConfigError([problem])


log = logging.getLogger("smsway")

DAY = 86_400.0
HOUR = 3_600.0

PATIENCE = 2.0
"""Seconds that the store may keep anybody waiting, such as while another process writes."""

REST = 5.0
"""Seconds after a failure in which the store is not asked to write what is sent; it is noted, and written later."""


@dataclass(slots=True)
class Notes:
    """Notes what is sent; a store that fails is logged, for a login code matters more than what is known of it."""

    tracker: Tracker
    _rests_until: float = 0.0

    def record(self, event: Event) -> None:
        """Note an event; the start of an attempt is written down before this returns, unless the store fails."""
        if not isinstance(event, AttemptStarted) or not self._write(partial(self.tracker.record, event)):
            self.tracker.note(event)

    def flush(self) -> None:
        """Write down what was only noted so far."""
        self._write(self._flush)

    def _flush(self) -> None:
        self.tracker.flush()
        self.tracker.tidy()

    def _write(self, work: Callable[[], None]) -> bool:
        """Let *work* write; False if the store rests, and True if it was asked, for better or worse."""
        if time.monotonic() < self._rests_until:
            return False
        if not _logged(work):
            self._rests_until = time.monotonic() + REST
        return True

    def close(self) -> None:
        """Write down what was only noted so far, and close the store; what is noted after that is not written."""
        _logged(self.tracker.close)
        self._rests_until = math.inf


def _logged(work: Callable[[], None]) -> bool:
    """Do *work*; if it fails, log that and return False."""
    try:
        work()
    except Exception as error:  # noqa: BLE001  # whatever a store fails with, what was sent was sent
        from smsway.tracking import StoreError  # noqa: PLC0415  # as above

        if isinstance(error, StoreError):
            log.error("the store of reports failed: %s", error)  # noqa: TRY400  # its frames hold phones
        else:
            log_defect(error, "the store of reports failed")
        return False
    return True

"""Keeps strangers from filling the log of the server."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

_INTERVAL = 60.0
"""Seconds between two warnings of one kind."""


class _Seldom(logging.Filter):
    """Lets through one warning of each kind a minute, and all that is no warning."""

    def __init__(self) -> None:
        super().__init__()
        self._next: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno != logging.WARNING:
            return True
        where, now = (record.pathname, record.lineno), time.monotonic()
        if now < self._next.get(where, now):
            return False
        self._next[where] = now + _INTERVAL
        return True


@contextmanager
def warned_seldom() -> Iterator[None]:
    """Let uvicorn warn once a minute of what its callers do, which any of them may do at any rate.

    What fails in the application or the server is an error there, and is logged each time.
    """
    seldom, logger = _Seldom(), logging.getLogger("uvicorn.error")
    logger.addFilter(seldom)
    try:
        yield
    finally:
        logger.removeFilter(seldom)

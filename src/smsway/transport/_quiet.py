"""Keeps our requests out of the HTTP library's log, which quotes headers, URLs and whatever in an answer is garbled."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LOGGERS = (
    *(library + part for library in ("httpcore", "httpcore2") for part in ("", ".connection", ".http11", ".http2")),
    *(library + part for library in ("httpcore", "httpcore2") for part in (".proxy", ".socks")),
    *("httpx", "httpx2", "h11", "h2", "hpack", "hpack.hpack", "hpack.table"),
)
"""The loggers of the HTTP libraries, each by itself: a filter is not asked about what the loggers below it say."""

_ours: ContextVar[bool] = ContextVar("smsway_request", default=False)


class _PhaseOnly(logging.Filter):
    """Leaves of what is said about a request of ours its first word, which is the phase that it is in."""

    def filter(self, record: logging.LogRecord) -> bool:
        if _ours.get():
            record.msg, record.args = record.getMessage().partition(" ")[0], ()
            record.exc_info = record.exc_text = record.stack_info = None
        return True


_PHASE_ONLY = _PhaseOnly()
for _name in LOGGERS:
    logging.getLogger(_name).addFilter(_PHASE_ONLY)


@contextmanager
def quiet() -> Iterator[None]:
    """Let the HTTP library log the phases of the request that is made inside, and nothing of what is in it.

    The application's own requests are logged as ever.
    """
    token = _ours.set(True)
    try:
        yield
    finally:
        _ours.reset(token)

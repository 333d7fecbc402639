"""Keeps our secrets, and what a vendor says in a query, out of the log of the server that runs the application."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

# uvicorn writes the path of every request to the first; to the second that of a refused WebSocket.
_LOGGERS = ("uvicorn.access", "uvicorn.error", "uvicorn.asgi")
# A vendor that calls by GET says phones and texts in it. At its lowest level uvicorn writes it down apart, too.
_QUERY = re.compile(r"(\?|'query_string': )\S+")


class _Mask(logging.Filter):
    """Replaces every secret by `***` in whatever a record would show, and with it the query of its address."""

    def __init__(self) -> None:
        super().__init__()
        self._secrets: frozenset[str] = frozenset()

    def learn(self, secrets: Iterable[str]) -> None:
        self._secrets |= frozenset(secrets)

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(map(self._masked, record.args))
        elif record.args:
            record.args = {name: self._masked(value) for name, value in record.args.items()}
        record.msg = self._masked(record.msg)
        return True

    def _masked(self, value: object) -> object:
        """Return *value*, or its text without the secrets and the query if it would show one."""
        shown = masked = str(value)
        for secret in self._secrets:
            masked = masked.replace(secret, "***")
        return value if masked == shown else _QUERY.sub(r"\1***", masked)


_MASK = _Mask()


def mask(secrets: Iterable[str]) -> None:
    """Keep *secrets* and what is said to them out of the log of uvicorn, in this process and from now on."""
    _MASK.learn(secrets)
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_MASK)  # adding it again does nothing

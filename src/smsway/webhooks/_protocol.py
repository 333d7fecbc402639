"""HTTP/1.1 with strangers: whoever is slow or garbled, or offers another protocol, costs us no place for long."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

_HEAD_SECONDS = 10.0
"""Seconds in which the head of a request has to come; who connects and says nothing takes a place from a vendor."""


class Protocol(H11Protocol):
    """uvicorn's protocol in pure Python, with bounds that it does not have itself.

    The one over httptools loses the body of a request that offers to go on with another protocol
    (github.com/Kludex/uvicorn/issues/2722), as Java's HTTP client does with every first one.
    """

    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Read on."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._calm()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, in the place of the application; whoever had an answer already gets no second one."""
        if self.cycle is not None:
            self.cycle.disconnected = True
        try:
            super().send_400_response(msg)
        except h11.LocalProtocolError:
            self.transport.close()

    def _should_upgrade(self) -> bool:
        # RFC 9110 section 7.8: an offer to go on with another protocol may be ignored, and is no event.
        return False

    def _watch(self) -> None:
        """Close the connection if a head does not come in time; until the next one begins, uvicorn waits 5 seconds."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._calm()
        elif self._patience is None:
            self._patience = asyncio.get_running_loop().call_later(_HEAD_SECONDS, self.transport.close)

    def _calm(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

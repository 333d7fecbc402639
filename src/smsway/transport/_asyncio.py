"""Streams on asyncio's own transports: what arrives waits in a buffer, and nothing else is in between."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Iterable
from typing import Any, cast

from smsway.transport._library import httpcore
from smsway.transport._readiness import is_ready

_FULL = 1 << 18
"""Bytes that may wait to be read, about; then the connection is left to itself until they are."""


class AsyncioStream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """One connection of an event loop."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._below: asyncio.Transport | None = None
        self._arrived: list[bytes] = []
        self._waiting = 0
        self._ended = False
        self._broken = False
        self._paused = False
        self._waiter: asyncio.Future[None] | None = None

    # What asyncio tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there."""
        # That of a stream, though uvloop's is no subclass.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Something has arrived."""
        self._arrived.append(data)
        self._waiting += len(data)
        if self._waiting > _FULL and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """Nothing more will arrive."""
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; *exc* says that it did not end well."""
        self._ended, self._broken = True, exc is not None
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # What the transport of smsway asks for. Time is kept by whoever calls: a task that is late is cancelled.

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109  # httpcore's signature
        """Return what has arrived, if nothing has then what arrives next, and `b""` at the end.

        Raises `ReadError` if the connection has broken.
        """
        if self._below is not None and not self._ended:
            self._below.resume_reading()
        while not self._arrived and not self._ended:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        if self._below is not None and not self._ended:
            # TLS would swallow the half of a record; in the socket it can be seen that something has come.
            self._below.pause_reading()
        if not self._arrived and self._broken:
            raise httpcore.ReadError
        data = b"".join(self._arrived)
        self._arrived.clear()
        self._waiting = 0
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109  # as above
        """Write *buffer*; what the connection does not take yet waits for it. Raises `WriteError` if it is gone."""
        if self._transport is None or self._ended:
            raise httpcore.WriteError
        self._transport.write(buffer)

    async def aclose(self) -> None:
        """Close at once, without the goodbyes of TLS; asyncio lets go of the socket before this returns."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None
            await asyncio.sleep(0)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # as above
    ) -> AsyncioStream:
        """Begin TLS on the same stream; raises `ConnectTimeout` or `ConnectError`."""
        assert self._transport is not None  # noqa: S101  # it is connected
        loop = asyncio.get_running_loop()
        with _connecting():
            async with asyncio.timeout(timeout):
                secured = await loop.start_tls(self._transport, self, ssl_context, server_hostname=server_hostname)
        if secured is None or self._ended or self._arrived:
            # What came before TLS did could come from anybody.
            raise httpcore.ConnectError
        self._below, self._transport = self._transport, secured
        self._below.pause_reading()
        return self

    def get_extra_info(self, info: str) -> Any:
        """Tell whether the stream `is_readable`: something has come, if only to the socket, or is still to be sent."""
        return self._readable() if info == "is_readable" else None

    def _readable(self) -> bool:
        if self._arrived or self._ended or self._transport is None or self._transport.get_write_buffer_size():
            return True
        # The event loop may not have seen it yet.
        return is_ready(self._transport.get_extra_info("socket").fileno(), 0)


@contextlib.contextmanager
def _connecting() -> Any:
    """Raise what goes wrong as httpcore's exceptions."""
    try:
        yield
    except TimeoutError:
        raise httpcore.ConnectTimeout from None
    except OSError:
        raise httpcore.ConnectError from None


class AsyncioBackend(httpcore.AsyncNetworkBackend):
    """Connects streams on the running event loop."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002  # asyncio sets TCP_NODELAY
    ) -> AsyncioStream:
        """Connect to *host*; raises `ConnectTimeout` or `ConnectError`."""
        local = None if local_address is None else (local_address, 0)
        with _connecting():
            async with asyncio.timeout(timeout):
                loop = asyncio.get_running_loop()
                _, stream = await loop.create_connection(AsyncioStream, host, port, local_addr=local)
        return stream

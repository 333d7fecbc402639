"""The network as the transports see it: httpcore's two kinds of backends and streams, over connections in memory.

TLS is a stage that takes time and may fail; nothing is encrypted. After it, a read that blocks brings one record, while
on asyncio whatever has arrived is there at once.
"""

from __future__ import annotations

import asyncio
import ssl
from math import inf
from typing import Any

from wire.lines import End, Line, Network, Stage

from smsway.transport._library import httpcore

CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Stands for a TLS context, and is never asked."""

RECORD = 1 << 14
"""Bytes that a record of TLS has at most (RFC 8446 §5.1)."""


async def _pass(stage: Stage, timeout: float | None) -> None:  # noqa: ASYNC109  # httpcore's word
    """Go through *stage*; raises `ConnectTimeout` at *timeout*, and `ConnectError` if it fails."""
    most = inf if timeout is None else timeout
    await asyncio.sleep(min(stage.seconds, most))
    _check(stage, most)


def _check(stage: Stage, most: float) -> None:
    if stage.seconds >= most:
        raise httpcore.ConnectTimeout
    if stage.fails:
        raise httpcore.ConnectError


class AsyncStream(httpcore.AsyncNetworkStream):
    """The client's end, for asyncio."""

    def __init__(self, line: Line, tls: Stage) -> None:
        self._line = line
        self._tls = tls

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # httpcore's signature
        """Read once."""
        line = self._line
        line.network.step()
        await asyncio.sleep(0)
        if not line.readable:
            await self._wait(timeout)
        if line.end is End.RST:
            raise httpcore.ReadError
        return line.take(max_bytes, single=False)

    async def _wait(self, timeout: float | None) -> None:  # noqa: ASYNC109  # as above
        loop = asyncio.get_running_loop()
        waiter = loop.create_future()

        def wake() -> None:
            if not waiter.done():
                waiter.set_result(None)

        self._line.wake = wake
        timer = None if timeout is None else loop.call_later(timeout, wake)
        try:
            await waiter
        finally:
            self._line.wake = None
            if timer is not None:
                timer.cancel()
        if not self._line.readable:
            raise httpcore.ReadTimeout

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # as above
        """Write all of *buffer*."""
        self._line.network.step()
        await asyncio.sleep(0)
        if self._line.end is End.RST:
            raise httpcore.WriteError
        if not self._line.send(bytes(buffer)):
            await asyncio.sleep(inf if timeout is None else timeout)
            raise httpcore.WriteTimeout

    async def aclose(self) -> None:
        """Close; as with a socket, others run before it returns."""
        if not self._line.closed:
            self._line.network.step()
            self._line.close()
            await asyncio.sleep(0)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,  # noqa: ARG002  # httpcore's signature
        server_hostname: str | None = None,  # noqa: ARG002  # as above
        timeout: float | None = None,  # noqa: ASYNC109  # as above
    ) -> AsyncStream:
        """Begin TLS."""
        self._line.network.step()
        await _pass(self._tls, timeout)
        return self

    def get_extra_info(self, info: str) -> Any:
        """Tell what the transport asks for."""
        return self._line.readable if info == "is_readable" else None


class AsyncBackend(httpcore.AsyncNetworkBackend):
    """Connects clients on asyncio."""

    def __init__(self, network: Network) -> None:
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,  # noqa: ARG002  # httpcore's signature
        timeout: float | None = None,  # noqa: ASYNC109  # as above
        local_address: str | None = None,  # noqa: ARG002  # as above
        socket_options: Any = None,  # noqa: ARG002  # as above
    ) -> AsyncStream:
        """Connect to *host*."""
        self._network.step()
        line, meeting = self._network.connect(host)
        await _pass(meeting.connect, timeout)
        self._network.open.add(line)
        return AsyncStream(line, meeting.tls)


class Stream(httpcore.NetworkStream):
    """The client's end, for a client whose calls block: while one waits, the timeline goes on."""

    def __init__(self, line: Line, tls: Stage, *, encrypted: bool = False) -> None:
        self._line = line
        self._tls = tls
        self._encrypted = encrypted

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read once; of several records the others wait in the socket."""
        line = self._line
        line.network.step()
        if not line.network.timeline.wait(self._until(timeout), lambda: line.readable):
            raise httpcore.ReadTimeout
        if line.end is End.RST:
            raise httpcore.ReadError
        return line.take(min(max_bytes, RECORD), single=True) if self._encrypted else line.take(max_bytes, single=False)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of *buffer*."""
        self._line.network.step()
        if self._line.end is End.RST:
            raise httpcore.WriteError
        if not self._line.send(bytes(buffer)):
            self._line.network.timeline.wait(self._until(timeout))
            raise httpcore.WriteTimeout

    def _until(self, timeout: float | None) -> float:
        return inf if timeout is None else self._line.network.timeline.time + timeout

    def close(self) -> None:
        """Close."""
        self._line.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,  # noqa: ARG002  # httpcore's signature
        server_hostname: str | None = None,  # noqa: ARG002  # as above
        timeout: float | None = None,
    ) -> Stream:
        """Begin TLS."""
        self._line.network.step()
        _block(self._line.network, self._tls, timeout)
        return Stream(self._line, self._tls, encrypted=True)

    def get_extra_info(self, info: str) -> Any:
        """Tell what the transport asks for."""
        return self._line.readable if info == "is_readable" else None


def _block(network: Network, stage: Stage, timeout: float | None) -> None:
    """Do what `_pass` does, and let the timeline go on meanwhile."""
    most = inf if timeout is None else timeout
    network.timeline.sleep(min(stage.seconds, most))
    _check(stage, most)


class Backend(httpcore.NetworkBackend):
    """Connects clients whose calls block."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def connect_tcp(
        self,
        host: str,
        port: int,  # noqa: ARG002  # httpcore's signature
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002  # as above
        socket_options: Any = None,  # noqa: ARG002  # as above
    ) -> Stream:
        """Connect to *host*."""
        self._network.step()
        line, meeting = self._network.connect(host)
        _block(self._network, meeting.connect, timeout)
        self._network.open.add(line)
        return Stream(line, meeting.tls)

"""One HTTP/1.1 connection as a server sees it: h11 reads the requests, and what is written is up to the caller."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from socket import socket
from urllib.parse import parse_qsl

import h11

from smsway.model import SandboxCall

LARGEST_REQUEST = 1024 * 1024
"""The most bytes that the body of a request may have."""

_LARGEST_HEAD = 64 * 1024
_CHUNK = 64 * 1024
_PATIENCE = 1.0


class BadRequest(Exception):
    """What was received is no HTTP request; *status* is the answer to give before closing."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status = status


class Connection:
    """Receives requests one after the other and sends bytes.

    *keep* says whether another request may follow, and *idle* that none has begun to arrive. *target* and *head_only*
    speak of the request received last.
    """

    __slots__ = ("_reader", "_unread", "_writer", "head_only", "idle", "keep", "target")

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._unread = b""
        self.keep = True
        self.idle = True
        self.target = ""
        self.head_only = False

    @classmethod
    async def accept(cls, sock: socket, context: ssl.SSLContext | None) -> Connection:
        """Take over an accepted socket, with TLS if there is a *context*; raises `OSError` if that fails."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        # A client that does not answer our close_notify shall not hold us up.
        shutdown = None if context is None else _PATIENCE
        transport, _ = await loop.connect_accepted_socket(
            lambda: protocol, sock, ssl=context, ssl_shutdown_timeout=shutdown
        )
        return cls(reader, asyncio.StreamWriter(transport, protocol, reader, loop))

    async def receive(self) -> SandboxCall | None:
        """Return the next request, or `None` if the client closed; raises `BadRequest`."""
        # One state machine per request: what we write is often not what h11 would let a server write.
        protocol = h11.Connection(h11.SERVER, max_incomplete_event_size=_LARGEST_HEAD)
        if self._unread:
            protocol.receive_data(self._unread)
        self.idle = not self._unread
        try:
            return await self._receive(protocol)
        except h11.RemoteProtocolError as error:
            raise BadRequest(error.error_status_hint, str(error)) from None

    async def _receive(self, protocol: h11.Connection) -> SandboxCall | None:
        head = await self._next(protocol)
        if not isinstance(head, h11.Request):
            return None
        body = bytearray()
        while isinstance(event := await self._next(protocol), h11.Data):
            body += event.data
            if len(body) > LARGEST_REQUEST:
                raise BadRequest(413, f"the request has more than {LARGEST_REQUEST} bytes")
        return None if event is None else self._received(protocol, head, bytes(body))

    async def _next(self, protocol: h11.Connection) -> object:
        """Return the next part of the request; `None` if the client closed before it came."""
        while (event := protocol.next_event()) is h11.NEED_DATA:
            if protocol.they_are_waiting_for_100_continue:
                await self.send(protocol.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
            data = await self._reader.read(_CHUNK)
            if not data:
                return None
            self.idle = False
            protocol.receive_data(data)
        return event

    def _received(self, protocol: h11.Connection, head: h11.Request, body: bytes) -> SandboxCall:
        self.keep = self.keep and protocol.their_state is h11.DONE
        self._unread = protocol.trailing_data[0]
        self.target = head.target.decode("latin-1")
        self.head_only = head.method == b"HEAD"
        path, _, query = self.target.partition("?")
        headers: dict[str, str] = {}
        for raw_name, raw_value in head.headers:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return SandboxCall(
            method=head.method.decode("latin-1"),
            path=path,
            query=dict(parse_qsl(query, keep_blank_values=True)),
            headers=headers,
            body=body,
        )

    async def send(self, data: bytes) -> None:
        """Write *data*; raises `ConnectionError` if the client has gone."""
        self._writer.write(data)
        await self._writer.drain()

    async def until_gone(self) -> None:
        """Wait until the client closes; whatever it still sends is thrown away."""
        while await self._reader.read(_CHUNK):
            pass

    async def linger(self) -> None:
        """Say that nothing more will be sent, and let the client finish.

        To close while it still sends would reset the connection, and the answer could be lost.
        """
        if self._writer.can_write_eof():
            self._writer.write_eof()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.until_gone(), _PATIENCE)

    def abort(self) -> None:
        """Drop the connection at once."""
        self._writer.transport.abort()

    def close_if_idle(self) -> None:
        """Close the connection unless a request is under way; in that case close it afterwards."""
        self.keep = False
        if self.idle:
            self._writer.close()

    async def close(self) -> None:
        """Close the connection in good order."""
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

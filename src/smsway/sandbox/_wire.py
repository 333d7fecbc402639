"""The answer to one request, as bytes that are ours to spoil."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from email.utils import formatdate
from http import HTTPStatus

from smsway.model import SandboxReply
from smsway.sandbox._connection import Connection

_PHRASES = {status.value: status.phrase for status in HTTPStatus}


class Wire:
    """Carries the answer to the request that *connection* has just received.

    *now* is the vendor's clock, and *sleep* waits for it.
    """

    __slots__ = ("_connection", "_now", "_sleep")

    def __init__(
        self, connection: Connection, now: float, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._connection = connection
        self._now = now
        self._sleep = sleep

    @property
    def target(self) -> str:
        """The path and query of the request, as they were received."""
        return self._connection.target

    def close_after(self) -> None:
        """Close the connection when this answer is written."""
        self._connection.keep = False

    def head(self, status: int, content_type: str, fields: Sequence[str] = ()) -> bytes:
        """Return a status line and headers; *fields* are whole header lines."""
        lines = [
            f"HTTP/1.1 {status} {_PHRASES.get(status, 'Unknown')}",
            f"Date: {formatdate(self._now, usegmt=True)}",
            "Server: smsway-sandbox",
            f"Content-Type: {content_type}",
            *fields,
        ]
        if not self._connection.keep:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def render(self, reply: SandboxReply, fields: Sequence[str] = (), *, length: int | None = None) -> bytes:
        """Return the bytes of *reply*; *length* is the length it announces if that is not the true one."""
        announced = len(reply.body) if length is None else length
        head = self.head(reply.status, reply.content_type, (f"Content-Length: {announced}", *fields))
        return head if self._connection.head_only else head + reply.body

    async def send(self, data: bytes) -> None:
        """Write *data*; raises `ConnectionError` if the client has gone."""
        await self._connection.send(data)

    async def answer(self, reply: SandboxReply, fields: Sequence[str] = ()) -> None:
        """Write *reply* whole and correct."""
        await self.send(self.render(reply, fields))

    async def until_gone(self) -> None:
        """Wait until the client closes the connection."""
        self.close_after()
        await self._connection.until_gone()

    def pause(self, seconds: float) -> Awaitable[None]:
        """Wait while the client waits."""
        return self._sleep(seconds)

"""One port with its conversations: accept, receive, answer, and again."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from socket import socket
from typing import TypeAlias

from smsway.model import SandboxCall, SandboxReply
from smsway.sandbox._connection import BadRequest, Connection
from smsway.sandbox._listener import Listener, reset
from smsway.sandbox._wire import Wire

Answer: TypeAlias = Callable[[Connection, SandboxCall], Awaitable[None]]
"""Writes the answer to one request."""


class Door:
    """Lets clients in and has their requests answered; *resets* tells whether to reset the next one instead."""

    def __init__(
        self,
        host: str,
        port: int,
        answer: Answer,
        *,
        resets: Callable[[], bool],
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._answer = answer
        self._resets = resets
        self._context = context
        self._connections: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener = Listener(host, port, self._enter)
        shown = f"[{host}]" if ":" in host else host
        self.url = f"{'http' if context is None else 'https'}://{shown}:{self._listener.port}"

    def open(self) -> None:
        """Listen."""
        self._listener.listen()

    def refuse(self) -> None:
        """Do not listen for the time being."""
        self._listener.refuse()

    def close_idle(self) -> None:
        """End the connections on which no request is under way, and the others after their answer."""
        for connection in self._connections:
            connection.close_if_idle()

    async def shut(self) -> None:
        """End everything at once."""
        self._listener.close()
        for connection in self._connections:
            connection.abort()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _enter(self, accepted: socket) -> None:
        if self._resets():
            reset(accepted)
            return
        task = asyncio.get_running_loop().create_task(self._attend(accepted))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _attend(self, accepted: socket) -> None:
        try:
            connection = await Connection.accept(accepted, self._context)
        except OSError:
            return
        self._connections.add(connection)
        try:
            await self._converse(connection)
        except OSError:
            # The client went away, or spoke no TLS.
            connection.abort()
        finally:
            self._connections.discard(connection)
            await connection.close()

    async def _converse(self, connection: Connection) -> None:
        while connection.keep:
            try:
                call = await connection.receive()
            except BadRequest as error:
                connection.keep = False
                refusal = SandboxReply(f"{error}\n".encode(), error.status, "text/plain; charset=utf-8")
                await Wire(connection, time.time()).answer(refusal)
                await connection.linger()
                return
            if call is None:
                return
            await self._answer(connection, call)

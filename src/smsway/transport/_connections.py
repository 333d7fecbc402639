"""Our transports: connections in a free list per origin, none of which could hold a surplus answer.

httpx's own pool walks all requests for each of them, and hands an unsolicited second response to the next request.
Here a connection goes back to the list only if its last answer ended exactly where the bytes ended, and is taken again
only if nothing has arrived since.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
import time
from collections.abc import Collection

from smsway.model import Request, Response
from smsway.transport._blocking import BlockingStream
from smsway.transport._certainty import Phases
from smsway.transport._exchange import Exchange, written
from smsway.transport._free import FreeList, Held
from smsway.transport._library import httpcore, httpx
from smsway.transport._messages import CONNECT, Origin, as_library, from_library, prepare
from smsway.transport._network import AsyncConnector, Connector
from smsway.transport._reach import Reach
from smsway.transport._tls import checked, default_ssl_context

_PIECE = 1 << 16
"""Bytes that are read at once."""

_SLICE = 1 << 14
"""Bytes that are written at once, between two looks at the clock."""


class _Secured:
    """Has the TLS context for an origin: its own, or that of the process."""

    def __init__(self, ssl_context: ssl.SSLContext | None) -> None:
        self._ssl_context = ssl_context and checked(ssl_context)

    def _context(self, origin: Origin) -> ssl.SSLContext | None:
        if not origin.secure:
            return None
        context = self._ssl_context or default_ssl_context()
        # Each time: it may be the application's, which may have set others since.
        context.set_alpn_protocols(["http/1.1"])
        return context


class ConnectionTransport(_Secured, httpx.BaseTransport):
    """Sends each request on a connection of its own or, where the request allows it, on a quiet one that is kept.

    Only hosts in *private* are looked for in private networks. *network* replaces the machine's sockets. It serves
    httpx as well, see `handle_request`.
    """

    def __init__(
        self,
        ssl_context: ssl.SSLContext | None = None,
        private: Collection[str] = (),
        network: httpcore.NetworkBackend | None = None,
    ) -> None:
        super().__init__(ssl_context)
        self._connector = Connector(Reach(private), network)
        self._free: FreeList[httpcore.NetworkStream] = FreeList()

    def exchange(self, request: Request, deadline: float, phases: Phases, *, reuse: bool) -> Response:
        """Send *request* and read its whole response by *deadline* (`time.monotonic`), however slowly it drips.

        Raises httpcore's exceptions, and `TransportFailure` for what cannot be sent. `Response.fresh` is True if the
        connection carried no earlier request.
        """
        prepared = prepare(request, close=not reuse)
        origin, sent, talk = prepared.origin, written(prepared), Exchange(prepared.method)
        held, stale = self._free.take(origin, os.getpid()) if reuse else (None, [])
        fresh, kept = held is None, False
        try:
            if held is None:
                phases.wait()
                until = min(time.monotonic() + CONNECT, deadline)
                stream = self._connector.connect(origin, self._context(origin), until, phases)
                held = Held(stream, os.getpid())
            _left(deadline, httpcore.WriteTimeout)
            if phases.waits is None or not isinstance(held.stream, BlockingStream):
                phases.wait()
            else:
                held.stream.watch(phases.wait)
            phases.enter("send_request")
            for start in range(0, len(sent), _SLICE):
                held.stream.write(sent[start : start + _SLICE], _left(deadline, httpcore.WriteTimeout))
            phases.enter("receive_response_headers")
            while not talk.receive(held.stream.read(_PIECE, _left(deadline, httpcore.ReadTimeout))):
                if talk.begun:
                    phases.enter("receive_response_body")
            kept = reuse and talk.clean
            return talk.response(fresh=fresh)
        finally:
            if held is not None and isinstance(held.stream, BlockingStream):
                held.stream.watch(None)
            if held is not None and not (kept and self._free.put(origin, held)):
                stale.append(held)
            for each in stale:
                each.stream.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Do `exchange` for httpx.

        `request.extensions` may carry the `deadline`, without which httpx's `timeout` for reading is that of the whole,
        and `reuse`; `response.extensions["fresh"]` tells what `Response.fresh` does.
        """
        said, deadline, reuse = from_library(request, request.read())
        return as_library(self.exchange(said, deadline, Phases(complete=True), reuse=reuse))

    def close(self) -> None:
        """Close the idle connections."""
        for held in self._free.close():
            held.stream.close()


class AsyncConnectionTransport(_Secured, httpx.AsyncBaseTransport):
    """`ConnectionTransport` for asyncio."""

    def __init__(
        self,
        ssl_context: ssl.SSLContext | None = None,
        private: Collection[str] = (),
        network: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        super().__init__(ssl_context)
        self._connector = AsyncConnector(Reach(private), network)
        self._free: FreeList[httpcore.AsyncNetworkStream] = FreeList()

    async def exchange(self, request: Request, deadline: float, phases: Phases, *, reuse: bool) -> Response:
        """Do what `ConnectionTransport.exchange` does; raises `TimeoutError` at *deadline*."""
        prepared, loop = prepare(request, close=not reuse), asyncio.get_running_loop()
        origin, sent, talk = prepared.origin, written(prepared), Exchange(prepared.method)
        held, stale = self._free.take(origin, loop) if reuse else (None, [])
        fresh, kept = held is None, False
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                if held is None:
                    until = min(time.monotonic() + CONNECT, deadline)
                    stream = await self._connector.connect(origin, self._context(origin), until, phases)
                    held = Held(stream, loop)
                # From the look at a kept connection to here, nothing else has run.
                _left(deadline, httpcore.WriteTimeout)
                phases.enter("send_request")
                await held.stream.write(sent)
                phases.enter("receive_response_headers")
                while not talk.receive(await held.stream.read(_PIECE)):
                    if talk.begun:
                        phases.enter("receive_response_body")
            kept = reuse and talk.clean
            return talk.response(fresh=fresh)
        finally:
            if held is not None and not (kept and self._free.put(origin, held)):
                stale.append(held)
            await _close(stale)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Do what `ConnectionTransport.handle_request` does."""
        said, deadline, reuse = from_library(request, await request.aread())
        return as_library(await self.exchange(said, deadline, Phases(complete=True), reuse=reuse))

    async def aclose(self) -> None:
        """Close the idle connections."""
        await _close(self._free.close())


def _left(deadline: float, late: type[Exception]) -> float:
    """Return the seconds until *deadline*; raises *late* if there are none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise late("deadline")
    return left


async def _close(idle: list[Held[httpcore.AsyncNetworkStream]]) -> None:
    """Close all of *idle*, which nobody else knows any more, even if it is cancelled in the middle."""
    cancelled: asyncio.CancelledError | None = None
    for held in idle:
        # An event loop that has ended cannot do that any more; its sockets close when they are collected.
        with contextlib.suppress(RuntimeError):
            try:
                await held.stream.aclose()
            except asyncio.CancelledError as error:  # this one is closed, and only waited for others to run
                cancelled = error
    if cancelled is not None:
        raise cancelled

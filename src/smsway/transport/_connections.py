"""Transports on httpcore's connections: a free list per origin, and no connection that could hold a surplus answer.

httpx's own pool walks all requests for each of them, and hands an unsolicited second response to the next request.
Here a connection goes back to the list only if its last answer ended exactly where the bytes ended, and is taken again
only if nothing has arrived since.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
import threading
from collections.abc import Collection
from dataclasses import dataclass
from typing import Generic, TypeVar

from smsway.transport._library import httpcore, httpx
from smsway.transport._network import CAP, DeadlineBackend, TooLarge, Watch, WatchedBackend
from smsway.transport._reach import Reach
from smsway.transport._tls import checked, default_ssl_context

KEEPALIVE = 4.0
"""Seconds that an idle connection is kept.

A server that closes it while a request is on its way leaves that request unknown, so this is less than half of the ten
seconds and more that servers usually wait.
"""


class Encoded(Exception):
    """The response has a content encoding, though none was asked for."""


ConnectionT = TypeVar("ConnectionT", httpcore.HTTPConnection, httpcore.AsyncHTTPConnection)


@dataclass(slots=True)
class _Held(Generic[ConnectionT]):
    """A connection; *home* is the process, or the event loop, that it belongs to."""

    connection: ConnectionT
    watch: Watch
    home: object
    used: bool = False


class _FreeList(Generic[ConnectionT]):
    """The idle connections by origin, the last used first."""

    def __init__(self) -> None:
        self._idle: dict[str, list[_Held[ConnectionT]]] = {}
        self._closed = False
        self._lock = threading.Lock()

    def take(self, origin: httpcore.Origin, home: object) -> tuple[_Held[ConnectionT] | None, list[_Held[ConnectionT]]]:
        """Return a connection of *home* on which nothing has arrived since its last answer, and those to close."""
        stale: list[_Held[ConnectionT]] = []
        with self._lock:
            idle = self._idle.get(str(origin), [])
            while idle:
                held = idle.pop()
                connection = held.connection
                if held.home == home and connection.is_available() and not connection.has_expired():
                    return held, stale
                stale.append(held)
        return None, stale

    def put(self, origin: httpcore.Origin, held: _Held[ConnectionT]) -> bool:
        """Keep a connection; False if it should be closed, because the list was."""
        with self._lock:
            if not self._closed:
                self._idle.setdefault(str(origin), []).append(held)
            return not self._closed

    def close(self) -> list[_Held[ConnectionT]]:
        """Keep nothing from now on; return what was kept."""
        with self._lock:
            self._closed = True
            held = [each for idle in self._idle.values() for each in idle]
            self._idle.clear()
        return held


def _origin(request: httpx.Request) -> httpcore.Origin:
    url = request.url
    port = url.port or {"http": 80, "https": 443}[url.scheme]
    return httpcore.Origin(url.raw_scheme, url.raw_host, port)


def _core_request(request: httpx.Request) -> httpcore.Request:
    url = request.url
    return httpcore.Request(
        method=request.method,
        url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


class Unframed(Exception):
    """The response does not say where it ends, so a cut connection could pass for its end."""


def _check_head(response: httpcore.Response) -> bool:
    """Refuse what cannot be read safely; return whether the body is chunked."""
    headers = {name.lower(): value for name, value in response.headers}
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Encoded("content encoding")
    chunked = b"chunked" in headers.get(b"transfer-encoding", b"").lower()
    if not chunked and b"content-length" not in headers:
        raise Unframed("no content length")
    return chunked


def _answer(response: httpcore.Response, body: bytes, *, fresh: bool) -> httpx.Response:
    return httpx.Response(response.status, headers=response.headers, content=body, extensions={"fresh": fresh})


def _may_be_kept(request: httpx.Request, held: _Held[ConnectionT], answer: httpx.Response, *, chunked: bool) -> bool:
    # A refusal by status echoes nothing, so whatever follows it should find a fresh connection.
    clean = answer.is_success and held.watch.ended_with(answer.content, chunked=chunked)
    return clean and bool(request.extensions.get("reuse")) and held.connection.is_idle()


class ConnectionTransport(httpx.BaseTransport):
    """Sends each request on a connection of its own or, where the request allows it, on a quiet one that is kept.

    Reads the whole response before it returns. `request.extensions` carry `deadline` (`time.monotonic`) and `reuse`;
    `response.extensions["fresh"]` is True if the connection carried no earlier request. Only hosts in *private* are
    looked for in private networks. *network* replaces the machine's sockets.
    """

    def __init__(
        self,
        ssl_context: ssl.SSLContext | None = None,
        private: Collection[str] = (),
        network: httpcore.NetworkBackend | None = None,
    ) -> None:
        self._ssl_context = ssl_context and checked(ssl_context)
        self._reach = Reach(private)
        self._network = network
        self._free: _FreeList[httpcore.HTTPConnection] = _FreeList()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request* and read its whole response; raises httpcore's exceptions."""
        origin = _origin(request)
        held, stale = self._take(origin, reuse=bool(request.extensions.get("reuse")))
        fresh, held.used = not held.used, True
        held.watch.begin(request.extensions["deadline"])
        kept = False
        try:
            for each in stale:
                each.connection.close()
            response = held.connection.handle_request(_core_request(request))
            chunked = _check_head(response)
            body = bytearray()
            for chunk in response.iter_stream():
                body += chunk
                if len(body) > CAP:
                    raise TooLarge(f"over {CAP} bytes")
            response.close()
            answer = _answer(response, bytes(body), fresh=fresh)
            kept = _may_be_kept(request, held, answer, chunked=chunked)
            return answer
        finally:
            if not (kept and self._free.put(origin, held)):
                held.connection.close()

    def _take(
        self, origin: httpcore.Origin, *, reuse: bool
    ) -> tuple[_Held[httpcore.HTTPConnection], list[_Held[httpcore.HTTPConnection]]]:
        """Return a connection, which was kept if one may be reused, and those to close."""
        held, stale = self._free.take(origin, os.getpid()) if reuse else (None, [])
        return held or self._new(origin), stale

    def _new(self, origin: httpcore.Origin) -> _Held[httpcore.HTTPConnection]:
        watch = Watch()
        context = (self._ssl_context or default_ssl_context()) if origin.scheme == b"https" else None
        connection = httpcore.HTTPConnection(
            origin,
            context,
            keepalive_expiry=KEEPALIVE,
            network_backend=DeadlineBackend(watch, self._reach, self._network),
        )
        return _Held(connection, watch, os.getpid())

    def close(self) -> None:
        """Close the idle connections."""
        for held in self._free.close():
            held.connection.close()


class AsyncConnectionTransport(httpx.AsyncBaseTransport):
    """`ConnectionTransport` for asyncio. The deadline is kept by the driver, which cancels."""

    def __init__(
        self,
        ssl_context: ssl.SSLContext | None = None,
        private: Collection[str] = (),
        network: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._ssl_context = ssl_context and checked(ssl_context)
        self._reach = Reach(private)
        self._network = network
        self._free: _FreeList[httpcore.AsyncHTTPConnection] = _FreeList()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request* and read its whole response; raises httpcore's exceptions."""
        origin = _origin(request)
        held, stale = self._take(origin, reuse=bool(request.extensions.get("reuse")))
        fresh, held.used = not held.used, True
        held.watch.begin(request.extensions["deadline"])
        kept = False
        try:
            await _close(stale)
            response = await held.connection.handle_async_request(_core_request(request))
            chunked = _check_head(response)
            body = bytearray()
            async for chunk in response.aiter_stream():
                body += chunk
                if len(body) > CAP:
                    raise TooLarge(f"over {CAP} bytes")
            await response.aclose()
            answer = _answer(response, bytes(body), fresh=fresh)
            kept = _may_be_kept(request, held, answer, chunked=chunked)
            return answer
        finally:
            if not (kept and self._free.put(origin, held)):
                await held.connection.aclose()

    def _take(
        self, origin: httpcore.Origin, *, reuse: bool
    ) -> tuple[_Held[httpcore.AsyncHTTPConnection], list[_Held[httpcore.AsyncHTTPConnection]]]:
        """Return a connection, which was kept if one may be reused, and those to close."""
        held, stale = self._free.take(origin, asyncio.get_running_loop()) if reuse else (None, [])
        return held or self._new(origin), stale

    def _new(self, origin: httpcore.Origin) -> _Held[httpcore.AsyncHTTPConnection]:
        watch = Watch()
        context = (self._ssl_context or default_ssl_context()) if origin.scheme == b"https" else None
        connection = httpcore.AsyncHTTPConnection(
            origin,
            context,
            keepalive_expiry=KEEPALIVE,
            network_backend=WatchedBackend(watch, self._reach, self._network),
        )
        return _Held(connection, watch, asyncio.get_running_loop())

    async def aclose(self) -> None:
        """Close the idle connections."""
        await _close(self._free.close())


async def _close(idle: list[_Held[httpcore.AsyncHTTPConnection]]) -> None:
    """Close all of *idle*, which nobody else knows any more, even if it is cancelled in the middle."""
    cancelled: asyncio.CancelledError | None = None
    for held in idle:
        # An event loop that has ended cannot do that any more; its sockets close when they are collected.
        with contextlib.suppress(RuntimeError):
            try:
                await held.connection.aclose()
            except asyncio.CancelledError as error:  # this one is closed, and only waited for others to run
                cancelled = error
    if cancelled is not None:
        raise cancelled

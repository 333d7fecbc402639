"""Network backends that hold every connect, read and write to one deadline, and watch for surplus bytes."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from smsway.transport._addresses import addresses, addresses_async, shares
from smsway.transport._library import httpcore
from smsway.transport._reach import Reach

_SLICE = 16_384

CAP = 1 << 20
"""Bytes of a response body at most."""

_OVERHEAD = 1 << 17
"""Bytes that a response may have around its body: headers, interim responses, the sizes of chunks."""


class TooLarge(Exception):
    """The response exceeds what it may have."""


@dataclass(slots=True)
class Watch:
    """What a connection's streams share with the transport.

    *deadline* is on `time.monotonic`. *received* is all that was read since the request began. *tls* is the TLS of a
    stream that decrypts in memory.
    """

    deadline: float = 0.0
    received: list[bytes] = field(default_factory=list)
    size: int = 0
    tls: ssl.SSLObject | None = None

    def begin(self, deadline: float) -> None:
        """A request begins."""
        self.deadline = deadline
        self.received = []
        self.size = 0

    def note(self, data: bytes) -> bytes:
        """Note *data*, which was read, and return it; raises `TooLarge` if it is too much."""
        self.received.append(data)
        self.size += len(data)
        if self.size > CAP + _OVERHEAD:
            raise TooLarge(f"over {CAP + _OVERHEAD} bytes")
        return data

    def left(self, timeout: float | None) -> float:
        """Return the seconds until the deadline or *timeout*, whichever ends first; negative when it has passed."""
        left = self.deadline - time.monotonic()
        return left if timeout is None else min(left, timeout)

    def ended_with(self, body: bytes, *, chunked: bool) -> bool:
        """True if what was read ends where the response does.

        If not, somebody sent more than one answer. An interim response (1xx) counts as more, too.
        """
        received = b"".join(self.received)
        start = received.find(b"\r\n\r\n") + 4
        end = _end_of_chunks(received, start) if chunked else start + len(body)
        return len(received) == end and not self._holds_more()

    def _holds_more(self) -> bool:
        """True if a further TLS record has arrived, but was not read: the socket is quiet about it."""
        if self.tls is None:
            return False
        try:
            self.tls.read(1)
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError:
            pass
        return True


def _end_of_chunks(received: bytes, start: int) -> int | None:
    """Return where a chunked body without trailers ends (RFC 9112 §7.1); `None` if it is none."""
    try:
        while True:
            line_end = received.index(b"\r\n", start)
            size = int(received[start:line_end].partition(b";")[0], 16)
            start = line_end + 2 + size + 2
            if not size:
                return start
    except ValueError:
        return None


class DeadlineStream(httpcore.NetworkStream):
    """A stream whose every step ends by the deadline, however slowly the peer drips."""

    def __init__(self, stream: httpcore.NetworkStream, watch: Watch) -> None:
        self._stream = stream
        self._watch = watch

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read once; raises `ReadTimeout` at the deadline."""
        left = self._watch.left(timeout)
        if left <= 0:
            raise httpcore.ReadTimeout("deadline")
        return self._watch.note(self._stream.read(max_bytes, left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of *buffer*; raises `WriteTimeout` at the deadline."""
        for start in range(0, len(buffer), _SLICE):
            left = self._watch.left(timeout)
            if left <= 0:
                raise httpcore.WriteTimeout("deadline")
            self._stream.write(buffer[start : start + _SLICE], left)

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Begin TLS; raises `ConnectTimeout` at the deadline."""
        left = self._watch.left(timeout)
        if left <= 0:
            raise httpcore.ConnectTimeout("deadline")
        return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, left), self._watch)

    def get_extra_info(self, info: str) -> Any:
        """Pass on what the stream knows."""
        return self._stream.get_extra_info(info)


class DeadlineBackend(httpcore.NetworkBackend):
    """Connects by the deadline, name resolution included, and within *reach*.

    It connects through *backend*: the machine's sockets if `None`.
    """

    def __init__(self, watch: Watch, reach: Reach, backend: httpcore.NetworkBackend | None = None) -> None:
        self._watch = watch
        self._reach = reach
        self._backend = backend or httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of *host* that answers; raises `ConnectTimeout` at the deadline."""
        until = time.monotonic() + self._watch.left(timeout)
        last: Exception = httpcore.ConnectError("no address")
        for address, seconds in shares(self._reach.within(host, addresses(host, port, until)), until):
            try:
                stream = self._backend.connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
            else:
                return DeadlineStream(stream, self._watch)
        raise last


class WatchedStream(httpcore.AsyncNetworkStream):
    """An async stream that notes what it reads; the deadline is the driver's."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, watch: Watch) -> None:
        self._stream = stream
        self._watch = watch

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # httpcore's signature
        """Read once."""
        return self._watch.note(await self._stream.read(max_bytes, timeout))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # as above
        """Write all of *buffer*."""
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # as above
    ) -> httpcore.AsyncNetworkStream:
        """Begin TLS."""
        try:
            stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            # httpcore closes the stream after errors, but not when the deadline cancels the handshake.
            await self._stream.aclose()
            raise
        self._watch.tls = stream.get_extra_info("ssl_object")
        return WatchedStream(stream, self._watch)

    def get_extra_info(self, info: str) -> Any:
        """Pass on what the stream knows."""
        return self._stream.get_extra_info(info)


class WatchedBackend(httpcore.AsyncNetworkBackend):
    """Connects streams that note what they read, within *reach*, through *backend*: the machine's sockets if `None`."""

    def __init__(self, watch: Watch, reach: Reach, backend: httpcore.AsyncNetworkBackend | None = None) -> None:
        self._watch = watch
        self._reach = reach
        self._backend = backend or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of *host* that answers; the deadline is the driver's."""
        until = time.monotonic() + self._watch.left(timeout)
        last: Exception = httpcore.ConnectError("no address")
        for address, seconds in shares(self._reach.within(host, await addresses_async(host, port, until)), until):
            try:
                stream = await self._backend.connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
            else:
                return WatchedStream(stream, self._watch)
        raise last

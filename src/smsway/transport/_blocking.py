"""Streams on sockets, for threads: they ask the system for as little as they can, and wait only where they must."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from smsway.transport._library import httpcore
from smsway.transport._readiness import is_ready

MOMENT = 0.001
"""Seconds in which somebody close by answers."""


class BlockingStream(httpcore.NetworkStream):
    """One connection of one thread at a time. Its *own* socket does not block; the stream does."""

    def __init__(self, own: socket.socket) -> None:
        self._socket = own
        self._secured = own if isinstance(own, ssl.SSLSocket) else None
        self._on_wait: Callable[[], None] | None = None
        self._moment = 0.0
        own.settimeout(0)

    def watch(self, on_wait: Callable[[], None] | None) -> None:
        """Tell *on_wait* once, when the other end is waited for later than a `MOMENT` from now; `None` tells nobody."""
        self._on_wait, self._moment = on_wait, time.monotonic() + MOMENT

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has arrived, if nothing has then what arrives next, and `b""` at the end.

        Raises `ReadTimeout` after *timeout* seconds, and `ReadError`.
        """
        until = _until(timeout)
        if not self._is_decrypted():
            self._wait(until, httpcore.ReadTimeout)
        while True:
            try:
                return self._socket.recv(max_bytes)
            except (BlockingIOError, ssl.SSLWantReadError):
                # Not for us: a false alarm, the half of a record, or a word of TLS to itself.
                self._wait(until, httpcore.ReadTimeout)
            except ssl.SSLWantWriteError:
                self._wait(until, httpcore.ReadTimeout, write=True)
            except OSError:
                raise httpcore.ReadError from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of *buffer*; raises `WriteTimeout` after *timeout* seconds, and `WriteError`."""
        until, left = _until(timeout), memoryview(buffer)
        while left:
            try:
                left = left[self._socket.send(left) :]
            except (BlockingIOError, ssl.SSLWantWriteError):
                self._wait(until, httpcore.WriteTimeout, write=True)
            except ssl.SSLWantReadError:
                self._wait(until, httpcore.WriteTimeout)
            except OSError:
                raise httpcore.WriteError from None

    def _wait(self, until: float | None, late: type[Exception], *, write: bool = False) -> None:
        """Wait until the socket is ready; raises *late* at *until*, ready or not: bytes may come that are no data."""
        if until is not None and time.monotonic() >= until:
            raise late
        number = self._socket.fileno()
        if self._on_wait is not None:
            if is_ready(number, max(self._moment - time.monotonic(), 0), write=write):
                return
            self._on_wait()
            self._on_wait = None
        left = None if until is None else max(until - time.monotonic(), 0)
        if not is_ready(number, left, write=write):
            raise late

    def _is_decrypted(self) -> bool:
        """True if TLS has something to read that is no longer in the socket."""
        return self._secured is not None and self._secured.pending() > 0

    def close(self) -> None:
        """Close at once, without the goodbyes of TLS."""
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> BlockingStream:
        """Begin TLS on the same socket, which is this stream's no more; raises `ConnectTimeout` or `ConnectError`."""
        with _connecting():
            self._socket.settimeout(timeout)
            secured = ssl_context.wrap_socket(
                self._socket, server_hostname=server_hostname, do_handshake_on_connect=False
            )
            try:
                secured.do_handshake()
            except BaseException:
                secured.close()
                raise
        return BlockingStream(secured)

    def get_extra_info(self, info: str) -> Any:
        """Tell whether the stream `is_readable`: something has come, or it has ended."""
        if info != "is_readable":
            return None
        return self._is_decrypted() or is_ready(self._socket.fileno(), 0)


class BlockingBackend(httpcore.NetworkBackend):
    """Connects streams."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> BlockingStream:
        """Connect to *host*; raises `ConnectTimeout` or `ConnectError`."""
        with _connecting():
            own = socket.create_connection((host, port), timeout, None if local_address is None else (local_address, 0))
            try:
                own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for option in socket_options or ():
                    own.setsockopt(*option)
            except BaseException:
                own.close()
                raise
        return BlockingStream(own)


@contextlib.contextmanager
def _connecting() -> Iterator[None]:
    """Raise what goes wrong as httpcore's exceptions."""
    try:
        yield
    except TimeoutError:
        raise httpcore.ConnectTimeout from None
    except OSError:
        raise httpcore.ConnectError from None


def _until(timeout: float | None) -> float | None:
    return None if timeout is None else time.monotonic() + timeout

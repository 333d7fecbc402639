"""A port that listens or refuses, and stays ours in both cases."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Callable

_BACKLOG = 1024
_REST = 0.1
_POSIX = os.name == "posix"
# Not elsewhere, where it would let two servers have the same port.
_REUSE = int(_POSIX)
_AT_ONCE = struct.pack("ii" if _POSIX else "hh", 1, 0)


class Listener:
    """Hands every accepted socket to *accepted*; lives in a running event loop that has `add_reader`.

    It refuses until `listen`. *port* 0 takes any free port. Raises `OSError` if the port cannot be had.
    """

    def __init__(self, host: str, port: int, accepted: Callable[[socket.socket], None]) -> None:
        self._accepted = accepted
        self._loop = asyncio.get_running_loop()
        self._host = host
        self._socket = _bound(host, port)
        self.port: int = self._socket.getsockname()[1]
        self.listening = False

    def listen(self) -> None:
        """Accept connections from now on."""
        if not self.listening:
            self._socket.listen(_BACKLOG)
            self._loop.add_reader(self._socket, self._accept)
            self.listening = True

    def refuse(self) -> None:
        """Let the operating system refuse every connection from now on."""
        if self.listening:
            self.close()
            # A socket that is bound and does not listen refuses, and keeps others from taking the port.
            self._socket = _bound(self._host, self.port)

    def close(self) -> None:
        """Give the port back."""
        if self.listening:
            self._loop.remove_reader(self._socket)
            self.listening = False
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._socket.accept()
            except BlockingIOError:
                return
            except OSError:
                # Out of file descriptors: those who wait in the backlog stay readable, so look away for a moment.
                self._loop.remove_reader(self._socket)
                self._loop.call_later(_REST, self._resume)
                return
            accepted.settimeout(0)
            self._accepted(accepted)

    def _resume(self) -> None:
        if self.listening:
            self._loop.add_reader(self._socket, self._accept)


def _bound(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, _REUSE)
        bound.bind(address)
        bound.settimeout(0)
    except OSError:
        bound.close()
        raise
    return bound


def reset(accepted: socket.socket) -> None:
    """Close with RST instead of FIN."""
    accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    accepted.close()

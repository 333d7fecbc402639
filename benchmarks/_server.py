"""The canned server, in a process of its own: plain and over TLS, at once and after a delay."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

import certifi
import trustme
import uvloop
from _canned import ANSWERS

DELAYS = (0, 20, 50)
"""Milliseconds until an answer, each on ports of its own."""

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_CLOSING = _HEAD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


class Connection(asyncio.Protocol):
    """Reads requests with a Content-Length and answers each in one write."""

    def __init__(self, answer: Callable[[bytes], bytes], delay: float) -> None:
        self._answer, self._delay = answer, delay
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's TLS is none by its class

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while True:
            head = self._unread.find(b"\r\n\r\n")
            if head < 0:
                return
            fields = self._unread[:head].lower()
            end = head + 4 + int(fields.partition(b"content-length:")[2].partition(b"\r\n")[0])
            if len(self._unread) < end:
                return
            body, self._unread = self._unread[head + 4 : end], self._unread[end:]
            answer, closing = self._answer(body), b"connection: close" in fields
            written = (_CLOSING if closing else _HEAD) % len(answer) + answer
            if self._delay:
                asyncio.get_running_loop().call_later(self._delay, self._write, written, closing)
            else:
                self._write(written, closing)
            if closing:
                return

    def _write(self, written: bytes, closing: bool) -> None:  # noqa: FBT001  # a callback's argument
        if not self._transport.is_closing():
            self._transport.write(written)
            if closing:
                self._transport.close()


async def _serve(certificate: str) -> None:
    loop = asyncio.get_running_loop()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    urls: dict[str, str] = {}
    for scheme, context in (("http", None), ("https", tls)):
        for name, answer in ANSWERS.items():
            for delay in DELAYS:
                serve = partial(Connection, answer, delay / 1000)
                server = await loop.create_server(serve, "127.0.0.1", 0, backlog=1024, ssl=context)
                urls[f"{scheme} {name} {delay}"] = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    print(json.dumps(urls), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)  # until whoever started this process ends or lets go


@dataclass(frozen=True)
class Served:
    """The addresses, and the file of the authority that signed the certificate."""

    urls: dict[str, str]
    authority: str

    def url(self, name: str, *, tls: bool = False, delay: int = 0) -> str:
        """Return where the provider *name* answers after *delay* milliseconds."""
        return self.urls[f"{'https' if tls else 'http'} {name} {delay}"]


@contextmanager
def serving() -> Iterator[Served]:
    """Run the server."""
    authority = trustme.CA()
    with tempfile.TemporaryDirectory() as folder:
        trusted, certificate = str(Path(folder) / "authority.pem"), str(Path(folder) / "server.pem")
        # Beside all those whom everybody trusts: whoever loads them for each request does so here, too.
        Path(trusted).write_bytes(Path(certifi.where()).read_bytes() + authority.cert_pem.bytes())
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
        command = [sys.executable, str(Path(__file__).resolve()), certificate]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                yield Served(json.loads(process.stdout.readline()), trusted)
            finally:
                process.stdin.close()


if __name__ == "__main__":
    uvloop.run(_serve(sys.argv[1]))

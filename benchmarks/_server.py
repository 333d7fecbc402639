"""The canned server, in a process of its own, plain and over TLS: answers at once with bytes that were made before."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import trustme
from _canned import VENDORS, Vendor

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_CLOSING = _HEAD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


class Connection(asyncio.Protocol):
    """Reads requests with a Content-Length and answers each in one write."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

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
            closing = b"connection: close" in fields
            answer = self._vendor.answer(body)
            self._transport.write((_CLOSING if closing else _HEAD) % len(answer) + answer)
            if closing:
                self._transport.close()
                return


async def _serve(certificate: str) -> None:
    loop = asyncio.get_running_loop()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    urls: dict[str, dict[str, str]] = {"http": {}, "https": {}}
    for scheme, context in (("http", None), ("https", tls)):
        for vendor in VENDORS:
            serve = partial(Connection, vendor)
            server = await loop.create_server(serve, "127.0.0.1", 0, backlog=1024, ssl=context)
            urls[scheme][vendor.name] = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    print(json.dumps(urls), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)  # until whoever started this process ends or lets go


@dataclass(frozen=True)
class Served:
    """The address of each provider, plain and over TLS, and the context that trusts the certificate."""

    plain: dict[str, str]
    tls: dict[str, str]
    trust: ssl.SSLContext


@contextmanager
def serving() -> Iterator[Served]:
    """Run the server."""
    authority, trust = trustme.CA(), ssl.create_default_context()
    authority.configure_trust(trust)
    with tempfile.TemporaryDirectory() as folder:
        certificate = str(Path(folder) / "server.pem")
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
        command = [sys.executable, str(Path(__file__).resolve()), certificate]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                urls = json.loads(process.stdout.readline())
                yield Served(urls["http"], urls["https"], trust)
            finally:
                process.stdin.close()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))

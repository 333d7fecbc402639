"""The canned server, in a process of its own: answers at once with bytes that were made before."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

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


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    urls = {}
    for vendor in VENDORS:
        server = await loop.create_server(partial(Connection, vendor), "127.0.0.1", 0, backlog=1024)
        urls[vendor.name] = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    print(json.dumps(urls), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)  # until whoever started this process ends or lets go


@contextmanager
def serving() -> Iterator[dict[str, str]]:
    """Run the server; gives the address of each provider."""
    command = [sys.executable, str(Path(__file__).resolve())]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()


if __name__ == "__main__":
    asyncio.run(_serve())

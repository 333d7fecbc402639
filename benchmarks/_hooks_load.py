"""Posts single reports over kept connections, and times each."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator

from _hooks_server import SECRET, mobile, sid

PATHS = {"smsway": f"/smsway/cn/{SECRET}", "plain": "/plain"}


def request(path: str, number: int) -> bytes:
    """Return the vendor's report of text *number*, ready to write (cloud.tencent.com/document/product/382/5807)."""
    report = {
        "user_receive_time": "2019-11-12 18:00:00",
        "nationcode": "86",
        "mobile": mobile(number),
        "report_status": "SUCCESS",
        "errmsg": "DELIVRD",
        "description": "用户短信送达成功",
        "sid": sid(number),
    }
    body = json.dumps([report]).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


class Connection(asyncio.Protocol):
    """Writes the next request when it has the whole answer to the last; *seconds* gets how long each took."""

    def __init__(self, requests: Iterator[bytes], seconds: list[float], done: asyncio.Future[None]) -> None:
        self._requests = requests
        self._seconds = seconds
        self._done = done
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def _next(self) -> None:
        wanted = next(self._requests, None)
        if wanted is None:
            self._transport.close()
            self._done.set_result(None)
            return
        self._began = time.perf_counter()
        self._transport.write(wanted)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        head = self._unread.find(b"\r\n\r\n")
        if head < 0:
            return
        fields = self._unread[:head].lower()
        length = int(fields.partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(self._unread) < head + 4 + length:
            return
        if not self._unread.startswith(b"HTTP/1.1 200 "):
            self._done.set_exception(SystemExit(f"not taken: {self._unread[:head]!r}"))
            return
        self._unread = b""
        self._seconds.append(time.perf_counter() - self._began)
        self._next()


async def load(port: int, requests: list[bytes], connections: int) -> list[float]:
    """Post *requests* over so many *connections*; return the seconds that each took."""
    loop, left, seconds = asyncio.get_running_loop(), iter(requests), list[float]()
    ends = [loop.create_future() for _ in range(connections)]
    for end in ends:

        def connect(end: asyncio.Future[None] = end) -> Connection:
            return Connection(left, seconds, end)

        await loop.create_connection(connect, "127.0.0.1", port)
    await asyncio.gather(*ends)
    return seconds


async def told(port: int) -> int:
    """Ask how many reports observers were told of."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /told HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return int(answer.rpartition(b"\r\n\r\n")[2])

"""Makes one request to the customer as a vendor would: h11 over a connection of its own."""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

import h11

from smsway.model import SandboxPush

_PATIENCE = 5.0
_CHUNK = 64 * 1024
_LARGEST_ANSWER = 64 * 1024


class Answer(NamedTuple):
    """The customer's answer."""

    status: int
    body: bytes


async def post(url: str, push: SandboxPush, context: ssl.SSLContext | None) -> Answer | None:
    """Post *push* to *url*; `None` if no whole answer came within a few seconds.

    *context* is for https, `None` for one that trusts what the system trusts. Redirects are not followed.
    """
    parts = urlsplit(url)
    try:
        async with asyncio.timeout(_PATIENCE):
            return await _exchange(parts, push, context)
    except (OSError, h11.ProtocolError):  # a TimeoutError is an OSError, and so is whatever TLS raises
        return None


async def _exchange(parts: SplitResult, push: SandboxPush, context: ssl.SSLContext | None) -> Answer | None:
    tls = (context or ssl.create_default_context()) if parts.scheme == "https" else None
    port = parts.port or (443 if tls else 80)
    reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=tls)
    try:
        protocol = h11.Connection(h11.CLIENT)
        body = [h11.Data(push.body)] if push.body else []
        for event in (_head(parts, push), *body, h11.EndOfMessage()):
            writer.write(protocol.send(event) or b"")
        await writer.drain()
        return await _answer(protocol, reader)
    finally:
        writer.transport.abort()


def _head(parts: SplitResult, push: SandboxPush) -> h11.Request:
    query = "&".join(filter(None, (parts.query, push.query)))
    target = (parts.path or "/") + (f"?{query}" if query else "")
    headers = [
        ("Host", parts.netloc.rpartition("@")[2]),
        ("User-Agent", "smsway-sandbox"),
        ("Connection", "close"),
        *push.headers.items(),
    ]
    if push.method != "GET":
        headers += [("Content-Type", push.content_type), ("Content-Length", str(len(push.body)))]
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers.append(("Authorization", f"Basic {b64encode(pair.encode()).decode()}"))
    return h11.Request(method=push.method, target=target, headers=headers)


async def _answer(protocol: h11.Connection, reader: asyncio.StreamReader) -> Answer | None:
    status, body = 0, bytearray()
    while not isinstance(event := protocol.next_event(), h11.EndOfMessage):
        if event is h11.NEED_DATA:
            protocol.receive_data(await reader.read(_CHUNK))
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > _LARGEST_ANSWER:
                return None
    return Answer(status, bytes(body))

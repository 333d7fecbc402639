"""Transports that the application brings: httpx's interface, asked for one connection each and one answer."""

from __future__ import annotations

import asyncio
import time

from smsway.model import Request, Response
from smsway.transport._certainty import Phases
from smsway.transport._exchange import CAP, TooLarge
from smsway.transport._library import httpx
from smsway.transport._messages import decode, encode
from smsway.transport._quiet import quiet


class ForeignTransport:
    """Exchanges over any transport of httpx."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self._transport = transport

    def exchange(self, request: Request, deadline: float, phases: Phases, *, reuse: bool) -> Response:  # noqa: ARG002  # connections are its own
        """Do what `ConnectionTransport.exchange` does, as far as the transport lets it; never on a kept connection."""
        ready = encode(request, deadline, deadline - time.monotonic(), phases.note)
        phases.wait()
        with quiet():
            response = self._transport.handle_request(ready)
            try:
                return decode(response, _read(response, deadline))
            finally:
                response.close()

    def close(self) -> None:
        """Close the transport."""
        self._transport.close()


def _read(response: httpx.Response, deadline: float) -> bytes:
    if response.is_stream_consumed:
        return response.content
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > CAP:
            raise TooLarge(f"over {CAP} bytes")
        if time.monotonic() > deadline:
            raise TimeoutError
    return bytes(body)


class AsyncForeignTransport:
    """`ForeignTransport` for asyncio."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def exchange(self, request: Request, deadline: float, phases: Phases, *, reuse: bool) -> Response:  # noqa: ARG002  # as above
        """Do what `ForeignTransport.exchange` does; raises `TimeoutError` at *deadline*."""
        left = deadline - time.monotonic()
        ready = encode(request, deadline, left, phases.anote)
        with quiet():
            async with asyncio.timeout(left):
                response = await self._transport.handle_async_request(ready)
                try:
                    return decode(response, await _aread(response))
                finally:
                    await response.aclose()

    async def aclose(self) -> None:
        """Close the transport."""
        await self._transport.aclose()


async def _aread(response: httpx.Response) -> bytes:
    if response.is_stream_consumed:
        return response.content
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > CAP:
            raise TooLarge(f"over {CAP} bytes")
    return bytes(body)

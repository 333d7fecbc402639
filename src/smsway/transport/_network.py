"""Connects by a deadline, name resolution and TLS included, to where a host may lead."""

from __future__ import annotations

import ssl
import time

from smsway.transport._addresses import addresses, addresses_async, shares
from smsway.transport._asyncio import AsyncioBackend
from smsway.transport._blocking import BlockingBackend
from smsway.transport._certainty import Phases
from smsway.transport._library import httpcore
from smsway.transport._messages import Origin
from smsway.transport._reach import Reach


class Connector:
    """Opens connections within *reach* through *backend*: the machine's sockets if `None`."""

    def __init__(self, reach: Reach, backend: httpcore.NetworkBackend | None = None) -> None:
        self._reach = reach
        self._backend = backend or BlockingBackend()

    def connect(
        self, origin: Origin, context: ssl.SSLContext | None, until: float, phases: Phases
    ) -> httpcore.NetworkStream:
        """Connect to *origin*, with TLS by *context*; raises `ConnectError`, or `ConnectTimeout` at *until*."""
        phases.enter("connect_tcp")
        stream = self._first(origin, until)
        if context is None:
            return stream
        try:
            phases.enter("start_tls")
            return stream.start_tls(context, origin.host, _left(until))
        except BaseException:
            # What is no error of the network leaves the stream to us.
            stream.close()
            raise

    def _first(self, origin: Origin, until: float) -> httpcore.NetworkStream:
        """Connect to the first address that answers."""
        last: Exception = httpcore.ConnectError("no address")
        found = self._reach.within(origin.host, addresses(origin.host, origin.port, until))
        for address, seconds in shares(found, until):
            try:
                return self._backend.connect_tcp(address, origin.port, seconds)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last


class AsyncConnector:
    """`Connector` for asyncio."""

    def __init__(self, reach: Reach, backend: httpcore.AsyncNetworkBackend | None = None) -> None:
        self._reach = reach
        self._backend = backend or AsyncioBackend()

    async def connect(
        self, origin: Origin, context: ssl.SSLContext | None, until: float, phases: Phases
    ) -> httpcore.AsyncNetworkStream:
        """Connect to *origin* as `Connector` does."""
        phases.enter("connect_tcp")
        stream = await self._first(origin, until)
        if context is None:
            return stream
        try:
            phases.enter("start_tls")
            return await stream.start_tls(context, origin.host, _left(until))
        except BaseException:
            # When the deadline cancels a handshake, the stream is left to us.
            await stream.aclose()
            raise

    async def _first(self, origin: Origin, until: float) -> httpcore.AsyncNetworkStream:
        last: Exception = httpcore.ConnectError("no address")
        found = self._reach.within(origin.host, await addresses_async(origin.host, origin.port, until))
        for address, seconds in shares(found, until):
            try:
                return await self._backend.connect_tcp(address, origin.port, seconds)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last


def _left(until: float) -> float:
    """Return the seconds left until *until* (`time.monotonic`); raises `ConnectTimeout` if there are none."""
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore.ConnectTimeout("deadline")
    return left

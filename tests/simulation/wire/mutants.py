"""The transport with one mistake each, as others make them: a simulation that does not find them is worth nothing."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from math import inf
from types import MappingProxyType
from typing import Any

from wire.schedule import Variant

from smsway.delivery import Flow, Transmit, TransportFailure
from smsway.model import Response
from smsway.transport import AsyncConnectionTransport, AsyncDriver, _certainty, _connections, _network
from smsway.transport._library import httpcore, httpx
from smsway.transport._network import WatchedStream


class Trusting(AsyncConnectionTransport):
    """Takes whatever comes on a connection for the answer to the last request."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request*."""
        response = await super().handle_async_request(request)
        response.extensions["fresh"] = True
        return response


class Reusing(AsyncDriver):
    """Lets every request go on a connection that was kept."""

    async def _transmit(self, effect: Transmit) -> Response:
        return await super()._transmit(replace(effect, reuse=True))


class ByClass(AsyncDriver):
    """Holds that a request may have been sent only if it timed out."""

    async def _transmit(self, effect: Transmit) -> Response:
        try:
            return await super()._transmit(effect)
        except TransportFailure as failure:
            what = failure.what
        raise TransportFailure(what, maybe_sent=what.startswith(("ReadTimeout", "WriteTimeout", "TimeoutError")))


class Fearful(AsyncDriver):
    """Holds that every request may have been sent."""

    async def _transmit(self, effect: Transmit) -> Response:
        try:
            return await super()._transmit(effect)
        except TransportFailure as failure:
            what = failure.what
        raise TransportFailure(what, maybe_sent=True)


class Patient(AsyncDriver):
    """Reads on for a minute after the deadline."""

    async def _transmit(self, effect: Transmit) -> Response:
        return await super()._transmit(replace(effect, deadline=effect.deadline + 60))


class Raw(AsyncDriver):
    """Lets the engine have other errors than those that it knows."""

    async def _transmit(self, effect: Transmit) -> Response:
        try:
            return await super()._transmit(effect)
        except TransportFailure as failure:
            what = failure.what
        raise OSError(what)


class Bypassing(AsyncDriver):
    """Lets failures past the engine."""

    async def run(self, flow: Flow[Any]) -> Any:
        """Run *flow* until something fails."""
        answer = None
        with contextlib.suppress(StopIteration):
            while True:
                answer = await self._perform(flow.send(answer))
        return []


class Retrying(AsyncConnectionTransport):
    """Sends again what failed on a connection that was kept."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request*."""
        used = bool(request.extensions["reuse"] and self._free._idle.get(str(_connections._origin(request))))
        try:
            return await super().handle_async_request(request)
        except (httpcore.ReadError, httpcore.RemoteProtocolError):
            if not used:
                raise
            return await super().handle_async_request(request)


_receive_body = httpcore.AsyncHTTP11Connection._receive_response_body


async def _lenient_body(self: httpcore.AsyncHTTP11Connection, request: httpcore.Request) -> AsyncIterator[bytes]:
    with contextlib.suppress(httpcore.RemoteProtocolError):
        async for chunk in _receive_body(self, request):
            yield chunk


async def _careless_tls(self: WatchedStream, *args: Any, **options: Any) -> WatchedStream:
    return WatchedStream(await self._stream.start_tls(*args, **options), self._watch)


async def _hasty_close(idle: list[Any]) -> None:
    for held in idle:
        await held.connection.aclose()


def _lenient_head(response: httpcore.Response) -> bool:
    return any(name.lower() == b"transfer-encoding" for name, _ in response.headers)


def _timeout_alone(self: _network.Watch, timeout: float | None) -> float:  # noqa: ARG001  # a method
    return inf if timeout is None else timeout


MUTANTS: Mapping[str, Variant] = MappingProxyType(
    {
        "reuses connections without an echo": Variant(transport=Trusting, driver=Reusing),
        "takes a bare status on a used connection for its own": Variant(transport=Trusting),
        "judges a failure by its class": Variant(driver=ByClass),
        "takes every failure for one that may have been sent": Variant(driver=Fearful),
        "reads on after the deadline": Variant(driver=Patient),
        "takes a request for begun when it is over": Variant(
            altered=((_certainty, "_WRITING", ".receive_response_headers.started"),)
        ),
        "knows only some failures": Variant(driver=Raw),
        "lets failures past the engine": Variant(driver=Bypassing),
        "sends again what failed on a stale connection": Variant(transport=Retrying),
        "takes a body that was cut for the whole": Variant(
            altered=((httpcore.AsyncHTTP11Connection, "_receive_response_body", _lenient_body),)
        ),
        "takes an answer that does not say where it ends": Variant(
            altered=((_connections, "_check_head", _lenient_head),)
        ),
        "reads as much as comes": Variant(altered=((_connections, "CAP", 1 << 30), (_network, "CAP", 1 << 30))),
        "leaves a handshake that was cancelled": Variant(altered=((WatchedStream, "start_tls", _careless_tls),)),
        "closes stale connections until it is cancelled": Variant(altered=((_connections, "_close", _hasty_close),)),
    }
)

BLOCKING_MUTANTS: Mapping[str, Variant] = MappingProxyType(
    {
        "gives every read its whole time anew": Variant(altered=((_network.Watch, "left", _timeout_alone),)),
    }
)
"""Those of the blocking client, whose every read keeps the deadline; on asyncio, a task that is late is cancelled."""

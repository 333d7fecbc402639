"""The transport with one mistake each, as others make them: a simulation that does not find them is worth nothing."""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import h11
from wire.schedule import Variant

from smsway.delivery import Flow, Transmit, TransportFailure
from smsway.model import Request, Response
from smsway.transport import AsyncConnectionTransport, AsyncDriver, _certainty, _connections, _exchange
from smsway.transport._certainty import Phases
from smsway.transport._exchange import Exchange
from smsway.transport._library import httpcore
from smsway.transport._messages import Origin, prepare
from smsway.transport._network import AsyncConnector


class Trusting(AsyncConnectionTransport):
    """Takes whatever comes on a connection for the answer to the last request."""

    async def exchange(self, *asked: Any, **how: Any) -> Response:
        """Send the request."""
        return replace(await super().exchange(*asked, **how), fresh=True)


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
        # It gives its turn back, or others would wait for it for ever.
        with contextlib.closing(flow), contextlib.suppress(StopIteration):
            while True:
                answer = await self._perform(flow.send(answer))
        return []


class Retrying(AsyncConnectionTransport):
    """Sends again what failed on a connection that was kept."""

    async def exchange(self, request: Request, deadline: float, phases: Phases, *, reuse: bool) -> Response:
        """Send *request*."""
        origin = prepare(request, close=not reuse).origin
        used = reuse and bool(self._free._idle.get(origin))
        try:
            return await super().exchange(request, deadline, phases, reuse=reuse)
        except (httpcore.ReadError, httpcore.RemoteProtocolError):
            if not used:
                raise
            return await super().exchange(request, deadline, phases, reuse=reuse)


_receive = Exchange.receive


def _lenient_end(self: Exchange, data: bytes) -> bool:
    try:
        return _receive(self, data)
    except httpcore.RemoteProtocolError:
        if not self.begun:
            raise
        return True


async def _careless_tls(
    self: AsyncConnector, origin: Origin, context: ssl.SSLContext | None, until: float, phases: Phases
) -> httpcore.AsyncNetworkStream:
    phases.enter("connect_tcp")
    stream = await self._first(origin, until)
    if context is None:
        return stream
    phases.enter("start_tls")
    return await stream.start_tls(context, origin.host, until - time.monotonic())


async def _hasty_close(idle: list[Any]) -> None:
    for held in idle:
        await held.stream.aclose()


def _lenient_head(_: h11.Response) -> None:
    """Take any."""


def _anew(deadline: float, late: type[Exception]) -> float:  # noqa: ARG001  # what it stands for needs both
    return 10.0


MUTANTS: Mapping[str, Variant] = MappingProxyType(
    {
        "reuses connections without an echo": Variant(transport=Trusting, driver=Reusing),
        "takes a bare status on a used connection for its own": Variant(transport=Trusting),
        "judges a failure by its class": Variant(driver=ByClass),
        "takes every failure for one that may have been sent": Variant(driver=Fearful),
        "reads on after the deadline": Variant(driver=Patient),
        "takes a request for begun when it is over": Variant(
            altered=((_certainty, "_WRITING", "receive_response_headers"),)
        ),
        "knows only some failures": Variant(driver=Raw),
        "lets failures past the engine": Variant(driver=Bypassing),
        "sends again what failed on a stale connection": Variant(transport=Retrying),
        "takes a body that was cut for the whole": Variant(altered=((Exchange, "receive", _lenient_end),)),
        "takes an answer that does not say where it ends": Variant(
            altered=((_exchange, "_check_head", _lenient_head),)
        ),
        "reads as much as comes": Variant(altered=((_exchange, "CAP", 1 << 30),)),
        "leaves a handshake that was cancelled": Variant(altered=((AsyncConnector, "connect", _careless_tls),)),
        "closes stale connections until it is cancelled": Variant(altered=((_connections, "_close", _hasty_close),)),
    }
)

BLOCKING_MUTANTS: Mapping[str, Variant] = MappingProxyType(
    {
        "gives every read its whole time anew": Variant(altered=((_connections, "_left", _anew),)),
    }
)
"""Those of the blocking client, whose every read keeps the deadline; on asyncio, a task that is late is cancelled."""

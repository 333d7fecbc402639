"""The two drivers: they carry out the engine's effects, one with threads, one with asyncio."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar, assert_never

from smsway.delivery import Effect, Event, Flow, Keep, Pause, Record, Transmit, TransportFailure
from smsway.model import AttemptStarted, HealthChanged, Response, Stopped
from smsway.transport._certainty import Phases
from smsway.transport._connections import AsyncConnectionTransport, ConnectionTransport
from smsway.transport._foreign import AsyncForeignTransport, ForeignTransport
from smsway.transport._library import httpx

T = TypeVar("T")

Recorder = Callable[[Event | HealthChanged], None]


class SyncDriver:
    """Carries out effects in the calling thread; safe to share between threads."""

    def __init__(self, recorder: Recorder, transport: httpx.BaseTransport | None = None) -> None:
        self._tell = recorder
        transport = transport or ConnectionTransport()
        self._own = isinstance(transport, ConnectionTransport)
        self._transport = transport if isinstance(transport, ConnectionTransport) else ForeignTransport(transport)

    def run(self, flow: Flow[T], left: threading.Event | None = None) -> T:
        """Run *flow* to its end; whatever an effect raises is raised into it, cancellation too.

        Once *left* is set, nobody waits for the flow any more: it begins no further attempt.
        """
        try:
            effect = next(flow)
            while True:
                try:
                    if left is not None and isinstance(effect, Pause | Record):
                        self._check_left(effect, left)
                    answer = self._perform(effect)
                except BaseException as error:  # noqa: BLE001  # the engine decides what each of them proves
                    # The frames below hold the request's body; no traceback may carry them further.
                    effect = flow.throw(error.with_traceback(None))
                else:
                    effect = flow.send(answer)
        except StopIteration as stop:
            value: T = stop.value
            return value

    @staticmethod
    def _check_left(effect: Pause | Record, left: threading.Event) -> None:
        """Raise `Stopped` instead of a pause or the start of an attempt, once *left* is set."""
        if isinstance(effect, Pause):
            left.wait(max(effect.until - time.monotonic(), 0))
        if left.is_set() and (isinstance(effect, Pause) or isinstance(effect.event, AttemptStarted)):
            raise Stopped("the caller has left")

    def _perform(self, effect: Effect) -> Any:
        match effect:
            case Transmit():
                return self._transmit(effect)
            case Pause():
                time.sleep(max(effect.until - time.monotonic(), 0))
            case Record():
                self._tell(effect.event)
            case Keep():
                return effect.work()
            case _:
                assert_never(effect)
        return None

    def _transmit(self, effect: Transmit) -> Response:
        phases = Phases(complete=self._own)
        if effect.deadline <= time.monotonic():
            raise TransportFailure("no time left", maybe_sent=False)
        try:
            return self._transport.exchange(effect.request, effect.deadline, phases, reuse=effect.reuse)
        except TransportFailure as unbuilt:
            failure = unbuilt.with_traceback(None)
        except Exception as error:  # noqa: BLE001  # by phase, not by class: libraries raise beside their own trees
            failure = phases.failure(error)
        except BaseException as cut:
            # What failed before hangs on it, and its frames hold the request.
            cut.__context__ = None
            raise
        raise failure

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()


class AsyncDriver:
    """Carries out effects on asyncio; safe to share between tasks of one event loop."""

    def __init__(self, recorder: Recorder, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._tell = recorder
        transport = transport or AsyncConnectionTransport()
        self._own = isinstance(transport, AsyncConnectionTransport)
        self._transport = (
            transport if isinstance(transport, AsyncConnectionTransport) else AsyncForeignTransport(transport)
        )

    async def run(self, flow: Flow[T]) -> T:
        """Run *flow* to its end; whatever an effect raises is raised into it, cancellation too."""
        try:
            effect = next(flow)
            while True:
                try:
                    answer = await self._perform(effect)
                except BaseException as error:  # noqa: BLE001  # as in the sync driver
                    effect = flow.throw(error.with_traceback(None))
                else:
                    effect = flow.send(answer)
        except StopIteration as stop:
            value: T = stop.value
            return value

    async def _perform(self, effect: Effect) -> Any:
        match effect:
            case Transmit():
                return await self._transmit(effect)
            case Pause():
                await asyncio.sleep(max(effect.until - time.monotonic(), 0))
            case Record():
                self._tell(effect.event)
            case Keep():
                return await asyncio.to_thread(effect.work)
            case _:
                assert_never(effect)
        return None

    async def _transmit(self, effect: Transmit) -> Response:
        phases = Phases(complete=self._own)
        if effect.deadline <= time.monotonic():
            raise TransportFailure("no time left", maybe_sent=False)
        try:
            return await self._transport.exchange(effect.request, effect.deadline, phases, reuse=effect.reuse)
        except TransportFailure as unbuilt:
            failure = unbuilt.with_traceback(None)
        except Exception as error:  # noqa: BLE001  # by phase, as in the sync driver
            failure = phases.failure(error)
        except BaseException as cut:
            # What failed before hangs on it, and its frames hold the request.
            cut.__context__ = None
            raise
        raise failure

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

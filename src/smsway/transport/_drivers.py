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
from smsway.transport._library import httpx
from smsway.transport._messages import decode, encode
from smsway.transport._network import CAP, TooLarge
from smsway.transport._quiet import quiet

T = TypeVar("T")

Recorder = Callable[[Event | HealthChanged], None]


class SyncDriver:
    """Carries out effects in the calling thread; safe to share between threads."""

    def __init__(self, recorder: Recorder, transport: httpx.BaseTransport | None = None) -> None:
        self._tell = recorder
        self._own = transport is None or isinstance(transport, ConnectionTransport)
        self._transport = transport or ConnectionTransport()

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
        left = effect.deadline - time.monotonic()
        if left <= 0:
            raise TransportFailure("no time left", maybe_sent=False)
        request = encode(effect.request, effect.deadline, left, phases.note, reuse=effect.reuse, own=self._own)
        try:
            with quiet():
                response = self._transport.handle_request(request)
                try:
                    return decode(response, self._read(response, effect.deadline))
                finally:
                    response.close()
        except Exception as error:  # noqa: BLE001  # by phase, not by class: libraries raise beside their own trees
            failure = phases.failure(error)
        raise failure

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        """Read a response of a transport that is not ours; ours is read already, and so may theirs be."""
        if self._own or response.is_stream_consumed:
            return response.content
        body = bytearray()
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > CAP:
                raise TooLarge(f"over {CAP} bytes")
            if time.monotonic() > deadline:
                raise TimeoutError
        return bytes(body)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()


class AsyncDriver:
    """Carries out effects on asyncio; safe to share between tasks of one event loop."""

    def __init__(self, recorder: Recorder, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._tell = recorder
        self._own = transport is None or isinstance(transport, AsyncConnectionTransport)
        self._transport = transport or AsyncConnectionTransport()

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
        left = effect.deadline - time.monotonic()
        if left <= 0:
            raise TransportFailure("no time left", maybe_sent=False)
        request = encode(effect.request, effect.deadline, left, phases.anote, reuse=effect.reuse, own=self._own)
        try:
            with quiet():
                async with asyncio.timeout(left):
                    response = await self._transport.handle_async_request(request)
                    try:
                        return decode(response, await self._read(response))
                    finally:
                        await response.aclose()
        except Exception as error:  # noqa: BLE001  # by phase, as in the sync driver
            failure = phases.failure(error)
        raise failure

    async def _read(self, response: httpx.Response) -> bytes:
        if self._own or response.is_stream_consumed:
            return response.content
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > CAP:
                raise TooLarge(f"over {CAP} bytes")
        return bytes(body)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

"""The two drivers: they carry out the engine's effects, one with threads, one with asyncio."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, assert_never

from smsway.delivery import Effect, Event, Flow, Keep, Pause, Record, Transmit, TransportFailure
from smsway.model import AttemptStarted, HealthChanged, Response, Stopped
from smsway.transport._certainty import Phases
from smsway.transport._connections import AsyncConnectionTransport, ConnectionTransport
from smsway.transport._foreign import AsyncForeignTransport, ForeignTransport
from smsway.transport._library import httpx

T = TypeVar("T")

Recorder = Callable[[Event | HealthChanged], None]


class Hand(Protocol):
    """One of several threads that share what is to be done. It says when it waits, so that another can go on."""

    @property
    def left(self) -> threading.Event:
        """Set once nobody waits any more for what it does; then it begins no further attempt."""
        ...

    def waits(self) -> None:
        """It does nothing but wait from now on."""
        ...

    def goes_on(self) -> None:
        """It does not wait any more."""
        ...


class SyncDriver:
    """Carries out effects in the calling thread; safe to share between threads.

    *told_at_once* says that *recorder* never blocks.
    """

    def __init__(
        self, recorder: Recorder, transport: httpx.BaseTransport | None = None, *, told_at_once: bool = False
    ) -> None:
        self._tell = recorder
        self._told_at_once = told_at_once
        transport = transport or ConnectionTransport()
        self._own = isinstance(transport, ConnectionTransport)
        self._transport = transport if isinstance(transport, ConnectionTransport) else ForeignTransport(transport)

    def run(self, flow: Flow[T], hand: Hand | None = None) -> T:
        """Run *flow* to its end; whatever an effect raises is raised into it, cancellation too."""
        try:
            effect = next(flow)
            while True:
                try:
                    answer = self._perform(effect) if hand is None else self._perform_by(hand, effect)
                except BaseException as error:  # noqa: BLE001  # the engine decides what each of them proves
                    # The frames below hold the request's body; no traceback may carry them further.
                    effect = flow.throw(error.with_traceback(None))
                else:
                    effect = flow.send(answer)
        except StopIteration as stop:
            value: T = stop.value
            return value

    def _perform_by(self, hand: Hand, effect: Effect) -> Any:
        """Perform *effect*, and say when that is to wait."""
        if isinstance(effect, Transmit):
            return self._transmit(effect, hand)
        if isinstance(effect, Record) and self._told_at_once:
            _check_left(effect, hand.left)
            return self._tell(effect.event)
        hand.waits()
        try:
            _check_left(effect, hand.left)
            return self._perform(effect)
        finally:
            hand.goes_on()

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

    def _transmit(self, effect: Transmit, hand: Hand | None = None) -> Response:
        phases = Phases(complete=self._own, waits=None if hand is None else hand.waits)
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
        finally:
            if hand is not None and phases.waited:
                hand.goes_on()
        raise failure

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()


def _check_left(effect: Effect, left: threading.Event) -> None:
    """Raise `Stopped` instead of a pause or the start of an attempt, once *left* is set."""
    if isinstance(effect, Pause):
        left.wait(max(effect.until - time.monotonic(), 0))
    begins = isinstance(effect, Record) and isinstance(effect.event, AttemptStarted)
    if left.is_set() and (begins or isinstance(effect, Pause)):
        raise Stopped("the caller has left")


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

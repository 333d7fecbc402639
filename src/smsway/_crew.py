"""Crews deliver shipments, so many at a time, and hand back what has landed; a feed reads messages meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import AsyncIterable, Callable, Coroutine, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Self

from smsway.model import Message
from smsway.routing import Journey, Shipment


class Crew:
    """Threads, which end with the `with` statement.

    If that is left by an exception, also by that of a generator that is closed, nothing more is sent: *deliver* is
    given the event that says so. What is in flight then is waited for.
    """

    def __init__(self, deliver: Callable[[Shipment, threading.Event], list[Journey]], hands: int) -> None:
        self._deliver = deliver
        self._hands = hands
        self._pool = ThreadPoolExecutor(hands, thread_name_prefix="smsway")
        self._left = threading.Event()
        self._flying = 0
        self._landed: SimpleQueue[Future[list[Journey]]] = SimpleQueue()

    def take(self, shipment: Shipment) -> Iterator[Journey]:
        """Begin with *shipment*; while all hands are busy, wait and yield what lands."""
        self._flying += 1
        self._pool.submit(self._deliver, shipment, self._left).add_done_callback(self._landed.put)
        while self._flying >= self._hands:
            yield from self._land(self._landed.get())

    def landed(self) -> Iterator[Journey]:
        """Yield what has landed, without waiting."""
        while True:
            try:
                future = self._landed.get_nowait()
            except Empty:
                return
            yield from self._land(future)

    def drain(self) -> Iterator[Journey]:
        """Wait for all that is in flight, and yield it."""
        while self._flying:
            yield from self._land(self._landed.get())

    def _land(self, future: Future[list[Journey]]) -> list[Journey]:
        self._flying -= 1
        return future.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._left.set()
        self._pool.shutdown()


class AsyncCrew:
    """Tasks of one event loop, which end with the `async with` statement; what is in flight then is cancelled.

    *wake* is set whenever something lands; others may set it as well.
    """

    def __init__(self, deliver: Callable[[Shipment], Coroutine[Any, Any, list[Journey]]], hands: int) -> None:
        self._deliver = deliver
        self._hands = hands
        self._flying: set[asyncio.Task[list[Journey]]] = set()
        self._landed: deque[asyncio.Task[list[Journey]]] = deque()
        self.wake = asyncio.Event()

    @property
    def idle(self) -> bool:
        """True if nothing is in flight, and nothing has landed that was not taken."""
        return not self._flying and not self._landed

    def begin(self, waiting: deque[Shipment]) -> None:
        """Begin with shipments of *waiting* while a hand is free."""
        while waiting and len(self._flying) < self._hands:
            task = asyncio.create_task(self._deliver(waiting.popleft()))
            self._flying.add(task)
            task.add_done_callback(self._note)

    async def wait(self, seconds: float | None = None) -> None:
        """Wait for *wake*, at most so many seconds."""
        if not self._landed:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self.wake.wait()
        self.wake.clear()

    def _note(self, task: asyncio.Task[list[Journey]]) -> None:
        self._flying.discard(task)
        self._landed.append(task)
        self.wake.set()

    def landed(self) -> Iterator[Journey]:
        """Yield what has landed, without waiting."""
        while self._landed:
            yield from self._landed.popleft().result()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        flying = list(self._flying)
        for task in flying:
            task.cancel()
        await asyncio.gather(*flying, return_exceptions=True)


def check_message(message: object) -> None:
    """Raise `TypeError` for what is no message."""
    if not isinstance(message, Message):
        raise TypeError(f"send_many takes messages, not a {type(message).__name__}")


class Feed:
    """Reads messages in a task of its own, a few ahead of whoever takes them.

    *wake* is set whenever there is something new. *failures* is what the messages raised, if they did.
    """

    AHEAD = 256
    """Messages that are read ahead at most."""

    SLICE = 0.005
    """Seconds after which messages that come without a pause let others run."""

    def __init__(self, messages: Iterable[Message] | AsyncIterable[Message], wake: asyncio.Event) -> None:
        self._messages = messages
        self._wake = wake
        self._read: deque[Message] = deque()
        self._room = asyncio.Event()
        self._over = False
        self._slice = time.monotonic() + self.SLICE
        self._leaving = False
        self.failures: list[BaseException] = []

    @property
    def ended(self) -> bool:
        """True if there is no message any more."""
        return self._over and not self._read

    def take(self) -> Message | None:
        """Return the next message, `None` if none is there at the moment."""
        if not self._read:
            return None
        message = self._read.popleft()
        if not self._read:
            self._room.set()
        return message

    async def _run(self) -> None:
        try:
            if isinstance(self._messages, AsyncIterable):
                async for message in self._messages:
                    await self._put(message)
            else:
                for message in self._messages:
                    await self._put(message)
        except BaseException as error:  # raised again once all that came before is delivered
            # The messages may raise a cancellation of their own.
            if self._leaving:
                raise
            self.failures.append(error)
        finally:
            self._over = True
            self._wake.set()

    async def _put(self, message: Message) -> None:
        check_message(message)
        self._read.append(message)
        self._wake.set()
        # Requests in flight go on, however quickly or slowly messages come.
        if len(self._read) >= self.AHEAD:
            self._room.clear()
            await self._room.wait()
        elif time.monotonic() > self._slice:
            await asyncio.sleep(0)
            self._slice = time.monotonic() + self.SLICE

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving = True
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

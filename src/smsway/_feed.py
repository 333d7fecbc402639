"""Reads the messages of a stream, and ends with their first error."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterable, Iterable, Iterator
from types import TracebackType
from typing import Self

from smsway.model import Message


def until_failure(messages: Iterable[Message], failures: list[Exception]) -> Iterator[Message]:
    """Yield *messages*; if they raise, end, and keep the error in *failures*."""
    try:
        for message in messages:
            check_message(message)
            yield message
    except Exception as error:  # noqa: BLE001  # raised again once all that came before is delivered
        failures.append(error)


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

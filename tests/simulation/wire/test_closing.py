"""What the simulation of the wire found, each as the smallest case of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from wire.backends import AsyncBackend
from wire.lines import End, Line, Meeting, Network, Stage
from wire.timeline import Timeline, VirtualLoop, clocked

from smsway.transport import AsyncConnectionTransport
from smsway.transport._library import httpx


class Plain:
    """A server that answers whatever it gets."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def receive(self, _: bytes) -> None:
        self._line.say(0.1, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")


class Door:
    """Where everybody meets a plain server; *lines* are their connections."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def meet(self, line: Line) -> Meeting:
        line.peer = Plain(line)
        self.lines.append(line)
        return Meeting(Stage(0.1), Stage(0.1))


class Place:
    """A client's transport before a plain server."""

    def __init__(self) -> None:
        self.timeline = Timeline(0)
        self.door = Door()
        self.network = Network(self.timeline, {"127.0.0.1": self.door})
        self._transport = AsyncConnectionTransport(network=AsyncBackend(self.network))

    async def ask(self) -> None:
        timeout = {"connect": 5.0, "read": 5.0}
        extensions = {"timeout": timeout, "deadline": self.timeline.time + 5.0, "reuse": True}
        await self._transport.handle_async_request(httpx.Request("GET", "http://127.0.0.1/", extensions=extensions))

    async def ask_and_leave(self, steps: int) -> None:
        """Ask, and be cancelled when the network was turned to so often."""
        asking = asyncio.create_task(self.ask())
        self.network.at_step(steps, lambda: asyncio.get_running_loop().call_soon(asking.cancel))
        with pytest.raises(asyncio.CancelledError):
            await asking

    async def aclose(self) -> None:
        await self._transport.aclose()

    def play(self, story: Coroutine[Any, Any, None]) -> None:
        with clocked(self.timeline), _loop(self.timeline) as loop:
            loop.run_until_complete(story)


@contextmanager
def _loop(timeline: Timeline) -> Iterator[VirtualLoop]:
    loop = VirtualLoop(timeline)
    try:
        yield loop
    finally:
        loop.close()


@pytest.fixture
def place():
    return Place()


@pytest.mark.parametrize("steps", [1, 2])
def test_whoever_is_cancelled_while_stale_connections_are_closed_leaves_none_open(place, steps):
    async def story():
        await asyncio.gather(place.ask(), place.ask(), place.ask())
        await asyncio.sleep(60)
        await place.ask_and_leave(steps)

    place.play(story())

    assert not place.network.open


def test_whoever_is_cancelled_while_a_stale_connection_is_closed_does_not_lose_the_good_one_below_it(place):
    async def story():
        await asyncio.gather(place.ask(), place.ask())
        last = max(place.door.lines, key=lambda line: line.latency)
        last.say(0, End.FIN)
        await asyncio.sleep(1)
        await place.ask_and_leave(1)
        await place.aclose()

    place.play(story())

    assert not place.network.open

"""What the wire simulation found, each as the smallest case of its own."""

from __future__ import annotations

import asyncio

import pytest
from wire.backends import AsyncBackend
from wire.lines import Line, Meeting, Network, Stage
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
    def meet(self, line: Line) -> Meeting:
        line.peer = Plain(line)
        return Meeting(Stage(0.1), Stage(0.1))


@pytest.mark.parametrize("again", [1, 2])
def test_whoever_is_cancelled_while_stale_connections_are_closed_leaves_none_open(again):
    timeline = Timeline(0)
    network = Network(timeline, {"127.0.0.1": Door()})
    transport = AsyncConnectionTransport(network=AsyncBackend(network))

    async def ask():
        extensions = {"timeout": {"connect": 5.0, "read": 5.0}, "deadline": timeline.time + 5.0, "reuse": True}
        return await transport.handle_async_request(httpx.Request("GET", "http://127.0.0.1/", extensions=extensions))

    async def play():
        await asyncio.gather(ask(), ask(), ask())
        await asyncio.sleep(60)
        late = asyncio.create_task(ask())
        network.at_step(again, lambda: asyncio.get_running_loop().call_soon(late.cancel))
        return await asyncio.gather(late, return_exceptions=True)

    with clocked(timeline):
        loop = VirtualLoop(timeline)
        [ended] = loop.run_until_complete(play())
        loop.close()

    assert isinstance(ended, asyncio.CancelledError)
    assert not network.open

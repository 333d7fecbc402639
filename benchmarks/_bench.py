"""The clients side by side, and how they are timed: rounds in turn, medians, and ratios within a round."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
import ssl
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from _canned import Vendor

from smsway import AsyncClient, Client, Message, Outcome, Status, Template
from smsway.config import load
from smsway.delivery import Flow, Record, Transmit
from smsway.model import Request, Response, Stamp
from smsway.provider import Provider
from smsway.routing import Shipment
from smsway.transport import ConnectionTransport

IN_FLIGHT = 32
_STAMP = Stamp(1_767_225_600.0, (1 << 80) - 1)

Work = Callable[[int], object]
"""Does something so many times."""


def configuration(vendor: Vendor) -> dict[str, Any]:
    """Return the configuration with the one account of *vendor*."""
    return {
        "accounts": {"only": {"provider": vendor.name, **vendor.account}},
        "templates": {
            "login_code": {
                "params": ["code", "minutes"],
                "text": "Your code is {code}, valid for {minutes} minutes.",
                "accounts": {"only": vendor.template},
            }
        },
        "signatures": {"default": {"only": "SCloud"}},
        "routes": [{"name": "all", "accounts": ["only"]}],
    }


def message(vendor: Vendor, recipients: int) -> Message:
    """Return a message to the first *recipients* phones of *vendor*."""
    content = Template("login_code", {"code": "1234", "minutes": "4"})
    return Message(to=vendor.phones[:recipients], content=content, kind="otp", reference="login-77")


def prebuilt(vendor: Vendor, url: str, recipients: int) -> Request:
    """Return the request that smsway would send, made once."""
    with Client.from_config(configuration(vendor), base_urls={"only": url}) as client:
        (shipment,), _ = client._desk.take(message(vendor, recipients))  # noqa: SLF001  # planning alone is not public
        return next(_provider(shipment).submit(shipment.batch, _STAMP))


def _provider(shipment: Shipment) -> Provider:
    assert shipment.account.provider is not None
    return shipment.account.provider


@dataclass(frozen=True)
class Timed:
    """Seconds for one call of each competitor, by round."""

    seconds: dict[str, list[float]]

    def median(self, name: str) -> float:
        """Return the median over the rounds, in seconds for one call."""
        return statistics.median(self.seconds[name])

    def ratio(self, name: str, to: str) -> float:
        """Return the median of the ratios within each round, so that a slow moment of the machine cancels out."""
        return statistics.median(a / b for a, b in zip(self.seconds[name], self.seconds[to], strict=True))


def measure(competitors: dict[str, Work], calls: int, rounds: int) -> Timed:
    """Let each competitor do *calls* calls, in turn, *rounds* times; every other round in the opposite order."""
    seconds: dict[str, list[float]] = {name: [] for name in competitors}
    for work in competitors.values():
        work(max(calls // 5, 5))
    order = list(competitors)
    for _ in range(rounds):
        for name in order:
            gc.collect()
            began = time.perf_counter()
            competitors[name](calls)
            seconds[name].append((time.perf_counter() - began) / calls)
        order.reverse()
    return Timed(seconds)


def check(result: Any, recipients: int) -> None:
    """A benchmark of failures would be worth nothing."""
    if [outcome.status for outcome in result] != [Status.ACCEPTED] * recipients:
        raise SystemExit(f"not accepted: {[(o.status, o.reason, o.code, o.detail) for o in result][:3]}")


def posts(vendor: Vendor) -> dict[str, dict[str, str]]:
    """Return the baselines by name, with their extra headers."""
    plain: dict[str, dict[str, str]] = {"httpx": {}}
    # USMS echoes nothing, so smsway opens a connection for each request; then so does the second baseline.
    return plain if vendor.marker is not None else {**plain, "httpx, Connection: close": {"Connection": "close"}}


def sync_case(
    vendor: Vendor, url: str, recipients: int, calls: int, rounds: int, trust: ssl.SSLContext | None = None
) -> Timed:
    """Time `Client.send` and `httpx.Client.post`, one call after the other; *trust* is for TLS."""
    request, wanted = prebuilt(vendor, url, recipients), message(vendor, recipients)
    source, urls = configuration(vendor), {"only": url}
    with (
        Client.from_config(source, base_urls=urls, ssl_context=trust) as client,
        httpx.Client(verify=trust or True) as http,
    ):
        check(client.send(wanted), recipients)

        def send(calls: int) -> None:
            for _ in range(calls):
                result = client.send(wanted)
            check(result, recipients)

        def post(headers: dict[str, str]) -> Work:
            def work(calls: int) -> None:
                for _ in range(calls):
                    http.post(request.url, content=request.body, headers=headers).raise_for_status()

            return work

        rivals = {name: post({**request.headers, **extra}) for name, extra in posts(vendor).items()}
        return measure({"smsway": send, **rivals}, calls, rounds)


def async_case(vendor: Vendor, url: str, recipients: int, calls: int, rounds: int, tasks: int) -> Timed:
    """Time `AsyncClient.send` and `httpx.AsyncClient.post` with *tasks* calls in flight."""
    request, wanted = prebuilt(vendor, url, recipients), message(vendor, recipients)
    # All connections may be kept, which is the best that the pool can do.
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    with asyncio.Runner() as runner:
        client = AsyncClient.from_config(configuration(vendor), base_urls={"only": url})
        http = httpx.AsyncClient(limits=limits)

        async def send() -> None:
            check(await client.send(wanted), recipients)

        def post(headers: dict[str, str]) -> Callable[[], Awaitable[None]]:
            async def once() -> None:
                (await http.post(request.url, content=request.body, headers=headers)).raise_for_status()

            return once

        def work(once: Callable[[], Awaitable[None]]) -> Work:
            return lambda calls: runner.run(in_flight(once, calls, tasks))

        rivals = {name: work(post({**request.headers, **extra})) for name, extra in posts(vendor).items()}
        timed = measure({"smsway": work(send), **rivals}, calls, rounds)
        runner.run(client.aclose())
        runner.run(http.aclose())
        return timed


async def in_flight(once: Callable[[], Awaitable[None]], calls: int, tasks: int) -> None:
    """Do *once* so many times, with *tasks* of them at a time."""
    left = iter(range(calls))

    async def worker() -> None:
        for _ in left:
            await once()

    await asyncio.gather(*(worker() for _ in range(tasks)))


def raw_case(vendor: Vendor, url: str, recipients: int, calls: int, rounds: int) -> Timed:
    """Time the server alone: prebuilt bytes over plain sockets, one connection and many."""
    request = prebuilt(vendor, url, recipients)
    parts = urlsplit(request.url)
    head = f"POST {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: {len(request.body)}"
    data = f"{head}\r\n\r\n".encode() + request.body
    address = (parts.hostname or "", parts.port or 0)
    sockets = [socket.create_connection(address) for _ in range(IN_FLIGHT)]
    for each in sockets:
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def one(calls: int) -> None:
        for _ in range(calls):
            _exchange(sockets[:1], data)

    def many(calls: int) -> None:
        for _ in range(-(-calls // IN_FLIGHT)):
            _exchange(sockets, data)

    try:
        return measure({"one": one, "many": many}, calls, rounds)
    finally:
        for each in sockets:
            each.close()


def least_case(vendor: Vendor, url: str, recipients: int, calls: int, rounds: int) -> Timed:
    """Time the least that any library in Python must do: the exchange, JSON both ways and a result per recipient.

    The exchange is over smsway's own transport, which is quicker than `httpx.Client.post`. JSON is written and read by
    the standard library, and nothing is checked.
    """
    request, answer = prebuilt(vendor, url, recipients), vendor.full if recipients > 1 else vendor.one
    reuse = vendor.marker is not None
    with ConnectionTransport() as transport, httpx.Client() as http:

        def least(calls: int) -> None:
            for _ in range(calls):
                json.dumps([{"phone": phone} for phone in vendor.phones[:recipients]])
                extensions = {"deadline": time.monotonic() + 30, "reuse": reuse, "timeout": {}}
                ready = httpx.Request(
                    "POST", request.url, headers=dict(request.headers), content=request.body, extensions=extensions
                )
                transport.handle_request(ready)
                json.loads(answer)
                _ = [Outcome(phone, Status.ACCEPTED) for phone in vendor.phones[:recipients]]

        def post(calls: int) -> None:
            for _ in range(calls):
                http.post(request.url, content=request.body, headers=request.headers).raise_for_status()

        return measure({"least": least, "httpx": post}, calls, rounds)


def _exchange(sockets: Sequence[socket.socket], data: bytes) -> None:
    for each in sockets:
        each.sendall(data)
    for each in sockets:
        received = each.recv(1 << 18)
        head = received.index(b"\r\n\r\n") + 4
        left = head + int(received[:head].partition(b"Content-Length: ")[2].partition(b"\r\n")[0]) - len(received)
        while left:
            left -= len(each.recv(left))


def inside_case(vendor: Vendor, recipients: int, calls: int, rounds: int) -> Timed:
    """Time the parts of a send that are not the network."""
    source = configuration(vendor)
    with Client(load(source)) as client:
        wanted, desk = message(vendor, recipients), client._desk  # noqa: SLF001  # planning alone is not public
        (shipment,), _ = desk.take(wanted)
        provider, batch = _provider(shipment), shipment.batch
        response = Response(200, vendor.answer(next(provider.submit(batch, _STAMP)).body))

        def make(calls: int) -> None:
            for _ in range(calls):
                message(vendor, recipients)

        def plan(calls: int) -> None:
            for _ in range(calls):
                desk.take(wanted)

        def codec(calls: int) -> None:
            for _ in range(calls):
                _finish(provider.submit(batch, _STAMP), response)

        def everything(calls: int) -> None:
            for _ in range(calls):
                shipments, journeys = desk.take(wanted)
                _drive(desk.deliver(shipments[0]), vendor, desk.record)
                result = [desk.outcome(journey) for journey in journeys]
            check(result, recipients)

        return measure({"message": make, "plan": plan, "codec": codec, "everything": everything}, calls, rounds)


def _finish(exchange: Any, response: Response) -> None:
    next(exchange)
    try:
        exchange.send(response)
    except StopIteration:
        return
    raise SystemExit("the provider asks for a second request")


def _drive(flow: Flow[Any], vendor: Vendor, record: Callable[[Any], None]) -> None:
    """Carry out the engine's effects with the answer at hand."""
    answer = None
    try:
        while True:
            effect = flow.send(answer)
            answer = None
            if isinstance(effect, Transmit):
                answer = Response(200, vendor.answer(effect.request.body))
            elif isinstance(effect, Record):
                record(effect.event)
    except StopIteration:
        return

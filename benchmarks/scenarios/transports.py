"""What smsway could send with: its own transport, and what it could be built on instead, with the very same request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, ExitStack
from typing import Any

import aiohttp
import httpcore
import httpx
import httpx2
from _canned import VENDORS
from _rounds import Turn, here, measure
from _section import Bench, Section, us
from _sides import prebuilt

from smsway.model import Request
from smsway.transport import AsyncConnectionTransport, ConnectionTransport
from smsway.transport._certainty import Phases

OWN = "smsway"
TASKS = (1, 32)

TEXT = """One exchange of a single send of tencent-v5, plain, without anything around it: the request is made, and the
answer is neither checked nor parsed. httpx and httpx2 are their transports, called with a request of theirs, without
their clients; "httpcore" is its connections in a list, one for each call in flight; aiohttp is a session."""

COLUMNS = ("in flight", "transport", "µs for one", "CPU, µs", "smsway's in the time of one")

Once = Callable[[], Awaitable[object]]


def run(bench: Bench) -> Section:
    """Measure."""
    section = Section("Transports", TEXT, COLUMNS)
    vendor = VENDORS["tencent-v5"]
    request = prebuilt(vendor, bench.served.url(vendor.name), 1)
    with ExitStack() as stack:
        _add(section, bench, "1, blocking", blocking(request, stack))
    with asyncio.Runner() as runner:
        stack_ = AsyncExitStack()
        competitors = runner.run(on_asyncio(request, stack_))
        for tasks in TASKS:
            turns = {name: _turn(runner, once, tasks) for name, once in competitors.items()}
            _add(section, bench, f"{tasks}, asyncio", turns)
        runner.run(stack_.aclose())
    return section


def _add(section: Section, bench: Bench, mode: str, turns: Mapping[str, Turn]) -> None:
    timed = measure(turns, bench.rounds, bench.span, 32)
    for name in turns:
        times = us(timed.median(name)), us(timed.cpu(name))
        section.lines.append((mode, name, *times, f"{timed.ratio(name, OWN):.2f}"))


def _turn(runner: asyncio.Runner, once: Once, tasks: int) -> Turn:
    async def all_of_them(calls: int) -> None:
        left = iter(range(calls))

        async def some() -> None:
            for _ in left:
                await once()

        await asyncio.gather(*(some() for _ in range(tasks)))

    return here(lambda calls: runner.run(all_of_them(calls)))


def blocking(request: Request, stack: ExitStack) -> Mapping[str, Turn]:
    """Return what blocks."""
    own = stack.enter_context(ConnectionTransport())
    one, two = stack.enter_context(httpx.HTTPTransport()), stack.enter_context(httpx2.HTTPTransport())
    connection = httpcore.HTTPConnection(httpcore.URL(request.url).origin)
    stack.callback(connection.close)
    headers = _headers(request)

    def smsway() -> object:
        return own.exchange(request, time.monotonic() + 30, Phases(complete=True), reuse=True)

    competitors: dict[str, Callable[[], object]] = {
        OWN: smsway,
        "httpcore": lambda: connection.request("POST", request.url, headers=headers, content=request.body),
        "httpx": lambda: one.handle_request(_theirs(httpx, request)).read(),
        "httpx2": lambda: two.handle_request(_theirs(httpx2, request)).read(),
    }
    return {name: here(_repeated(once)) for name, once in competitors.items()}


def _repeated(once: Callable[[], object]) -> Callable[[int], None]:
    def work(calls: int) -> None:
        for _ in range(calls):
            once()

    return work


async def on_asyncio(request: Request, stack: AsyncExitStack) -> Mapping[str, Once]:
    """Return what waits on asyncio; httpx's pools may keep all connections."""
    own = await stack.enter_async_context(AsyncConnectionTransport())
    limits = {"max_connections": 100, "max_keepalive_connections": 100}
    one = await stack.enter_async_context(httpx.AsyncHTTPTransport(limits=httpx.Limits(**limits)))
    two = await stack.enter_async_context(httpx2.AsyncHTTPTransport(limits=httpx2.Limits(**limits)))
    session = await stack.enter_async_context(aiohttp.ClientSession())
    idle: list[httpcore.AsyncHTTPConnection] = []
    headers = _headers(request)

    async def smsway() -> object:
        return await own.exchange(request, time.monotonic() + 30, Phases(complete=True), reuse=True)

    async def over_httpcore() -> object:
        connection = idle.pop() if idle else httpcore.AsyncHTTPConnection(httpcore.URL(request.url).origin)
        response = await connection.request("POST", request.url, headers=headers, content=request.body)
        idle.append(connection)
        return response

    async def over_httpx() -> object:
        return await (await one.handle_async_request(_theirs(httpx, request))).aread()

    async def over_httpx2() -> object:
        return await (await two.handle_async_request(_theirs(httpx2, request))).aread()

    async def over_aiohttp() -> object:
        async with session.post(request.url, data=request.body, headers=request.headers) as response:
            return await response.read()

    async def close() -> None:
        for connection in idle:
            await connection.aclose()

    stack.push_async_callback(close)
    return {
        OWN: smsway,
        "httpcore": over_httpcore,
        "httpx": over_httpx,
        "httpx2": over_httpx2,
        "aiohttp": over_aiohttp,
    }


def _headers(request: Request) -> dict[str, str]:
    url = httpcore.URL(request.url)
    host = f"{url.host.decode()}:{url.port}"
    return {"Host": host, "Content-Length": str(len(request.body)), **request.headers}


def _theirs(library: Any, request: Request) -> Any:
    return library.Request("POST", request.url, headers=request.headers, content=request.body)

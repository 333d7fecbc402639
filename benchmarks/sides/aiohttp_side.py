"""aiohttp: posts bytes that were made before, and reads the answer without looking at it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
from _child import Case, Work, in_flight, serve


@contextmanager
def opened(case: Case) -> Iterator[Work]:
    """Yield what posts."""
    url, body = case.url + case.path, case.body.encode()
    with asyncio.Runner() as runner:

        async def connect() -> aiohttp.ClientSession:
            return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=case.trust(), limit=max(case.tasks, 100)))

        session = runner.run(connect())

        async def once() -> None:
            async with session.post(url, data=body, headers=case.headers) as response:
                response.raise_for_status()
                await response.read()

        yield lambda calls: runner.run(in_flight(once, calls, case.tasks))
        runner.run(session.close())


if __name__ == "__main__":
    serve(opened)

"""httpx: posts bytes that were made before, and reads none of the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from _child import Case, Work, in_flight, in_threads, serve

LIMITS = {
    "AsyncClient": httpx.Limits(max_connections=100, max_keepalive_connections=20),
    "AsyncClient, 100 kept": httpx.Limits(max_connections=100, max_keepalive_connections=100),
}
"""The modes on asyncio: the limits as httpx sets them, and the best that its pool can do."""


@contextmanager
def opened(case: Case) -> Iterator[Work]:
    """Yield what posts."""
    url, body = case.url + case.path, case.body.encode()
    if case.mode == "Client":
        with httpx.Client(verify=case.trust()) as http:

            def post() -> httpx.Response:
                return http.post(url, content=body, headers=case.headers)

            with in_threads(lambda: post, httpx.Response.raise_for_status, case.tasks) as work:
                yield work
        return
    with asyncio.Runner() as runner:
        client = httpx.AsyncClient(verify=case.trust(), limits=LIMITS[case.mode])

        async def once() -> None:
            (await client.post(url, content=body, headers=case.headers)).raise_for_status()

        yield lambda calls: runner.run(in_flight(once, calls, case.tasks))
        runner.run(client.aclose())


if __name__ == "__main__":
    serve(opened)

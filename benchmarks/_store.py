"""What it costs to keep what was sent: the same sends without a store, with one in memory, and with SQLite."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import ExitStack
from pathlib import Path

from _bench import IN_FLIGHT, Timed, Work, check, configuration, in_flight, measure, message
from _canned import Vendor

from smsway import AsyncClient, Client


def _sources(vendor: Vendor, folder: str) -> dict[str, dict[str, object]]:
    """Return the configurations by what they keep things in; SQLite writes to a new file in *folder*."""
    stores = {"nothing": {}, "memory": {"store": "memory"}, "SQLite": {"store": str(Path(folder) / "reports.db")}}
    return {name: {**configuration(vendor), "reports": store} for name, store in stores.items()}


def sync_store_case(vendor: Vendor, url: str, recipients: int, calls: int, rounds: int) -> Timed:
    """Time `Client.send`, one call after the other."""
    wanted = message(vendor, recipients)

    def sends(client: Client) -> Work:
        def work(calls: int) -> None:
            for _ in range(calls):
                result = client.send(wanted)
            check(result, recipients)

        return work

    with ExitStack() as stack:
        sources = _sources(vendor, stack.enter_context(tempfile.TemporaryDirectory()))
        clients = {
            name: stack.enter_context(Client.from_config(source, base_urls={"only": url}))
            for name, source in sources.items()
        }
        return measure({name: sends(client) for name, client in clients.items()}, calls, rounds)


def async_store_case(vendor: Vendor, url: str, recipients: int, calls: int, rounds: int) -> Timed:
    """Time `AsyncClient.send` with 32 calls in flight."""
    wanted = message(vendor, recipients)
    with ExitStack() as stack:
        sources = _sources(vendor, stack.enter_context(tempfile.TemporaryDirectory()))
        runner = stack.enter_context(asyncio.Runner())

        def sends(client: AsyncClient) -> Work:
            async def once() -> None:
                check(await client.send(wanted), recipients)

            return lambda calls: runner.run(in_flight(once, calls, IN_FLIGHT))

        competitors: dict[str, Work] = {}
        for name, source in sources.items():
            client = AsyncClient.from_config(source, base_urls={"only": url})
            stack.callback(lambda client=client: runner.run(client.aclose()))
            competitors[name] = sends(client)
        return measure(competitors, calls, rounds)

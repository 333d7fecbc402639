"""What it costs to keep what was sent: the same sends without a store, and with each kind of store."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from _bench import IN_FLIGHT, Timed, Work, check, configuration, in_flight, measure, message
from _canned import Vendor

from smsway import AsyncClient, Client
from smsway.config import load
from smsway.outbox import migrate

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from postgres import Postgres


@contextmanager
def _sources(vendor: Vendor) -> Iterator[dict[str, dict[str, object]]]:
    """Yield the configurations by what they keep things in: a new file, a new database."""
    server = Postgres()
    try:
        server.start()
        with tempfile.TemporaryDirectory() as folder:
            file, embedded = Path(folder) / "reports.db", f"sqlite:///{Path(folder) / 'outbox.db'}"
            stores: dict[str, dict[str, object]] = {
                "nothing": {},
                "memory": {"reports": {"store": "memory"}},
                "SQLite": {"reports": {"store": str(file)}},
                "outbox, SQLite": {"reports": {"store": "outbox"}, "outbox": {"database": embedded}},
                "outbox, PostgreSQL": {"reports": {"store": "outbox"}, "outbox": {"database": server.url}},
            }
            sources = {name: {**configuration(vendor), **store} for name, store in stores.items()}
            migrate(load(sources["outbox, PostgreSQL"]))
            yield sources
    finally:
        server.remove()


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
        sources = stack.enter_context(_sources(vendor))
        clients = {
            name: stack.enter_context(Client.from_config(source, base_urls={"only": url}))
            for name, source in sources.items()
        }
        return measure({name: sends(client) for name, client in clients.items()}, calls, rounds)


def async_store_case(vendor: Vendor, url: str, recipients: int, calls: int, rounds: int) -> Timed:
    """Time `AsyncClient.send` with 32 calls in flight."""
    wanted = message(vendor, recipients)
    with ExitStack() as stack:
        sources = stack.enter_context(_sources(vendor))
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

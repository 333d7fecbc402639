"""What it costs to keep what was sent: the same sends without a store, and with each kind of store."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from _canned import FULL, NAME, VENDORS, Vendor
from _message import check, message
from _rounds import Timed, Work, here, measure
from _section import Bench, Section, us
from sides._child import in_flight

from smsway import AsyncClient, Client
from smsway.config import load
from smsway.outbox import migrate

sys.path.insert(1, str(Path(__file__).resolve().parents[2] / "tests"))
from postgres import Postgres

IN_FLIGHT = 32

TEXT = """The same sends with `reports.store`: each is written down before it goes out and when it is answered.
A ratio is to the send that keeps nothing.
The files of SQLite and of PostgreSQL lie in the folder for temporary files, and what is written before a request is
forced to the disk. PostgreSQL runs on the same machine, and shares its processors with what is measured.
An `outbox` has one writer at a time, on whatever machine."""

STORES = ("nothing", "memory", "SQLite", "outbox, SQLite", "outbox, PostgreSQL")
COLUMNS = ("mode", "provider", "recipients", *STORES, *(f"{name}, ratio" for name in STORES[1:]))


def run(bench: Bench) -> Section:
    """Measure."""
    section = Section("What a store costs", TEXT, COLUMNS)
    for vendor in (vendor for vendor in VENDORS.values() if vendor.echoes):
        url = bench.served.url(vendor.name)
        for recipients in (1, FULL):
            modes = {"one after the other": one_by_one, f"{IN_FLIGHT} in flight": many_at_once}
            for mode, case in modes.items():
                timed = case(bench, vendor, url, recipients)
                times = (f"{us(timed.median(name))} µs" for name in STORES)
                ratios = (f"{timed.ratio(name, STORES[0]):.2f}" for name in STORES[1:])
                section.lines.append((mode, vendor.name, str(recipients), *times, *ratios))
    return section


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
            sources = {name: {**vendor.configuration(), **store} for name, store in stores.items()}
            migrate(load(sources["outbox, PostgreSQL"]))
            yield sources
    finally:
        server.remove()


def one_by_one(bench: Bench, vendor: Vendor, url: str, recipients: int) -> Timed:
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
            name: stack.enter_context(Client.from_config(source, base_urls={NAME: url}))
            for name, source in sources.items()
        }
        turns = {name: here(sends(client)) for name, client in clients.items()}
        return measure(turns, bench.rounds, bench.span, 5)


def many_at_once(bench: Bench, vendor: Vendor, url: str, recipients: int) -> Timed:
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
            client = AsyncClient.from_config(source, base_urls={NAME: url})
            stack.callback(lambda client=client: runner.run(client.aclose()))
            competitors[name] = sends(client)
        turns = {name: here(work) for name, work in competitors.items()}
        return measure(turns, bench.rounds, bench.span, IN_FLIGHT)

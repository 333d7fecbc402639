"""The numbers as a page of Markdown."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from _bench import Timed

T = TypeVar("T")

TARGETS = {1: 2.0, 200: 1.33}
"""Recipients -> what `Client.send` may cost at most, in `httpx.Client.post`s of the same bytes."""

PACKAGES = (
    "smsway",
    "httpx",
    "httpcore",
    "h11",
    "anyio",
    "pydantic",
    "phonenumbers",
    "pluggy",
    "pyrate-limiter",
    "sqlalchemy",
    "psycopg",
)

# Title -> what `inside_case` calls it.
PARTS = {
    "make the message": "message",
    "plan": "plan",
    "encode, sign, decode": "codec",
    "all but the network": "everything",
}
STORES = ("nothing", "memory", "SQLite", "outbox, SQLite", "outbox, PostgreSQL")
COMPARED = ("provider", "recipients", "baseline", "smsway, µs", "baseline, µs", "ratio", "target")

HEAD = """# Performance

This page is written by `benchmarks/run.py`; run `make bench` to write it anew.

smsway is compared with `httpx.Client.post` of bytes that were made before, with the same httpx over loopback.
On the side of smsway is the whole `Client.send`: normalize, route, plan, encode, sign, send, parse, outcomes.
On the other side is the very same request, already encoded and signed, and an answer that nobody parses.
Each round times all sides one after the other, and the next round in the opposite order.
A time is for one call, as the median over the rounds; a ratio is the median of the ratios within the rounds.
The server runs in a process of its own and answers with bytes that were made before."""

TARGET = """The target is what smsway may cost at most, in posts: 2.00 for single sends and 1.33 for batches of 200.
USMS echoes nothing that would prove whose answer it is, so smsway opens a connection for each of its requests.
It is compared with posts on a kept connection, and with posts that open one each as well."""

SYNC = f"""## One call after the other

{TARGET}"""

LEAST = """## The least

What is left when all that smsway is for is taken away, in posts as well: JSON is written for the request, the bytes
are exchanged (over smsway's own transport, which is quicker than a post), the answer's JSON is read, and each recipient
gets a result. JSON is the standard library's, which unlike quicker ones can refuse an object that names a member twice.
Nothing is checked, planned, signed or matched.
Where the least is above the target, the target is out of reach for one call after the other."""

ASYNC = """## asyncio

The same with `AsyncClient.send` and `httpx.AsyncClient.post`, one call after the other and 32 in flight.
The pool of httpx may keep all its connections."""

STORE = """## What a store costs

The same sends with `reports.store`: each is written down before it goes out and when it is answered.
A ratio is to the send that keeps nothing.
The files of SQLite and of PostgreSQL lie in the folder for temporary files, and what is written before a request is
forced to the disk. PostgreSQL runs on the same machine, and shares its processors with what is measured.
An `outbox` has one writer at a time, on whatever machine."""

INSIDE = """## Without the network

What a call costs besides the network, in µs for one call.
"Plan" is normalizing, routing and packing.
"All but the network" is planning, the engine and the provider together, with the answer at hand."""

RECIPIENT = "The same in µs for one recipient:"

SERVER = """## The server alone

The same bytes over plain sockets, in µs for one exchange, as a check that the server is not what is measured above."""


@dataclass(frozen=True)
class Row:
    """One comparison."""

    mode: str
    provider: str
    recipients: int
    timed: Timed

    def lines(self) -> Iterable[tuple[str, ...]]:
        """Return a line for each baseline."""
        for name in self.timed.seconds:
            if name != "smsway":
                times = _us(self.timed.median("smsway")), _us(self.timed.median(name))
                ratio = self.timed.ratio("smsway", name)
                yield self.provider, str(self.recipients), name, *times, f"{ratio:.2f}", self._verdict(ratio)

    def _verdict(self, ratio: float) -> str:
        target = TARGETS[self.recipients]
        return f"{target:.2f} met" if ratio <= target else f"{target:.2f} **missed**"


@dataclass
class Report:
    """Collects what was measured."""

    command: str
    rounds: int
    sync: list[Row] = field(default_factory=list)
    least: list[Row] = field(default_factory=list)
    on_asyncio: list[Row] = field(default_factory=list)
    stores: list[Row] = field(default_factory=list)
    inside: list[Row] = field(default_factory=list)
    server: list[Row] = field(default_factory=list)

    def text(self, seconds: float) -> str:
        """Return the page; *seconds* is how long all of it took."""
        parts = [
            HEAD,
            table(("", ""), circumstances(self.command, self.rounds, seconds)),
            SYNC,
            table(("over", *COMPARED), _lines(self.sync)),
            LEAST,
            table(("provider", "recipients", "least, µs", "post, µs", "ratio", "target"), map(_least, self.least)),
            ASYNC,
            table(("mode", *COMPARED), _lines(self.on_asyncio)),
            STORE,
            table(
                ("mode", "provider", "recipients", *STORES, *(f"{name}, ratio" for name in STORES[1:])),
                map(_stores, self.stores),
            ),
            INSIDE,
            table(("provider", "recipients", *PARTS), (_parts(row, 1) for row in self.inside)),
            RECIPIENT,
            table(("provider", "recipients", *PARTS), (_parts(row, row.recipients) for row in self.inside)),
            SERVER,
            table(("provider", "recipients", "one connection", "32 connections"), map(_server, self.server)),
        ]
        return "\n\n".join(parts) + "\n"


def circumstances(
    command: str, rounds: int, seconds: float, packages: Sequence[str] = PACKAGES
) -> Iterable[tuple[str, str]]:
    """Yield what the numbers depend on, by name; *seconds* is how long all of it took."""
    yield "machine", f"{_cpu()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    yield "Python", f"{platform.python_implementation()} {platform.python_version()}"
    yield "packages", ", ".join(f"{name} {version(name)}" for name in packages)
    yield "date", f"{datetime.now(UTC):%Y-%m-%d}"
    if hasattr(os, "getloadavg"):
        # Whatever else the machine does makes the times longer and leaves the ratios nearly as they are.
        yield "load", f"{os.getloadavg()[1]:.1f} over the last 5 minutes, this run included"
    yield "command", f"`{command}`, {rounds} rounds, {seconds:.0f} s"


def _lines(rows: Iterable[Row]) -> Iterable[Sequence[str]]:
    return ((row.mode, *line) for row in rows for line in row.lines())


def _least(row: Row) -> Sequence[str]:
    times = _us(row.timed.median("least")), _us(row.timed.median("httpx"))
    ratio = row.timed.ratio("least", "httpx")
    return row.provider, str(row.recipients), *times, f"{ratio:.2f}", f"{TARGETS[row.recipients]:.2f}"


def _parts(row: Row, share: int) -> Sequence[str]:
    return row.provider, str(row.recipients), *(_us(row.timed.median(key) / share) for key in PARTS.values())


def _stores(row: Row) -> Sequence[str]:
    times = (f"{_us(row.timed.median(name))} µs" for name in STORES)
    ratios = (f"{row.timed.ratio(name, STORES[0]):.2f}" for name in STORES[1:])
    return row.mode, row.provider, str(row.recipients), *times, *ratios


def _server(row: Row) -> Sequence[str]:
    return row.provider, str(row.recipients), _us(row.timed.median("one")), _us(row.timed.median("many"))


def _us(seconds: float) -> str:
    return f"{seconds * 1e6:.0f}" if seconds > 20e-6 else f"{seconds * 1e6:.1f}"


def table(titles: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return a table of Markdown."""
    rows = [titles, ["---"] * len(titles), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown processor"
    )


def timed(costs: list[float], work: Callable[[], T]) -> T:
    """Do *work*, and note how many seconds it took."""
    began = time.perf_counter()
    answer = work()
    costs.append(time.perf_counter() - began)
    return answer

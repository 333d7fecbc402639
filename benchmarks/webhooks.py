"""Counts the callbacks that smsway takes in a second, beside a handler that only parses: `benchmarks/webhooks.py`.

`--quick` runs three short rounds. A full run writes its section into docs/performance.md as well.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from _hooks_load import PATHS, load, request, told
from _hooks_server import BATCH, serving
from _page import write_section
from _report import circumstances, table

CONNECTIONS = (1, 32, 128)
GOAL = 2000
"""Callbacks in a second, over 32 connections, on one core."""

PACKAGES = ("smsway", "starlette", "uvicorn", "uvloop", "h11", "pydantic")

TITLE = "Callbacks"

TEXT = """This section is written by `benchmarks/webhooks.py`; run `make bench-webhooks` to write it anew.

Each callback is one report, of a text that the store knows, and none comes twice.
smsway checks the secret, reads the report, writes it to the SQLite store (`synchronous = FULL`), answers, then matches
it, writes what that changes and tells an observer.
The handler beside it is a Starlette route that parses the JSON and answers.
Both run in one process on one core, under uvicorn with uvloop and the protocol of `smsway webhooks`, and are posted to
from another, in turn and in every other round in the opposite order; before the next turn, all is processed.
"Taken" counts answers in a second, "processed" what was told to the observer in a second from the first post on.
Numbers are medians over the rounds, the ratio is the median of those within the rounds; p50 and p99 are how long an
answer takes."""


@dataclass
class Turns:
    """What one competitor did with so many connections, a value per round."""

    taken: list[float] = field(default_factory=list)
    processed: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def percentile(self, share: float) -> str:
        """Return how long an answer took at most for *share* of the callbacks, in ms."""
        return f"{sorted(self.seconds)[int(share * (len(self.seconds) - 1))] * 1000:.1f}"


Turn = tuple[int, str]


async def turn(port: int, turns: Turns, requests: list[bytes], connections: int, goal: int) -> None:
    """Post *requests*, then wait until observers were told of *goal* reports in all."""
    began = time.perf_counter()
    seconds = await load(port, requests, connections)
    turns.taken.append(len(requests) / (time.perf_counter() - began))
    while await told(port) < goal:  # noqa: ASYNC110  # it happens in another process
        await asyncio.sleep(0.005)
    turns.processed.append(len(requests) / (time.perf_counter() - began))
    turns.seconds += seconds


async def run(port: int, calls: int, rounds: int) -> dict[Turn, Turns]:
    """Let both take their turns; the first round only warms up."""
    turns: dict[Turn, Turns] = {(connections, name): Turns() for connections in CONNECTIONS for name in PATHS}
    order, number, goal = list(turns), 0, 0
    for round_ in range(rounds + 1):
        for connections, name in order:
            some = calls if connections > 1 else calls // 8
            requests = [request(PATHS[name], number + index) for index in range(some)]
            if name == "smsway":
                number, goal = number + some, goal + some
            kept = turns[connections, name] if round_ else Turns()
            await turn(port, kept, requests, connections, goal)
        order.reverse()
    return turns


def rows(turns: dict[Turn, Turns]) -> Iterator[tuple[str, ...]]:
    """Return a line for each number of connections."""
    for connections in CONNECTIONS:
        ours, plain = turns[connections, "smsway"], turns[connections, "plain"]
        taken = statistics.median(ours.taken)
        ratio = statistics.median(one / other for one, other in zip(ours.taken, plain.taken, strict=True))
        verdict = f"{GOAL} {'met' if taken >= GOAL else '**missed**'}" if connections == 32 else ""
        yield (
            str(connections),
            f"{taken:.0f}",
            f"{statistics.median(ours.processed):.0f}",
            f"{statistics.median(plain.taken):.0f}",
            f"{ratio:.2f}",
            ours.percentile(0.5),
            ours.percentile(0.99),
            verdict,
        )


def sync_seconds(folder: Path) -> float:
    """Return how long the disk takes to keep a small write, at the median."""
    taken = []
    with tempfile.NamedTemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(50):
            began = time.perf_counter()
            file.write(b"x" * 4096)
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def cores() -> tuple[int, int | None]:
    """Return the core of the server, and another for the load, where the system lets us choose."""
    if not hasattr(os, "sched_getaffinity"):
        return 0, None
    available = sorted(os.sched_getaffinity(0))
    return available[0], available[-1] if len(available) > 1 else None


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="three short rounds; leaves docs/performance.md alone")
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="where the store lies; its disk counts")
    asked = parser.parse_args()
    rounds, calls = (3, 1600) if asked.quick else (7, 6400)
    began = time.monotonic()
    disk = "disk", f"{sync_seconds(asked.folder) * 1e6:.0f} µs until a write of 4 KiB is kept"
    theirs, ours = cores()
    texts = -(-(rounds + 1) * 3 * calls // BATCH) * BATCH
    with serving(theirs, texts, asked.folder) as port:
        if ours is not None:
            os.sched_setaffinity(0, {ours})
        with asyncio.Runner() as runner:
            turns = runner.run(run(port, calls, rounds))
    command = f"python benchmarks/webhooks.py{' --quick' if asked.quick else ''}"
    facts = (*circumstances(command, rounds, time.monotonic() - began, PACKAGES), disk)
    titles = ("connections", "taken/s", "processed/s", "plain/s", "ratio", "p50, ms", "p99, ms", "goal")
    text = "\n\n".join((TEXT, table(("", ""), facts), table(titles, rows(turns))))
    print(text)
    if not asked.quick:
        write_section(TITLE, text)


if __name__ == "__main__":
    main()

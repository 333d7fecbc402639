"""Watches the memory of a worker, and of `send_many`, while each sends to a million recipients: `benchmarks/memory.py`.

The vendor's answers are made in the process, so that nothing else is in the way. Exits with 1 if the memory grows.
A full run writes its section into docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import httpx
from _canned import FULL, NAME, VENDORS
from _page import write_section
from _report import circumstances, table

from smsway import Client, Message, Template
from smsway.config import Configuration, load
from smsway.outbox import Draft, Outbox, State
from smsway.worker import Worker

VENDOR = VENDORS["tencent-v5"]
GOAL = 10.0
"""MB that the memory may grow by, from the first tenth of the recipients to the last."""

BACKLOG = 50 * FULL
PACKAGES = ("smsway", "sqlalchemy", "httpx")
TITLE = "Memory"

TEXT = """This section is written by `benchmarks/memory.py`; run `make bench-memory` to write it anew.

A worker of an outbox in SQLite, and `send_many`, each send to so many recipients, in requests of 200.
The vendor's answers are made in the process.
Shown is the memory of the process (resident) after so many tenths of the recipients; it may grow by {goal:.0f} MB."""


class Static(httpx.BaseTransport):
    """Answers that all is well, as the vendor does."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        return httpx.Response(200, content=VENDOR.answer(request.read()))


def configuration(folder: str) -> Configuration:
    """Return one account, and an outbox in *folder*."""
    outbox = {"database": f"sqlite:///{folder}/outbox.db", "poll": 0.02}
    return load({**VENDOR.configuration(), "outbox": outbox}, base_urls={NAME: "http://127.0.0.1"})


def message() -> Message:
    """Return one to the 200 phones of whom the answers speak."""
    return Message(to=VENDOR.phones(), content=Template("login_code", {"code": "1234", "minutes": "4"}))


def resident() -> float:
    """Return the memory of this process, in MB."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123  # there is no shorter way
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def feed(folder: str, count: int) -> None:
    """Enqueue so many recipients, a little ahead of the worker."""
    with Outbox.open(configuration(folder)) as outbox:
        for first in range(0, count, 10 * FULL):
            while outbox.counts().get(State.PENDING, 0) > BACKLOG:
                time.sleep(0.05)
            outbox.enqueue_all([Draft(message()) for _ in range(first, min(first + 10 * FULL, count), FULL)])


def worker(folder: str, count: int, tell: Callable[[int], None]) -> None:
    """Send from an outbox."""
    made = configuration(folder)
    with Outbox.open(made) as outbox:
        feeder = multiprocessing.get_context("spawn").Process(target=feed, args=(folder, count))
        feeder.start()
        done = 0

        def landed(event: Any) -> None:
            nonlocal done
            if type(event).__name__ == "AttemptFinished":
                with lock:
                    done += event.accepted
                    tell(done)
                    if done >= count:
                        hand.stop()

        lock = threading.Lock()
        hand = Worker(made, outbox.store, transport=Static(), journal=landed)
        hand.run()
        feeder.join()


def send_many(folder: str, count: int, tell: Callable[[int], None]) -> None:
    """Send a stream."""

    def stream() -> Iterator[Message]:
        for _ in range(count // FULL):
            yield message()

    with Client(configuration(folder), transport=Static()) as client:
        for done, _ in enumerate(client.send_many(stream()), 1):
            tell(done)


COMPETITORS = {"worker": worker, "send_many": send_many}


def watch(name: str, count: int) -> None:
    """Run one in this process, and print its memory at each tenth, as JSON."""
    seen: list[float] = []

    def tell(done: int) -> None:
        while len(seen) < 10 and done >= count * (len(seen) + 1) // 10:
            seen.append(round(resident(), 1))

    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        COMPETITORS[name](folder, count, tell)
    print(json.dumps({"memory": seen, "rate": round(count / (time.perf_counter() - began))}))


def run(name: str, count: int) -> dict[str, Any]:
    """Watch one in a process of its own."""
    command = [sys.executable, __file__, "--only", name, "--recipients", str(count)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def line(name: str, found: dict[str, Any]) -> Sequence[str]:
    """Return the row of the table."""
    memory = found["memory"]
    growth = max(memory) - memory[0]
    verdict = "met" if growth <= GOAL else "missed"
    return name, *(f"{each:.0f}" for each in memory), f"{growth:.1f}", f"{GOAL:.0f} {verdict}", f"{found['rate']:,}"


def main() -> int:
    """Watch all; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recipients", type=int, default=1_000_000)
    parser.add_argument("--only", choices=COMPETITORS)
    parser.add_argument("--quick", action="store_true", help="a tenth of them, and nothing is written")
    asked = parser.parse_args()
    count = asked.recipients // 10 if asked.quick else asked.recipients
    if asked.only:
        watch(asked.only, count)
        return 0
    began = time.perf_counter()
    lines = [line(name, run(name, count)) for name in COMPETITORS]
    facts = table(("", ""), circumstances("python benchmarks/memory.py", 1, time.perf_counter() - began, PACKAGES))
    names = (f"{count:,} recipients", *(f"{tenth}0 %" for tenth in range(1, 11)), "growth, MB", "goal", "recipients/s")
    text = f"{TEXT.format(goal=GOAL)}\n\n{facts}\n\n{table(names, lines)}"
    print(text)
    if not asked.quick:
        write_section(TITLE, text)
    return int(any("missed" in each[-2] for each in lines))


if __name__ == "__main__":
    sys.exit(main())

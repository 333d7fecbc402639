"""Measures what the guards cost, with all of them on: `benchmarks/guards.py [--quick]`.

A full run writes its section into docs/performance.md.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from _page import write_section
from _report import circumstances, table, timed

from smsway import Message, Recipient, Template
from smsway._desk import Desk
from smsway._screening import case_of
from smsway.config import load
from smsway.delivery import SystemClock
from smsway.guards import Guards
from smsway.model import Kind, Outcome, Status

SIZES = (1, 200)
"""Recipients of a message."""

ROUNDS = 50
PHONES = 100_000
"""Phones that each get a code, of which the memory is measured."""

PACKAGES = ("smsway", "sqlalchemy", "phonenumbers")
TITLE = "Guards"

TEXT = """This section is written by `benchmarks/guards.py`; run `make bench-guards` to write it anew.

All [guards](how-to/guard-against-fraud.md) are on, with several limits each, and nobody is stopped.
Times are µs for one recipient, as the median of {rounds} messages; the database is SQLite with `synchronous = FULL`,
whose commits go to the disk.
"Judge" is what comes before routing, of a code, which is counted, and of a notification, which is only looked up.
"Account" is the cap of the account at the attempt, "accepted" and "used" what is counted of a code after it."""

MEMORY = """After {phones:,} phones have got a code each, what is kept in memory takes {megabytes:.0f} MB."""

LIMITS = ["1000000/30s", "1000000/10m", "1000000/d"]
GUARDS: dict[str, Any] = {
    "numbers": {"block": ["+8613999999999"]},
    "destinations": {},
    "phones": {},
    "callers": {"otp": LIMITS},
    "caps": {"total": LIMITS, "countries": {"*": LIMITS}, "ranges": LIMITS, "accounts": {"*": LIMITS}},
    "quiet_hours": {},
    "optouts": {},
    "content": {"max_segments": 3},
    "price": {"most": 1.0},
    "conversion": {"mode": "block", "least": 0.01},
}
SOURCE: dict[str, Any] = {
    "accounts": {"cn": {"provider": "tencent-v5", "sdk_app_id": 1400006666, "app_key": "literal:key"}},
    "templates": {"code": {"params": ["code"], "text": "Your code is {code}.", "accounts": {"cn": {"id": 1}}}},
    "signatures": {"default": {"cn": "Tencent"}},
    "prices": {"cn": {"*": 0.05}},
}

NUMBERS = itertools.count(3_000_000_000)
"""Of phones, each of which gets one code."""


@dataclass
class Costs:
    """Seconds for one message each."""

    judge: list[float] = field(default_factory=list)
    judge_uncounted: list[float] = field(default_factory=list)
    account: list[float] = field(default_factory=list)
    accepted: list[float] = field(default_factory=list)
    used: list[float] = field(default_factory=list)


class Bench:
    """The guards of a client, and messages for them."""

    def __init__(self, outbox: dict[str, Any]) -> None:
        source = SOURCE | {"outbox": outbox}
        self._bare = Desk(load(source), SystemClock(), None)
        self._desk = Desk(load(source | {"guards": GUARDS}), SystemClock(), None)

    @property
    def guards(self) -> Guards:
        """All of them."""
        assert self._desk.guards is not None
        return self._desk.guards

    def message(self, size: int, kind: Kind = Kind.OTP) -> Message:
        """Return one to *size* new phones, each with a reference of its own."""
        numbers = list(itertools.islice(NUMBERS, size))
        to = [Recipient(f"+861{number}", reference=f"login {number}") for number in numbers]
        return Message(to=to, content=Template("code", {"code": "1234"}), kind=kind, caller=f"caller {numbers[0]}")

    def judge(self, message: Message, costs: list[float]) -> None:
        """Judge all recipients of *message*."""
        cases = [case_of(journey) for journey in self._bare.check(message)]
        judgements = timed(costs, lambda: self.guards.judge(cases))
        assert all(each.veto is None for each in judgements)

    def round(self, size: int, costs: Costs) -> None:
        """Do everything with one message."""
        message = self.message(size)
        self.judge(message, costs.judge)
        self.judge(self.message(size, Kind.NOTIFICATION), costs.judge_uncounted)
        shipments, _ = self._bare.take(message)
        (shipment,) = shipments
        outcomes = [Outcome(journey.phone, Status.ACCEPTED, "cn") for journey in shipment.journeys]
        quota, conversion = self.guards.quota, self.guards.conversion
        assert quota is not None
        assert conversion is not None
        timed(costs.account, lambda: quota.take(shipment))
        timed(costs.accepted, lambda: conversion.enter(shipment, outcomes))
        references = [journey.reference or "" for journey in shipment.journeys]
        marks = timed(costs.used, lambda: [conversion.mark(each) for each in references])
        assert all(marks)

    def close(self) -> None:
        """Close the stores."""
        self._bare.close()
        self._desk.close()


def measure(rounds: int) -> Iterator[tuple[str, int, Costs]]:
    """Measure each store with each size of messages."""
    with tempfile.TemporaryDirectory() as folder:
        for name, outbox in (("memory", {}), ("SQLite", {"database": f"sqlite:///{folder}/outbox.db"})):
            for size in SIZES:
                bench, costs = Bench(outbox), Costs()
                for _ in range(rounds):
                    bench.round(size, costs)
                bench.close()
                yield name, size, costs


def megabytes(phones: int) -> float:
    """Return what is kept after so many phones have got a code."""
    bench = Bench({})
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(phones // SIZES[-1]):
        bench.judge(bench.message(SIZES[-1]), [])
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    bench.close()
    return (after - before) / 1e6


def line(store: str, size: int, costs: Costs) -> Sequence[str]:
    """Return a row of the table."""
    micros = (statistics.median(seconds) / size * 1e6 for seconds in vars(costs).values())
    return [store, str(size), *(f"{each:,.0f}" for each in micros)]


def main() -> None:
    """Measure, and print or write what it came to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a few rounds, and nothing is written")
    quick = parser.parse_args().quick
    began = time.perf_counter()
    rounds, phones = (5, 2_000) if quick else (ROUNDS, PHONES)
    lines = [line(*found) for found in measure(rounds)]
    kept = MEMORY.format(phones=phones, megabytes=megabytes(phones))
    took = time.perf_counter() - began
    facts = table(("", ""), circumstances("python benchmarks/guards.py", rounds, took, PACKAGES))
    names = ["store", "recipients", *(name.replace("_", ", ") for name in vars(Costs()))]
    text = f"{TEXT.format(rounds=rounds)}\n\n{facts}\n\n{table(names, lines)}\n\n{kept}"
    print(text)
    if not quick:
        write_section(TITLE, text)


if __name__ == "__main__":
    main()

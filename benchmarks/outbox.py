"""Counts the recipients that an outbox takes in and settles in a second, and how that changes as it fills.

`benchmarks/outbox.py [--quick]`: SQLite on the disk of this machine. A full run fills the outbox with a million
recipients, and writes its section into docs/performance.md and a plot beside it.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from _page import write_section
from _report import circumstances, table, timed

from smsway import Message, Template
from smsway.config import load
from smsway.model import Attempt, Certainty, Outcome, Status
from smsway.outbox import Mark, Outbox, Settlement, SqlOutbox

T = TypeVar("T")

BATCH = 200
SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
"""Rows in the table, at each of which the costs are measured."""

ROUNDS = 25
GOAL = 20_000
"""Recipients in a second that are enqueued in bulk, and settled 200 in a commit."""

PACKAGES = ("smsway", "sqlalchemy", "pydantic")
TITLE = "Outbox"
PLOT = Path(__file__).resolve().parent.parent / "docs" / "outbox.png"

TEXT = """This section is written by `benchmarks/outbox.py`; run `make bench-outbox` to write it anew.

Messages of 200 recipients are enqueued in SQLite (`synchronous = FULL`), claimed, marked and settled, each in a
transaction of its own, which is a commit to the disk.
Numbers are medians of {rounds} batches at each size of the table; nine of ten rows are done by then, as in an outbox
that keeps what it has sent for some weeks.
"Enqueue" includes checking the message; "settle" is the write of 200 results."""


@dataclass
class Costs:
    """Seconds for one batch each."""

    enqueue: list[float] = field(default_factory=list)
    claim: list[float] = field(default_factory=list)
    mark: list[float] = field(default_factory=list)
    settle: list[float] = field(default_factory=list)


class Bench:
    """An outbox, and what is done to it."""

    def __init__(self, folder: str) -> None:
        self._outbox = Outbox.open(
            load(
                {
                    "accounts": {
                        "cn": {"provider": "tencent-v5", "sdk_app_id": 1400006666, "app_key": "literal:key"},
                    },
                    "templates": {"news": {"accounts": {"cn": {"id": 1}}}},
                    "outbox": {"database": f"sqlite:///{folder}/outbox.db"},
                }
            )
        )
        assert isinstance(self._outbox.store, SqlOutbox)
        self._store = self._outbox.store
        self._store.join("bench", "bench", 1e6)
        self.rows = 0

    def message(self) -> Message:
        """Return one to 200 new phones."""
        phones = [f"+861{3_000_000_000 + self.rows + number}" for number in range(BATCH)]
        self.rows += BATCH
        return Message(to=phones, content=Template("news"))

    def round(self, costs: Costs) -> None:
        """Do everything with one batch."""
        message = self.message()
        timed(costs.enqueue, lambda: self._outbox.enqueue(message))
        claims = timed(costs.claim, lambda: self._store.claim("bench", BATCH))
        rows = [claim.row for claim in claims]
        assert timed(costs.mark, lambda: self._store.mark("bench", Mark(f"a{self.rows}", "cn", rows)))
        attempts = (Attempt("cn", Certainty.SENT, None, None, 1.0, 0.1, f"a{self.rows}"),)
        results = [
            Settlement(
                claim.row,
                Outcome(
                    claim.addressee.phone, Status.ACCEPTED, "cn", provider_message_id=f"s{claim.row}", attempts=attempts
                ),
            )
            for claim in claims
        ]
        timed(costs.settle, lambda: self._store.settle("bench", results))

    def fill(self, size: int) -> None:
        """Let there be so many rows, nine of ten of which are done and the others not due yet."""
        later = time.time() + 40_000
        while self.rows < size:
            messages = [self.message() for _ in range(10)]
            for message in messages[:1]:
                self._outbox.enqueue(message, not_before=later)
            for message in messages[1:]:
                self._outbox.enqueue(message)
            while claims := self._store.claim("bench", 2000):
                self._store.settle(
                    "bench",
                    [Settlement(c.row, Outcome(c.addressee.phone, Status.ACCEPTED, "cn")) for c in claims],
                )

    def close(self) -> None:
        """Close the outbox."""
        self._outbox.close()


def measure(sizes: Sequence[int], rounds: int) -> dict[int, Costs]:
    """Measure at each size."""
    found: dict[int, Costs] = {}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(folder)
        for size in sizes:
            bench.fill(size - rounds * BATCH)
            costs = found[size] = Costs()
            for _ in range(rounds):
                bench.round(costs)
            print(f"{size} rows: {rates(costs)}")
        bench.close()
    return found


def rates(costs: Costs) -> dict[str, int]:
    """Return the recipients in a second, by what was done."""
    return {name: round(BATCH / statistics.median(seconds)) for name, seconds in vars(costs).items()}


def plot(found: dict[int, Costs]) -> None:
    """Draw how long a batch takes at each size."""
    import matplotlib as mpl  # noqa: PLC0415  # only a full run draws

    mpl.use("Agg")
    import matplotlib.pyplot as plt  # noqa: PLC0415  # as above

    figure, axes = plt.subplots(figsize=(7, 3.5), dpi=120)
    for name in vars(Costs()):
        milliseconds = [statistics.median(getattr(costs, name)) * 1000 for costs in found.values()]
        axes.plot(list(found), milliseconds, marker="o", label=name)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("rows in the table")
    axes.set_ylabel("ms for 200 recipients")
    axes.legend()
    axes.grid(visible=True, alpha=0.3)
    figure.tight_layout()
    figure.savefig(PLOT)


def main() -> None:
    """Measure, and print or write what it came to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a small outbox, and nothing is written")
    quick = parser.parse_args().quick
    began = time.perf_counter()
    sizes, rounds = (SIZES[:3], 5) if quick else (SIZES, ROUNDS)
    found = measure(sizes, rounds)
    lines = []
    for size, costs in found.items():
        rate = rates(costs)
        met = "met" if min(rate["enqueue"], rate["settle"]) >= GOAL else "missed"
        lines.append([f"{size:,}", *(f"{each:,}" for each in rate.values()), f"{GOAL:,} {met}"])
    names = ["rows", *(f"{name}/s" for name in vars(Costs())), "goal (enqueue, settle)"]
    took = time.perf_counter() - began
    facts = table(("", ""), circumstances("python benchmarks/outbox.py", rounds, took, PACKAGES))
    text = f"{TEXT.format(rounds=rounds)}\n\n{facts}\n\n{table(names, lines)}"
    print(text)
    if not quick:
        plot(found)
        write_section(TITLE, f"{text}\n\n![ms for 200 recipients by rows in the table](outbox.png)")


if __name__ == "__main__":
    main()

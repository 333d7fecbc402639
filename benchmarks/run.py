"""Compares smsway with what a user would take instead: `benchmarks/run.py [--quick] [--only SCENARIO ...]`.

Prints tables and targets. A full run draws its pictures and writes all of it to docs/performance.md, where it keeps the
sections of other benchmarks; nothing in that file is written by hand. A quick run measures what the targets speak of.
"""

from __future__ import annotations

import argparse
import time
from importlib import import_module
from pathlib import Path

from _comparison import page
from _page import write_page
from _plot import draw
from _section import Bench
from _server import serving
from _sides import sides

DOCS = Path(__file__).resolve().parent.parent / "docs"

QUICK = ("one_by_one", "in_flight", "slow_server", "streams", "planning", "weight")
SCENARIOS = (*QUICK, "transports", "codecs", "notifiers", "least", "stores", "inside", "server_alone")
"""The modules of `scenarios/`, in the order of the page."""

FORMS = {"full": (5, 0.25, 1.0), "quick": (3, 0.1, 0.05), "smoke": (1, 0.0, 0.004)}
"""Rounds, seconds of a turn, and the part of a full run's work that is done where its amount is fixed."""


def main() -> None:
    """Run the scenarios."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few short rounds of what has a target; writes nothing")
    parser.add_argument("--only", nargs="+", choices=SCENARIOS, help="these scenarios; writes nothing")
    parser.add_argument(
        "--smoke", action="store_true", help="one round of a few calls, which tells nothing but that it runs"
    )
    asked = parser.parse_args()
    rounds, span, size = FORMS["smoke" if asked.smoke else "quick" if asked.quick else "full"]
    names = asked.only or (QUICK if asked.quick else SCENARIOS)
    began = time.monotonic()
    with serving() as served, sides(served) as running:
        bench = Bench(served, running, rounds, span, size)
        sections = []
        for name in names:
            started = time.monotonic()
            sections.append(import_module(f"scenarios.{name}").run(bench))
            print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)
    command = f"python benchmarks/run.py{' --quick' if asked.quick else ''}"
    text = page(bench, sections, command, time.monotonic() - began)
    print(text)
    if names == SCENARIOS and size == 1:
        for section in sections:
            for plot in section.plots:
                draw(plot, DOCS)
        write_page(text)


if __name__ == "__main__":
    main()

"""Plays schedules over the wire and tells which of them went wrong; `--help` tells how.

A seed always plays the same schedule, so `--seeds 1 --first SEED --verbose` shows again what went wrong.
"""

# ruff: noqa: T201  # a command

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from wire.record import WireHistory
from wire.schedule import CLIENTS, Schedule


def main() -> int:
    """Play; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=1_000, help="how many schedules for each client")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--client", choices=CLIENTS, action="append", help="the client that sends; both by default")
    parser.add_argument("--verbose", action="store_true", help="tell everything that happened")
    asked = parser.parse_args()
    logging.getLogger("smsway").setLevel(logging.CRITICAL)
    wrong = 0
    for client in asked.client or CLIENTS:
        began, counts = time.monotonic(), Counter[str]()
        for seed in range(asked.first, asked.first + asked.seeds):
            history = CLIENTS[client](Schedule(seed))
            counts += _counts(history)
            violations = history.violations()
            counts["wrong"] += bool(violations)
            for each in violations:
                print(f"seed {seed}: {each}")
            if asked.verbose:
                print(*history.lines(), sep="\n")
        took = time.monotonic() - began
        print(
            f"{client}: {asked.seeds} schedules, {counts['wrong']} of them wrong, {asked.seeds / took:.0f} a second, "
            f"with {counts['requests'] / took:.0f} requests"
        )
        print(", ".join(f"{count} {name}" for name, count in counts.most_common()))
        wrong += counts["wrong"]
    return int(bool(wrong))


def _counts(history: WireHistory) -> Counter[str]:
    told = history.told
    outcomes = Counter(str(each.outcome.status) for call in told.calls for each in call.settled)
    return outcomes + Counter({"calls": len(told.calls), "texts": len(told.texts), "requests": history.requests})


if __name__ == "__main__":
    sys.exit(main())

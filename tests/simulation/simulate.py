"""Plays schedules and tells which of them went wrong: `simulate.py [--seeds N] [--first SEED] [--verbose]`.

A seed always plays the same schedule, so `--seeds 1 --first SEED --verbose` shows again what went wrong.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections import Counter

from history import History
from schedule import Schedule


def main() -> int:
    """Play; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=10_000, help="how many schedules")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--verbose", action="store_true", help="tell everything that happened")
    asked = parser.parse_args()
    logging.getLogger("smsway").setLevel(logging.CRITICAL)
    began, wrong, counts = time.monotonic(), 0, Counter[str]()
    for seed in range(asked.first, asked.first + asked.seeds):
        history = Schedule(seed).run()
        counts.update(_counts(history))
        violations = history.violations()
        wrong += bool(violations)
        for each in violations:
            print(f"seed {seed}: {each}")
        if asked.verbose:
            _tell(history)
    took = time.monotonic() - began
    print(f"{asked.seeds} schedules, {wrong} of them wrong, {asked.seeds / took:.0f} in a second")
    print(", ".join(f"{count} {name}" for name, count in counts.most_common()))
    return int(bool(wrong))


def _counts(history: History) -> Counter[str]:
    outcomes = Counter(str(each.outcome.status) for call in history.calls for each in call.settled)
    return outcomes + Counter({"calls": len(history.calls), "texts": len(history.texts)})


def _tell(history: History) -> None:
    print(f"on_unknown = {history.on_unknown}")
    for call in history.calls:
        ended = "never" if call.ended is None else f"at {call.ended:.3f}"
        print(f"call {call.number} began at {call.began:.3f} and ended {ended}: {call.message.kind}")
        for settled in call.settled:
            outcome = settled.outcome
            tried = ", ".join(f"{each.account} {each.certainty} {each.reason or ''}" for each in outcome.attempts)
            print(f"  {str(outcome.recipient)[-2:]} {outcome.status} {outcome.reason or ''} after {tried}")
    for text in history.texts:
        print(f"at {text.at:.3f} {text.account} texted {text.phone[-2:]} for {text.reference}")


if __name__ == "__main__":
    sys.exit(main())

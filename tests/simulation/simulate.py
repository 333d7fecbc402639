"""Plays schedules and tells which went wrong: `simulate.py [--seeds N] [--first SEED] [--kind KIND] [--verbose]`.

A seed always plays the same schedule, so `--kind calls --seeds 1 --first SEED --verbose` shows again what went wrong.
"""

from __future__ import annotations

import argparse
import gc
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from history import History
from office import OfficeSchedule
from schedule import Schedule


def main() -> int:
    """Play; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=10_000, help="how many schedules of each kind")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--kind", choices=KINDS, help="of this kind only")
    parser.add_argument("--verbose", action="store_true", help="tell everything that happened")
    asked = parser.parse_args()
    logging.getLogger("smsway").setLevel(logging.CRITICAL)
    # What is there by now stays, and need not be looked at whenever garbage is collected.
    gc.freeze()
    kinds = [asked.kind] if asked.kind else list(KINDS)
    wrong = [_play(kind, range(asked.first, asked.first + asked.seeds), verbose=asked.verbose) for kind in kinds]
    return int(any(wrong))


def _play(kind: str, seeds: range, *, verbose: bool) -> int:
    """Play the schedules of a kind; return how many went wrong."""
    began, wrong, counts = time.monotonic(), 0, Counter[str]()
    for seed in seeds:
        violations, counted = KINDS[kind](seed, verbose=verbose)
        counts.update(counted)
        wrong += bool(violations)
        for each in violations:
            print(f"{kind}, seed {seed}: {each}")
    rate = len(seeds) / (time.monotonic() - began)
    print(f"{kind}: {len(seeds)} schedules, {wrong} of them wrong, {rate:.0f} in a second")
    print(", ".join(f"{count} {name}" for name, count in counts.most_common()))
    return wrong


def _calls(seed: int, *, verbose: bool) -> tuple[Sequence[str], Counter[str]]:
    history = Schedule(seed).run()
    if verbose:
        _tell_history(history)
    outcomes = Counter(str(each.outcome.status) for call in history.calls for each in call.settled)
    counts = Counter({"calls": len(history.calls), "texts": len(history.texts), "breakers opened": history.opened})
    return history.violations(), outcomes + counts


def _outbox(seed: int, *, verbose: bool) -> tuple[Sequence[str], Counter[str]]:
    office = OfficeSchedule(seed)
    violations = office.run()
    if verbose:
        _tell_office(office)
    texts = sum(len(vendor.texts) for vendor in office.vendors.values())
    counts = Counter({str(state): count for state, count in office.memory.counts().items()})
    return violations, counts + Counter({"messages": len(office.messages), "texts": texts})


def _tell_history(history: History) -> None:
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


def _tell_office(office: OfficeSchedule) -> None:
    print(f"on_unknown = {office.on_unknown}")
    for message in office.messages:
        print(f"message {message}")
        for progress in office.memory.find(message=message).recipients:
            attempts = progress.outcome.attempts if progress.outcome else ()
            tried = ", ".join(f"{each.account} {each.certainty} {each.reason or ''}" for each in attempts)
            print(f"  {progress.phone[-2:]} {progress.state} after {progress.tries} tries: {tried}")
    for vendor in office.vendors.values():
        for text in vendor.texts:
            print(f"at {text.at:.3f} {text.account} texted {text.phone[-2:]} for {text.reference}")


KINDS: Mapping[str, Callable[..., tuple[Sequence[str], Counter[str]]]] = {"calls": _calls, "outbox": _outbox}


if __name__ == "__main__":
    sys.exit(main())

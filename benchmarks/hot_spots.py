"""Tells where the time of `Client.send` goes: `benchmarks/hot_spots.py [PROVIDER] [RECIPIENTS]`.

A profiler makes short functions look dearer than they are: the shares show where to look, `run.py` shows what it costs.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import re
from collections import Counter
from typing import Any

from _bench import check, configuration, message
from _canned import FULL, VENDORS
from _server import serving

from smsway import Client

# Where a function belongs, by the path of its file; the first that fits.
PLACES = (
    (r"/(smsway_\w+)/(\w+)\.py", r"\1.\2"),
    (r"/smsway/(\w+)/(\w+)\.py", r"smsway.\1.\2"),
    (r"/smsway/(\w+)\.py", r"smsway.\1"),
    (r"/site-packages/(\w+)", r"\1"),
    (r"/python3\.\d+/(?:\w+/)*(\w+)\.py", r"\1 (standard library)"),
)


def place_of(path: str, function: str) -> str:
    """Return the module or package that a function belongs to."""
    for pattern, name in PLACES:
        match = re.search(pattern, path)
        if match:
            return match.expand(name)
    if "socket" in function:
        return "the network, waiting included"
    return "built in: " + re.sub(r"<?(built-in method|method) |'|>| of .*", "", function)


def profiled(provider: str, recipients: int, calls: int) -> pstats.Stats:
    """Profile *calls* calls, after a few that warm up."""
    vendor = next(vendor for vendor in VENDORS if vendor.name == provider)
    wanted = message(vendor, recipients)
    profiler = cProfile.Profile()
    source = configuration(vendor)
    with serving() as served, Client.from_config(source, base_urls={"only": served.plain[provider]}) as client:
        for _ in range(20):
            check(client.send(wanted), recipients)
        profiler.enable()
        for _ in range(calls):
            client.send(wanted)
        profiler.disable()
    return pstats.Stats(profiler)


def main() -> None:
    """Print the shares by place, and the dearest functions."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("provider", nargs="?", choices=[vendor.name for vendor in VENDORS], default="tencent-v5")
    parser.add_argument("recipients", nargs="?", type=int, choices=[1, FULL], default=FULL)
    parser.add_argument("--top", type=int, default=25, help="so many lines of each table")
    asked = parser.parse_args()
    calls = 2000 if asked.recipients == 1 else 200
    stats = profiled(asked.provider, asked.recipients, calls)
    functions: dict[Any, Any] = stats.stats  # type: ignore[attr-defined]  # typeshed leaves it out
    total = sum(own for _, _, own, _, _ in functions.values())
    places: Counter[str] = Counter()
    for (path, _, function), (_, _, own, _, _) in functions.items():
        places[place_of(path, function)] += own
    print(f"{asked.provider}, {asked.recipients} recipients, {total / calls * 1e6:.0f} µs for one call when profiled\n")
    for place, own in places.most_common(asked.top):
        print(f"{own / total:6.1%} {own / calls * 1e6:8.1f} µs  {place}")
    print()
    stats.sort_stats("tottime").print_stats(asked.top)


if __name__ == "__main__":
    main()

"""Tells where the time goes: `benchmarks/hot_spots.py [PROVIDER] [RECIPIENTS] [--way one|flight|many]`.

`one` is `Client.send`, one call after the other; `flight` is `AsyncClient.send` with 32 calls in flight; `many` is
`AsyncClient.send_many`, of which RECIPIENTS are in a message.
A profiler makes short functions look dearer than they are: the shares show where to look, `run.py` shows what it costs.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import itertools
import pstats
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from _canned import FULL, NAME, VENDORS, Vendor
from _message import check, message
from _server import serving
from sides._child import in_flight

from smsway import AsyncClient, Client

# Where a function belongs, by the path of its file; the first that fits.
PLACES = (
    (r"/(smsway_\w+)/(\w+)\.py", r"\1.\2"),
    (r"/smsway/(\w+)/(\w+)\.py", r"smsway.\1.\2"),
    (r"/smsway/(\w+)\.py", r"smsway.\1"),
    (r"/site-packages/(\w+)", r"\1"),
    (r"/python3\.\d+/(?:\w+/)*(\w+)\.py", r"\1 (standard library)"),
)
IN_FLIGHT = 32


def place_of(path: str, function: str) -> str:
    """Return the module or package that a function belongs to."""
    for pattern, name in PLACES:
        match = re.search(pattern, path)
        if match:
            return match.expand(name)
    if "socket" in function or "epoll" in function:
        return "the network, waiting included"
    return "built in: " + re.sub(r"<?(built-in method|method) |'|>| of .*", "", function)


def one(vendor: Vendor, url: str, recipients: int, calls: int, profiler: cProfile.Profile) -> None:
    """Profile `Client.send`, after a few calls that warm up."""
    wanted = message(vendor, recipients)
    with Client.from_config(vendor.configuration(), base_urls={NAME: url}) as client:
        for _ in range(20):
            check(client.send(wanted), recipients)
        with profiler:
            for _ in range(calls):
                client.send(wanted)


def flight(vendor: Vendor, url: str, recipients: int, calls: int, profiler: cProfile.Profile) -> None:
    """Profile `AsyncClient.send`."""
    wanted = message(vendor, recipients)

    async def run() -> None:
        async with AsyncClient.from_config(vendor.configuration(), base_urls={NAME: url}) as client:

            async def once() -> None:
                check(await client.send(wanted), recipients)

            await in_flight(once, 2 * IN_FLIGHT, IN_FLIGHT)
            with profiler:
                await in_flight(once, calls, IN_FLIGHT)

    asyncio.run(run())


def many(vendor: Vendor, url: str, recipients: int, calls: int, profiler: cProfile.Profile) -> None:
    """Profile `AsyncClient.send_many` of so many messages, each to other phones, for equal ones share no request."""
    plain = message(vendor, recipients)
    phones = itertools.cycle(vendor.phones(100_000))

    async def run() -> None:
        async with AsyncClient.from_config(vendor.configuration(), base_urls={NAME: url}) as client:
            for count, profiled in ((20, False), (calls, True)):
                stream = (replace(plain, to=tuple(itertools.islice(phones, recipients))) for _ in range(count))
                if profiled:
                    profiler.enable()
                check([outcome async for outcome in client.send_many(stream)], count * recipients)
        profiler.disable()

    asyncio.run(run())


WAYS: dict[str, Callable[[Vendor, str, int, int, cProfile.Profile], None]] = {
    "one": one,
    "flight": flight,
    "many": many,
}


def main() -> None:
    """Print the shares by place, and the dearest functions."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("provider", nargs="?", choices=VENDORS, default="tencent-v5")
    parser.add_argument("recipients", nargs="?", type=int, choices=[1, FULL], default=FULL)
    parser.add_argument("--way", choices=WAYS, default="one")
    parser.add_argument("--calls", type=int, help="by default 2,000 of one recipient, 200 of more")
    parser.add_argument("--top", type=int, default=25, help="so many lines of each table")
    asked = parser.parse_args()
    calls = asked.calls or (2000 if asked.recipients == 1 else 200)
    profiler = cProfile.Profile()
    with serving() as served:
        WAYS[asked.way](VENDORS[asked.provider], served.url(asked.provider), asked.recipients, calls, profiler)
    stats = pstats.Stats(profiler)
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

"""A server that answers after 50 ms: how near the rate comes to the ideal one, and what a call costs meanwhile."""

from __future__ import annotations

from _canned import VENDORS
from _rounds import measure
from _section import Bench, Plot, Section, us
from _sides import AIOHTTP, ASYNC_CLIENT, HTTPX_KEPT
from _targets import CPU_AT_128, share

DELAY = 50
TASKS = (32, 128)

TEXT = f"""The server answers after {DELAY} ms, so that n calls in flight come to n / {DELAY / 1000} calls a second at
best, which is the ideal rate. CPU is what the process of the client uses for one call. Single sends, plain,
tencent-v5."""

COLUMNS = ("in flight", "side", "calls/s", "of the ideal rate", "CPU of a call, µs")


def run(bench: Bench) -> Section:
    """Measure; sides of 32 and of 128 in flight take turns with each other."""
    section = Section(f"A server of {DELAY} ms", TEXT, COLUMNS)
    vendor = VENDORS["tencent-v5"]
    series: dict[str, list[float | None]] = {}
    for side in (ASYNC_CLIENT,) if bench.quick else (ASYNC_CLIENT, HTTPX_KEPT, AIOHTTP):
        if not side.installed:
            continue
        turns = {
            str(tasks): bench.sides.turns([side], vendor, 1, tasks, delay=DELAY, apart=True)[side.name]
            for tasks in TASKS
        }
        timed = measure(turns, bench.rounds, 3 * bench.span, 2 * max(TASKS))
        for tasks in TASKS:
            rate, ideal = 1 / timed.median(str(tasks)), tasks / (DELAY / 1000)
            cpu = us(timed.cpu(str(tasks)))
            section.lines.append((str(tasks), side.name, f"{rate:,.0f}", f"{rate / ideal:.0%}", cpu))
            series.setdefault(side.name, []).append(rate / ideal)
            if side is ASYNC_CLIENT:
                section.figures[share(tasks)] = rate / ideal
        if side is ASYNC_CLIENT:
            costs = timed.cpu_ratios("128", "32")
            section.figures[CPU_AT_128] = costs[len(costs) // 2]
            section.more = (
                f"A call of smsway costs {costs[len(costs) // 2]:.2f} times as much CPU with 128 in flight as with 32; "
                f"in the rounds, that was {costs[0]:.2f} to {costs[-1]:.2f} times, which is the margin of the noise."
            )
    section.plots.append(Plot("performance-slow-server", "calls in flight", "of the ideal rate", TASKS, series))
    return section

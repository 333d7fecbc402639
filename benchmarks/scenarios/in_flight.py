"""32 calls in flight: `AsyncClient` beside posts of bytes made before, and beside the vendor's SDK on 32 threads."""

from __future__ import annotations

from _canned import FULL, VENDORS
from _rounds import Timed, measure
from _section import Bench, Section, ratios, us
from _sides import AIOHTTP, ASYNC_CLIENT, HTTPX_ASYNC, HTTPX_KEPT, SDKS, TENCENTCLOUD, Side
from _targets import QUICKEST_HTTPX, versus

IN_FLIGHT = 32

TEXT = f"""{IN_FLIGHT} calls are in flight at any time. httpx takes part with the limits that it sets itself, by which
it keeps 20 connections, and with a pool that keeps all, and smsway is held to the quicker of the two. The SDKs know
threads only: each has {IN_FLIGHT}, with a client of its own in each. The Tencent SDK stands beside the v5 API as well,
sending to as many by its own call."""

COLUMNS = ("over", "server", "provider", "recipients", "beside", "smsway, µs", "beside, µs", "times as many")

MODES = (("plain", 0), ("TLS", 0), ("plain", 20))
"""Over what, and milliseconds until the server answers; a quick run measures the first."""


def rivals(provider: str) -> tuple[Side, ...]:
    """Return who is beside smsway."""
    sdks = (SDKS[provider], TENCENTCLOUD) if provider == "tencent-v5" else (SDKS[provider],)
    return HTTPX_ASYNC, HTTPX_KEPT, AIOHTTP, *sdks


def run(bench: Bench) -> Section:
    """Measure."""
    section = Section(f"{IN_FLIGHT} in flight", TEXT, COLUMNS)
    for over, delay in MODES[:1] if bench.quick else MODES:
        for vendor in VENDORS.values():
            if bench.quick and not vendor.echoes:
                continue  # it has no target
            for recipients in (1, FULL):
                sides = (ASYNC_CLIENT, *rivals(vendor.name))
                turns = bench.sides.turns(sides, vendor, recipients, IN_FLIGHT, tls=over == "TLS", delay=delay)
                timed = measure(turns, bench.rounds, bench.span, 2 * IN_FLIGHT)
                _add(section, timed, over, delay, vendor.name, recipients)
    section.plots.append(ratios("performance-in-flight", f"{IN_FLIGHT} in flight, plain", section, "plain"))
    return section


def _add(section: Section, timed: Timed, over: str, delay: int, provider: str, recipients: int) -> None:
    smsway = ASYNC_CLIENT.name
    for rival in timed.costs:
        if rival == smsway:
            continue
        ratio = timed.ratio(rival, smsway)
        if not delay:
            section.figures[versus(over, provider, recipients, IN_FLIGHT, ASYNC_CLIENT, rival)] = ratio
        times = us(timed.median(smsway)), us(timed.median(rival))
        case = over, f"{delay} ms" if delay else "at once", provider, str(recipients)
        section.lines.append((*case, rival, *times, f"{ratio:.2f}"))
    both = [side.name for side in (HTTPX_ASYNC, HTTPX_KEPT) if side.name in timed.costs]
    if both and not delay:
        ratio = timed.ratio(timed.quickest(*both), smsway)
        section.figures[versus(over, provider, recipients, IN_FLIGHT, ASYNC_CLIENT, QUICKEST_HTTPX)] = ratio

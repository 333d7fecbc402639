"""Calls one after the other: both clients beside posts of bytes made before, and beside the vendor's own SDK."""

from __future__ import annotations

from _canned import FULL, VENDORS
from _rounds import Timed, measure
from _section import Bench, Section, ratios, us
from _sides import AIOHTTP, ASYNC_CLIENT, CLIENT, HTTPX, HTTPX_ASYNC, SDKS, Side
from _targets import versus

TEXT = """Each call waits for the answer to the one before. Whoever can keeps the connection: qcloudsms_py and
ucloud-sdk open one for each request, and so does smsway with USMS, which echoes nothing that would prove whose answer
it is. The posts of httpx and aiohttp keep theirs, also there."""

COLUMNS = ("over", "server", "provider", "recipients", "smsway", "beside", "smsway, µs", "beside, µs", "times as many")

MODES = (("TLS", 0), ("plain", 0), ("TLS", 20))
"""Over what, and milliseconds until the server answers; a quick run measures the first."""


def rivals(provider: str) -> dict[Side, Side]:
    """Return with which client of smsway each rival is compared: both wait in the same way."""
    return {HTTPX: CLIENT, HTTPX_ASYNC: ASYNC_CLIENT, AIOHTTP: ASYNC_CLIENT, SDKS[provider]: CLIENT}


def run(bench: Bench) -> Section:
    """Measure."""
    section = Section("One call after the other", TEXT, COLUMNS)
    for over, delay in MODES[:1] if bench.quick else MODES:
        for vendor in VENDORS.values():
            for recipients in (1, FULL):
                sides = (CLIENT, ASYNC_CLIENT, *rivals(vendor.name))
                turns = bench.sides.turns(sides, vendor, recipients, tls=over == "TLS", delay=delay)
                timed = measure(turns, bench.rounds, bench.span, 3)
                for rival, face in rivals(vendor.name).items():
                    if rival.name in timed.costs:
                        _add(section, timed, over, delay, vendor.name, recipients, face, rival)
    section.plots.append(ratios("performance-one-by-one", "one call after the other, over TLS", section, "TLS"))
    return section


def _add(
    section: Section, timed: Timed, over: str, delay: int, provider: str, recipients: int, face: Side, rival: Side
) -> None:
    ratio = timed.ratio(rival.name, face.name)
    if not delay:
        section.figures[versus(over, provider, recipients, 1, face, rival.name)] = ratio
    times = us(timed.median(face.name)), us(timed.median(rival.name))
    case = over, f"{delay} ms" if delay else "at once", provider, str(recipients)
    section.lines.append((*case, face.name, rival.name, *times, f"{ratio:.2f}"))

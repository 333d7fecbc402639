"""Tools that notify through many services: apprise and notifme-sdk beside smsway."""

from __future__ import annotations

from _canned import FULL, VENDORS
from _rounds import measure
from _section import Bench, Section, us
from _sides import APPRISE, ASYNC_CLIENT, CLIENT, NOTIFME

TEXT = """apprise and notifme-sdk send through services of one's own, as both allow, and each makes one request for each
recipient, also where a call has 200. apprise waits in threads, as `Client` does, and notifme-sdk on an event loop, as
`AsyncClient` does. The service of notifme-sdk, on Node, keeps its connections; that of apprise is of the shape of its
own services for SMS, which open one for each request. smsway sends through tencent-v5. Plain."""

COLUMNS = ("in flight", "recipients", "smsway", "beside", "smsway, µs", "beside, µs", "times as many")

RIVALS = {APPRISE: CLIENT, NOTIFME: ASYNC_CLIENT}


def run(bench: Bench) -> Section:
    """Measure."""
    section = Section("Tools for many services", TEXT, COLUMNS)
    for tasks, recipients in ((1, 1), (1, FULL), (32, 1)):
        turns = bench.sides.turns((CLIENT, ASYNC_CLIENT, *RIVALS), VENDORS["tencent-v5"], recipients, tasks)
        timed = measure(turns, bench.rounds, bench.span, tasks)
        for rival, face in RIVALS.items():
            if rival.name in turns:
                times = us(timed.median(face.name)), us(timed.median(rival.name))
                ratio = f"{timed.ratio(rival.name, face.name):.2f}"
                section.lines.append((str(tasks), str(recipients), face.name, rival.name, *times, ratio))
    return section

"""Compares smsway with posting bytes that were made before: `benchmarks/run.py [--quick]`.

Prints the tables; a full run writes them to docs/performance.md as well, and keeps the sections of other benchmarks.
Nothing in that file is written by hand.
"""

from __future__ import annotations

import argparse
import time
from functools import partial

from _bench import IN_FLIGHT, async_case, inside_case, least_case, raw_case, sync_case
from _canned import FULL, VENDORS
from _page import write_page
from _report import Report, Row
from _server import serving
from _store import async_store_case, sync_store_case


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="three short rounds; leaves docs/performance.md alone")
    quick = parser.parse_args().quick
    rounds = 3 if quick else 7
    report = Report(f"python benchmarks/run.py{' --quick' if quick else ''}", rounds)
    began = time.monotonic()
    with serving() as served:
        for vendor in VENDORS:
            url = served.plain[vendor.name]
            for recipients in (1, FULL):
                calls = (400 if recipients == 1 else 60) // (4 if quick else 1)
                case = (vendor, url, recipients)
                row = partial(Row, provider=vendor.name, recipients=recipients)
                report.server.append(row("server", timed=raw_case(*case, calls, rounds)))
                report.inside.append(row("inside", timed=inside_case(vendor, recipients, calls, rounds)))
                report.sync.append(row("plain", timed=sync_case(*case, calls, rounds)))
                secure = (vendor, served.tls[vendor.name], recipients)
                report.sync.append(row("TLS", timed=sync_case(*secure, calls, rounds, served.trust)))
                report.least.append(row("least", timed=least_case(*case, calls, rounds)))
                for tasks, mode in ((1, "one after the other"), (IN_FLIGHT, f"{IN_FLIGHT} in flight")):
                    timed = async_case(*case, max(calls, 3 * tasks), rounds, tasks)
                    report.on_asyncio.append(row(mode, timed=timed))
                if vendor.marker is not None:
                    report.stores.append(row("one after the other", timed=sync_store_case(*case, calls, rounds)))
                    timed = async_store_case(*case, max(calls, 3 * IN_FLIGHT), rounds)
                    report.stores.append(row(f"{IN_FLIGHT} in flight", timed=timed))
    text = report.text(time.monotonic() - began)
    print(text)
    if not quick:
        write_page(text)


if __name__ == "__main__":
    main()

"""The least that any library in Python must do: the exchange, JSON both ways and a result per recipient."""

from __future__ import annotations

import json
import time

import httpx
from _canned import FULL, VENDORS, Vendor
from _rounds import Timed, here, measure
from _section import Bench, Section, us
from _sides import prebuilt

from smsway import Outcome, Status
from smsway.transport import ConnectionTransport

TEXT = """What is left when all that smsway is for is taken away, beside a post of httpx: JSON is written for the
request, the bytes are exchanged over smsway's own transport, the answer's JSON is read, and each recipient gets a
result. JSON is the standard library's, which unlike quicker ones can refuse an object that names a member twice.
Nothing is checked, planned, signed or matched."""

COLUMNS = ("provider", "recipients", "least, µs", "post, µs", "posts in the time of one")


def run(bench: Bench) -> Section:
    """Measure."""
    section = Section("The least", TEXT, COLUMNS)
    for vendor in VENDORS.values():
        for recipients in (1, FULL):
            timed = exchange_and_json(bench, vendor, recipients)
            times = us(timed.median("least")), us(timed.median("httpx"))
            section.lines.append((vendor.name, str(recipients), *times, f"{timed.ratio('least', 'httpx'):.2f}"))
    return section


def exchange_and_json(bench: Bench, vendor: Vendor, recipients: int) -> Timed:
    """Time it beside `httpx.Client.post`."""
    request = prebuilt(vendor, bench.served.url(vendor.name), recipients)
    phones, answer = vendor.phones(recipients), vendor.answer(request.body)
    with ConnectionTransport() as transport, httpx.Client() as http:

        def least(calls: int) -> None:
            for _ in range(calls):
                json.dumps([{"phone": phone} for phone in phones])
                extensions = {"deadline": time.monotonic() + 30, "reuse": vendor.echoes, "timeout": {}}
                ready = httpx.Request(
                    "POST", request.url, headers=dict(request.headers), content=request.body, extensions=extensions
                )
                transport.handle_request(ready)
                json.loads(answer)
                _ = [Outcome(phone, Status.ACCEPTED) for phone in phones]

        def post(calls: int) -> None:
            for _ in range(calls):
                http.post(request.url, content=request.body, headers=request.headers).raise_for_status()

        return measure({"least": here(least), "httpx": here(post)}, bench.rounds, bench.span, 5)

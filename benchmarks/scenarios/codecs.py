"""Encode, sign and decode alone: smsway beside the vendors' SDKs, with the answer at hand in place of the network."""

from __future__ import annotations

from _canned import FULL, VENDORS
from _message import message
from _rounds import here, measure
from _section import Bench, Section, us
from _sides import CLIENT, SDKS
from scenarios.inside import codec

from smsway import Client

TEXT = """The same calls with the answer at hand in place of the network, from the making of the message to the result:
`Client.send` over a transport that makes its answer from the request, the SDKs with what they let one put in place of
theirs, which has the answer ready. "Provider" is the part of smsway's that is the provider's: encode, sign, decode."""

COLUMNS = ("provider", "recipients", "SDK", "smsway, µs", "provider, µs", "SDK, µs", "times as many", "by the provider")


def run(bench: Bench) -> Section:
    """Measure."""
    section = Section("Encode, sign, decode", TEXT, COLUMNS)
    for vendor in VENDORS.values():
        sdk = SDKS[vendor.name]
        for recipients in (1, FULL):
            with Client.from_config(vendor.configuration()) as client:
                (shipment,), _ = client._desk.take(message(vendor, recipients))  # noqa: SLF001  # is not public
            sides = bench.sides.turns((CLIENT, sdk), vendor, recipients, stub=True)
            timed = measure({**sides, "provider": here(codec(vendor, shipment))}, bench.rounds, bench.span, 3)
            if sdk.name in sides:
                times = (us(timed.median(name)) for name in (CLIENT.name, "provider", sdk.name))
                ratios = (f"{timed.ratio(sdk.name, name):.2f}" for name in (CLIENT.name, "provider"))
                section.lines.append((vendor.name, str(recipients), sdk.name, *times, *ratios))
    return section

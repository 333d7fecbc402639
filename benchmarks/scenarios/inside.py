"""The parts of a send that are not the network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from _canned import FULL, VENDORS, Vendor
from _message import STAMP, check, message, provider_of
from _rounds import Timed, Work, here, measure
from _section import Bench, Section, us

from smsway import Client
from smsway.config import load
from smsway.delivery import Flow, Record, Transmit
from smsway.model import Response
from smsway.routing import Shipment

TEXT = """What a call costs besides the network, in µs for one call, and for one recipient.
"Plan" is normalizing, routing and packing.
"All but the network" is planning, the engine and the provider together, with the answer at hand."""

# Title -> what `parts` calls it.
PARTS = {
    "make the message": "message",
    "plan": "plan",
    "encode, sign, decode": "codec",
    "all but the network": "everything",
}
COLUMNS = ("provider", "recipients", "µs for one", *PARTS)


def run(bench: Bench) -> Section:
    """Measure."""
    section = Section("Without the network", TEXT, COLUMNS)
    for vendor in VENDORS.values():
        for recipients in (1, FULL):
            timed = parts(bench, vendor, recipients)
            for each, count in (("call", 1), ("recipient", recipients)):
                section.lines.append((vendor.name, str(recipients), each, *_times(timed, count)))
    return section


def _times(timed: Timed, count: int) -> Sequence[str]:
    return [us(timed.median(part) / count) for part in PARTS.values()]


def parts(bench: Bench, vendor: Vendor, recipients: int) -> Timed:
    """Time the parts."""
    with Client(load(vendor.configuration())) as client:
        wanted, desk = message(vendor, recipients), client._desk  # noqa: SLF001  # planning alone is not public
        (shipment,), _ = desk.take(wanted)

        def make(calls: int) -> None:
            for _ in range(calls):
                message(vendor, recipients)

        def plan(calls: int) -> None:
            for _ in range(calls):
                desk.take(wanted)

        def everything(calls: int) -> None:
            for _ in range(calls):
                shipments, journeys = desk.take(wanted)
                _drive(desk.deliver(shipments[0]), vendor, desk.record)
                result = [desk.outcome(journey) for journey in journeys]
            check(result, recipients)

        turns = {
            "message": here(make),
            "plan": here(plan),
            "codec": here(codec(vendor, shipment)),
            "everything": here(everything),
        }
        return measure(turns, bench.rounds, bench.span / 2, 5)


def codec(vendor: Vendor, shipment: Shipment) -> Work:
    """Return what encodes and signs a batch, and decodes the answer to it."""
    provider, batch = provider_of(shipment), shipment.batch
    response = Response(200, vendor.answer(next(provider.submit(batch, STAMP)).body))

    def work(calls: int) -> None:
        for _ in range(calls):
            _finish(provider.submit(batch, STAMP), response)

    return work


def _finish(exchange: Any, response: Response) -> None:
    next(exchange)
    try:
        exchange.send(response)
    except StopIteration:
        return
    raise SystemExit("the provider asks for a second request")


def _drive(flow: Flow[Any], vendor: Vendor, record: Callable[[Any], None]) -> None:
    """Carry out the engine's effects with the answer at hand."""
    answer = None
    try:
        while True:
            effect = flow.send(answer)
            answer = None
            if isinstance(effect, Transmit):
                answer = Response(200, vendor.answer(effect.request.body))
            elif isinstance(effect, Record):
                record(effect.event)
    except StopIteration:
        return

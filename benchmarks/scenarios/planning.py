"""What planning costs, and how that grows with what is configured: routes, accounts, templates and observers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
from _canned import FULL, NAME, VENDORS
from _message import check, message
from _rounds import Work, here, measure
from _section import Bench, Plot, Section, us
from _targets import EXPLAIN, PLANNING, ROUTES_MANY, ROUTES_ONE
from phonenumbers import SUPPORTED_REGIONS

from smsway import Client, Message, Template
from smsway.provider import hookimpl

SIZES = (1, 10, 100, 1000)
VENDOR = VENDORS["tencent-v5"]

TEXT = """CPU in µs: for one recipient where the message has 200, for the message where it has one. Planning is
normalize, route and plan of phones in E.164, of messages that were made before. Of so many routes only the last
matches; so many accounts stand in the one route; so many templates and observers are there. With observers, what is
measured is the whole send with the answer at hand. The sizes take turns."""

COLUMNS = ("so many", "what", *map(str, SIZES))


class Observer:
    """Looks on."""

    @hookimpl
    def attempt_finished(self, event: object) -> None:
        """Do nothing."""

    @hookimpl
    def outcome_settled(self, event: object) -> None:
        """Do nothing."""


class AtHand(httpx.BaseTransport):
    """Has the answer at hand."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        return httpx.Response(200, content=VENDOR.answer(request.read()), extensions={"fresh": True})


def routes(count: int) -> dict[str, Any]:
    """Return a configuration whose last route matches the vendor's phones, and no other."""
    source = VENDOR.configuration()
    others = itertools.cycle(sorted(SUPPORTED_REGIONS - {"CN"}))
    ahead = [
        {"name": f"r{number}", "when": {"countries": [country], "kinds": ["otp"]}, "accounts": [NAME]}
        for number, country in zip(range(count - 1), others, strict=False)
    ]
    return {**source, "routes": [*ahead, {"name": "all", "accounts": [NAME]}]}


def accounts(count: int) -> dict[str, Any]:
    """Return a configuration whose one route has so many accounts."""
    source: dict[str, Any] = VENDOR.configuration()
    names = [NAME, *(f"a{number}" for number in range(count - 1))]
    template = source["templates"]["login_code"]
    return {
        **source,
        "accounts": dict.fromkeys(names, source["accounts"][NAME]),
        "templates": {"login_code": {**template, "accounts": dict.fromkeys(names, template["accounts"][NAME])}},
        "signatures": {"default": dict.fromkeys(names, "SCloud")},
        "routes": [{"name": "all", "accounts": names}],
    }


def templates(count: int) -> dict[str, Any]:
    """Return a configuration with so many templates."""
    source: dict[str, Any] = VENDOR.configuration()
    template = source["templates"]["login_code"]
    return {**source, "templates": {**{f"t{number}": template for number in range(count - 1)}, "login_code": template}}


def planning(client: Client, recipients: int) -> Work:
    """Return what plans messages to other phones each time."""
    phones = VENDOR.phones(50 * FULL)
    content = Template("login_code", {"code": "1234", "minutes": "4"})
    starts = range(0, len(phones), recipients) if recipients > 1 else range(500)
    ready = [Message(to=phones[at : at + recipients], content=content, kind="otp") for at in starts]
    take = client._desk.take  # noqa: SLF001  # planning alone is not public

    def work(calls: int) -> None:
        for each in itertools.islice(itertools.cycle(ready), calls):
            take(each)

    return work


def explaining(client: Client, recipients: int) -> Work:
    """Return what explains a message."""
    wanted = message(VENDOR, recipients)

    def work(calls: int) -> None:
        for _ in range(calls):
            client.explain(wanted)

    return work


def sending(client: Client, recipients: int) -> Work:
    """Return what sends a message."""
    wanted = message(VENDOR, recipients)

    def work(calls: int) -> None:
        for _ in range(calls):
            result = client.send(wanted)
        check(result, recipients)

    return work


# What there are so many of, what is measured, the configuration, the work, and recipients of a message. A quick run
# measures the first three.
Make = Callable[[int], dict[str, Any]]
ROWS: tuple[tuple[str, str, Make | None, Callable[[Client, int], Work], int], ...] = (
    ("routes", "plan, 200 recipients", routes, planning, FULL),
    ("routes", "plan, 1 recipient", routes, planning, 1),
    ("routes", "explain, 1 recipient", routes, explaining, 1),
    ("accounts", "plan, 200 recipients", accounts, planning, FULL),
    ("accounts", "plan, 1 recipient", accounts, planning, 1),
    ("templates", "plan, 1 recipient", templates, planning, 1),
    ("observers", "send, 200 recipients", None, sending, FULL),
    ("observers", "send, 1 recipient", None, sending, 1),
)


def run(bench: Bench) -> Section:
    """Measure."""
    section = Section("Planning", TEXT, COLUMNS)
    series: dict[str, Sequence[float]] = {}
    for many, what, make, work, recipients in ROWS[:3] if bench.quick else ROWS:
        costs, ratio = _costs(bench, make, work, recipients)
        section.lines.append((many, what, *(us(cost) for cost in costs.values())))
        series[f"{what}, by {many}"] = [cost * 1e6 for cost in costs.values()]
        if work is planning and make is routes:
            section.figures[ROUTES_MANY if recipients > 1 else ROUTES_ONE] = ratio
        if work is planning and make is routes and recipients > 1:
            section.figures[PLANNING] = costs[1] * 1e6
        if work is explaining:
            section.figures[EXPLAIN] = costs[1000] * 1e3
    shown = {name: values for name, values in series.items() if "plan" in name or "explain" in name}
    section.plots.append(Plot("performance-planning", "so many routes, accounts or templates", "CPU, µs", SIZES, shown))
    return section


def _costs(
    bench: Bench, make: Make | None, work: Callable[[Client, int], Work], recipients: int
) -> tuple[Mapping[int, float], float]:
    """Return the CPU by size, in seconds, and the ratio of 100 to 1."""
    clients = {size: _client(make, size) for size in SIZES}
    try:
        turns = {str(size): here(work(client, recipients)) for size, client in clients.items()}
        timed = measure(turns, bench.rounds, bench.span / 2, 3)
    finally:
        for client in clients.values():
            client.close()
    ratios = timed.cpu_ratios("100", "1")
    return {size: timed.cpu(str(size)) / recipients for size in SIZES}, ratios[len(ratios) // 2]


def _client(make: Make | None, size: int) -> Client:
    if make is None:
        source, plugins = VENDOR.configuration(), [Observer() for _ in range(size)]
        return Client.from_config(source, plugins=plugins, transport=AtHand())
    return Client.from_config(make(size), transport=AtHand())

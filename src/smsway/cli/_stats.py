"""`smsway stats`: how many texts the vendors took, and what became of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from smsway.cli import _accounts as asked
from smsway.cli import _draft as option
from smsway.cli._accounts import Tries, able, asking, chosen
from smsway.cli._bars import Bar, Share, draw, fates
from smsway.cli._failure import Failure
from smsway.cli._listing import Listing
from smsway.cli._moments import Since, Until, shown, span_of
from smsway.cli._output import console, print_all, table
from smsway.cli._pages import counted
from smsway.cli._template_stats import count_templates, template_bar, templates_table
from smsway.client import Client
from smsway.model import DeliveryStatistics, SendStatistics

SENDS, DELIVERIES = "send statistics", "delivery statistics"

_MOST = 1000
"""As many spans one command asks for; each takes a request or two per account."""

_HOUR = 3600


class By(StrEnum):
    """How counts are broken down."""

    HOUR = "hour"
    DAY = "day"
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True)
class Count:
    """What a vendor counts for an account in one span; `None` where it counts no such thing, or did not answer.

    *since* and *until* are the span's, in seconds since the epoch (UTC); a vendor counts by whole hours, and tells in
    *sending* and *delivery* which those were.
    """

    account: str
    since: float
    until: float
    sending: SendStatistics | None
    delivery: DeliveryStatistics | None


def stats(
    accounts: asked.AccountArguments = None,
    *,
    config: option.Config = Path("smsway.toml"),
    since: Since = "24h",
    until: Until = None,
    by: Annotated[
        By | None, typer.Option("--by", help="Count each hour, each day of this machine's zone, or each template.")
    ] = None,
    plot: Annotated[bool, typer.Option("--plot", help="Draw bars as well.")] = False,
    sandbox: asked.SandboxUrl = None,
    json: option.Json = False,
) -> None:
    """Tell how many texts the vendors took, and what became of them.

    Exit status: 0 if every call was answered, 1 if some were not, 2 if none was.
    """
    if plot and json:
        raise Failure("--plot draws for people, and --json writes for programs; give one of them")
    span = span_of(since, until)
    spans = spans_of(*span, by)
    with asking(config, sandbox) as client:
        if by is By.TEMPLATE:
            templates, tries = count_templates(client, accounts or (), span)
            catalogue = client.configuration.catalogue.templates
            bars = [template_bar(catalogue, each) for each in templates]
            if tries.done or json:
                nothing = "No template was used."
                print_all(templates, partial(templates_table, catalogue), json=json, nothing=nothing)
        else:
            counts, tries = _counted(client, accounts or (), spans)
            bars = list(map(_bar, counts))
            if counts or json:
                print_all(counts, counts_table, json=json, nothing="")
    if plot and bars:
        draw(bars, console())
    raise typer.Exit(tries.status)


def spans_of(since: float, until: float, by: By | None) -> list[tuple[float, float]]:
    """Cut a span at whole hours, or at this machine's midnights; raises `Failure` if that gives too many."""
    cuts = _hours(since) if by is By.HOUR else _midnights(since) if by is By.DAY else ()
    inner: list[float] = []
    for cut in cuts:
        if cut >= until:
            break
        if len(inner) >= _MOST - 1:
            raise Failure(f"--by {by}: the time from --since to --until has more than {_MOST} of them; take less time")
        inner.append(cut)
    return [*pairwise([since, *inner, until])]


def _hours(since: float) -> Iterator[float]:
    hour = since // _HOUR
    while True:
        hour += 1
        yield hour * _HOUR


def _midnights(since: float) -> Iterator[float]:
    day = datetime.fromtimestamp(since).astimezone().date()
    while True:
        day += timedelta(days=1)
        # Without a zone, `timestamp` takes the time as one of this machine's zone.
        yield datetime.combine(day, time()).timestamp()


def _counted(
    client: Client, accounts: Sequence[str], spans: Sequence[tuple[float, float]]
) -> tuple[list[Count], Tries]:
    """Ask *accounts*, by default all that count, about each of *spans*."""
    names = chosen(client.configuration, accounts, SENDS, DELIVERIES)
    with counted("counting", len(names) * len(spans)) as bar:
        tries = Tries(bar.console)
        return [count for name in names for count in _counts(client, name, spans, tries, bar)], tries


def _counts(
    client: Client, name: str, spans: Sequence[tuple[float, float]], tries: Tries, bar: Progress
) -> Iterator[Count]:
    """Ask one account about each of *spans*, and no further once it fails: an account that is away takes its time."""
    failed, counted = tries.failed, -math.inf
    for begin, until in spans:
        # The vendor counts by whole hours, or by whole days, and may have counted a part of it with the one before.
        since = max(begin, counted)
        if tries.failed == failed and since < until:
            count = _count(client, name, since, until, tries)
            if count.sending or count.delivery:
                yield count
            counted = (count.sending or count.delivery or count).until
        bar.advance(bar.task_ids[0])


def _count(client: Client, name: str, since: float, until: float, tries: Tries) -> Count:
    ask = client.statistics(name)
    sending = delivery = None
    if name in able(client.configuration, SENDS):
        with tries.one(name):
            sending = ask.sending(since=since, until=until)
    if name in able(client.configuration, DELIVERIES):
        with tries.one(name):
            delivery = ask.delivery(since=since, until=until)
    return Count(name, since, until, sending, delivery)


def counts_table(counts: Sequence[Count]) -> Listing:
    """Tabulate counts; the times are those of what the vendor counted."""
    columns = ("account", "since", "until", "requested", "accepted", "billed")
    return table(None, (*columns, "reported", "delivered", "undelivered", "failures"), map(_row, counts))


def _row(count: Count) -> tuple[object, ...]:
    sending, delivery = count.sending, count.delivery
    counted_by = sending or delivery or count
    return (
        count.account,
        shown(counted_by.since),
        shown(counted_by.until),
        sending and sending.requested,
        _accepted(count),
        sending and sending.billed,
        delivery and delivery.reported,
        delivery and delivery.delivered,
        delivery and delivery.undelivered,
        delivery and ", ".join(f"{reason} {number}" for reason, number in _ranked(delivery) if number),
    )


def _accepted(count: Count) -> int | None:
    if count.sending is not None and count.sending.accepted is not None:
        return count.sending.accepted
    return count.delivery.accepted if count.delivery is not None else None


def _ranked(delivery: DeliveryStatistics) -> list[tuple[str, int]]:
    return sorted(delivery.failures.items(), key=lambda each: (-each[1], each[0]))


def _bar(count: Count) -> Bar:
    """Draw what became of the texts where the vendor says so, and else how many it took."""
    counted_by = count.sending or count.delivery or count
    label = (count.account, shown(counted_by.since) or "")
    if count.delivery is not None:
        return Bar(label, fates(_accepted(count), count.delivery.delivered, count.delivery.undelivered))
    taken = _accepted(count) or 0
    asked_for = count.sending.requested if count.sending is not None else None
    return Bar(label, {Share.ACCEPTED: taken, Share.REFUSED: max((asked_for or taken) - taken, 0)})

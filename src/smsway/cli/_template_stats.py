"""`smsway stats --by template`: what the vendors count for each template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from smsway.cli._accounts import Tries, chosen
from smsway.cli._bars import Bar, fates
from smsway.cli._listing import Listing
from smsway.cli._moments import shown
from smsway.cli._output import table
from smsway.cli._pages import counted
from smsway.client import Client
from smsway.model import TemplateStatistics
from smsway.routing import TemplateEntry

TEMPLATES = "template statistics"


def count_templates(
    client: Client, accounts: Sequence[str], span: tuple[float, float]
) -> tuple[list[TemplateStatistics], Tries]:
    """Ask *accounts*, by default all that can tell, about the templates used in a span."""
    names = chosen(client.configuration, accounts, TEMPLATES)
    counts: list[TemplateStatistics] = []
    with counted("counting", len(names)) as bar:
        tries = Tries(bar.console)
        for name in names:
            with tries.one(name):
                counts += client.statistics(name).templates(since=span[0], until=span[1])
            bar.advance(bar.task_ids[0])
    return counts, tries


def templates_table(catalogue: Mapping[str, TemplateEntry], counts: Sequence[TemplateStatistics]) -> Listing:
    """Tabulate counts, each with the names that the configuration has for the template."""
    columns = ("account", "template", "name", "since", "until", "requested", "accepted", "billed")
    return table(None, (*columns, "reported", "delivered", "undelivered"), (_row(catalogue, each) for each in counts))


def _row(catalogue: Mapping[str, TemplateEntry], count: TemplateStatistics) -> tuple[object, ...]:
    return (
        count.account,
        count.template_id,
        ", ".join(_names(catalogue, count)),
        shown(count.since),
        shown(count.until),
        count.requested,
        count.accepted,
        count.billed,
        count.reported,
        count.delivered,
        count.undelivered,
    )


def _names(catalogue: Mapping[str, TemplateEntry], count: TemplateStatistics) -> Iterator[str]:
    for name, entry in catalogue.items():
        mapping = entry.accounts.get(count.account or "")
        if mapping is not None and mapping.id == count.template_id:
            yield name


def template_bar(catalogue: Mapping[str, TemplateEntry], count: TemplateStatistics) -> Bar:
    """Draw what became of the texts of a template."""
    label = (count.account or "", count.template_id, ", ".join(_names(catalogue, count)))
    return Bar(label, fates(count.accepted, count.delivered, count.undelivered))

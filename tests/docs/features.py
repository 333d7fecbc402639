"""Writes docs/reference/facets.md: what each provider can do, from what the conformance kit checks of it.

Run by `make features`. A provider without a class of the kit has no column, and a test asks that each has one.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from smsway.model import Capabilities, Sharing
from smsway.provider import FACETS
from smsway.testing import ProviderConformance, Subject

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "facets.md"

CALLS: Mapping[str, str] = MappingProxyType(
    {
        "pull reports": "`client.reports.pull`",
        "find reports": "`client.reports.find`",
        "pull inbound": "`client.inbound.pull`",
        "find inbound": "`client.inbound.find`",
        "callbacks": "`smsway.webhooks`",
        "templates": "`client.templates(account)`: `add`, `modify`, `delete`, `get`",
        "list templates": "`client.templates(account).list`",
        "signatures": "`client.signatures(account)`: `add`, `modify`, `delete`, `get`",
        "list signatures": "`client.signatures(account).list`",
        "find signatures": "`client.signatures(account).find`",
        "send statistics": "`client.statistics(account).sending`",
        "delivery statistics": "`client.statistics(account).delivery`",
        "template statistics": "`client.statistics(account).templates`",
        "balance": "`client.balance`",
    }
)
"""Facet -> how an application calls it."""


def _told(able: Capabilities) -> str:
    return "one recipient" if able.max_batch == 1 else _TOLD[able.sharing]


_TOLD = {
    Sharing.SAME: "all the same",
    Sharing.TEMPLATE: "one template, each its own params",
    Sharing.OWN: "each its own",
}


def _served(able: Capabilities) -> str:
    served = "all" if able.countries is None else ", ".join(sorted(able.countries))
    return f"{served} but {', '.join(sorted(able.not_countries))}" if able.not_countries else served


def _needed(able: Capabilities) -> str:
    needed = (("a signature", able.needs_signature), ("a sender", able.needs_sender))
    return ", ".join(f"{what}{_there(where)}" for what, where in needed if where) or "nothing"


def _there(countries: frozenset[str]) -> str:
    return "" if "*" in countries else f" ({', '.join(sorted(countries))})"


def _yes(true: object) -> str:
    return "yes" if true else "no"


ABILITIES: Mapping[str, Callable[[Capabilities], str]] = MappingProxyType(
    {
        "recipients in one request": lambda able: str(able.max_batch),
        "what they are told": _told,
        "templates": lambda able: _yes(able.template),
        "free text": lambda able: _yes(able.text),
        "destinations": _served,
        "never in one request with others": lambda able: ", ".join(sorted(able.apart)) or "none",
        "no text goes without": _needed,
        "answers name the request, so connections are reused": lambda able: _yes(able.echo),
        "requests per second, as documented": lambda able: "not documented" if able.rate is None else f"{able.rate:g}",
    }
)
"""What a row of the first table says -> how it is read from the capabilities."""


def conformances() -> Iterator[type[ProviderConformance]]:
    """Yield the class of the kit of every provider here, in the order of their names."""
    for path in sorted((ROOT / "providers").glob("*/tests/test_conformance.py")):
        spec = importlib.util.spec_from_file_location(f"conformance_of_{path.parts[-3].replace('-', '_')}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for each in vars(module).values():
            if isinstance(each, type) and issubclass(each, ProviderConformance) and each is not ProviderConformance:
                yield each


def subjects() -> Mapping[str, Subject]:
    """Return every provider here that the kit checks, by its name."""
    return {each.provider: each().subject for each in conformances()}


def page() -> str:
    """Return the whole page."""
    found = subjects()
    names = [f"[`{name}`](../providers/{name}.md)" for name in found]
    able = [each.capabilities for each in found.values()]
    lines = [
        "# What each provider can do",
        "",
        "This page is written by `make features` from the capabilities and facets of the providers.",
        "The [conformance kit](conformance.md) exercises each of them, and fails if it is not so.",
        "`smsway providers` tells the same of what is installed.",
        "The page of each provider has the vendor's limits, and what has to be enabled first.",
        "",
        "## Sending",
        "",
        *_table(["", *names], ([what, *map(read, able)] for what, read in ABILITIES.items())),
        "",
        "## Beside sending",
        "",
        "An account without a facet raises `UnsupportedFeature`, which names it and the accounts that have it.",
        "",
        *_table(["Facet", "Calls", *names], (_facet(name, found.values()) for name in FACETS)),
    ]
    return "\n".join(lines) + "\n"


def _facet(name: str, found: Iterable[Subject]) -> list[str]:
    return [name, CALLS[name], *(_yes(each.has(FACETS[name])) for each in found)]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for cells in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("| --- ", "|---").replace("--- |", "---|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

"""`smsway providers`."""

from __future__ import annotations

import json as json_format
from inspect import isclass
from typing import Any, TypedDict

import typer

from smsway.cli import _draft as option
from smsway.cli._output import console, table
from smsway.plugins import PROVIDERS, PluginInfo, Plugins, installed
from smsway.provider import FACETS, ProviderSpec


def providers(*, json: option.Json = False) -> None:
    """List the installed providers with what they can do beside sending, other plugins, and what is broken."""
    plugins = Plugins()
    found = [_row(info, plugins) for info in installed()]
    if json:
        typer.echo(json_format.dumps(found, indent=2))
        return
    columns = ("name", "kind", "distribution", "version", "state", "error")
    rows = [tuple(each.values())[: len(columns)] for each in found]
    console().print(table(None, columns, rows))
    able = [(row["name"], ", ".join(row["facets"])) for row in found if row["facets"] is not None]
    console().print(table("What they can do beside sending", ("provider", "facets"), able))


class _Row(TypedDict):
    name: str
    kind: str
    distribution: str
    version: str
    state: str
    error: str | None
    facets: list[str] | None


def _row(info: PluginInfo, plugins: Plugins) -> _Row:
    is_provider = info.group == PROVIDERS
    return {
        "name": info.name,
        "kind": "provider" if is_provider else "plugin",
        "distribution": info.distribution,
        "version": info.version,
        "state": "broken" if info.error else "ready",
        "error": info.error,
        "facets": facets_of(plugins.load_provider(info.name)) if is_provider else None,
    }


def facets_of(spec: ProviderSpec[Any] | None) -> list[str] | None:
    """Return the names of the facets of the provider that *spec* builds; `None` if only an account of it could tell."""
    if spec is None or not isclass(spec.build):
        return None
    # `issubclass` takes no protocol that has properties.
    return [name for name, facet in FACETS.items() if all(hasattr(spec.build, each) for each in _members(facet))]


def _members(facet: type[Any]) -> list[str]:
    return [name for name in vars(facet) if not name.startswith("_")]

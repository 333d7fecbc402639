"""`smsway providers`."""

from __future__ import annotations

import json as json_format

import typer

from smsway.cli import _draft as option
from smsway.cli._output import console, table
from smsway.plugins import PROVIDERS, PluginInfo, installed


def providers(*, json: option.Json = False) -> None:
    """List the installed providers and other plugins, and what is wrong with those that cannot be used."""
    found = [_row(info) for info in installed()]
    if json:
        typer.echo(json_format.dumps(found, indent=2))
        return
    columns = ("name", "kind", "distribution", "version", "state", "error")
    console().print(table(None, columns, [[row[column] for column in columns] for row in found]))


def _row(info: PluginInfo) -> dict[str, str | None]:
    return {
        "name": info.name,
        "kind": "provider" if info.group == PROVIDERS else "plugin",
        "distribution": info.distribution,
        "version": info.version,
        "state": "broken" if info.error else "ready",
        "error": info.error,
    }

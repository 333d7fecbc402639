"""`smsway check`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from smsway.cli import _draft as option
from smsway.cli._accounts import ASKED, SandboxUrl
from smsway.cli._configuration import configuration_at
from smsway.cli._failure import ERROR, INCOMPLETE, Failure, Interruption
from smsway.cli._kept import kept_problems
from smsway.cli._live import live
from smsway.cli._output import console, table
from smsway.config import Configuration, json_schema
from smsway.guards import template_warnings
from smsway.model import Problem
from smsway.plugins import PROVIDERS, Plugins, installed
from smsway.routing import Account, OnUnknown, Route, TemplateEntry, When


def check(
    *,
    config: option.Config = Path("smsway.toml"),
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of the file, and check none.")
    ] = False,
    ask: Annotated[
        bool, typer.Option("--live", help="Ask the vendors whether they have the templates and signatures of the file.")
    ] = False,
    sandbox: SandboxUrl = None,
) -> None:
    """Check a configuration as a whole. Sends nothing, and connects to nobody unless with --live.

    Exit status: 0 if all is well, 1 with warnings, 2 with errors.
    """
    if schema:
        typer.echo(json.dumps(_schema(), ensure_ascii=False, indent=2))
        return
    if sandbox is not None and not ask:
        raise Failure("--sandbox belongs to --live; without that, nobody is asked")
    with Interruption(ASKED):
        levels = _checked(config, sandbox, ask=ask)
    raise typer.Exit(ERROR if "error" in levels else INCOMPLETE if "warning" in levels else 0)


def _checked(config: Path, sandbox: str | None, *, ask: bool) -> set[str]:
    """Tell what is found; return how bad it is, in the words for that."""
    configuration = configuration_at(config, sandbox)
    out, err = console(), console(stderr=True)
    out.print(table("Accounts", ("account", "provider", "address", "requests/s", "batch"), _accounts(configuration)))
    out.print(table("Routes", ("route", "accounts", "strategy", "on unknown", "when"), _routes(configuration)))
    broken = [*errors_of(configuration), *kept_problems(configuration)]
    warnings = [*warnings_of(configuration)]
    for what, problems in (("error", broken), ("warning", warnings)):
        for problem in problems:
            err.print(f"{what}: {problem}", soft_wrap=True)
    levels = {"error"} if broken else {"warning"} if warnings else set()
    if ask:
        levels |= {finding.level for finding in live(configuration, out, err)}
    if levels <= {"note"}:
        words = f"{config}: all is well{', as far as the vendors can be asked' if levels else ''}"
        out.print(words, soft_wrap=True)
    return levels


def _schema() -> dict[str, object]:
    plugins = Plugins()
    for info in installed((PROVIDERS,)):
        plugins.load_provider(info.name)
    return json_schema(plugins.providers)


def errors_of(configuration: Configuration) -> Iterator[Problem]:
    """Yield what is broken although the file is in order: plugins that do not load."""
    told = set()
    for account in configuration.accounts.values():
        if account.broken:
            told.add(account.broken)
            yield Problem(f"accounts.{account.name}", account.broken)
    for name, error in configuration.plugins.broken.items():
        if error not in told:
            yield Problem(f"plugins.{name}", error)


def warnings_of(configuration: Configuration) -> Iterator[Problem]:
    """Yield what the file says although it cannot have been meant, route by route."""
    for find in (_unreached, _unserved, _unpriced, _unverified, _unrouted, _unmapped, _unapproved):
        yield from find(configuration)


def _unreached(configuration: Configuration) -> Iterator[Problem]:
    """Yield each route that stands after one that matches everything."""
    taker = None
    for index, route in enumerate(configuration.routes):
        if taker is not None:
            yield Problem(f"routes[{index}]", f"route {route.name!r} is never reached: {taker!r} before it matches all")
        elif route.when == When():
            taker = route.name


def _unserved(configuration: Configuration) -> Iterator[Problem]:
    """Yield each route that names countries which none of its accounts serves."""
    for index, route in enumerate(configuration.routes):
        able = [configuration.accounts[name].capabilities for name in route.accounts]
        countries = route.when.countries - route.when.not_countries
        lost = sorted(country for country in countries if not any(each.serves(country) for each in able))
        if lost:
            what = f"no account of route {route.name!r} serves {', '.join(lost)}"
            yield Problem(f"routes[{index}].when.countries", what)


def _unpriced(configuration: Configuration) -> Iterator[Problem]:
    """Yield each route by cost whose accounts have no price."""
    for index, route in enumerate(configuration.routes):
        if route.strategy == "least_cost" and not any(configuration.prices.get(name) for name in route.accounts):
            what = f"no account of route {route.name!r} has a price in [prices], so 'least_cost' keeps their order"
            yield Problem(f"routes[{index}].strategy", what)


def _unverified(configuration: Configuration) -> Iterator[Problem]:
    """Yield each route that wants to ask accounts which cannot be asked."""
    for index, route in enumerate(configuration.routes):
        if route.on_unknown is OnUnknown.VERIFY:
            mute = [name for name in route.accounts if configuration.accounts[name].verification is None]
            if mute:
                what = f"'verify' acts as 'hold' for {', '.join(mute)}, which cannot be asked by phone and time"
                yield Problem(f"routes[{index}].on_unknown", what)


def _unrouted(configuration: Configuration) -> Iterator[Problem]:
    """Yield each account that no route names."""
    named = {name for route in configuration.routes for name in route.accounts}
    for name in configuration.accounts:
        if name not in named:
            yield Problem(f"accounts.{name}", "no route names it, so nothing is ever sent through it")


def _unmapped(configuration: Configuration) -> Iterator[Problem]:
    """Yield each template that an account of a route for it cannot carry, for want of a mapping."""
    told = set()
    for route in configuration.routes:
        for entry in _templates(configuration, route.when):
            for name in route.accounts:
                if (entry.name, name) not in told and not _carries(configuration.accounts[name], entry):
                    told.add((entry.name, name))
                    yield Problem(
                        f"templates.{entry.name}.accounts",
                        f"account {name!r} of route {route.name!r} has no mapping of it, so it is passed over",
                    )


def _unapproved(configuration: Configuration) -> Iterator[Problem]:
    """Templates that vendors will not approve, if the guard of contents is on."""
    if configuration.guards.content is not None:
        texts = {name: entry.text for name, entry in configuration.catalogue.templates.items() if entry.text}
        yield from (Problem(f"templates.{name}.text", what) for name, what in template_warnings(texts))


def _templates(configuration: Configuration, when: When) -> Iterator[TemplateEntry]:
    for entry in configuration.catalogue.templates.values():
        if not when.templates or entry.name in when.templates:
            yield entry


def _carries(account: Account, entry: TemplateEntry) -> bool:
    return account.name in entry.accounts or (account.capabilities.text and entry.text is not None)


def _accounts(configuration: Configuration) -> Iterator[tuple[object, ...]]:
    for account in configuration.accounts.values():
        url = account.config.base_url if account.config else "broken"
        yield account.name, account.provider_name, url, account.rate and f"{account.rate:g}", account.max_batch


def _routes(configuration: Configuration) -> Iterator[tuple[object, ...]]:
    for route in configuration.routes:
        yield route.name, _listed(route), route.strategy, route.on_unknown, _conditions(route.when)


def _listed(route: Route) -> str:
    return ", ".join(f"{name} ({route.weights[name]:g})" if name in route.weights else name for name in route.accounts)


def _conditions(when: When) -> str:
    """Say when a route matches, in the words of the file."""
    listed = {
        "countries": when.countries,
        "not_countries": when.not_countries,
        "prefixes": when.prefixes,
        "kinds": when.kinds,
        "templates": when.templates,
        "tags": when.tags,
    }
    told = [f"{name} {', '.join(sorted(values))}" for name, values in listed.items() if values]
    if when.time is not None:
        told.append(f"time {when.time.start:%H:%M} to {when.time.end:%H:%M} {when.time.zone.key}")
    if when.share is not None:
        told.append(f"share {when.share:g}")
    return "; ".join(told) or "always"

"""Reads a configuration and checks it as a whole, so that nothing in it can fail later that could have failed now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pydantic

from smsway._rules import Rules
from smsway.config._accounts import make_account
from smsway.config._file import read_toml
from smsway.config._limits import LimitsSettings, limits_settings
from smsway.config._outbox import OutboxSettings, outbox_settings
from smsway.config._problems import missing_names, path_of, problems_of
from smsway.config._schema import DAYS, FileSection, RouteSection, TemplateSection, WhenSection
from smsway.config._secrets import resolve
from smsway.config._webhooks import ReportsSettings, WebhookSettings, reports_settings, webhook_settings
from smsway.model import ConfigError, Kind, Problem
from smsway.plugins import PLUGINS, Plugins
from smsway.plugins import names as installed_names
from smsway.provider import AccountConfig, Options, ProviderSpec
from smsway.routing import (
    STRATEGIES,
    Account,
    Catalogue,
    Route,
    Strategy,
    TemplateEntry,
    TemplateMapping,
    TimeWindow,
    When,
    hint,
    placeholders,
)


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration that has been checked: accounts that can send, the catalogue and the routes.

    *timeouts* are seconds per request by kind. *options* are the models of `Message.options` by provider;
    *strategies* are the built-in ones and those of plugins. *reports* says where reports are kept, *webhooks* who may
    post them to us, *outbox* where messages wait, *limits* where requests per second are counted, and *guards* whom
    they keep from what.
    """

    accounts: Mapping[str, Account]
    catalogue: Catalogue
    routes: tuple[Route, ...]
    prices: Mapping[str, Mapping[str, float]]
    region: str | None
    concurrency: int
    timeouts: Mapping[Kind, float]
    options: Mapping[str, type[Options] | None]
    strategies: Mapping[str, Strategy]
    plugins: Plugins
    reports: ReportsSettings
    webhooks: WebhookSettings
    outbox: OutboxSettings
    limits: LimitsSettings
    guards: Rules

    @property
    def private_hosts(self) -> frozenset[str]:
        """The hosts of the accounts that may connect to private addresses."""
        configs = [account.config for account in self.accounts.values() if account.config is not None]
        return frozenset(urlsplit(each.base_url).hostname or "" for each in configs if each.allow_private)


def load(
    source: str | Path | Mapping[str, Any],
    plugins: Iterable[object] = (),
    base_urls: Mapping[str, str] | None = None,
) -> Configuration:
    """Read and check a configuration file, or a mapping of the same shape.

    *plugins* are objects to register beside those that the configuration names. *base_urls* replace those of
    accounts. Raises `ConfigError` with every problem found.
    """
    made = _made(source, plugins, base_urls or {})
    if isinstance(made, Configuration):
        return made
    # Raised here: the frames below hold tables, in which secrets may stand.
    raise ConfigError(made)


def _made(
    source: str | Path | Mapping[str, Any], plugins: Iterable[object], base_urls: Mapping[str, str]
) -> Configuration | Sequence[Problem]:
    """Return the configuration, or the problems that it has."""
    folder = Path() if isinstance(source, Mapping) else Path(source).parent
    try:
        section = FileSection.model_validate(dict(source) if isinstance(source, Mapping) else read_toml(Path(source)))
    except pydantic.ValidationError as error:
        return list(problems_of(error, FileSection, secrets=("secrets", "password", "numbers")))
    return _Checker(section, folder, plugins, base_urls).configuration()


class _Checker:
    def __init__(
        self, section: FileSection, folder: Path, plugins: Iterable[object], base_urls: Mapping[str, str]
    ) -> None:
        self.section = section
        self.folder = folder
        self.base_urls = base_urls
        self.problems: list[Problem] = []
        self.strategies: Mapping[str, Strategy] = STRATEGIES
        self.plugins = Plugins()
        for plugin in plugins:
            self.plugins.add(plugin)

    def configuration(self) -> Configuration | Sequence[Problem]:
        """Return the configuration, or all its problems."""
        section = self.section
        self._load_plugins()
        self.strategies = {**STRATEGIES, **self.plugins.strategies}
        accounts = self._accounts()
        catalogue = Catalogue(self._templates(), section.signatures, section.senders)
        self._check_names()
        routes = self._routes()
        webhooks = webhook_settings(section.webhooks, section.accounts, self._resolve, self.problems)
        outbox = outbox_settings(section.outbox, self.folder, self._resolve, self.problems)
        limits = limits_settings(section.limits, self._resolve, self.problems)
        has_outbox = section.outbox.database is not None
        reports = reports_settings(section.reports, self.folder, self.problems, has_outbox=has_outbox)
        guards = self._guards(routes)
        if guards.price is not None and not section.prices:
            self.problems.append(Problem(path_of("guards", "price"), "knows no price; add the table [prices]"))
        if self.problems:
            return self.problems
        return Configuration(
            accounts,
            catalogue,
            routes,
            section.prices,
            section.region,
            section.concurrency,
            {kind: getattr(section.timeouts, kind.value) for kind in Kind},
            {account.provider_name: self._options(account) for account in accounts.values()},
            self.strategies,
            self.plugins,
            reports,
            webhooks,
            outbox,
            limits,
            guards,
        )

    def _guards(self, routes: Iterable[Route]) -> Rules:
        if not self.section.guards.model_fields_set:
            return Rules()
        from smsway.config._guard_rules import guard_rules  # noqa: PLC0415  # most have no guards

        return guard_rules(self.section.guards, routes, self.section.accounts, self._resolve, self.problems)

    def _resolve(self, reference: str) -> str:
        return resolve(reference, self.folder, self.plugins.resolve_secret)

    def _options(self, account: Account) -> type[Options] | None:
        spec = self.plugins.providers.get(account.provider_name)
        return spec.options if spec else None

    def _load_plugins(self) -> None:
        for key, names in (("plugins", self.section.plugins), ("required_plugins", self.section.required_plugins)):
            for index, name in enumerate(names):
                if self.plugins.load(name):
                    continue
                broken = self.plugins.broken.get(name)
                if broken is None:
                    what = f"no plugin {name!r} is installed{hint(name, installed_names(PLUGINS))}"
                    self.problems.append(Problem(path_of(key, index), what))
                elif key == "required_plugins":
                    self.problems.append(Problem(path_of(key, index), broken))

    def _accounts(self) -> dict[str, Account]:
        if not self.section.accounts:
            self.problems.append(Problem("accounts", "at least one account is needed"))
        made: dict[str, Account] = {}
        for name, table in self.section.accounts.items():
            url = self.base_urls.get(name)
            settings = {**table, "base_url": url} if url else table
            account = make_account(name, settings, self.plugins, self.folder, self.problems)
            if account is not None:
                made[name] = account
        return made

    def _check_names(self) -> None:
        section, known = self.section, self.section.accounts
        for account, table in known.items():
            for what in ("signature", "sender"):
                self._check_entry(what, table.get(what), "accounts", account)
        for what, names in (("signatures", section.signatures), ("senders", section.senders)):
            for name, values in names.items():
                self.problems += missing_names(values, known, what, name)
        self.problems += missing_names(section.prices, known, "prices")
        # A misspelt name would leave its account at the vendor's real address.
        self.problems += missing_names(self.base_urls, known, "base_urls")

    def _check_entry(self, what: str, name: object, *where: object) -> None:
        """Add a problem if the catalogue has no signature or sender *name*; the default one may be missing."""
        entries = self.section.signatures if what == "signature" else self.section.senders
        if isinstance(name, str) and name not in {*entries, AccountConfig.model_fields[what].default}:
            self.problems.append(Problem(path_of(*where, what), f"{name!r} is not in {what}s{hint(name, entries)}"))

    def _templates(self) -> dict[str, TemplateEntry]:
        return {name: self._template(name, template) for name, template in self.section.templates.items()}

    def _template(self, name: str, template: TemplateSection) -> TemplateEntry:
        self.problems += self._template_problems(name, template)
        mappings = {}
        for account, mapping in template.accounts.items():
            where = ("templates", name, "accounts", account)
            self.problems += missing_names((account,), self.section.accounts, "templates", name, "accounts")
            params = template.params if mapping.params is None else tuple(mapping.params)
            names = tuple(mapping.params.values()) if isinstance(mapping.params, dict) else ()
            self.problems += [
                Problem(path_of(*where, "params"), f"{param!r} is not a param{hint(param, template.params)}")
                for param in params
                if param not in template.params
            ]
            self.problems += [
                Problem(path_of(*where, "params"), f"calls {times} params {called!r}; each needs a name of its own")
                for called, times in Counter(names).items()
                if times > 1
            ]
            self._check_entry("signature", mapping.signature, *where)
            self._check_entry("sender", mapping.sender, *where)
            identity = self._template_id(account, mapping.id, where)
            mappings[account] = TemplateMapping(identity, params, mapping.signature, mapping.sender, names)
        return TemplateEntry(name, template.params, template.text, mappings)

    def _template_problems(self, name: str, template: TemplateSection) -> Iterator[Problem]:
        if len(set(template.params)) < len(template.params):
            yield Problem(path_of("templates", name, "params"), "names a param twice")
        if template.text is None:
            return
        try:
            used = placeholders(template.text)
        except ValueError as error:
            yield Problem(path_of("templates", name, "text"), str(error))
            return
        for each in used:
            if each not in template.params:
                yield Problem(
                    path_of("templates", name, "text"), f"{{{each}}} is not in params{hint(each, template.params)}"
                )

    def _template_id(self, account: str, value: int | str, where: tuple[object, ...]) -> str:
        spec = self._spec(account)
        try:
            return spec.template_id(value) if spec else str(value)
        except ValueError as error:
            self.problems.append(Problem(path_of(*where, "id"), str(error)))
            return str(value)

    def _spec(self, account: str) -> ProviderSpec[Any] | None:
        return self.plugins.providers.get(str(self.section.accounts.get(account, {}).get("provider")))

    def _routes(self) -> tuple[Route, ...]:
        if not self.section.routes:
            return (Route("every account in the order of the file", tuple(self.section.accounts)),)
        return tuple(self._route(index, route) for index, route in enumerate(self.section.routes))

    def _route(self, index: int, route: RouteSection) -> Route:
        self.problems += missing_names(route.accounts, self.section.accounts, "routes", index, "accounts")
        if not route.accounts:
            self.problems.append(Problem(path_of("routes", index, "accounts"), "names no account"))
        self.problems += [
            Problem(path_of("routes", index, "accounts"), f"names account {name!r} {times} times")
            for name, times in Counter(tuple(route.accounts)).items()
            if times > 1
        ]
        if route.strategy not in self.strategies:
            where = path_of("routes", index, "strategy")
            self.problems.append(
                Problem(where, f"unknown strategy {route.strategy!r}{hint(route.strategy, self.strategies)}")
            )
        if isinstance(route.accounts, dict) and route.strategy in STRATEGIES.keys() - {"weighted"}:
            where = path_of("routes", index, "accounts")
            self.problems.append(Problem(where, f"has weights, which need strategy 'weighted', not {route.strategy!r}"))
        self.problems += [
            Problem(
                path_of("routes", index, "when", "templates"),
                f"{name!r} is not in the catalogue{hint(name, self.section.templates)}",
            )
            for name in sorted(route.when.templates)
            if name not in self.section.templates
        ]
        weights = dict(route.accounts) if isinstance(route.accounts, dict) else {}
        name = self._name(index, route)
        if name in {self._name(other, each) for other, each in enumerate(self.section.routes[:index])}:
            self.problems.append(Problem(path_of("routes", index, "name"), f"{name!r} is the name of an earlier route"))
        return Route(name, tuple(route.accounts), _when(route.when), route.strategy, weights, route.on_unknown)

    @staticmethod
    def _name(index: int, route: RouteSection) -> str:
        return route.name or f"route {index + 1}"


def _when(when: WhenSection) -> When:
    window = None
    if when.time is not None:
        days = frozenset(DAYS.index(day) for day in when.time.days)
        window = TimeWindow(when.time.from_, when.time.to, ZoneInfo(when.time.zone), days)
    return When(
        countries=when.countries,
        not_countries=when.not_countries,
        prefixes=when.prefixes,
        kinds=frozenset(when.kinds),
        templates=when.templates,
        tags=when.tags,
        time=window,
        share=when.share,
    )

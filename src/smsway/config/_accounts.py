"""Makes accounts out of their tables: provider by name, secrets resolved, settings validated."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pydantic

from smsway.config._problems import path_of, problems_of, secret_fields
from smsway.config._secrets import resolve
from smsway.model import Capabilities, Problem
from smsway.plugins import PROVIDERS, Plugins
from smsway.plugins import names as installed_names
from smsway.provider import ProviderSpec
from smsway.routing import Account, hint


def make_account(
    name: str, table: Mapping[str, Any], plugins: Plugins, folder: Path, problems: list[Problem]
) -> Account | None:
    """Make the account *name* of its *table*; adds to *problems* and returns `None` if it cannot be made."""
    settings = dict(table)
    provider = settings.pop("provider", None)
    if not isinstance(provider, str):
        problems.append(Problem(path_of("accounts", name, "provider"), "is required: the name of a provider, as text"))
        return None
    spec = plugins.load_provider(provider)
    if spec is None:
        return _without_provider(name, provider, plugins, problems)
    found = len(problems)
    config = _config(name, settings, spec, plugins, folder, problems)
    if config is None or len(problems) > found:
        return None
    return Account(name, provider, spec.capabilities, config, spec.build(config))


def _without_provider(name: str, provider: str, plugins: Plugins, problems: list[Problem]) -> Account | None:
    """A provider that is installed but broken disables this account only; one that is not installed is a mistake."""
    broken = plugins.broken.get(provider)
    if broken:
        return Account(name, provider, Capabilities(), broken=broken)
    way = hint(provider, [*plugins.providers, *installed_names(PROVIDERS)])
    if "did you mean" not in way:
        # Whoever misspells a name must not be told to install what anybody could publish under it.
        way = f"; pip install smsway-{provider}{way}"
    problems.append(Problem(path_of("accounts", name, "provider"), f"no provider {provider!r} is installed{way}"))
    return None


def _config(
    name: str,
    settings: dict[str, Any],
    spec: ProviderSpec[Any],
    plugins: Plugins,
    folder: Path,
    problems: list[Problem],
) -> Any:
    secrets = secret_fields(spec.config)
    unresolved = set()
    for field in secrets:
        if field not in settings:
            continue
        try:
            settings[field] = resolve(settings[field], folder, plugins.resolve_secret)
        except ValueError as error:
            problems.append(Problem(path_of("accounts", name, field), str(error)))
            unresolved.add(field)
    try:
        config = spec.config.model_validate(settings | dict.fromkeys(unresolved, "unresolved"))
    except pydantic.ValidationError as error:
        problems += [
            problem
            for problem in problems_of(error, spec.config, "accounts", name, secrets=secrets)
            if problem.where.rpartition(".")[2] not in unresolved
        ]
        return None
    url_problem = check_url(config.base_url)
    if url_problem:
        problems.append(Problem(path_of("accounts", name, "base_url"), url_problem))
    return config


def check_url(url: str) -> str | None:
    """Return what is wrong with a base URL, or `None`.

    It must be https (plain http for loopback only), and nothing but host and path. A URL that may hold a password is
    not quoted.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not a URL"
    if "@" in url or parts.query or parts.fragment:
        return "must be https://host[:port][/path] and nothing else"
    if not host or parts.scheme not in {"http", "https"}:
        return f"{url!r} is not a URL that begins with https://"
    if parts.scheme == "http" and not is_loopback(host):
        return f"{url!r} must begin with https://; plain http is for loopback addresses only"
    return None


def is_loopback(host: str) -> bool:
    """True for addresses of this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

"""Makes accounts out of their tables: provider by name, secrets resolved, settings validated."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pydantic
from pydantic import SecretStr

from smsway.config._hosts import is_loopback, is_public
from smsway.config._problems import path_of, problems_of, secret_fields
from smsway.config._secrets import resolve
from smsway.model import Capabilities, Problem
from smsway.plugins import PROVIDERS, Plugins, place_of
from smsway.plugins import names as installed_names
from smsway.provider import ProviderSpec
from smsway.routing import Account, hint

log = logging.getLogger("smsway")


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
    try:
        config = _config(name, settings, spec, plugins, folder, problems)
        if config is None or len(problems) > found:
            return None
        return Account(name, provider, spec.capabilities, config, spec.build(config))
    except Exception as error:  # noqa: BLE001  # its text and its frames may hold secrets
        failed = f"{type(error).__name__} at {place_of(error)}"
    broken = f"provider {provider!r} cannot be made of the settings of account {name!r}: {failed}"
    log.warning("%s", broken)
    return Account(name, provider, spec.capabilities, broken=broken)


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
            settings[field] = SecretStr(resolve(settings[field], folder, plugins.resolve_secret))
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
    url_problem = check_url(config.base_url, allow_private=config.allow_private)
    if url_problem:
        problems.append(Problem(path_of("accounts", name, "base_url"), url_problem))
    return config


def check_url(url: str, *, allow_private: bool = False) -> str | None:
    """Return what is wrong with a base URL, or `None`.

    It must be https (plain http for loopback only), and nothing but host and path; an address in it is public, or
    loopback, unless *allow_private*. A URL that may hold a password is not quoted.
    """
    if not _VISIBLE.fullmatch(url):
        # `urlsplit` passes over line breaks and tabs.
        return "is not a URL: it holds a space, a control character or one outside of ASCII"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not a URL"
    if "@" in url or parts.query or parts.fragment:
        return "must be https://host[:port][/path] and nothing else"
    if not host or parts.scheme not in {"http", "https"}:
        return f"{url!r} is not a URL that begins with https://"
    problem = None if is_loopback(host) else _far_problem(host, parts.scheme, allow_private=allow_private)
    return problem and f"{url!r} {problem}"


def _far_problem(host: str, scheme: str, *, allow_private: bool) -> str | None:
    """Return what is wrong with the host of a URL that leads away from this machine, or `None`."""
    if scheme == "http":
        return "must begin with https://; plain http is for loopback addresses only"
    if _is_private(host) and not allow_private:
        return "is no public address; allow_private = true lets the account connect to it"
    return None


_VISIBLE = re.compile(r"[!-~]*")


def _is_private(host: str) -> bool:
    """True for an address that is not public; a name shows only when it is resolved."""
    try:
        return not is_public(host)
    except ValueError:
        return False

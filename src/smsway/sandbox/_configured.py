"""A sandbox that plays the accounts of a configuration."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from smsway.config import Configuration, is_loopback
from smsway.model import ConfigError, Problem, SandboxTemplate
from smsway.routing import Account
from smsway.sandbox._account import SandboxAccount
from smsway.sandbox._sandbox import Sandbox


def sandbox_of(
    configuration: Configuration,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    rate: bool = True,
    ssl_context: ssl.SSLContext | None = None,
    allow_remote: bool = False,
    balances: Mapping[str, int] | None = None,
) -> Sandbox:
    """Make a sandbox that plays the accounts of *configuration*, and has approved what its catalogue names.

    *port* is that of the control API. *ssl_context* makes the accounts speak TLS. *rate* keeps to the accounts'
    requests per second. *balances* are by account, in the units that the vendor charges. Raises `ConfigError` if an
    account cannot be played.
    """
    problems = [*_problems(configuration)]
    if problems:
        raise ConfigError(problems)
    accounts = [
        _played(configuration, account, rate=rate, balance=(balances or {}).get(account.name))
        for account in configuration.accounts.values()
    ]
    return Sandbox(accounts, host, port, ssl_context=ssl_context, allow_remote=allow_remote)


def _problems(configuration: Configuration) -> Iterator[Problem]:
    for account in configuration.accounts.values():
        if account.broken:
            yield Problem(f"accounts.{account.name}", account.broken)
        elif configuration.plugins.providers[account.provider_name].sandbox is None:
            yield Problem(f"accounts.{account.name}", f"provider {account.provider_name!r} brings no sandbox")


def _played(configuration: Configuration, account: Account, *, rate: bool, balance: int | None) -> SandboxAccount:
    catalogue, name = configuration.catalogue, account.name
    make = configuration.plugins.providers[account.provider_name].sandbox
    assert make is not None  # noqa: S101  # a provider without a sandbox is a problem, and named as such
    assert account.config is not None  # noqa: S101  # as above, for a broken account
    mappings = [entry.accounts[name] for entry in catalogue.templates.values() if name in entry.accounts]
    texts = [entry.text for entry in catalogue.templates.values() if entry.text]
    signatures = [values[name] for values in catalogue.signatures.values() if name in values]
    return SandboxAccount(
        name,
        make(account.config),
        templates=[SandboxTemplate(mapping.id, len(mapping.params)) for mapping in mappings],
        texts=[text.replace("{{", "{").replace("}}", "}") for text in texts],
        # A vendor keeps a signature without the brackets that it puts around it.
        signatures=[*signatures, *(signature.strip(" 【】[]") for signature in signatures)],
        senders=[values[name] for values in catalogue.senders.values() if name in values],
        rate=account.rate if rate else None,
        port=_own_port(account.config.base_url),
        balance=balance,
    )


def _own_port(base_url: str) -> int | None:
    """Return the port of a base URL that is on this machine anyhow; any free one will do for the others."""
    parts = urlsplit(base_url)
    return parts.port if parts.hostname and is_loopback(parts.hostname) else None

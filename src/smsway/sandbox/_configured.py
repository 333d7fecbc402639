"""A sandbox that plays the accounts of a configuration."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from smsway.config import Configuration, is_loopback
from smsway.model import ConfigError, Problem, SandboxTemplate
from smsway.routing import Account, Catalogue
from smsway.sandbox._account import SandboxAccount
from smsway.sandbox._orders import choices
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
    review_after: float | None = None,
    report_delay: float | None = 0.0,
    push_to: Mapping[str, str] | None = None,
    push_ssl_context: ssl.SSLContext | None = None,
) -> Sandbox:
    """Make a sandbox that plays the accounts of *configuration*, and has approved what its catalogue names.

    *port* is that of the control API. *ssl_context* makes the accounts speak TLS. *rate* keeps to the accounts'
    requests per second. *balances* are by account, in the units that the vendor charges. *review_after*, *report_delay*
    (both in seconds) and *push_to*, by account, are as in `SandboxAccount`, and *push_ssl_context* as in `Sandbox`.
    Raises `ConfigError` if an account cannot be played.
    """
    problems = [*_problems(configuration), *_unknown(configuration, push_to or {})]
    if problems:
        raise ConfigError(problems)
    accounts = [
        replace(
            _played(configuration, account),
            rate=account.rate if rate else None,
            balance=(balances or {}).get(account.name),
            review_after=review_after,
            report_delay=report_delay,
            push_to=(push_to or {}).get(account.name),
        )
        for account in configuration.accounts.values()
    ]
    return Sandbox(
        accounts,
        host,
        port,
        ssl_context=ssl_context,
        push_ssl_context=push_ssl_context,
        allow_remote=allow_remote,
    )


def _problems(configuration: Configuration) -> Iterator[Problem]:
    for account in configuration.accounts.values():
        if account.broken:
            yield Problem(f"accounts.{account.name}", account.broken)
        elif configuration.plugins.providers[account.provider_name].sandbox is None:
            yield Problem(f"accounts.{account.name}", f"provider {account.provider_name!r} brings no sandbox")


def _unknown(configuration: Configuration, names: Mapping[str, str]) -> Iterator[Problem]:
    for name in names:
        if name not in configuration.accounts:
            yield Problem("push_to", f"unknown account {name!r}; {choices(configuration.accounts)}")


def _played(configuration: Configuration, account: Account) -> SandboxAccount:
    catalogue, name = configuration.catalogue, account.name
    make = configuration.plugins.providers[account.provider_name].sandbox
    assert make is not None  # noqa: S101  # a provider without a sandbox is a problem, and named as such
    assert account.config is not None  # noqa: S101  # as above, for a broken account
    templates = {template.id: template for template in _templates(catalogue, name)}
    carried = {template.text for template in templates.values()}
    signatures = [values[name] for values in catalogue.signatures.values() if name in values]
    # A vendor keeps a signature without the brackets that it puts around it.
    signatures += [signature.strip(" 【】[]") for signature in signatures]
    return SandboxAccount(
        name,
        make(account.config),
        templates=list(templates.values()),
        texts=[
            entry.text.replace("{{", "{").replace("}}", "}")
            for entry in catalogue.templates.values()
            if entry.text and entry.numbered(name) not in carried
        ],
        signatures=list(dict.fromkeys(signatures)),
        senders=[values[name] for values in catalogue.senders.values() if name in values],
        port=_own_port(account.config.base_url),
    )


def _templates(catalogue: Catalogue, account: str) -> Iterator[SandboxTemplate]:
    for entry in catalogue.templates.values():
        if account in entry.accounts:
            mapping = entry.accounts[account]
            text = entry.numbered(account) or ""
            yield SandboxTemplate(mapping.id, len(mapping.params), text, names=mapping.called)


def _own_port(base_url: str) -> int | None:
    """Return the port of a base URL that is on this machine anyhow; any free one will do for the others."""
    parts = urlsplit(base_url)
    return parts.port if parts.hostname and is_loopback(parts.hostname) else None

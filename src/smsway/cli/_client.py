"""Makes the client of a command, for the vendors or for a sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from smsway.cli._failure import Failure
from smsway.cli._target import sandbox_urls
from smsway.client import Client, Journal
from smsway.config import Configuration, load, read_toml


def configuration_of(path: Path, sandbox: str | None) -> Configuration:
    """Read the configuration at *path*, with all accounts at the *sandbox* if one is named."""
    return load(path, base_urls=_base_urls(path, sandbox))


def client_of(configuration: Configuration, journal: Journal | None = None) -> Client:
    """Make a client."""
    return Client(configuration, journal=journal)


def _base_urls(path: Path, sandbox: str | None) -> Mapping[str, str] | None:
    if sandbox is None:
        return None
    urls = sandbox_urls(sandbox)
    # An account that the sandbox does not play would send real texts.
    accounts = read_toml(path).get("accounts")
    missing = [name for name in accounts if name not in urls] if isinstance(accounts, dict) else []
    if missing:
        raise Failure(f"the sandbox at {sandbox} does not play {', '.join(missing)}; start it with this configuration")
    return urls

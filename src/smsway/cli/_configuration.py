"""The configuration of a command, with its accounts at their vendors or at a running sandbox."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from smsway.cli._failure import Failure
from smsway.config import Configuration, load, read_toml

_PATIENCE = 5.0


def configuration_of(path: Path, sandbox: str | None) -> Configuration:
    """Read the configuration at *path*, with all accounts at the *sandbox* if one is named.

    What is sent to a sandbox is then kept in a file beside the store, for it must not speak of real texts.
    """
    configuration = configuration_at(path, sandbox)
    if sandbox is None:
        return configuration
    configuration = replace(configuration, outbox=configuration.outbox.beside(".sandbox"))
    store = configuration.reports.store
    if not isinstance(store, Path):
        return configuration
    apart = store.with_name(f"{store.name}.sandbox")
    return replace(configuration, reports=replace(configuration.reports, store=apart))


def configuration_at(path: Path, sandbox: str | None) -> Configuration:
    """Read the configuration at *path* as it stands, but with all accounts at the *sandbox* if one is named."""
    return load(path, base_urls=_base_urls(path, sandbox))


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


def sandbox_urls(control: str) -> Mapping[str, str]:
    """Return the address of each account of the sandbox whose control URL is *control*; raises `Failure`."""
    host, port = _place(control)
    # Not through a proxy of the environment: the sandbox is near.
    connection = http.client.HTTPConnection(host, port, timeout=_PATIENCE)
    try:
        connection.request("GET", "/accounts")
        accounts = json.loads(connection.getresponse().read())
        return {account["name"]: account["url"] for account in accounts}
    except (OSError, http.client.HTTPException) as error:
        raise Failure(
            f"--sandbox {control}: no sandbox answers there ({type(error).__name__}); is it running?"
        ) from None
    except (ValueError, TypeError, LookupError):
        raise Failure(f"--sandbox {control}: what answers there is not the control API of a sandbox") from None
    finally:
        connection.close()


def _place(control: str) -> tuple[str, int | None]:
    """Return the host and the port that a control URL names."""
    with suppress(ValueError):
        parts = urlsplit(control)
        if parts.scheme == "http" and parts.hostname:
            return parts.hostname, parts.port
    raise Failure(f"--sandbox {control!r} is not the control URL that `smsway sandbox` prints (http://...)")

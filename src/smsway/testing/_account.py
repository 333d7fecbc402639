"""The kit, run for one account of a configuration: what `smsway conformance` does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from smsway.config import Configuration, load
from smsway.testing._conformance import ProviderConformance
from smsway.testing._source import for_tests

CHECKED = "SMSWAY_CHECKED"
"""The variable of the environment that tells the other process what to check."""


def declare(path: Path, account: str) -> type[ProviderConformance]:
    """Return the kit for *account* of the configuration at *path*, with made-up secrets and its own catalogue.

    Raises `ConfigError`, and `LookupError` if there is no such account.
    """
    table = for_tests(path)
    configuration = load(table)
    settings = dict(table["accounts"][account])
    declared: dict[str, Any] = {
        "provider": settings.pop("provider"),
        "settings": settings,
        "template_ids": _template_ids(configuration, account),
        "signature": _named(configuration.catalogue.signatures, account),
        "sender": _named(configuration.catalogue.senders, account),
        "lenient": True,
    }
    return type("TestAccount", (ProviderConformance,), declared)


def _template_ids(configuration: Configuration, account: str) -> Sequence[str]:
    entries = configuration.catalogue.templates.values()
    return tuple(dict.fromkeys(entry.accounts[account].id for entry in entries if account in entry.accounts))


def _named(names: Mapping[str, Mapping[str, str]], account: str) -> str:
    return next((values[account] for values in names.values() if account in values), "")


def run(path: Path, account: str, arguments: Sequence[str] = ()) -> int:
    """Run the kit for *account* in a process of its own; return pytest's exit status, 0 if every check holds."""
    checks = Path(__file__).with_name("_account_checks.py")
    own = ["--noconftest", "-c", os.devnull, f"--rootdir={checks.parent}", "-p", "no:cacheprovider"]
    # No local variables: they hold what must not be shown.
    shown = ["--import-mode=importlib", "--tb=short", "--no-showlocals", "-q", "-rs", "--no-header"]
    environment = {**os.environ, CHECKED: json.dumps([str(path.resolve()), account])}
    command = [sys.executable, "-m", "pytest", str(checks), *own, *shown, *arguments]
    return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603  # our own interpreter


def declared() -> type[ProviderConformance]:
    """Return the kit for the account that `run` was asked for."""
    path, account = json.loads(os.environ[CHECKED])
    return declare(Path(path), account)

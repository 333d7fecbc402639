"""The kit, run for one account of a configuration: what `smsway conformance` does."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from smsway.config import Configuration, load
from smsway.testing._conformance import ProviderConformance
from smsway.testing._source import for_tests


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


class _Account:
    """A plugin of pytest that finds the kit of one account wherever it is told to look."""

    def __init__(self, declared: type[ProviderConformance]) -> None:
        self._module = ModuleType("account")
        self._module.__dict__[declared.__name__] = declared

    def pytest_pycollect_makemodule(self, module_path: Path, parent: pytest.Collector) -> pytest.Module:
        """Collect the kit in place of the module at *module_path*."""
        module: pytest.Module = pytest.Module.from_parent(parent, path=module_path)
        module.obj = self._module
        return module


def run(path: Path, account: str, arguments: Sequence[str] = ()) -> int:
    """Run the kit for *account* of the configuration at *path*; return pytest's exit status, 0 if every check holds."""
    here = Path(__file__)
    own = ["--noconftest", "-c", os.devnull, f"--rootdir={here.parent}", "-p", "no:cacheprovider"]
    # No local variables: they hold what must not be shown.
    shown = ["--tb=short", "--no-showlocals", "-q", "-rs", "--no-header"]
    quiet = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return int(pytest.main([str(here), *own, *shown, *quiet, *arguments], [_Account(declare(path, account))]))

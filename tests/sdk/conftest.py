"""A sandbox with one account of each provider, as a configuration makes it, for the vendors' own SDKs to talk to."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from smsway.config import load
from smsway.sandbox import Sandbox, sandbox_of


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    """The SDKs ask the environment for proxies, and loopback is not behind one."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.fixture
def sandbox(configuration) -> Iterator[Sandbox]:
    with sandbox_of(load(configuration), rate=False) as running:
        yield running

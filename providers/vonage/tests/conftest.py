"""What the tests share: an account, and the sandbox that plays it over a socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from smsway.sandbox import Sandbox, SandboxAccount
from smsway_vonage._config import VonageConfig
from smsway_vonage._sandbox import VonageSide

API_KEY, API_SECRET = "abcd1234", "abcdef0123456789"
SENDERS = ("AcmeInc", "Acme Inc.", "447700900000")
START = 1_600_000_000.0


def _config(**settings: Any) -> VonageConfig:
    return VonageConfig.model_validate({"api_key": API_KEY, "api_secret": API_SECRET, **settings})


@pytest.fixture
def make_config() -> Callable[..., VonageConfig]:
    """Make the settings of an account with an API secret."""
    return _config


@pytest.fixture
def play() -> Iterator[Callable[..., Sandbox]]:
    """Run a sandbox with one account, `v`, whose vendor's clock begins in September 2020."""
    with ExitStack() as running:

        def run(
            config: VonageConfig | None = None, webhook_format: str = "POST-JSON", *, ssl: Any = None, **account: Any
        ) -> Sandbox:
            side = VonageSide(config or _config(), webhook_format)
            played = SandboxAccount("v", side, senders=SENDERS, **account)
            return running.enter_context(Sandbox([played], clock=lambda: START, ssl_context=ssl))

        yield run


@pytest.fixture
def sandbox(play) -> Sandbox:
    """The sandbox with an ordinary account."""
    return play()

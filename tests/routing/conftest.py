"""A provider in code that says yes to everybody, and clients of accounts that use it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from smsway import Client
from smsway.provider import AccountConfig, Capabilities, ProviderSpec, Request, Sharing, accepted, hookimpl


class FakeConfig(AccountConfig):
    base_url: str = "https://fake.example"


@dataclass
class Sayer:
    """Takes everybody, and keeps the batches."""

    batches: list = field(default_factory=list)

    def submit(self, batch, stamp):
        self.batches.append(batch)
        yield Request("https://fake.example/", {}, stamp.reference.encode())
        return [accepted(parcel) for parcel in batch.parcels]


class Providers:
    """Registers the providers `text`, `template`, `both`, `mainland`, `abroad` and `named`."""

    def __init__(self) -> None:
        self.sayer = Sayer()

    @hookimpl
    def register_providers(self, register):
        abilities = {
            "text": Capabilities(max_batch=3, sharing=Sharing.OWN, text=True),
            "template": Capabilities(max_batch=3, sharing=Sharing.SAME, template=True),
            "both": Capabilities(max_batch=3, sharing=Sharing.OWN, text=True, template=True),
            "mainland": Capabilities(text=True, template=True, countries=frozenset({"CN"})),
            "abroad": Capabilities(text=True, template=True, not_countries=frozenset({"CN"})),
            "named": Capabilities(text=True, needs_signature=frozenset({"CN"}), needs_sender=frozenset({"*"})),
        }
        for name, able in abilities.items():
            register(ProviderSpec(name=name, config=FakeConfig, build=lambda _: self.sayer, capabilities=able))


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.time = 1_700_000_000.0
        self.used = 0

    def now(self):
        return self.time

    def monotonic(self):
        import time  # noqa: PLC0415  # the driver's own

        return time.monotonic()

    def nonce(self):
        self.used += 1
        return self.used

    def random(self):
        return 0.5


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def providers() -> Providers:
    return Providers()


@pytest.fixture(scope="module")
def make_client(providers, clock) -> Callable[..., Client]:
    """Make a client with these accounts (name to provider) and routes."""

    def make(accounts: dict[str, str], routes: list[dict[str, Any]], *plugins: object, **rest: Any) -> Client:
        source = {"accounts": {name: {"provider": each} for name, each in accounts.items()}, "routes": routes, **rest}
        transport = httpx.MockTransport(lambda _: httpx.Response(200))
        return Client.from_config(source, plugins=[providers, *plugins], transport=transport, clock=clock)

    return make

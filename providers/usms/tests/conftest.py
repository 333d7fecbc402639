"""Builders and a small desk, shared by the tests of this provider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

from smsway.provider import (
    Batch,
    Filled,
    Outcome,
    Parcel,
    Phone,
    Reason,
    Request,
    Response,
    SandboxCall,
    SandboxReply,
    SandboxTemplate,
    Stamp,
)
from smsway_usms._config import UsmsConfig, UsmsOptions
from smsway_usms._provider import Usms
from smsway_usms._sandbox import UsmsSide

PUBLIC_KEY = "ucloudsomeone@example.com1296235120854146120"
PRIVATE_KEY = "46f09bb9fab4f12dfc160dae12273d5332b5debe"


@dataclass
class FakeDesk:
    """A desk whose every answer a test can set."""

    now: float = 1_700_000_000.0
    too_fast: bool = False
    templates: dict[str, int] = field(default_factory=lambda: {"UTA20212831C85C": 1, "UTB0": 0, "UTB2": 2})
    signatures: set[str] = field(default_factory=lambda: {"SCloud", "UCloud"})
    refusals: dict[str, Reason] = field(default_factory=dict)
    balance: int = 1_000
    accepted: list[tuple[str, str | None]] = field(default_factory=list)
    rewrite: Callable[[list], list] = list

    def throttled(self):
        return self.too_fast

    def template(self, template_id):
        count = self.templates.get(template_id)
        return None if count is None else SandboxTemplate(template_id, count)

    def approves_text(self, text):
        raise AssertionError(text)

    def knows_signature(self, signature):
        return signature in self.signatures

    def knows_sender(self, sender):
        raise AssertionError(sender)

    def refusal(self, phone):
        return self.refusals.get(phone)

    def accept(self, phone, reference=None, fee=1):
        if self.balance < fee:
            return None
        self.balance -= fee
        self.accepted.append((phone, reference))
        return f"session-{len(self.accepted)}"

    def results(self, items):
        return self.rewrite(items)


@pytest.fixture(scope="session")
def config():
    return UsmsConfig(public_key=PUBLIC_KEY, private_key=PRIVATE_KEY, project_id="org1234")


@pytest.fixture(scope="session")
def stamp():
    return Stamp(now=1_700_000_000.0, nonce=0x0123456789ABCDEF0123)


@pytest.fixture(scope="session")
def parcel_of():
    def parcel_of(phone, template="UTA20212831C85C", params=("24680",), signature="SCloud", extend_code=None):
        options = UsmsOptions(extend_code=extend_code) if extend_code else None
        return Parcel(Phone(phone), Filled(template=template, params=params, signature=signature), options)

    return parcel_of


@pytest.fixture(scope="session")
def batch_of(parcel_of):
    def batch_of(*phones):
        return Batch([parcel_of(phone) for phone in phones])

    return batch_of


@pytest.fixture
def desk():
    return FakeDesk()


@pytest.fixture(scope="session")
def call_of():
    def call_of(request: Request) -> SandboxCall:
        headers = {name.lower(): value for name, value in request.headers.items()}
        return SandboxCall(request.method, urlsplit(request.url).path, {}, headers, request.body)

    return call_of


@pytest.fixture
def deliver(config, desk, stamp, call_of):
    """Return a function that submits a batch to the sandbox's side and returns the outcomes."""

    def deliver(batch: Batch, *, client: UsmsConfig = config, server: UsmsConfig = config) -> list[Outcome]:
        def answer(request: Request) -> Response:
            reply: SandboxReply = UsmsSide(server).judge(call_of(request), desk)
            return Response(reply.status, reply.body)

        exchange = Usms(client).submit(batch, stamp)
        response = answer(next(exchange))
        try:
            exchange.send(response)
        except StopIteration as stop:
            return stop.value
        raise AssertionError("the exchange asks twice")

    return deliver

"""What the tests share: an account, batches, a desk that remembers, and a client and server without a network."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

from smsway.provider import (
    Batch,
    Filled,
    Outcome,
    Parcel,
    Reason,
    Request,
    Response,
    SandboxCall,
    SandboxTemplate,
    Stamp,
    parse_phone,
)
from smsway_tencent_global._config import TencentGlobalConfig
from smsway_tencent_global._provider import TencentGlobal
from smsway_tencent_global._sandbox import TencentGlobalSide

# The pair of keys that the vendor's documents use in their examples.
SECRET_ID = "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE"
SECRET_KEY = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"


@dataclass
class FakeDesk:
    """A sandbox desk with fixed answers; `texts` are the phones and references that it accepted."""

    now: float = 1_776_313_405.0
    templates: dict[str, int] = field(default_factory=lambda: {"1800308": 1, "1800309": 0})
    senders: set[str] = field(default_factory=lambda: {"Qsms"})
    refusals: dict[str, Reason] = field(default_factory=dict)
    balance: int = 1_000
    busy: bool = False
    texts: list[tuple[str, str | None]] = field(default_factory=list)
    rewrite: Callable[[list[Any]], list[Any]] = list

    def throttled(self) -> bool:
        return self.busy

    def template(self, template_id: str) -> SandboxTemplate | None:
        params = self.templates.get(template_id)
        return None if params is None else SandboxTemplate(template_id, params)

    def approves_text(self, text: str) -> bool:
        raise AssertionError(f"the API takes no free text: {text}")

    def knows_signature(self, signature: str) -> bool:
        raise AssertionError(f"the API takes no signature: {signature}")

    def knows_sender(self, sender: str) -> bool:
        return sender in self.senders

    def refusal(self, phone: str) -> Reason | None:
        return self.refusals.get(phone)

    def accept(self, phone: str, reference: str | None = None, fee: int = 1) -> str | None:
        if self.balance < fee:
            return None
        self.balance -= fee
        self.texts.append((str(phone), reference))
        return f"serial-{len(self.texts)}"

    def results(self, items: list[Any]) -> list[Any]:
        return self.rewrite(items)


def _config(**settings: object) -> TencentGlobalConfig:
    defaults = {
        "sdk_app_id": "2400006666",
        "secret_id": SECRET_ID,
        "secret_key": SECRET_KEY,
        "region": "ap-singapore",
    }
    return TencentGlobalConfig.model_validate({**defaults, **settings})


def _phones(count: int) -> list[str]:
    return [f"+6019889{index:04}" for index in range(count)]


def _batch(phones: int | Sequence[str] = 2, **content: Any) -> Batch:
    filled = Filled(**{"template": "1800308", "params": ("190191",), **content})
    numbers = _phones(phones) if isinstance(phones, int) else phones
    return Batch([Parcel(parse_phone(number), filled) for number in numbers])


def _call(request: Request) -> SandboxCall:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return SandboxCall(request.method, urlsplit(request.url).path, {}, headers, request.body)


class Client:
    """The client side of one account, with the stamp of one attempt."""

    def __init__(self, config: TencentGlobalConfig, stamp: Stamp) -> None:
        self.config = config
        self.stamp = stamp
        self.provider = TencentGlobal(config)

    def encode(self, batch: Batch) -> Request:
        return next(self.provider.submit(batch, self.stamp))

    def decode(self, batch: Batch, response: Response) -> Sequence[Outcome]:
        exchange = self.provider.submit(batch, self.stamp)
        next(exchange)
        try:
            exchange.send(response)
        except StopIteration as stop:
            outcomes: Sequence[Outcome] = stop.value
            return outcomes
        raise AssertionError("the exchange asks for a second request: an automatic retry of a send")


def _answer(content: object, *, fresh: bool = True) -> Response:
    return Response(200, json.dumps({"Response": content}).encode(), fresh=fresh)


@pytest.fixture(scope="session")
def make_config():
    return _config


@pytest.fixture(scope="session")
def config():
    return _config()


@pytest.fixture(scope="session")
def stamp():
    return Stamp(1_776_313_405.75, 0xA84166FF8C6C41F7923B)


@pytest.fixture(scope="session")
def make_client(stamp):
    """Make the client side of an account with other settings, or with another stamp."""

    def make(*, at: Stamp = stamp, **settings: object) -> Client:
        return Client(_config(**settings), at)

    return make


@pytest.fixture(scope="session")
def client(make_client):
    return make_client()


@pytest.fixture(scope="session")
def make_batch():
    return _batch


@pytest.fixture(scope="session")
def answer():
    """Make a response with the given content of the envelope."""
    return _answer


@pytest.fixture
def desk():
    return FakeDesk()


@pytest.fixture(scope="session")
def side(config):
    return TencentGlobalSide(config)


@pytest.fixture
def transmit(side, desk):
    """Carry a request to the server, without a network."""

    def transmitted(request: Request, to: TencentGlobalSide = side) -> Response:
        reply = to.judge(_call(request), desk)
        return Response(reply.status, reply.body, {"Content-Type": reply.content_type})

    return transmitted


@pytest.fixture
def send(make_client, transmit):
    """Drive a whole `submit` against the server, with the client's settings changed; returns the outcomes."""

    def send_batch(batch: Batch, **settings: Any) -> Sequence[Outcome]:
        client = make_client(**settings)
        return client.decode(batch, transmit(client.encode(batch)))

    return send_batch

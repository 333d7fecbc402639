"""What the tests share: an account, batches, a desk that remembers, and a client and server without a network."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
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
    SandboxInbound,
    SandboxReport,
    SandboxSignature,
    SandboxTally,
    SandboxTemplate,
    Stamp,
    parse_phone,
)
from smsway_tencent_global._config import TencentGlobalConfig
from smsway_tencent_global._provider import TencentGlobal
from smsway_tencent_global._sandbox import server_side
from smsway_tencentcloud.sandbox import Side

# The pair of keys that the vendor's documents use in their examples.
SECRET_ID = "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE"
SECRET_KEY = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"


@dataclass
class FakeDesk:
    """A sandbox desk with fixed answers; `texts` are the phones and references that it accepted."""

    now: float = 1_776_313_405.0
    approved: dict[str, int] = field(default_factory=lambda: {"1800308": 1, "1800309": 0})
    senders: set[str] = field(default_factory=lambda: {"Qsms"})
    refusals: dict[str, Reason] = field(default_factory=dict)
    balance: int = 1_000
    busy: bool = False
    texts: list[tuple[str, str | None]] = field(default_factory=list)
    rewrite: Callable[[list[Any]], list[Any]] = list
    shelf: dict[str, SandboxTemplate] = field(default_factory=dict)
    names: dict[str, SandboxSignature] = field(default_factory=dict)
    told: list[SandboxReport] = field(default_factory=list)
    heard: list[SandboxInbound] = field(default_factory=list)
    counts: SandboxTally = field(default_factory=SandboxTally)
    counted: list[tuple[float, float]] = field(default_factory=list)
    numbers: Iterable[int] = field(default_factory=lambda: count(1))

    def throttled(self) -> bool:
        return self.busy

    def template(self, template_id: str) -> SandboxTemplate | None:
        params = self.approved.get(template_id)
        return None if params is None else SandboxTemplate(template_id, params)

    def approves_text(self, text: str) -> bool:
        raise AssertionError(f"the API takes no free text: {text}")

    def knows_signature(self, signature: str) -> bool:
        raise AssertionError(f"the API takes no signature: {signature}")

    def knows_sender(self, sender: str) -> bool:
        return sender in self.senders

    def refusal(self, phone: str) -> Reason | None:
        return self.refusals.get(phone)

    def accept(
        self, phone: str, reference: str | None = None, fee: int = 1, message_id: str | None = None, **_said: Any
    ) -> str | None:
        if self.balance < fee:
            return None
        self.balance -= fee
        self.texts.append((str(phone), reference))
        return message_id or f"serial-{len(self.texts)}"

    def results(self, items: list[Any]) -> list[Any]:
        return self.rewrite(items)

    def new_number(self) -> int:
        return next(iter(self.numbers))

    def templates(self) -> Sequence[SandboxTemplate]:
        return list(self.shelf.values())

    def put_template(self, template: SandboxTemplate) -> None:
        self.shelf[template.id] = template

    def drop_template(self, template_id: str) -> bool:
        return self.shelf.pop(template_id, None) is not None

    def signatures(self) -> Sequence[SandboxSignature]:
        return list(self.names.values())

    def put_signature(self, signature: SandboxSignature) -> None:
        self.names[signature.id] = signature

    def drop_signature(self, signature_id: str) -> bool:
        return self.names.pop(signature_id, None) is not None

    def take_reports(self, limit: int) -> Sequence[SandboxReport]:
        taken, self.told[:] = self.told[:limit], self.told[limit:]
        return taken

    def take_inbound(self, limit: int) -> Sequence[SandboxInbound]:
        taken, self.heard[:] = self.heard[:limit], self.heard[limit:]
        return taken

    def reports(self, since: float, until: float) -> Sequence[SandboxReport]:
        return [report for report in self.told if since <= report.sent_at <= until]

    def inbound(self, since: float, until: float) -> Sequence[SandboxInbound]:
        return [message for message in self.heard if since <= message.at <= until]

    def tally(self, since: float, until: float) -> SandboxTally:
        self.counted.append((since, until))
        return self.counts


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


def _replayed(exchange: Generator[Request, Response, Any], *responses: Response) -> tuple[list[Request], Any]:
    """Carry *exchange* out with these answers; returns its requests and its result."""
    requests = []
    try:
        requests.append(next(exchange))
        for response in responses:
            requests.append(exchange.send(response))  # noqa: PERF401  # `extend` takes the end of the exchange for its own
    except StopIteration as stop:
        assert len(requests) == len(responses), "the exchange asked less often than it was answered"
        return requests, stop.value
    raise AssertionError(f"the exchange asks for more than {len(responses)} answers")


def _answer(content: object, *, fresh: bool = True) -> Response:
    return Response(200, json.dumps({"Response": content}, separators=(",", ":")).encode(), fresh=fresh)


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


@pytest.fixture(scope="session")
def replay():
    """Carry an exchange out with given answers; returns its requests and its result."""
    return _replayed


@pytest.fixture(scope="session")
def provider(client):
    return client.provider


@pytest.fixture(scope="session")
def body_of():
    """Return the action and the body of the first request of an exchange."""

    def first(exchange: Generator[Request, Response, Any]) -> tuple[str, Any]:
        request = next(exchange)
        return request.headers["X-TC-Action"], json.loads(request.body)

    return first


@pytest.fixture
def desk():
    return FakeDesk()


@pytest.fixture(scope="session")
def side(config):
    return server_side(config)


@pytest.fixture
def transmit(side, desk):
    """Carry a request to the server, without a network."""

    def transmitted(request: Request, to: Side = side) -> Response:
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


@pytest.fixture(scope="session")
def make_desk():
    """Make a desk of its own."""
    return FakeDesk


@pytest.fixture(scope="session")
def carry(side):
    """Carry an exchange out against the server and a desk, without a network; returns its result."""

    def carried(exchange: Generator[Request, Response, Any], desk: FakeDesk) -> Any:
        try:
            request = next(exchange)
            while True:
                reply = side.judge(_call(request), desk)
                request = exchange.send(Response(reply.status, reply.body))
        except StopIteration as stop:
            return stop.value

    return carried


@pytest.fixture
def converse(carry, desk):
    """Carry an exchange out against the server and the test's desk, without a network; returns its result."""
    return lambda exchange: carry(exchange, desk)

"""A desk that remembers, the account of the vendor's examples, and the two sides talking to each other."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import pytest

from smsway.provider import (
    Batch,
    Filled,
    Kind,
    Outcome,
    Parcel,
    Phone,
    Reason,
    Request,
    Response,
    SandboxCall,
    SandboxTemplate,
    Stamp,
)
from smsway_tencent_v5._config import TencentV5Config
from smsway_tencent_v5._provider import TencentV5
from smsway_tencent_v5._sandbox import TencentV5Side

# The key, number and time of the examples on cloud.tencent.com/document/product/382/5976.
APP_KEY = "5f03a35d00ee52a21327ab048186a2c4"
STAMP = Stamp(now=1457336869.75, nonce=7226249334 - 1_000_000_000)


@dataclass
class Desk:
    """A sandbox desk without sockets: everything it says is set by the test."""

    now: float = STAMP.now
    throttle: bool = False
    balance: int = 1_000
    templates: dict[str, int] = field(default_factory=lambda: {"19": 2, "20": 0})
    signatures: set[str] = field(default_factory=lambda: {"Tencent Cloud"})
    texts: set[str] = field(default_factory=lambda: {"Your code is 1234"})
    refusals: dict[str, Reason] = field(default_factory=dict)
    accepted: list[tuple[str, str | None, int]] = field(default_factory=list)
    rewrite: Callable[[list], list] = list

    def throttled(self):
        return self.throttle

    def template(self, template_id):
        params = self.templates.get(template_id)
        return None if params is None else SandboxTemplate(template_id, params)

    def approves_text(self, text):
        return text in self.texts

    def knows_signature(self, signature):
        return signature in self.signatures

    def knows_sender(self, sender):
        raise AssertionError(f"the v5 API has no sender id, and the side asks for {sender!r}")

    def refusal(self, phone):
        return self.refusals.get(phone)

    def accept(self, phone, reference=None, fee=1):
        if self.balance < fee:
            return None
        self.balance -= fee
        self.accepted.append((phone, reference, fee))
        return f"sid-{len(self.accepted)}"

    def results(self, items):
        return self.rewrite(items)


def call_of(request: Request) -> SandboxCall:
    url = urlsplit(request.url)
    return SandboxCall(request.method, url.path, dict(parse_qsl(url.query)), request.headers, request.body)


@pytest.fixture
def config():
    return TencentV5Config(sdk_app_id=1400006666, app_key=APP_KEY)


@pytest.fixture
def provider(config):
    return TencentV5(config)


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def side(config):
    return TencentV5Side(config)


@pytest.fixture
def stamp():
    return STAMP


@pytest.fixture
def batch_of():
    """Make a batch in which every phone gets the same content."""

    def make(
        *phones: str,
        template: str | None = "19",
        params: Sequence[str] = ("1234", "4"),
        text: str | None = None,
        signature: str = "Tencent Cloud",
        kind: Kind = Kind.OTP,
        options: object = None,
    ) -> Batch:
        content = Filled(text=text, signature=signature)
        if text is None:
            content = Filled(template=template, params=tuple(params), signature=signature)
        return Batch([Parcel(Phone(phone), content, options) for phone in phones], kind)

    return make


@pytest.fixture
def request_of(provider):
    """Return the request that a batch is encoded to."""

    def encode(batch: Batch, stamp: Stamp = STAMP) -> Request:
        return next(provider.submit(batch, stamp))

    return encode


@pytest.fixture
def body_of(request_of):
    """Return the JSON of the request that a batch is encoded to."""

    def decode(batch: Batch, stamp: Stamp = STAMP) -> dict:
        return json.loads(request_of(batch, stamp).body)

    return decode


@pytest.fixture
def answered(provider):
    """Submit a batch and answer with this JSON (or these bytes)."""

    def answer(batch: Batch, reply: object, stamp: Stamp = STAMP, *, fresh: bool = True) -> list[Outcome]:
        body = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
        exchange = provider.submit(batch, stamp)
        next(exchange)
        with pytest.raises(StopIteration) as stopped:
            exchange.send(Response(200, body, fresh=fresh))
        return list(stopped.value.value)

    return answer


@pytest.fixture
def judge(side, desk):
    """Have the server side judge a request; return its answer as JSON."""

    def ask(call: SandboxCall | Request) -> dict:
        reply = side.judge(call_of(call) if isinstance(call, Request) else call, desk)
        assert reply.status == 200
        return json.loads(reply.body)

    return ask


@pytest.fixture
def send(request_of, judge, answered):
    """Submit a batch to the server side; return the outcomes."""

    def submit(batch: Batch, stamp: Stamp = STAMP, *, fresh: bool = True) -> list[Outcome]:
        return answered(batch, judge(request_of(batch, stamp)), stamp, fresh=fresh)

    return submit

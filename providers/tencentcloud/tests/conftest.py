"""What the tests share: a provider that cannot send, a desk that remembers, and a server without a network."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest

from smsway.provider import (
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
)
from smsway_tencentcloud import GLOBAL, GLOBAL_RECEIPTS, MAINLAND, Api, Facets, Scope, TencentCloudConfig
from smsway_tencentcloud.sandbox import Plays, Side

# The pair of keys that the vendor's documents use in their examples.
SECRET_ID = "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE"
SECRET_KEY = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"


@dataclass
class FakeDesk:
    """A sandbox desk for every call beside sending."""

    now: float = 1_776_313_405.0
    busy: bool = False
    shelf: dict[str, SandboxTemplate] = field(default_factory=dict)
    names: dict[str, SandboxSignature] = field(default_factory=dict)
    told: list[SandboxReport] = field(default_factory=list)
    heard: list[SandboxInbound] = field(default_factory=list)
    counts: SandboxTally = field(default_factory=SandboxTally)
    counted: list[tuple[float, float]] = field(default_factory=list)
    numbers: Iterable[int] = field(default_factory=lambda: count(1))

    def throttled(self) -> bool:
        return self.busy

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


WORLD = Scope(internationals=(GLOBAL,), receipts=GLOBAL_RECEIPTS)
BOTH = Scope(internationals=(MAINLAND, GLOBAL), receipts=GLOBAL_RECEIPTS)


class ToyConfig(TencentCloudConfig):
    """The settings of no provider."""

    base_url: str = "https://sms.intl.tencentcloudapi.com"


PLAYS = Plays(
    sends="SendNothing",
    actions={},
    regions=frozenset({"ap-singapore"}),
    receipts={
        Reason.UNREACHABLE_RECIPIENT: "UNDELIV",
        Reason.INVALID_RECIPIENT: "SUBFAIL",
        Reason.INVALID_CONTENT: "REJECTD",
        Reason.CARRIER_FAILURE: "COMFAIL",
    },
    other_receipt="UNKNOWN",
    international=GLOBAL,
)


def _config(**settings: object) -> ToyConfig:
    defaults = {
        "sdk_app_id": "2400006666",
        "secret_id": SECRET_ID,
        "secret_key": SECRET_KEY,
        "region": "ap-singapore",
    }
    return ToyConfig.model_validate({**defaults, **settings})


def _call(request: Request) -> SandboxCall:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return SandboxCall(request.method, urlsplit(request.url).path, {}, headers, request.body)


class Client:
    """The client side of one account, with the stamp of one attempt."""

    def __init__(self, config: ToyConfig, stamp: Stamp, scope: Scope) -> None:
        self.config = config
        self.stamp = stamp
        self.provider = Facets(Api(config, scope))


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
    """Make the client side of an account with other settings, or with another stamp or scope."""

    def make(*, at: Stamp = stamp, scope: Scope = WORLD, **settings: object) -> Client:
        return Client(_config(**settings), at, scope)

    return make


@pytest.fixture(scope="session")
def both(make_client):
    """A provider for the mainland and for abroad."""
    return make_client(scope=BOTH).provider


@pytest.fixture(scope="session")
def provider(make_client):
    return make_client().provider


@pytest.fixture(scope="session")
def answer():
    """Make a response with the given content of the envelope."""
    return _answer


@pytest.fixture(scope="session")
def replay():
    """Carry an exchange out with given answers; returns its requests and its result."""
    return _replayed


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
def make_side():
    """Make the server side of an account."""
    return lambda config: Side(config, PLAYS)


@pytest.fixture(scope="session")
def side(make_side, config):
    return make_side(config)


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

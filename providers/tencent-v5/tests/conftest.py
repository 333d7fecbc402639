"""A desk that remembers, the account of the vendor's examples, and the two sides talking to each other."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
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
    ReportQuery,
    Request,
    Response,
    Review,
    SandboxCall,
    SandboxSignature,
    SandboxTally,
    SandboxTemplate,
    SignatureDraft,
    Stamp,
    TemplateDraft,
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
    balance: int | None = 1_000
    shelf: dict[str, SandboxTemplate] = field(
        default_factory=lambda: {
            "19": SandboxTemplate("19", 2, "Your code is {1}, valid for {2} minutes."),
            "20": SandboxTemplate("20", 0, "Welcome."),
        }
    )
    drawer: dict[str, SandboxSignature] = field(default_factory=lambda: {"1": SandboxSignature("1", "Tencent Cloud")})
    texts: set[str] = field(default_factory=lambda: {"Your code is 1234"})
    refusals: dict[str, Reason] = field(default_factory=dict)
    accepted: list[tuple[str, str | None, int]] = field(default_factory=list)
    rewrite: Callable[[list], list] = list
    waiting: list = field(default_factory=list)
    received: list = field(default_factory=list)
    counts: SandboxTally = field(default_factory=SandboxTally)
    spans: list[tuple[float, float]] = field(default_factory=list)
    numbers: count = field(default_factory=lambda: count(1001))

    def throttled(self):
        return self.throttle

    def template(self, template_id):
        template = self.shelf.get(template_id)
        return template if template is not None and template.review is Review.APPROVED else None

    def approves_text(self, text):
        return text in self.texts

    def knows_signature(self, signature):
        return any(each.text == signature and each.review is Review.APPROVED for each in self.drawer.values())

    def knows_sender(self, sender):
        raise AssertionError(f"the v5 API has no sender id, and the side asks for {sender!r}")

    def refusal(self, phone):
        return self.refusals.get(phone)

    def accept(self, phone, reference=None, fee=1, **_said):
        if self.balance < fee:
            return None
        self.balance -= fee
        self.accepted.append((phone, reference, fee))
        return f"sid-{len(self.accepted)}"

    def results(self, items):
        return self.rewrite(items)

    def new_number(self):
        return next(self.numbers)

    def templates(self):
        return list(self.shelf.values())

    def put_template(self, template):
        self.shelf[template.id] = template

    def drop_template(self, template_id):
        return self.shelf.pop(template_id, None) is not None

    def signatures(self):
        return list(self.drawer.values())

    def put_signature(self, signature):
        self.drawer[signature.id] = signature

    def drop_signature(self, signature_id):
        return self.drawer.pop(signature_id, None) is not None

    def take_reports(self, limit):
        taken, self.waiting = self.waiting[:limit], self.waiting[limit:]
        return taken

    def take_inbound(self, limit):
        taken, self.received = self.received[:limit], self.received[limit:]
        return taken

    def reports(self, since, until):
        return [report for report in self.waiting if since <= report.sent_at <= until]

    def inbound(self, since, until):
        return [message for message in self.received if since <= message.at <= until]

    def tally(self, since, until):
        self.spans.append((since, until))
        return self.counts


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


@pytest.fixture(params=[(",", ":"), (", ", ": ")], ids=["", "spaced"])
def answered(provider, request):
    """Submit a batch and answer with this JSON (or these bytes); with spaces, it is not read the quick way."""

    def answer(batch: Batch, reply: object, stamp: Stamp = STAMP, *, fresh: bool = True) -> list[Outcome]:
        body = reply if isinstance(reply, bytes) else json.dumps(reply, separators=request.param).encode()
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


@pytest.fixture
def ended():
    """Answer an exchange with these JSON values (or bytes), one after the other; return what it returns."""

    def answer(exchange, *replies, fresh: bool = True):
        *earlier, last = (reply if isinstance(reply, bytes) else json.dumps(reply).encode() for reply in replies)
        next(exchange)
        for body in earlier:
            exchange.send(Response(200, body, fresh=fresh))
        with pytest.raises(StopIteration) as stopped:
            exchange.send(Response(200, last, fresh=fresh))
        return stopped.value.value

    return answer


@pytest.fixture
def played(side, desk):
    """Let the server side answer an exchange to its end; return what it returns."""

    def play(exchange):
        request = next(exchange)
        while True:
            reply = side.judge(call_of(request), desk)
            try:
                request = exchange.send(Response(reply.status, reply.body))
            except StopIteration as stopped:
                return stopped.value

    return play


SINCE, UNTIL = 1464624000.0, 1464706800.0
QUERY = ReportQuery(since=SINCE, until=UNTIL, phone=Phone("+8613788888888"))
CALLS = {
    "pull_reports": lambda provider: provider.pull_reports(10, STAMP),
    "pull_inbound": lambda provider: provider.pull_inbound(10, STAMP),
    "find_reports": lambda provider: provider.find_reports(QUERY, STAMP),
    "find_inbound": lambda provider: provider.find_inbound(QUERY, STAMP),
    "add_template": lambda provider: provider.add_template(TemplateDraft(text="xxxxx"), STAMP),
    "modify_template": lambda provider: provider.modify_template("19", TemplateDraft(text="xxxxx"), STAMP),
    "delete_templates": lambda provider: provider.delete_templates(["19"], STAMP),
    "get_templates": lambda provider: provider.get_templates(["19"], STAMP),
    "list_templates": lambda provider: provider.list_templates(None, STAMP),
    "add_signature": lambda provider: provider.add_signature(SignatureDraft(text="xxxxx"), STAMP),
    "modify_signature": lambda provider: provider.modify_signature("1", SignatureDraft(text="xxxxx"), STAMP),
    "delete_signatures": lambda provider: provider.delete_signatures(["1"], STAMP),
    "get_signatures": lambda provider: provider.get_signatures(["1"], STAMP),
    "send_statistics": lambda provider: provider.send_statistics(SINCE, UNTIL, STAMP),
    "delivery_statistics": lambda provider: provider.delivery_statistics(SINCE, UNTIL, STAMP),
    "get_balance": lambda provider: provider.get_balance(STAMP),
}


@pytest.fixture(params=CALLS)
def begin(request, provider):
    """Begin each call that sends nothing, in turn."""
    return lambda: CALLS[request.param](provider)

"""Builders and a small desk, shared by the tests of this provider."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import parse_qsl, urlsplit

import pytest

from smsway.provider import (
    Batch,
    Delivery,
    Filled,
    Outcome,
    Parcel,
    Phone,
    Reason,
    Request,
    Response,
    Review,
    SandboxCall,
    SandboxReply,
    SandboxReport,
    SandboxSignature,
    SandboxTally,
    SandboxTemplate,
    Stamp,
)
from smsway_usms._config import UsmsConfig, UsmsOptions
from smsway_usms._provider import Usms
from smsway_usms._sandbox import UsmsSide

PUBLIC_KEY = "ucloudsomeone@example.com1296235120854146120"
PRIVATE_KEY = "46f09bb9fab4f12dfc160dae12273d5332b5debe"


def template_of(template_id, params):
    text = " ".join(["Hello", *(f"{{{number + 1}}}" for number in range(params))])
    return SandboxTemplate(template_id, params, text)


@dataclass
class FakeDesk:
    """A desk whose every answer a test can set; a review is what the side makes it."""

    now: float = 1_700_000_000.0
    too_fast: bool = False
    shelf: dict[str, SandboxTemplate] = field(
        default_factory=lambda: {
            each.id: each
            for each in (template_of("UTA20212831C85C", 1), template_of("UTB0", 0), template_of("UTB2", 2))
        }
    )
    signed: dict[str, SandboxSignature] = field(
        default_factory=lambda: {"SIG1": SandboxSignature("SIG1", "SCloud"), "SIG2": SandboxSignature("SIG2", "UCloud")}
    )
    refusals: dict[str, Reason] = field(default_factory=dict)
    balance: int = 1_000
    accepted: list[tuple[str, str | None]] = field(default_factory=list)
    used: list[str | None] = field(default_factory=list)
    rewrite: Callable[[list], list] = list
    due: list[SandboxReport] = field(default_factory=list)
    refused: int = 0
    unreported: int = 0
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def throttled(self):
        return self.too_fast

    def template(self, template_id):
        template = self.shelf.get(template_id)
        return template if template is not None and template.review is Review.APPROVED else None

    def approves_text(self, text):
        raise AssertionError(text)

    def knows_signature(self, signature):
        return any(each.text == signature and each.review is Review.APPROVED for each in self.signed.values())

    def knows_sender(self, sender):
        raise AssertionError(sender)

    def refusal(self, phone):
        return self.refusals.get(phone)

    def accept(self, phone, reference=None, fee=1, message_id=None, template=None, **_said):
        if self.balance < fee:
            return None
        self.balance -= fee
        self.accepted.append((phone, reference))
        self.used.append(template)
        return message_id or f"session-{len(self.accepted)}"

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
        return list(self.signed.values())

    def put_signature(self, signature):
        self.signed[signature.id] = signature

    def drop_signature(self, signature_id):
        return self.signed.pop(signature_id, None) is not None

    def take_reports(self, limit):
        taken, self.due[:] = self.due[:limit], self.due[limit:]
        return taken

    def take_inbound(self, limit):
        raise AssertionError(limit)

    def reports(self, since, until):
        return [report for report in self.due if since <= report.sent_at <= until]

    def inbound(self, since, until):
        raise AssertionError((since, until))

    def tally(self, since, until, template=None):
        reports = [report for report in self.reports(since, until) if template in {None, report.template}]
        undelivered = sum(report.delivery is Delivery.UNDELIVERED for report in reports)
        beside = (self.unreported, self.refused) if since <= self.now <= until and template is None else (0, 0)
        accepted = len(reports) + beside[0]
        billed = sum(report.fee for report in reports) + beside[0]
        return SandboxTally(sum(beside) + len(reports), accepted, billed, len(reports) - undelivered, undelivered)


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


@pytest.fixture(scope="session")
def converse():
    """Return a function that carries an exchange out, with *answer* for the vendor."""

    def converse(exchange, answer: Callable[[Request], Response]):
        try:
            request = next(exchange)
            while True:
                request = exchange.send(answer(request))
        except StopIteration as stop:
            return stop.value

    return converse


@pytest.fixture(scope="session")
def asked(converse):
    """Return a function that carries an exchange out; returns the parameters of its requests, and what it returns.

    Each answer is the members of a success beside the envelope, or with a RetCode of its own.
    """

    def asked(exchange, *answers):
        left, forms = list(answers), []

        def answer(request: Request) -> Response:
            forms.append(dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True)))
            told = {"RetCode": 0, "Action": f"{forms[-1]['Action']}Response", "Message": "", **left.pop(0)}
            return Response(200, json.dumps(told).encode())

        returned = converse(exchange, answer)
        assert not left, "the exchange asks less often"
        return forms, returned

    return asked


@pytest.fixture(scope="session")
def server_of(config, call_of):
    """Return a function that makes a server of a desk: it answers a request as the sandbox's side does."""

    def server_of(desk: FakeDesk) -> Callable[[Request], Response]:
        def server(request: Request) -> Response:
            reply = UsmsSide(config).judge(call_of(request), desk)
            return Response(reply.status, reply.body)

        return server

    return server_of


@pytest.fixture
def server(server_of, desk):
    """Answer a request as the sandbox's side does at the test's desk."""
    return server_of(desk)


@pytest.fixture(scope="session")
def make_desk():
    """Make a desk that no other test and no other example has."""
    return FakeDesk


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

"""What the tests share: an account, a desk that remembers, and calls that are written by hand."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

import pytest

from smsway.provider import Reason, SandboxCall, SandboxInbound, SandboxReport, SandboxTemplate
from smsway_twilio._config import TwilioConfig
from smsway_twilio._sandbox import TwilioSide

ACCOUNT = "AC" + "a1" * 16
SERVICE = "MG" + "c3" * 16
TEMPLATE = "HX" + "d4" * 16
NUMBER = "+15017122661"
TOKEN = f"Basic {b64encode(f'{ACCOUNT}:a-token'.encode()).decode()}"


@dataclass
class FakeDesk:
    """A sandbox desk with fixed answers.

    `texts` are the phones, fees and templates that it accepted, `said` their words and params.
    """

    now: float = 1_776_313_405.0
    shelf: dict[str, SandboxTemplate] = field(
        default_factory=lambda: {TEMPLATE: SandboxTemplate(TEMPLATE, 2, "{1} is your code, for {2} minutes.")}
    )
    senders: set[str] = field(default_factory=lambda: {NUMBER, SERVICE, "12345", "Acme"})
    refusals: dict[str, Reason] = field(default_factory=dict)
    balance: int | None = 1_000
    busy: bool = False
    texts: list[tuple[str, int, str | None]] = field(default_factory=list)
    said: list[tuple[str | None, tuple[str, ...]]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    rewrite: Callable[[list[Any]], list[Any]] = list
    told: list[SandboxReport] = field(default_factory=list)
    waiting: list[SandboxReport] = field(default_factory=list)
    heard: list[SandboxInbound] = field(default_factory=list)
    numbers: Iterable[int] = field(default_factory=lambda: count(1))

    def throttled(self) -> bool:
        return self.busy

    def template(self, template_id: str) -> SandboxTemplate | None:
        return self.shelf.get(template_id)

    def knows_sender(self, sender: str) -> bool:
        return sender in self.senders

    def refusal(self, phone: str) -> Reason | None:
        return self.refusals.get(phone)

    def accept(
        self, phone, reference=None, fee=1, message_id=None, template=None, *, text=None, params=()
    ) -> str | None:
        assert reference is None, "nothing of ours is in a request"
        if self.balance is not None and self.balance < fee:
            return None
        self.texts.append((str(phone), fee, template))
        self.said.append((text, tuple(params)))
        self.ids.append(message_id)
        return message_id

    def results(self, items: list[Any]) -> list[Any]:
        return self.rewrite(items)

    def new_number(self) -> int:
        return next(iter(self.numbers))

    def reports(self, since: float, until: float) -> Sequence[SandboxReport]:
        return [report for report in self.told if since <= report.sent_at <= until]

    def unreported(self, since: float, until: float) -> Sequence[SandboxReport]:
        return [report for report in self.waiting if since <= report.sent_at <= until]

    def inbound(self, since: float, until: float) -> Sequence[SandboxInbound]:
        return [message for message in self.heard if since <= message.at <= until]


class Answer(NamedTuple):
    """An answer, taken apart."""

    status: int
    told: Any


def _config(**settings: object) -> TwilioConfig:
    return TwilioConfig.model_validate({"account_sid": ACCOUNT, "auth_token": "a-token", **settings})


@pytest.fixture(scope="session")
def make_config():
    return _config


@pytest.fixture(scope="session")
def config():
    return _config()


@pytest.fixture(scope="session")
def side(config):
    return TwilioSide(config)


@pytest.fixture
def desk():
    return FakeDesk()


@pytest.fixture
def ask(side, desk):
    """Let the server judge a call below the path of the account; returns the status and what is in the JSON."""

    def judged(method, path, form=None, *, side=side, authorization=TOKEN, kind=None) -> Answer:
        path, _, query = path.partition("?")
        headers = {"content-type": kind or "application/x-www-form-urlencoded", "authorization": authorization}
        call = SandboxCall(
            method,
            f"/2010-04-01/Accounts/{ACCOUNT}{path}" if path.startswith("/") else f"/{path}",
            dict(parse_qsl(query, keep_blank_values=True)),
            headers,
            urlencode(form or {}).encode(),
        )
        reply = side.judge(call, desk)
        assert reply.content_type == "application/json"
        return Answer(reply.status, json.loads(reply.body))

    return judged


@pytest.fixture
def send(ask):
    """Post a text with these fields changed, `None` leaving one out."""

    def sent(**changes: str | None) -> Answer:
        form = {"To": "+6598765432", "From": NUMBER, "Body": "Hello", **changes}
        return ask("POST", "/Messages.json", {name: value for name, value in form.items() if value is not None})

    return sent

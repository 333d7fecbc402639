"""A toy vendor, and ways to run a sandbox and talk to it byte by byte."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic_core import to_json

from smsway.model import (
    PushRule,
    Review,
    SandboxCall,
    SandboxDesk,
    SandboxPush,
    SandboxReply,
    SandboxReport,
    SandboxSignature,
    SandboxTemplate,
)
from smsway.sandbox import Sandbox, SandboxAccount

PHONE = "+8613700000001"


def _put_template(desk, text, name=None, review="approved", **given):
    made = name or f"T{desk.new_number()}"
    desk.put_template(SandboxTemplate(made, text.count("{"), text, Review(review), **given))
    return made


def _put_signature(desk, text, name=None, **given):
    made = name or str(desk.new_number())
    desk.put_signature(SandboxSignature(made, text, **given))
    return made


CALLS = {
    "/pull": lambda desk, limit=100: desk.take_reports(limit),
    "/pull-inbound": lambda desk, limit=100: desk.take_inbound(limit),
    "/pull-twice": lambda desk, limit: [*desk.take_reports(limit), *desk.take_reports(limit)],
    "/find": lambda desk, since, until: desk.reports(since, until),
    "/find-unreported": lambda desk, since, until: desk.unreported(since, until),
    "/find-inbound": lambda desk, since, until: desk.inbound(since, until),
    "/tally": lambda desk, since, until: desk.tally(since, until),
    "/templates": lambda desk: desk.templates(),
    "/put-template": _put_template,
    "/drop-template": lambda desk, name: desk.drop_template(name),
    "/signatures": lambda desk: desk.signatures(),
    "/put-signature": _put_signature,
    "/drop-signature": lambda desk, name: desk.drop_signature(name),
    "/balance": lambda desk: desk.balance,
    "/now": lambda desk: desk.now,
}


class Toy:
    """Takes `{"to": [...], "text" or "template", "signature", "sender", "at", "ref", "fee"}` at /send.

    What else it does is its table of `CALLS`, each called with what was asked.
    """

    def judge(self, call: SandboxCall, desk: SandboxDesk) -> SandboxReply:
        if call.path == "/broken":
            raise KeyError(call.body.decode())
        if call.path == "/echo":
            told = {"method": call.method, "query": dict(call.query), "headers": dict(call.headers)}
            return SandboxReply(json.dumps({**told, "body": call.body.decode()}).encode())
        asked = json.loads(call.body or b"{}")
        if call.path in CALLS:
            return SandboxReply(to_json(CALLS[call.path](desk, **asked)))
        if call.path != "/send":
            return SandboxReply(b'{"error": "no such call"}', 404)
        error = self._refusal(asked, desk)
        if error:
            return SandboxReply(json.dumps({"error": error}).encode())
        results = desk.results([self._result(phone, asked, desk) for phone in asked["to"]])
        return SandboxReply(json.dumps({"results": results}).encode())

    def _refusal(self, asked: dict[str, object], desk: SandboxDesk) -> str | None:
        at = asked.get("at", desk.now)
        known = {
            "text": desk.approves_text,
            "template": desk.template,
            "signature": desk.knows_signature,
            "sender": desk.knows_sender,
        }
        if desk.throttled():
            return "throttled"
        if isinstance(at, int | float) and abs(at - desk.now) > 600:
            return "clock"
        return next((name for name, knows in known.items() if name in asked and not knows(str(asked[name]))), None)

    def _result(self, phone: str, asked: dict[str, object], desk: SandboxDesk) -> dict[str, object]:
        reason = desk.refusal(phone)
        if reason is not None:
            return {"phone": phone, "ok": False, "reason": reason}
        fee, reference = asked.get("fee", 1), asked.get("ref")
        message_id = desk.accept(phone, reference and str(reference), fee if isinstance(fee, int) else 1)
        if message_id is None:
            return {"phone": phone, "ok": False, "reason": "insufficient_balance"}
        return {"phone": phone, "ok": True, "id": message_id}


class PushingToy(Toy):
    """A toy that also posts, up to three reports or one message at a time, and wants `{"ok": true}`."""

    push_rule = PushRule(reports=3, inbound=1, tries=3, interval=60.0)

    def push(self, items):
        kind = "reports" if isinstance(items[0], SandboxReport) else "inbound"
        return SandboxPush(to_json({kind: items}), "application/json; charset=utf-8")

    def acknowledged(self, status, body):
        return status == 200 and json.loads(body) == {"ok": True}


@dataclass
class Answer:
    """An HTTP answer, taken apart by hand."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def results(self):
        return json.loads(self.body)["results"]


@dataclass
class Line:
    """A raw connection to a server."""

    url: str
    socket: socket.socket = field(init=False)
    unread: bytes = b""

    def __post_init__(self):
        parts = urlsplit(self.url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=5)

    def call(self, path: str, **asked: object) -> None:
        body = json.dumps(asked).encode()
        self.write(b"POST %s HTTP/1.1\r\nHost: toy\r\nContent-Length: %d\r\n\r\n%s" % (path.encode(), len(body), body))

    def ask(self, path: str, **asked: object) -> object:
        """Make one call and return what it says."""
        self.call(path, **asked)
        return json.loads(self.answer().body)

    def send(self, *to: str, **asked: object) -> list[str]:
        """Send texts and return their ids."""
        self.post(*to, **asked)
        return [each["id"] for each in self.answer().results if each["ok"]]

    def write(self, data: bytes) -> None:
        self.socket.sendall(data)

    def post(self, *to: str, path: str = "/send", **asked: object) -> None:
        self.call(path, to=list(to or [PHONE]), **asked)

    def read(self, size: int = 65536) -> bytes:
        """Return at least one byte, or nothing at the end."""
        if self.unread:
            data, self.unread = self.unread, b""
            return data
        return self.socket.recv(size)

    def read_all(self) -> bytes:
        """Return everything until the server closes."""
        data = b""
        while more := self.read():
            data += more
        return data

    def head(self) -> Answer:
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.read()
            assert more, "closed before the end of the headers"
            data += more
        head, _, self.unread = data.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        return Answer(int(first.split()[1]), {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}, b"")

    def answer(self) -> Answer:
        """Read one answer as long as it says it is."""
        answer = self.head()
        length = int(answer.headers["content-length"])
        while len(answer.body) < length:
            more = self.read()
            assert more, "closed before the end of the body"
            answer.body += more
        answer.body, rest = answer.body[:length], answer.body[length:]
        self.unread = rest + self.unread
        return answer

    def close(self) -> None:
        self.socket.close()


@pytest.fixture
def toy() -> Toy:
    return Toy()


@pytest.fixture
def account(toy) -> Callable[..., SandboxAccount]:
    """Make an account of the toy vendor."""

    def make(name: str = "cn", **changed) -> SandboxAccount:
        filed = {
            "templates": [SandboxTemplate("19", 2)],
            "texts": ["Your code is {code}."],
            "signatures": ["Acme"],
            "senders": ["ACME"],
        }
        return SandboxAccount(name, toy, **{**filed, **changed})

    return make


@pytest.fixture
def pushing(account) -> Callable[..., SandboxAccount]:
    """Make an account of the toy vendor that posts."""
    return lambda name="cn", **changed: replace(account(name), side=PushingToy(), **changed)


@pytest.fixture
def run(stack) -> Callable[..., Sandbox]:
    """Run a sandbox until the test ends."""
    return lambda *accounts, **options: stack.enter_context(Sandbox(accounts, **options))


@pytest.fixture
def sandbox(run, account) -> Sandbox:
    """Run a sandbox with the accounts cn and world."""
    return run(account("cn"), account("world"))


@pytest.fixture
def dial(stack) -> Callable[[str], Line]:
    """Open raw connections."""

    def open_(url: str) -> Line:
        line = Line(url)
        stack.callback(line.close)
        return line

    return open_


@pytest.fixture
def line(sandbox, dial) -> Line:
    """Hold a connection to the account cn."""
    return dial(sandbox.urls["cn"])


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Wait until something is so, for a few seconds."""

    def wait(so: Callable[[], object]) -> None:
        end = time.monotonic() + 5
        while not so():
            assert time.monotonic() < end, "it never came to be so"
            time.sleep(0.005)

    return wait


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    """Hold a well-behaved client."""
    with httpx.Client(timeout=5, trust_env=False) as client:
        yield client

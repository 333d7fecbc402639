"""A provider that takes callbacks, a store that a test looks into, and calls over the ASGI interface."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest
from pydantic import Field, TypeAdapter

from smsway import SmswayError
from smsway.config import Configuration, load
from smsway.model import Inbound, Report
from smsway.provider import (
    AccountConfig,
    CallbackAnswer,
    Capabilities,
    Delivery,
    MalformedCallback,
    ProviderSpec,
    decode_json,
    hookimpl,
)
from smsway.webhooks import app

SECRET = "5e2fd1c0a94b7d3852e0a94c7f6b1d2e"
OLD = "0ld-5e2fd1c0a94b7d3852e0a94c7f6b"
OTHER = "9a3c1d0e5b7f48266e51b0c2d4f7a893"

_POSTED: TypeAdapter[Any] = TypeAdapter(list[dict[str, str]] | dict[str, Annotated[str, Field(max_length=200)]])


class ToyConfig(AccountConfig):
    """The settings of a toy."""

    base_url: str = "https://toy.example"


@dataclass(frozen=True)
class Mute:
    """A provider that only sends."""

    config: ToyConfig

    def submit(self, batch, stamp):
        raise NotImplementedError


@dataclass(frozen=True)
class Toy(Mute):
    """A provider whose vendor posts reports as a list and a message as an object."""

    seen: list[Any] = field(default_factory=list)

    def read_callback(self, callback):
        self.seen.append(callback)
        posted = decode_json(callback, _POSTED)
        if isinstance(posted, dict):
            return [Inbound(sender=posted["from"], text=posted["text"])]
        return [Report(recipient=each["to"], delivery=Delivery(each["is"])) for each in posted]

    def answer_callback(self, *, taken):
        return CallbackAnswer(b'{"got":true}' if taken else b'{"got":false}', content_type="application/toy+json")


@dataclass(frozen=True)
class Chatty(Mute):
    """A provider whose vendor posts no JSON but a number, of messages that are made one at a time."""

    def read_callback(self, callback):
        for _ in range(int(callback.body)):
            yield Inbound(sender="+8613700000001", text="T")

    def answer_callback(self, *, taken):
        return CallbackAnswer(b"", 200 if taken else 500)


@dataclass(frozen=True)
class Curt(Mute):
    """A provider whose vendor says one report in the query of a GET."""

    def read_callback(self, callback):
        if callback.body:
            raise MalformedCallback("it has a body")
        return [Report(recipient=callback.query["to"], delivery=Delivery(callback.query["is"]))]

    def answer_callback(self, *, taken):
        return CallbackAnswer(b"", 200 if taken else 500)


class Toys:
    """The plugin that brings all."""

    @hookimpl
    def register_providers(self, register):
        for name, build in (("toy", Toy), ("mute", Mute), ("chatty", Chatty), ("curt", Curt)):
            register(ProviderSpec(name=name, config=ToyConfig, build=build, capabilities=Capabilities()))


@dataclass
class Notebook:
    """A tracker of which a test says what fails, and when it goes on; `received` is one list per transaction."""

    received: list[list[Report | Inbound]] = field(default_factory=list)
    processed: list[list[int]] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    failure: Callable[[Sequence[Report | Inbound]], Exception | None] = lambda _: None
    gate: threading.Event = field(default_factory=threading.Event)
    processing: threading.Event = field(default_factory=threading.Event)
    told: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()
        self.processing.set()

    @property
    def items(self) -> list[Report | Inbound]:
        return [item for group in self.received for item in group]

    def receive(self, items):
        self.gate.wait(10)
        error = self.failure(items)
        if error is not None:
            raise error
        first = len(self.items)
        self.received.append(list(items))
        return range(first, first + len(items))

    def process(self, numbers):
        self.processing.wait(10)
        self.processed.append(list(numbers))
        self.told.set()
        return []

    def unprocessed(self):
        left, self.left = self.left, []
        return left


@dataclass
class Holder:
    """What stands for a client."""

    configuration: Configuration
    tracker: Any


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: dict[str, str]


class Caller:
    """Calls an ASGI application, as a server would."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def post(
        self,
        path: str,
        body: bytes | Sequence[bytes] = b"[]",
        headers: Sequence[tuple[str, str]] = (),
        *,
        method: str = "POST",
        peer: tuple[str, int] | None = ("203.0.113.7", 5000),
        receive: Callable[[], Any] | None = None,
        **scope: Any,
    ) -> Answer:
        parts = [body] if isinstance(body, bytes) else list(body)
        events = [
            {"type": "http.request", "body": part, "more_body": index < len(parts)}
            for index, part in enumerate(parts, 1)
        ]
        sent: list[dict[str, Any]] = []

        async def take() -> Any:
            if events:
                return events.pop(0)
            await asyncio.sleep(3600)
            raise AssertionError("nothing more was to come")

        async def send(message: Any) -> None:
            sent.append(message)

        whole = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "https",
            "path": path,
            "query_string": b"",
            "root_path": "",
            "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
            "client": peer,
            "server": ("hooks.example", 443),
            **scope,
        }
        await self.application(whole, receive or take, send)
        start, *rest = sent
        answered = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
        return Answer(start["status"], b"".join(part.get("body", b"") for part in rest), answered)


def reports(*phones: str, status: str = "delivered") -> bytes:
    return json.dumps([{"to": phone, "is": status} for phone in phones]).encode()


@pytest.fixture
def make_reports():
    """Make the body of reports."""
    return reports


@pytest.fixture
def secrets():
    """The live secrets of account `toy`, the newer first, and the one of account `other`."""
    return SECRET, OLD, OTHER


@pytest.fixture
def source(secrets) -> dict[str, Any]:
    """A configuration of two toys, for the test to change."""
    new, old, other = secrets
    return {
        "accounts": {"toy": {"provider": "toy"}, "other": {"provider": "toy"}, "mute": {"provider": "mute"}},
        "reports": {"store": "memory"},
        "webhooks": {
            "accounts": {
                "toy": {"secrets": [f"literal:{new}", f"literal:{old}"]},
                "other": {"secrets": [f"literal:{other}"]},
            }
        },
    }


@pytest.fixture
def notebook() -> Iterator[Notebook]:
    made = Notebook()
    yield made
    made.gate.set()
    made.processing.set()


@pytest.fixture
def make_holder(notebook) -> Callable[[dict[str, Any]], Holder]:
    """Make what stands for a client of a configuration."""

    def make(source: dict[str, Any]) -> Holder:
        return Holder(load(source, plugins=[Toys()]), notebook)

    return make


@pytest.fixture(scope="session")
def make_stand_in() -> Callable[[dict[str, Any]], Holder]:
    """Make what stands for a client of a configuration with account `toy`, with a notebook of its own."""

    def make(source: dict[str, Any]) -> Holder:
        whole = {"accounts": {"toy": {"provider": "toy"}}, "reports": {"store": "memory"}} | source
        return Holder(load(whole, plugins=[Toys()]), Notebook())

    return make


@pytest.fixture
def make_call() -> type[Caller]:
    """Make what calls an application."""
    return Caller


@pytest.fixture
def make_caller(make_holder) -> Callable[[dict[str, Any]], Caller]:
    """Make the application of a configuration, and what calls it."""

    def make(source: dict[str, Any]) -> Caller:
        return Caller(app(make_holder(source)))

    return make


@pytest.fixture
def post(source, make_caller) -> Callable[..., Answer]:
    """Post once to the application of `source` as it is by then."""

    def call(path: str, *given: Any, **more: Any) -> Answer:
        return asyncio.run(make_caller(source).post(path, *given, **more))

    return call


@pytest.fixture
def store_error():
    return SmswayError("reports.db cannot be written: disk full")

"""A vendor with many accounts on one socket, each of which answers, refuses, breaks off or stands still as told."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from smsway import AsyncClient, Client, Message, Outcome, Template
from smsway.config import Configuration, load


class Vendor:
    """The v5 API on a socket. Accounts are numbered from 1, and are named by `a` and their number."""

    def __init__(self) -> None:
        self.held: dict[int, threading.Event] = {}
        """Accounts that answer only once the event is set."""
        self.refusing: dict[int, int] = {}
        """Accounts that refuse phones of China, each with its code."""
        self.breaking: set[str] = set()
        """The ends of phones whose requests are never answered."""
        self.asked: Counter[int] = Counter()
        self.answered: Counter[int] = Counter()
        self.texts: Counter[str] = Counter()
        self.questions = 0
        self.connections = 0
        self._lock = threading.Lock()

    def answer(self, account: int, asked: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return what an account says, as soon as it does; `None` if it breaks off."""
        if "tel" not in asked:
            self.questions += 1
            return None
        several = isinstance(asked["tel"], list)
        tels = asked["tel"] if several else [asked["tel"]]
        with self._lock:
            self.asked[account] += 1
        if account in self.held:
            self.held[account].wait()
        phones = [tel if isinstance(tel, str) else f"+{tel['nationcode']}{tel['mobile']}" for tel in tels]
        if any(phone[-4:] in self.breaking for phone in phones):
            return None
        code = self.refusing.get(account, 0) if phones[0].startswith("+86") else 0
        with self._lock:
            self.answered[account] += 1
            if not code:
                self.texts.update(phones)
        said = {"result": code, "errmsg": "said", "ext": asked["ext"]}
        each = [{"result": code, "errmsg": "said", "fee": 1, "sid": f"{asked['ext']}{n}"} for n, _ in enumerate(tels)]
        if not several:
            return said | each[0]
        return said | {"detail": [result | tel for result, tel in zip(each, tels, strict=True)]}


class Server(ThreadingHTTPServer):
    """Serves a vendor."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, *_: Any) -> None:
        """A client that has gone is none of ours."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle(self) -> None:
        vendor = self.server.vendor
        with vendor._lock:
            vendor.connections += 1
        try:
            super().handle()
        finally:
            with vendor._lock:
                vendor.connections -= 1

    def do_POST(self) -> None:
        account = int(parse_qs(urlsplit(self.path).query)["sdkappid"][0])
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = self.server.vendor.answer(account, asked)
        self.close_connection = answer is None
        if answer is not None:
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    made = Vendor()
    server = Server(made)
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield made
    for event in made.held.values():
        event.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def config(vendor) -> Callable[..., dict[str, Any]]:
    """Make a configuration of so many accounts, with these routes by name of a country or a tag."""

    def make(accounts: int, routes: Iterable[Mapping[str, Any]], **settings: Any) -> dict[str, Any]:
        own = settings.pop("own", {})
        names = {f"a{number}": number for number in range(1, accounts + 1)}
        usual = {"provider": "tencent-v5", "app_key": "literal:5f03a35d00ee52a21327ab048186a2c4", "timeout": 60}
        return {
            "accounts": {
                name: {**usual, "sdk_app_id": number, "base_url": vendor.url, **own.get(name, {})}
                for name, number in names.items()
            },
            "templates": {"code": {"params": ["code"], "accounts": {name: {"id": 19} for name in names}}},
            "signatures": {"default": dict.fromkeys(names, "Acme")},
            "routes": list(routes),
            **settings,
        }

    return make


class Threads:
    """A `Client`, as a test drives it."""

    def __init__(self, configuration: Configuration, **options: Any) -> None:
        self.client = Client(configuration, **options)

    def send_many(self, messages: Iterable[Message]) -> Iterator[Outcome]:
        return self.client.send_many(messages)

    def close(self) -> None:
        self.client.close()


class Tasks:
    """An `AsyncClient`, on an event loop of its own."""

    def __init__(self, configuration: Configuration, **options: Any) -> None:
        self.runner = asyncio.Runner()
        self.client = AsyncClient(configuration, **options)

    def send_many(self, messages: Iterable[Message]) -> Iterator[Outcome]:
        stream = self.client.send_many(messages)

        async def following() -> Outcome | None:
            return await anext(stream, None)

        try:
            while (outcome := self.runner.run(following())) is not None:
                yield outcome
        finally:
            self.runner.run(stream.aclose())

    def close(self) -> None:
        with suppress(RuntimeError):
            self.runner.run(self.client.aclose())
        self.runner.close()


@pytest.fixture(params=[Threads, Tasks], ids=["threads", "tasks"])
def open_client(request, stack) -> Callable[..., Threads | Tasks]:
    """Open a client of a configuration, which is closed with the test."""

    def open_(source: Mapping[str, Any], **options: Any) -> Threads | Tasks:
        made = request.param(load(source), **options)
        stack.callback(made.close)
        return made

    return open_


@pytest.fixture
def numbered() -> Callable[[str, int], str]:
    """Make phones: of `CN` or of `SG`, by their number."""
    return lambda country, number: f"+86137{number:08d}" if country == "CN" else f"+658{number:07d}"


@pytest.fixture
def text(numbered) -> Callable[..., Message]:
    """Make messages to one phone each, no two of which can share a request."""

    def make(country: str, number: int, **more: Any) -> Message:
        content = Template("code", {"code": f"{number:06d}"})
        return Message(to=numbered(country, number), content=content, **{"kind": "notification", **more})

    return make


@pytest.fixture
def by_country() -> list[dict[str, Any]]:
    """Route China to the first account, and the others to the second."""
    return [{"when": {"countries": ["CN"]}, "accounts": ["a1"]}, {"accounts": ["a2"]}]


@pytest.fixture
def gathered() -> Callable[..., dict[str, list[Any]]]:
    """Sort outcomes by the account that they name."""

    def gather(outcomes: Iterable[Outcome]) -> dict[str, list[Any]]:
        found = defaultdict(list)
        for outcome in outcomes:
            found[outcome.account].append(outcome)
        return dict(found)

    return gather

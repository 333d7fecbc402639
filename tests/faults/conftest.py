"""One suite for both drivers: a `Face` hides which client sends, a `World` is a sandbox with a client before it."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

import pytest

from smsway import AsyncClient, Client, Message, Outcome, Recipient, SendResult, Template
from smsway.config import Configuration, load
from smsway.sandbox import Sandbox, sandbox_of


class SyncFace:
    """`Client`, as a test drives it."""

    name = "sync"

    def __init__(self, conf: Configuration, **options: Any) -> None:
        self.client = Client(conf, **options)

    def send(self, message: Message) -> SendResult:
        return self.client.send(message)

    def send_many(self, messages: Iterable[Message]) -> Iterator[Outcome]:
        return self.client.send_many(messages)

    def ask(self, answer: Any) -> Any:
        return answer

    def close(self) -> None:
        self.client.close()


class AsyncFace:
    """`AsyncClient` on an event loop of its own."""

    name = "async"

    def __init__(self, conf: Configuration, **options: Any) -> None:
        self.closed = False
        self.runner = asyncio.Runner()
        self.client = AsyncClient(conf, **options)

    def send(self, message: Message) -> SendResult:
        return self.runner.run(self.client.send(message))

    def send_many(self, messages: Iterable[Message]) -> Iterator[Outcome]:
        stream = self.client.send_many(messages)

        async def following() -> Outcome | None:
            return await anext(stream, None)

        try:
            while outcome := self.runner.run(following()):
                yield outcome
        finally:
            self.runner.run(stream.aclose())

    def ask(self, answer: Any) -> Any:
        return self.runner.run(answer)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.runner.run(self.client.aclose())
            self.runner.close()


Face = SyncFace | AsyncFace


@dataclass
class World:
    """A sandbox and a client in front of it."""

    sandbox: Sandbox
    face: Face

    def send(self, message: Message) -> SendResult:
        return self.face.send(message)

    def texts(self, account: str) -> int:
        return len(self.sandbox.submissions(account))


@dataclass
class RawServer:
    """A TCP server that does what *handler* does with the socket and each whole request on it."""

    handler: Callable[[socket.socket, bytes], None]
    context: ssl.SSLContext | None = None
    connections: int = 0
    requests: int = 0
    _threads: list[threading.Thread] = field(default_factory=list)
    _sockets: list[socket.socket] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http{'s' if self.context else ''}://127.0.0.1:{self._listener.getsockname()[1]}"
        self._start(self._accept)
        return self

    def _start(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True, name="raw-server")
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._sockets.append(connection)
                self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            if self.context is not None:
                connection = self.context.wrap_socket(connection, server_side=True)
                self._sockets.append(connection)
            while request := self._request(connection):
                self.requests += 1
                self.handler(connection, request)

    @staticmethod
    def _request(connection: socket.socket) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return b""
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        assert length is not None
        while len(body) < int(length[1]):
            body += connection.recv(65536)
        return body

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(5)


@pytest.fixture(params=[SyncFace, AsyncFace], ids=["sync", "async"])
def face_type(request):
    """Which of the two clients sends."""
    return request.param


@pytest.fixture(params=["tencent-v5", "tencent-global", "usms"])
def provider(request):
    """Which provider the accounts have."""
    return request.param


@pytest.fixture
def config_of(configuration):
    """Make a configuration with one route over these accounts (name -> provider), in this order."""
    configuration["accounts"]["world"]["rate"] = 1000  # the ten a second by default would take long
    model_of = {account["provider"]: name for name, account in configuration["accounts"].items()}
    ids, signatures = configuration["templates"]["login_code"]["accounts"], configuration["signatures"]["default"]

    def make(providers, *, on_unknown="hold", settings=None) -> dict[str, Any]:
        extra = settings or {}
        models = {name: model_of[provider] for name, provider in providers.items()}
        template = {
            "params": ["code"],
            "text": "Your code is {code}.",
            "accounts": {name: {"id": ids[model]["id"]} for name, model in models.items()},
        }
        return {
            "accounts": {
                name: configuration["accounts"][model] | extra.get(name, {}) for name, model in models.items()
            },
            "templates": {"code": template},
            "signatures": {
                "default": {name: signatures[model] for name, model in models.items() if model in signatures}
            },
            "routes": [{"name": "all", "accounts": list(providers), "on_unknown": on_unknown}],
        }

    return make


@pytest.fixture
def make_face(stack, face_type):
    """Make a client of a configuration mapping."""

    def make(config: Mapping[str, Any], base_urls: Mapping[str, str] | None = None, **options: Any) -> Face:
        plugins = options.pop("plugins", ())
        face = face_type(load(config, plugins, base_urls), **options)
        stack.callback(face.close)
        return face

    return make


@pytest.fixture
def make_world(stack, config_of, make_face):
    """Make a sandbox with these accounts, and a client; *urls* replace those of the sandbox."""

    def make(
        providers: Mapping[str, str],
        *,
        on_unknown: str = "hold",
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        urls: Mapping[str, str] | None = None,
        **options: Any,
    ) -> World:
        config = config_of(providers, on_unknown=on_unknown, settings=settings)
        sandbox = stack.enter_context(sandbox_of(load(config, options.get("plugins", ())), rate=False))
        return World(sandbox, make_face(config, {**sandbox.urls, **(urls or {})}, **options))

    return make


@pytest.fixture
def tls_sandbox(stack, config_of):
    """Start a sandbox of these accounts that speaks TLS."""

    def start(providers: Mapping[str, str], context: ssl.SSLContext | None) -> Sandbox:
        return stack.enter_context(sandbox_of(load(config_of(providers)), ssl_context=context, rate=False))

    return start


@pytest.fixture
def raw_server(stack):
    """Start a TCP server with a handler of (socket, request body)."""

    def start(handler: Callable[[socket.socket, bytes], None], context: ssl.SSLContext | None = None) -> RawServer:
        return stack.enter_context(RawServer(handler, context))

    return start


@pytest.fixture
def v5_answer():
    """Make the body with which the v5 API accepts the one recipient of a request."""

    def answer(request: bytes, sid: str = "sid-1") -> bytes:
        reference = json.loads(request)["ext"]
        return json.dumps({"result": 0, "errmsg": "OK", "ext": reference, "sid": sid, "fee": 1}).encode()

    return answer


def _message(*phones: str, code: str = "4711", **fields: Any) -> Message:
    to = [Recipient(phone) for phone in phones or ("+6598765432",)]
    return Message(to=to, content=Template("code", {"code": code}), **fields)


@pytest.fixture
def message():
    """Make a message to these phones, by default to one."""
    return _message

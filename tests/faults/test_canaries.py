"""Secrets, codes, signatures and whole phone numbers reach no log, repr or traceback, whatever goes wrong."""

import asyncio
import contextlib
import importlib
import logging
import pickle
import time
import traceback
from dataclasses import dataclass, field

import pytest

from smsway import (
    AsyncClient,
    Client,
    ConfigError,
    InvalidMessage,
    Message,
    Recipient,
    SendFailure,
    SmswayError,
    Template,
    TemplateDraft,
)
from smsway.config import load
from smsway.model import Capabilities
from smsway.provider import AccountConfig, ProviderSpec, Request, SecretStr, accepted, hookimpl
from smsway.transport._library import httpx
from smsway.transport._quiet import LOGGERS, quiet

SECRETS = {
    "CANARY_APP_KEY": "c0ffee5ec4e7a99",
    "CANARY_SECRET_ID": "AKIDcanaryid77",
    "CANARY_SECRET_KEY": "canarykey88",
    "CANARY_PUBLIC": "canarypublic99",
    "CANARY_PRIVATE": "canaryprivate00",
}
CODE = "824613975"
PHONES = ("+6598765431", "+6591234567")
SIGNATURE = "CanarySignature"
SETTINGS = {
    "tencent-v5": {"app_key": "env:CANARY_APP_KEY"},
    "tencent-global": {"secret_id": "env:CANARY_SECRET_ID", "secret_key": "env:CANARY_SECRET_KEY"},
    "usms": {"public_key": "env:CANARY_PUBLIC", "private_key": "env:CANARY_PRIVATE"},
}
CANARIES = (*SECRETS.values(), CODE, *PHONES, *(phone[3:] for phone in PHONES), SIGNATURE)
FAULTS = (
    "",
    "drop_after",
    "drop_before",
    "hang",
    "drip",
    "http_500",
    "http_429",
    "html",
    "empty",
    "truncated",
    "garbled",
    "missing",
    "surplus",
    "duplicated",
    "two_responses",
    "wrong_length",
    "redirect",
    "refuse",
    "reset",
)
OURS = ("smsway", "httpx", "httpcore", "h11", "anyio", "pluggy", "pydantic")


class Capture(logging.Handler):
    """Keeps all that a log record could show."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.shown = []

    def emit(self, record):
        self.shown += [record.getMessage(), repr(record.args), str(record.__dict__.get("event", ""))]
        if record.exc_info and record.exc_info[1] is not None:
            self.shown += told(record.exc_info[1])


@pytest.fixture
def logged():
    root = logging.getLogger()
    capture = Capture()
    names = ("smsway", "httpx", "httpcore", "httpx2", "httpcore2", "asyncio")
    loggers = [root, *(logging.getLogger(name) for name in (*names, *logging.Logger.manager.loggerDict))]
    levels = [(logger, logger.level) for logger in loggers]
    root.addHandler(capture)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield capture.shown
    root.removeHandler(capture)
    for logger, level in levels:
        logger.setLevel(level)


def is_ours(frame):
    package = frame.filename.replace("\\", "/")
    return any(f"/{name}" in package for name in OURS) and "/tests/" not in package


def told(error, seen=None):
    """Return all that *error* and what hangs on it can show: texts, and the locals of all frames that are not tests."""
    seen = set() if seen is None else seen
    if error is None or id(error) in seen:
        return []
    seen.add(id(error))
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    texts = [str(error), repr(error), repr(error.args), repr(vars(error)), repr(getattr(error, "__notes__", ()))]
    if isinstance(error, SmswayError) and not isinstance(error, SendFailure):
        texts.append(pickle.dumps(error).decode("latin-1"))
    for frame in shown.stack:
        if is_ours(frame):
            texts += [f"{frame.filename}:{frame.lineno} {frame.name} {k}={v}" for k, v in (frame.locals or {}).items()]
    texts += told(error.__cause__, seen) + told(error.__context__, seen)
    for each in getattr(error, "exceptions", ()):
        texts += told(each, seen)
    return texts


def assert_silent(shown, *, but=()):
    leaks = [text[:300] for text in shown for canary in CANARIES if canary in text and canary not in but]
    assert leaks == []


@pytest.fixture
def make_config(config_of, monkeypatch):
    def make(accounts, **options):
        for name, value in SECRETS.items():
            monkeypatch.setenv(name, value)
        settings = {name: {**SETTINGS.get(kind, {}), "timeout": 0.3} for name, kind in accounts.items()}
        config = config_of(accounts, settings=settings, **options)
        config["signatures"]["default"] = {n: SIGNATURE for n, kind in accounts.items() if kind != "tencent-global"}
        return config

    return make


@pytest.fixture
def secret_world(make_world, make_face, make_config):
    """A sandbox and a client full of canaries."""

    def make(accounts, plugins=(), **sections):
        config = make_config(accounts) | sections
        world = make_world(accounts, settings={name: config["accounts"][name] for name in accounts})
        world.sandbox.reset()
        world.face = make_face(config, world.sandbox.urls, plugins=plugins)
        return world

    return make


def secret_message(**fields):
    return Message(to=[Recipient(phone) for phone in PHONES], content=Template("code", {"code": CODE}), **fields)


@dataclass
class Watcher:
    """An observer that keeps what it is told, and raises the canaries."""

    events: list[object] = field(default_factory=list)

    def _see(self, event):
        self.events.append(event)
        raise ValueError(" ".join(CANARIES))

    report_received = hookimpl(lambda self, event: self._see(event), specname="report_received")
    inbound_received = hookimpl(lambda self, event: self._see(event), specname="inbound_received")
    attempt_started = hookimpl(lambda self, event: self._see(event), specname="attempt_started")
    attempt_finished = hookimpl(lambda self, event: self._see(event), specname="attempt_finished")
    outcome_settled = hookimpl(lambda self, event: self._see(event), specname="outcome_settled")
    health_changed = hookimpl(lambda self, event: self._see(event), specname="health_changed")


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_tells_a_secret(secret_world, logged, provider, fault):
    watcher = Watcher()
    world = secret_world({"first": provider}, plugins=[watcher])
    if fault:
        world.sandbox.inject(fault)

    message = secret_message(kind="otp")
    result = world.send(message)

    client = world.face.client
    failure = None
    try:
        result.raise_for_failure()
    except SendFailure as error:
        failure = error
    events = [event for event in watcher.events if "AttemptFinished" in type(event).__name__]
    assert events
    assert logged
    assert_silent(
        [
            *logged,
            *map(repr, (client, message, result, result.outcomes, client.explain(message))),
            *(repr(outcome.attempts) for outcome in result),
            *map(repr, watcher.events),
            *map(str, client.health().values()),
            *(str(outcome.detail) for outcome in result),
            *told(failure),
        ]
    )
    # The signatures in it are what the texts begin with, no secrets of the account.
    assert_silent([repr(client.configuration)], but=(SIGNATURE,))


ECHO = f"{SECRETS['CANARY_APP_KEY']} {CODE} {' '.join(PHONES)} {SIGNATURE}".encode()
ECHOES = {
    "in a header": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Echo: %s\r\n\r\n{}",
    "in the name of a header": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n%s: x\r\n\r\n{}",
    "in a header that is none": b"HTTP/1.1 200 OK\r\n%s\r\n\r\n",
    "in the length": b"HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n",
    "in the status": b"HTTP/1.1 200 %s\r\nContent-Length: 2\r\n\r\n{}",
    "in the place of a status": b"%s\r\n\r\n",
    "in the place of a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n",
    "in a cookie": b"HTTP/1.1 500 No\r\nContent-Length: 0\r\nSet-Cookie: x=%s\r\n\r\n",
    "in the place it moved to": b"HTTP/1.1 307 Moved\r\nContent-Length: 0\r\nLocation: http://127.0.0.1/%s\r\n\r\n",
    "in an encoding": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Encoding: %s\r\n\r\n{}",
    "in a body": b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n" + b"%s".ljust(2),
    "in the interim": b"HTTP/1.1 100 %s\r\nX: %s\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
}


@pytest.fixture(params=["ours", "httpx"])
def transport(request, face_type):
    """Make the transport that a client is given: its own, or one of the HTTP library."""
    if request.param == "ours":
        return None
    return httpx.HTTPTransport() if face_type.name == "sync" else httpx.AsyncHTTPTransport()


@pytest.mark.parametrize("where", ECHOES)
def test_an_answer_that_repeats_what_it_was_told_tells_nobody_else(
    make_config, make_face, raw_server, logged, provider, transport, where
):
    def echo(connection, _):
        said = ECHOES[where]
        connection.sendall(said % ((ECHO,) * said.count(b"%s")))
        connection.close()

    server = raw_server(echo)
    face = make_face(make_config({"first": provider}), {"first": server.url}, transport=transport)

    result = face.send(secret_message(kind="otp"))

    assert server.requests
    assert_silent([*logged, repr(result), *(f"{each.detail} {each.code}" for each in result)])
    assert_silent([repr(each) for outcome in result for each in (outcome, *outcome.attempts)])


@pytest.mark.parametrize("name", LOGGERS)
def test_what_others_do_with_the_http_library_is_logged_as_ever(logged, name):
    with quiet():
        logging.getLogger(name).debug("first %s", "second")
    logging.getLogger(name).debug("third %s", "fourth")

    assert [text for text in logged if text in {"first", "first second", "third fourth"}] == ["first", "third fourth"]


def test_every_logger_of_the_http_libraries_is_known():
    families = {"httpcore", "httpcore2", "httpx", "httpx2", "h11", "h2", "hpack"}
    for module in ("httpx", "httpcore", "httpx2", "httpcore2", "h11"):
        importlib.import_module(module)

    named = {name for name in logging.Logger.manager.loggerDict if name.partition(".")[0] in families}

    assert named <= {*LOGGERS}
    assert {"httpcore.http11", "httpcore2.http11", "httpx", "httpx2"} <= named


REPLY = "STOP 824613975"


def calls(client):
    """Return calls that are told a phone, answer with one, or fail with what the vendor says."""
    return [
        lambda: client.reports.pull("first"),
        lambda: client.inbound.pull("first"),
        lambda: client.reports.find("first", PHONES[0], since=0),
        lambda: client.reports.find("first", PHONES[0], since=time.time() - 60),
        lambda: client.reports.find("first", message_ids=["x"], since=time.time() - 60),
        lambda: client.inbound.find("first", PHONES[0], since=time.time() - 60),
        lambda: client.reports.find("first", f"{PHONES[0]}0000000", since=0),
        lambda: client.reports.tracked(recipient=PHONES[0]),
        lambda: client.templates("first").get(["19", "1800308"]),
        lambda: client.templates("first").add(TemplateDraft(text="Code {1}", name="code", remark="x")),
        lambda: client.statistics("first").sending(since=time.time() - 86400),
        lambda: client.balance("first"),
        client.reports.unmatched,
        client.inbound.received,
    ]


@pytest.mark.parametrize("fault", FAULTS)
def test_no_call_after_the_send_tells_a_secret(secret_world, logged, provider, fault):
    watcher = Watcher()
    world = secret_world({"first": provider}, plugins=[watcher], reports={"store": "memory"})
    world.send(secret_message(kind="otp"))
    world.sandbox.receive(PHONES[0], REPLY, "first")
    if fault:
        world.sandbox.inject(fault)

    shown = []
    for call in calls(world.face.client):
        try:
            shown.append(repr(world.face.ask(call())))
        except SmswayError as error:
            shown += told(error)

    assert_silent([*shown, *logged, *map(repr, watcher.events)])


class Careless(AccountConfig):
    """Settings of a provider that breaks."""

    base_url: str = "http://127.0.0.1:1"
    key: SecretStr


@dataclass
class Broken:
    """A provider that raises the canaries."""

    config: Careless
    after: bool

    def submit(self, batch, stamp):  # noqa: ARG002  # the provider's interface
        key = self.config.key.get_secret_value()
        text = f"{key} {CODE} {' '.join(PHONES)}"
        if self.after:
            yield Request(f"{self.config.base_url}/", {}, text.encode())
        raise RuntimeError(text)
        yield accepted


def plugin_of(*, after):
    class Plugin:
        @hookimpl
        def register_providers(self, register):
            register(
                ProviderSpec(
                    name="broken",
                    config=Careless,
                    build=lambda config: Broken(config, after),
                    capabilities=Capabilities(template=True, max_batch=9),
                )
            )

    return Plugin()


@pytest.mark.parametrize("after", [False, True])
def test_a_broken_provider_tells_no_secret(make_face, raw_server, logged, monkeypatch, after):
    monkeypatch.setenv("CANARY_APP_KEY", SECRETS["CANARY_APP_KEY"])
    server = raw_server(lambda connection, _: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    config = {
        "accounts": {"first": {"provider": "broken", "key": "env:CANARY_APP_KEY"}},
        "templates": {"code": {"params": ["code"], "accounts": {"first": {"id": "1"}}}},
    }
    face = make_face(config, {"first": server.url}, plugins=[plugin_of(after=after)])

    result = face.send(secret_message())

    assert {str(outcome.status) for outcome in result} == {"unknown" if after else "not_sent"}
    assert any("RuntimeError" in text for text in logged)
    assert_silent([*logged, repr(result), *(str(outcome.detail) for outcome in result)])


def test_an_invalid_message_tells_no_secret(secret_world, logged):
    world = secret_world({"first": "tencent-v5"})
    phones = [*PHONES, "+65" + "98765431" * 3]
    message = Message(
        to=[Recipient(phone, {"nope": CODE}) for phone in phones], content=Template("code", {"code": CODE, "x": CODE})
    )

    with pytest.raises(InvalidMessage) as raised:
        world.send(message)

    assert_silent([*logged, *told(raised.value)], but=(SIGNATURE,))


@pytest.mark.parametrize("what", ["count", "pattern"])
def test_a_check_that_is_interrupted_tells_no_phone(secret_world, logged, monkeypatch, what):
    world = secret_world({"first": "tencent-v5"})

    class Interrupting:
        def __call__(self, _):
            return self

        def fullmatch(self, _):
            raise TimeoutError

    if what == "pattern":
        monkeypatch.setattr("smsway.model._phone._many", Interrupting())
    else:
        monkeypatch.setattr("smsway.model._phone.Locator.are_alike", Interrupting().fullmatch)
    with pytest.raises(TimeoutError) as raised:
        world.send(Message(to=[*PHONES, *PHONES], content=Template("code", {"code": CODE})))

    assert_silent([*logged, *told(raised.value)], but=(SIGNATURE,))


def test_a_bad_configuration_tells_no_secret(make_config, logged):
    config = make_config({"first": "tencent-v5", "second": "tencent-global", "third": "usms"})
    config["accounts"]["second"]["secret_key"] = "env:CANARY_PRIVATE_NOT_SET"
    config["accounts"]["first"]["timeout"] = -1
    config["accounts"]["third"]["nonsense"] = "x"

    with pytest.raises(ConfigError) as raised:
        load(config)

    # The signatures stand in the mapping that the caller handed in, so the frames that hold it show them.
    assert_silent([*logged, *told(raised.value)], but=(SIGNATURE,))


def test_a_cancelled_send_tells_no_secret(make_config, raw_server, logged):
    config = make_config({"first": "tencent-v5"})
    config["accounts"]["first"]["timeout"] = 5
    server = raw_server(lambda connection, _: connection.recv(1))

    async def cancel():
        async with AsyncClient(load(config, (), {"first": server.url})) as client:
            task = asyncio.create_task(client.send(secret_message()))
            await asyncio.sleep(0.1)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError as error:
                return told(error)
        return None

    shown = asyncio.run(cancel())

    assert shown
    assert_silent([*logged, *shown])


def test_an_event_loop_that_tells_of_its_every_step_tells_no_secret(make_config, make_world, logged):
    config = make_config({"first": "tencent-v5"}) | {"reports": {"store": "memory"}}
    world = make_world({"first": "tencent-v5"}, settings={"first": config["accounts"]["first"]})

    async def send():
        asyncio.get_running_loop().slow_callback_duration = 0
        async with AsyncClient(load(config, (), world.sandbox.urls)) as client:
            await client.send(secret_message())
            await client.reports.tracked(recipient=PHONES[0])

    asyncio.run(send(), debug=True)

    assert any("Executing <Task" in text for text in logged)
    assert_silent(logged)


def test_an_interrupted_send_tells_no_secret(make_config, logged):
    class Interrupts:
        def handle_request(self, request):  # noqa: ARG002  # the transport's interface
            raise KeyboardInterrupt

        def close(self):
            pass

    client = Client(load(make_config({"first": "tencent-v5"})), transport=Interrupts())

    with contextlib.closing(client), pytest.raises(KeyboardInterrupt) as raised:
        client.send(secret_message())

    assert_silent([*logged, *told(raised.value)])

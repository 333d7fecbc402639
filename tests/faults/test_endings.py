"""However a send or a client ends, every recipient has an outcome and nothing is left behind."""

import asyncio
import threading
import time
from dataclasses import dataclass, field

import httpx
import pytest

from smsway import AsyncClient, Status
from smsway.model import OutcomeSettled, Reason
from smsway.provider import hookimpl

PHONES = [f"+6598{number:06d}" for number in range(5)]


@dataclass
class Watcher:
    settled: list[OutcomeSettled] = field(default_factory=list)

    @hookimpl
    def outcome_settled(self, event):
        self.settled.append(event)


@pytest.fixture
def cancel_after():
    """Cancel a send after some seconds, send another message afterwards, and return its outcomes."""

    async def go(client, first, then, seconds):
        task = asyncio.create_task(client.send(first))
        await asyncio.sleep(seconds)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await client.send(then)

    return go


@pytest.mark.parametrize("max_batch", [200, 2])
def test_a_cancelled_send_leaves_its_recipients_unknown(make_world, message, cancel_after, max_batch):
    watcher = Watcher()
    world = make_world(
        {"first": "tencent-v5", "second": "tencent-v5"},
        plugins=[watcher],
        settings={"first": {"max_batch": max_batch}},
    )
    world.sandbox.inject("hang", account="first", phones=PHONES)

    async def go():
        async with AsyncClient(world.face.client.configuration) as client:
            later = await cancel_after(client, message(*PHONES), message("+6591234567"), 0.2)
            return later, len(asyncio.all_tasks())

    later, tasks = asyncio.run(go())

    cancelled = [event for event in watcher.settled if event.outcome.recipient in PHONES]
    assert sorted(event.outcome.recipient for event in cancelled) == PHONES
    assert {(event.outcome.status, event.outcome.reason) for event in cancelled} == {(Status.UNKNOWN, Reason.NO_ANSWER)}
    assert later.all_accepted
    assert tasks == 1
    assert world.texts("second") == 0


def test_a_send_that_is_cancelled_while_it_waits_settles_its_recipients(make_world, message, cancel_after):
    watcher = Watcher()
    world = make_world({"first": "tencent-v5"}, plugins=[watcher])
    world.sandbox.inject("http_429", retry_after=20, times=1)

    async def go():
        async with AsyncClient(world.face.client.configuration) as client:
            return await cancel_after(client, message(*PHONES), message("+6591234567"), 0.2)

    later = asyncio.run(go())

    cancelled = [event.outcome for event in watcher.settled if event.outcome.recipient in PHONES]
    assert [outcome.recipient for outcome in cancelled] == PHONES
    assert {(outcome.status, outcome.reason) for outcome in cancelled} == {(Status.NOT_SENT, Reason.STOPPED)}
    assert later.all_accepted


def test_a_send_that_is_cancelled_at_the_rate_limit_sends_nothing(make_world, message):
    watcher = Watcher()
    world = make_world({"first": "tencent-v5"}, plugins=[watcher], settings={"first": {"rate": 0.2}})

    async def go():
        async with AsyncClient(world.face.client.configuration) as client:
            await client.send(message("+6591234567"))
            task = asyncio.create_task(client.send(message(*PHONES)))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(go())

    cancelled = [event.outcome for event in watcher.settled if event.outcome.recipient in PHONES]
    assert [(each.recipient, each.status) for each in cancelled] == [(phone, Status.NOT_SENT) for phone in PHONES]
    assert world.sandbox.texts() == {"+6591234567": 1}


def test_a_timeout_around_send_is_a_timeout(make_world, message):
    world = make_world({"first": "tencent-v5"})
    world.sandbox.inject("hang")

    async def go():
        async with AsyncClient(world.face.client.configuration) as client:
            await asyncio.wait_for(client.send(message()), 0.2)

    with pytest.raises(TimeoutError):
        asyncio.run(go())


def test_a_client_leaves_no_thread_and_no_connection(make_world, message):
    before = {thread.name for thread in threading.enumerate()}
    world = make_world({"first": "tencent-v5"}, settings={"first": {"max_batch": 2}})
    result = world.send(message(*PHONES))

    world.face.close()
    deadline = time.monotonic() + 3
    while left := {t.name for t in threading.enumerate()} - before - {"smsway-sandbox"}:
        assert time.monotonic() < deadline, left
        time.sleep(0.01)

    assert result.all_accepted


def test_a_journal_that_refuses_stops_the_attempt(make_world, message):
    def refuse(event):
        if "Started" in type(event).__name__:
            raise OSError("disk full")

    world = make_world({"first": "tencent-v5", "second": "tencent-v5"}, journal=refuse)

    (outcome,) = world.send(message())

    assert (outcome.status, outcome.reason) == (Status.NOT_SENT, Reason.INTERNAL)
    assert world.sandbox.requests() == {"first": 0, "second": 0}


def test_a_journal_that_fails_afterwards_loses_no_result(make_world, message):
    def fail(event):
        if "Started" not in type(event).__name__:
            raise OSError("disk full")

    world = make_world({"first": "tencent-v5"}, journal=fail)

    result = world.send(message(*PHONES))

    assert result.all_accepted


def handler_of(v5_answer, error=None):
    def handle(request):
        if error is not None:
            raise error
        return httpx.Response(200, content=v5_answer(request.content))

    return handle


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (None, Status.ACCEPTED),
        (httpx.ConnectError("no"), Status.NOT_SENT),
        (httpx.ConnectTimeout("no"), Status.NOT_SENT),
        (httpx.PoolTimeout("no"), Status.NOT_SENT),
        (httpx.ReadTimeout("no"), Status.UNKNOWN),
        (httpx.RemoteProtocolError("no"), Status.UNKNOWN),
        (httpx.WriteError("no"), Status.UNKNOWN),
        (ValueError("no"), Status.UNKNOWN),
        (RecursionError("no"), Status.UNKNOWN),
    ],
)
def test_a_transport_of_ones_own_proves_by_the_kind_of_its_error(
    make_face, config_of, v5_answer, message, error, status
):
    face = make_face(config_of({"first": "tencent-v5"}), transport=httpx.MockTransport(handler_of(v5_answer, error)))

    (outcome,) = face.send(message())

    assert outcome.status is status


@pytest.fixture
def pool(face_type):
    """The HTTP library's own transport, for the client in use."""
    return httpx.HTTPTransport() if face_type.name == "sync" else httpx.AsyncHTTPTransport()


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("", Status.ACCEPTED),
        ("drop_after", Status.UNKNOWN),
        ("hang", Status.UNKNOWN),
        ("truncated", Status.UNKNOWN),
        ("http_500", Status.UNKNOWN),
        ("redirect", Status.REJECTED),
        ("refuse", Status.NOT_SENT),
    ],
)
def test_the_librarys_own_transport_keeps_the_rules(make_world, message, pool, fault, status):
    world = make_world({"first": "tencent-v5"}, settings={"first": {"timeout": 0.5}}, transport=pool)
    if fault:
        world.sandbox.inject(fault)

    (outcome,) = world.send(message())

    assert outcome.status is status


def test_the_librarys_own_transport_never_books_a_surplus_answer(make_world, message, pool):
    world = make_world({"first": "tencent-v5"}, transport=pool)
    world.sandbox.inject("two_responses", times=1)

    outcomes = [world.send(message(phone))[0] for phone in PHONES]

    recorded = {each.phone: each.message_id for each in world.sandbox.submissions("first")}
    assert {each.recipient: each.provider_message_id for each in outcomes} == recorded

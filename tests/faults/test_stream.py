"""`send_many`, with both clients: everybody gets one outcome as it settles, however the stream goes on or ends."""

import asyncio
import contextlib
import threading
import time
from collections import Counter

import pytest

from smsway import AsyncClient, Client, Message, Reason, Status, Template
from smsway.model import AttemptStarted, OutcomeSettled
from smsway.provider import hookimpl

PHONES = [f"+6598{number:06d}" for number in range(1000)]


class Log:
    """A journal that keeps all it is told."""

    def __init__(self):
        self.started, self.settled = [], []

    def __call__(self, event):
        if isinstance(event, AttemptStarted):
            self.started += event.keys
        elif isinstance(event, OutcomeSettled):
            self.settled.append(event.key)


class OptOut:
    @hookimpl
    def screen_message(self, screening):
        return Reason.BLOCKED_RECIPIENT if screening.phone == PHONES[3] else None


def codes(count):
    """Messages with a text each, so that no two can share a request to tencent-v5."""
    for number in range(count):
        yield Message(to=PHONES[number], content=Template("code", {"code": f"{number:04}"}), kind="otp")


def test_everybody_gets_one_outcome_whatever_becomes_of_each(make_world, message):
    world = make_world(
        {"first": "tencent-v5", "second": "tencent-global"}, settings={"first": {"max_batch": 3}}, plugins=[OptOut()]
    )
    # Wherever it goes: the connection that is reset may be that of its request.
    world.sandbox.inject("drop_after", phones=PHONES[5:6])
    world.sandbox.inject("reset", account="first", times=1)
    messages = [*(message(phone) for phone in PHONES[:30]), message("12", "+6591234567"), message(*PHONES[30:40])]

    outcomes = list(world.face.send_many(messages))

    assert len(outcomes) == 42
    assert {outcome.recipient: 1 for outcome in outcomes} == Counter(outcome.recipient for outcome in outcomes)
    said = {outcome.recipient: (str(outcome.status), outcome.reason) for outcome in outcomes}
    assert said[PHONES[3]] == ("not_sent", Reason.BLOCKED_RECIPIENT)
    assert said["12"] == said["+6591234567"] == ("not_sent", Reason.INVALID_MESSAGE)
    assert said[PHONES[5]] == ("unknown", Reason.NO_ANSWER)
    texts = world.sandbox.texts()
    assert max(texts.values()) == 1
    assert {phone for phone, (status, _) in said.items() if status == "accepted"} <= texts.keys()


class Watcher:
    def __init__(self):
        self.settled = []

    @hookimpl
    def outcome_settled(self, event):
        self.settled.append(event.key)


def test_a_journal_that_fails_at_results_loses_none_and_hides_none_from_observers(make_world, message):
    def journal(event):
        if isinstance(event, OutcomeSettled):
            raise OSError("disk full")

    watcher = Watcher()
    world = make_world({"first": "tencent-v5"}, plugins=[OptOut(), watcher], journal=journal)

    outcomes = list(world.face.send_many([message(*PHONES[:5]), message("12")]))

    assert len(outcomes) == 6
    assert sorted(watcher.settled) == [(0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (1, 0)]


def test_a_source_that_raises_loses_nobody_who_came_before(make_world, message):
    def source():
        yield from (message(phone) for phone in PHONES[:20])
        raise LookupError("the table is gone")

    world = make_world({"first": "tencent-v5"}, settings={"first": {"max_batch": 6}})
    outcomes = []

    with pytest.raises(LookupError, match="the table is gone"):
        outcomes.extend(world.face.send_many(source()))

    # extend() keeps what it was given before the error.
    assert sorted(outcome.recipient for outcome in outcomes) == PHONES[:20]
    assert all(outcome.status is Status.ACCEPTED for outcome in outcomes)


def test_leaving_early_begins_no_further_attempt(make_world):
    log = Log()
    world = make_world({"first": "tencent-v5"}, settings={"first": {"rate": 2, "max_batch": 1}}, journal=log)
    stream = world.face.send_many(codes(50))

    first = next(stream)
    began = time.monotonic()
    stream.close()

    assert first.status is Status.ACCEPTED
    assert time.monotonic() - began < 0.4
    assert len(world.sandbox.texts()) <= 3
    assert set(log.started) <= set(log.settled)


def test_texts_that_share_nothing_do_not_wait_for_the_end_of_the_stream(make_world):
    read = 0

    def source():
        nonlocal read
        for each in codes(1000):
            for _ in range(3):
                read += 1
                yield each

    world = make_world({"first": "tencent-v5"})
    stream = world.face.send_many(source())

    next(stream)
    stream.close()

    assert read < 2600


def test_a_batch_does_not_wait_for_a_slow_stream_to_fill_it(make_world, message):
    world = make_world({"first": "tencent-v5"})
    texted = []

    def source():
        for phone in PHONES[:3]:
            texted.append(len(world.sandbox.texts()))
            yield message(phone)
            time.sleep(0.6)

    with Client(world.face.client.configuration) as client:
        outcomes = list(client.send_many(source()))

    assert texted == [0, 0, 2]
    assert len(outcomes) == 3


def test_an_asynchronous_client_does_not_even_wait_for_the_next_message(make_world, message):
    world = make_world({"first": "tencent-v5"})
    texted = []

    async def source():
        for phone in PHONES[:3]:
            texted.append(len(world.sandbox.texts()))
            yield message(phone)
            await asyncio.sleep(0.8)

    async def go():
        async with AsyncClient(world.face.client.configuration) as client:
            return [outcome async for outcome in client.send_many(source())]

    outcomes = asyncio.run(go())

    assert texted == [0, 1, 2]
    assert len(outcomes) == 3


@pytest.mark.parametrize("stranger", [None, "hello", 5])
def test_what_is_no_message_ends_the_stream_after_those_before_it(make_world, message, stranger):
    world = make_world({"first": "tencent-v5"})
    outcomes = []

    with pytest.raises(TypeError, match="send_many takes messages"):
        outcomes.extend(world.face.send_many([message(PHONES[0]), stranger, message(PHONES[1])]))

    assert [outcome.recipient for outcome in outcomes] == PHONES[:1]


def test_a_cancellation_that_the_source_raises_is_not_its_end(make_world, message):
    world = make_world({"first": "tencent-v5"})

    async def source():
        yield message(PHONES[0])
        raise asyncio.CancelledError

    outcomes = []

    async def go():
        async with AsyncClient(world.face.client.configuration) as client:
            async for outcome in client.send_many(source()):
                outcomes.append(outcome)  # noqa: PERF401  # those before the error count

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(go())

    assert [outcome.recipient for outcome in outcomes] == PHONES[:1]


def test_a_message_without_a_route_is_settled_at_once(make_world, message):
    world = make_world({"first": "tencent-global"})

    (outcome,) = world.face.send_many([message("+8613712345678")])

    assert (outcome.status, outcome.reason) == (Status.NOT_SENT, Reason.NO_ROUTE)


def test_an_asynchronous_source_may_wait_for_outcomes(make_world, message):
    world = make_world({"first": "tencent-v5"})
    told = asyncio.Event()

    async def source():
        yield message(PHONES[0])
        await told.wait()
        yield message(PHONES[1])

    async def go():
        outcomes = []
        async with AsyncClient(world.face.client.configuration) as client:
            async for outcome in client.send_many(source()):
                outcomes.append(outcome)
                told.set()
        return outcomes

    outcomes = asyncio.run(asyncio.wait_for(go(), 10))

    assert [outcome.recipient for outcome in outcomes] == PHONES[:2]


def test_closing_an_asynchronous_stream_leaves_no_task(make_world, message):
    log = Log()
    world = make_world({"first": "tencent-v5"}, settings={"first": {"max_batch": 1}})
    world.sandbox.inject("hang", phones=PHONES[1:])

    async def go():
        async with (
            AsyncClient(world.face.client.configuration, journal=log) as client,
            contextlib.aclosing(client.send_many(message(phone) for phone in PHONES[:6])) as stream,
        ):
            await anext(stream)
        return len(asyncio.all_tasks())

    tasks = asyncio.run(go())

    assert tasks == 1
    assert sorted(log.settled) == sorted(log.started)


def test_an_interrupted_stream_waits_for_no_rate_limit(make_world):
    world = make_world({"first": "tencent-v5"}, settings={"first": {"rate": 0.5, "max_batch": 1}})

    def source():
        yield from codes(6)
        raise KeyboardInterrupt

    began = time.monotonic()
    with Client(world.face.client.configuration) as client, pytest.raises(KeyboardInterrupt):
        list(client.send_many(source()))

    assert time.monotonic() - began < 1.5
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("smsway_")]


def test_closing_the_client_in_the_middle_of_a_stream_begins_no_further_attempt(make_world):
    world = make_world({"first": "tencent-v5"}, settings={"first": {"max_batch": 1}})
    stream = world.face.send_many(codes(40))
    first = next(stream)

    if world.face.name == "sync":
        world.face.client.close()
    else:
        world.face.runner.run(world.face.client.aclose())
    rest = list(stream)

    assert first.status is Status.ACCEPTED
    assert len(rest) == 39
    assert {outcome.reason for outcome in rest if outcome.status is Status.NOT_SENT} == {Reason.STOPPED}
    assert len(world.sandbox.texts()) == 1 + sum(outcome.status is Status.ACCEPTED for outcome in rest) < 30


def test_a_closed_client_sends_nothing(make_world, message):
    world = make_world({"first": "tencent-v5"})
    world.face.close()

    with pytest.raises(RuntimeError, match="closed"):
        asyncio.run(world.face.client.send(message())) if world.face.name == "async" else world.send(message())

    assert world.sandbox.texts() == {}

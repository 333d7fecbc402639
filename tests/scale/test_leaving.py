"""Streams that are left at any moment: everybody begun with has one outcome, and nothing is sent afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import threading
import time
from collections import Counter
from types import SimpleNamespace

import httpx
import pytest

from smsway import AsyncClient, Client, Message, Recipient, Template
from smsway._async_crew import AsyncCrew
from smsway._crew import Crew
from smsway._queues import Queues
from smsway.config import load
from smsway.delivery import Leg, Step
from smsway.model import AttemptFinished, AttemptStarted, Kind, OutcomeSettled
from smsway.testing import FakePlugin

CODES = ["ok", "invalid_content", "other", "quota_exceeded", "insufficient_balance"]


class Journal(list):
    """All events, in their order."""

    def __call__(self, event):
        self.append(event)

    def of(self, kind):
        return [event for event in self if isinstance(event, kind)]

    def assert_complete(self):
        """Every attempt ended, and whoever took part in one has one outcome, after all of them."""
        settled = [event.key for event in self.of(OutcomeSettled)]
        started = {key for event in self.of(AttemptStarted) for key in event.keys}
        last = {event.key: place for place, event in enumerate(self) if isinstance(event, OutcomeSettled)}
        assert len(settled) == len(set(settled))
        assert started <= set(settled)
        assert {e.attempt for e in self.of(AttemptStarted)} == {e.attempt for e in self.of(AttemptFinished)}
        for place, event in enumerate(self):
            assert not isinstance(event, AttemptStarted) or all(last[key] > place for key in event.keys)


def configuration(names="a", *, sizes=(), **more):
    accounts = {
        name: {"provider": "fake", "base_url": f"https://{name}.example", **({"max_batch": size} if size else {})}
        for name, size in zip(names, [*sizes, *(0 for _ in names)], strict=False)
    }
    templates = {"code": {"params": ["code"], "text": "Your code {code}"}}
    source = {"accounts": accounts, "templates": templates, "routes": [{"accounts": list(names)}], **more}
    return load(source, plugins=[FakePlugin()])


def answered(body, code="ok"):
    asked = json.loads(body)
    results = [{"to": each["to"], "ref": each["ref"], "code": code, "id": each["ref"]} for each in asked["items"]]
    return httpx.Response(200, json={"ref": asked["ref"], "results": results})


class Wire(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Counts the texts, and answers as *answer* says."""

    def __init__(self, answer):
        self._answer = answer
        self._lock = threading.Lock()
        self.texts = Counter()

    def _note(self, request):
        with self._lock:
            self.texts.update(each["to"] for each in json.loads(request.content)["items"])

    def handle_request(self, request):
        request.read()
        self._note(request)
        return self._answer(request)

    async def handle_async_request(self, request):
        await request.aread()
        self._note(request)
        return await self._answer(request)


def phone(number):
    return f"+86137{number:08d}"


def contents(count):
    return (Message(to=phone(number), content=f"x{number % 7}", kind="otp") for number in range(count))


async def streamed(client, chance):
    async with contextlib.aclosing(client.send_many(contents(40))) as outcomes:
        async for _ in outcomes:
            if chance.random() < 0.02:
                return


async def at_once(client, _):
    await client.send(Message(to=[phone(number) for number in range(30)], content="y", kind="otp"))


@pytest.mark.parametrize("seed", range(60))
def test_an_async_stream_that_is_left_at_any_moment(seed, tmp_path):
    chance, journal = random.Random(seed), Journal()
    store = {"reports": {"store": str(tmp_path / "r.db")}} if seed % 3 == 0 else {}

    async def answer(request):
        for _ in range(chance.randint(0, 4)):
            await asyncio.sleep(chance.choice([0, 0, 0.001, 0.003]))
        if chance.random() < 0.1:
            raise httpx.ConnectError("x")
        return answered(request.content, chance.choice(CODES))

    wire = Wire(answer)

    async def story():
        sizes = [chance.choice([1, 2, 5]) for _ in range(3)]
        client = AsyncClient(configuration("abc", sizes=sizes, concurrency=2, **store), transport=wire, journal=journal)

        task = asyncio.create_task(chance.choice([streamed, at_once])(client, chance))
        await asyncio.sleep(chance.random() * 0.03)
        for _ in range(chance.randint(0, 2)):
            task.cancel()
            for _ in range(chance.randint(0, 1)):
                await asyncio.sleep(0)
        with contextlib.suppress(asyncio.CancelledError):
            await task
        sent = wire.texts.total()
        await asyncio.sleep(0.02)
        assert wire.texts.total() == sent
        assert client._desk.flights._flying == 0
        await client.aclose()

    asyncio.run(story())

    journal.assert_complete()


@pytest.mark.parametrize("seed", range(40))
def test_a_stream_that_is_left_or_whose_messages_fail_at_any_moment(seed, tmp_path):
    chance, journal = random.Random(seed), Journal()
    store = {"reports": {"store": str(tmp_path / "r.db")}} if seed % 3 == 0 else {}
    failure = {0: KeyError, 1: KeyboardInterrupt}.get(seed % 5)

    def answer(request):
        time.sleep(chance.choice([0, 0.001, 0.003]))
        if chance.random() < 0.1:
            raise httpx.ConnectError("x")
        return answered(request.content, chance.choice(CODES))

    def messages():
        for number, each in enumerate(contents(40)):
            if failure is not None and number == 33:
                raise failure
            yield each

    wire = Wire(answer)
    sizes = [chance.choice([1, 2, 5]) for _ in range(3)]
    client = Client(configuration("abc", sizes=sizes, concurrency=2, **store), transport=wire, journal=journal)
    outcomes = client.send_many(messages())
    with contextlib.suppress(KeyError, KeyboardInterrupt):
        for _ in outcomes:
            if chance.random() < 0.02:
                break
    outcomes.close()
    sent = wire.texts.total()
    time.sleep(0.02)

    assert wire.texts.total() == sent
    assert client._desk.flights._flying == 0
    client.close()
    journal.assert_complete()


def test_nothing_is_begun_while_whoever_gives_the_messages_tidies_up():
    async def answer(request):
        await asyncio.sleep(0.01)
        return answered(request.content)

    wire = Wire(answer)

    async def messages():
        try:
            for number in range(300):
                yield Message(to=phone(number), content=f"t{number}")
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.5)

    async def story():
        async with AsyncClient(configuration("ab", sizes=[1], concurrency=1), transport=wire) as client:
            async with contextlib.aclosing(client.send_many(messages())) as outcomes:
                await anext(outcomes)
                await asyncio.sleep(0.05)
                before = wire.texts.total()
            return before, wire.texts.total()

    before, after = asyncio.run(story())

    assert after == before


def load_for(account):
    journey = SimpleNamespace(envelope=SimpleNamespace(message=SimpleNamespace(kind=Kind.NOTIFICATION)))
    return SimpleNamespace(account=SimpleNamespace(name=account), journeys=[journey])


def test_a_crew_that_is_left_does_not_sit_out_a_pause_that_begins_meanwhile():
    begun, pauses = threading.Event(), []

    def advance(task, hand):
        pauses.append(task)
        if len(pauses) > 1:
            return Step([], [])
        begun.set()
        hand.left.wait(5)
        return Step([Leg(time.monotonic() + 3600, task.leg.load)], [])

    def leave():
        with Crew(advance, Queues(1, 1)) as crew:
            crew.put([load_for("a")])
            begun.wait()
            raise GeneratorExit

    with pytest.raises(GeneratorExit):
        leave()

    assert len(pauses) == 2


def test_who_is_cancelled_twice_still_settles_what_waits():
    first, second = load_for("a"), load_for("b")
    abandoned = []

    async def advance(task):
        if task.leg.load is first:
            return Step([Leg(time.monotonic() + 60, second)], [])
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)

    async def abandon(legs):
        abandoned.extend(leg.load for leg in legs)

    async def crew_of_two():
        async with AsyncCrew(advance, abandon, Queues(2, 1)) as crew:
            crew.put([first, load_for("b")])
            await asyncio.Event().wait()

    async def story():
        task = asyncio.create_task(crew_of_two())
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(story())

    assert abandoned == [second]


def test_segments_are_those_of_the_recipients_own_text():
    wire, content = Wire(lambda request: answered(request.content)), Template("code", {"code": "1"})
    to = [Recipient(phone(1), params={"code": "x" * 500}), Recipient(phone(2)), Recipient(phone(3))]
    with Client(configuration(), transport=wire) as client:
        together = client.send(Message(to=to, content=content))
        alone = [client.send(Message(to=each, content=content))[0] for each in to]

    assert [outcome.segments for outcome in together] == [outcome.segments for outcome in alone]

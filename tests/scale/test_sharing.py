"""One client that many threads or tasks share, and one with very many accounts and routes."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from smsway import AsyncClient, Client, Status
from smsway.config import load

SHARERS = 64
EACH = 12
COUNTRIES = ("CN", "SG", "CN")


@pytest.fixture
def shared(config):
    """Three accounts, of which the first refuses what the second then takes."""
    return load(
        config(
            3,
            [
                {"when": {"countries": ["CN"]}, "accounts": ["a1", "a2"]},
                {"accounts": ["a3", "a2"], "strategy": "round_robin"},
            ],
            concurrency=4,
        )
    )


@pytest.fixture
def own(text):
    """The messages of each sharer, in the order of its number."""

    def make(sharer):
        numbers = range(sharer * EACH, sharer * EACH + EACH)
        return [text(COUNTRIES[n % 3], n, reference=f"{sharer}:{n}") for n in numbers]

    return make


def check(vendor, own, found):
    """See that each sharer was told of its own, once each, and that each phone was texted once."""
    for sharer, outcomes in enumerate(found):
        told = sorted((outcome.reference, outcome.recipient) for outcome in outcomes)
        assert told == sorted((message.reference, str(message.to[0].phone)) for message in own(sharer))
    everybody = [outcome for outcomes in found for outcome in outcomes]
    assert {outcome.status for outcome in everybody} == {Status.ACCEPTED}
    assert {outcome.recipient: 1 for outcome in everybody} == vendor.texts
    assert {outcome.account for outcome in everybody if outcome.recipient.startswith("+86")} == {"a2"}


def test_64_threads_share_a_client_and_each_is_told_of_its_own(vendor, shared, own):
    vendor.refusing[1] = 1045

    def share(sharer):
        if sharer % 2:
            return list(client.send_many(own(sharer)))
        return [outcome for message in own(sharer) for outcome in client.send(message)]

    with Client(shared) as client, ThreadPoolExecutor(SHARERS) as pool:
        found = list(pool.map(share, range(SHARERS)))

    check(vendor, own, found)


def test_64_tasks_share_a_client_and_each_is_told_of_its_own(vendor, shared, own):
    vendor.refusing[1] = 1045

    async def share(client, sharer):
        if sharer % 2:
            return [outcome async for outcome in client.send_many(own(sharer))]
        return [outcome for message in own(sharer) for outcome in await client.send(message)]

    async def go():
        async with AsyncClient(shared) as client:
            return await asyncio.gather(*(share(client, sharer) for sharer in range(SHARERS)))

    found = asyncio.run(go())

    check(vendor, own, found)


ACCOUNTS, ROUTES = 200, 500


@pytest.fixture
def very_many(config):
    """Two hundred accounts, and five hundred routes, each with a tag that leads to it."""
    routes = [{"when": {"tags": [f"r{n}"]}, "accounts": [f"a{n % ACCOUNTS + 1}"]} for n in range(ROUTES)]
    return load(config(ACCOUNTS, routes))


def test_two_hundred_accounts_are_all_sent_through_at_once_and_closed(vendor, very_many, open_client_of, text):
    before = set(threading.enumerate())
    # Nobody is answered before every account was asked.
    gate = threading.Event()
    vendor.held |= dict.fromkeys(range(1, ACCOUNTS + 1), gate)
    watcher = threading.Thread(target=open_once, args=(vendor, gate))
    messages = [text("CN", n, tags=[f"r{n % ROUTES}"]) for n in range(2 * ROUTES)]

    watcher.start()
    outcomes = open_client_of(very_many, messages)
    watcher.join()

    assert {outcome.status for outcome in outcomes} == {Status.ACCEPTED}
    assert Counter(outcome.account for outcome in outcomes) == Counter(
        f"a{n % ROUTES % ACCOUNTS + 1}" for n in range(2 * ROUTES)
    )
    assert set(vendor.texts.values()) == {1}
    assert not [each.name for each in set(threading.enumerate()) - before if each.name.startswith("smsway")]
    until(lambda: vendor.connections == 0)


def open_once(vendor, gate):
    until(lambda: len(vendor.asked) == ACCOUNTS)
    gate.set()


def until(condition):
    end = time.monotonic() + 50
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


@pytest.fixture(params=["threads", "tasks"])
def open_client_of(request):
    """Send messages with a client of a configuration, and close it."""

    async def go(configuration, messages):
        async with AsyncClient(configuration) as client:
            outcomes = [outcome async for outcome in client.send_many(messages)]
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return outcomes

    def send(configuration, messages):
        if request.param == "tasks":
            return asyncio.run(go(configuration, messages))
        with Client(configuration) as client:
            outcomes = list(client.send_many(messages))
        gc.collect()
        return outcomes

    return send

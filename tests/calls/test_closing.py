"""Closing a client takes nothing from what is in flight: it ends as ever, and its answer is stored."""

import asyncio
import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from smsway import AsyncClient, Client, Delivery, Message, Reason, Status, StoreError, Template
from smsway.provider import hookimpl

CHINESE = "+8613788888888"
MANY = [f"+86137000000{number:02d}" for number in range(12)]
TRANSPORTS = {Client: httpx.HTTPTransport, AsyncClient: httpx.AsyncHTTPTransport}


def message(*phones):
    return Message(to=phones, content=Template("login_code", {"code": "1234", "minutes": "4"}), accounts=["cn"])


def close(client):
    return client.aclose() if isinstance(client, AsyncClient) else client.close()


def meanwhile(office, client, begin, count=1):
    """Close *client* when *count* requests of what *begin* begins are at the vendor; return what it comes to."""
    before = office.sandbox.requests()["cn"]

    def wait():
        until(lambda: office.sandbox.requests()["cn"] >= before + count)

    async def tasks():
        under_way = asyncio.create_task(begin())
        await asyncio.to_thread(wait)
        await client.aclose()
        assert not under_way.done()
        return await under_way

    if isinstance(client, AsyncClient):
        return office.ask(tasks())
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(begin)
        wait()
        client.close()
        assert not under_way.done()
        return under_way.result()


def until(true):
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_given_back(client):
    try:
        client.tracker.unmatched()
    except StoreError:
        return True
    return False


def known(office, *phones):
    """Return what a client that is opened afterwards knows of *phones*."""
    later = office.another()
    found = [office.ask(later.reports.tracked(recipient=phone)) for phone in phones]
    return [each.delivery for (each,) in found]


@pytest.fixture
def slow(office):
    office.sandbox.inject("slow", account="cn", delay=0.4)
    return office


def test_a_send_that_is_in_flight_ends_and_its_answer_is_stored(slow, caplog):
    client = slow.another()

    (outcome,) = meanwhile(slow, client, lambda: client.send(message(CHINESE)))

    assert (outcome.status, outcome.account) == (Status.ACCEPTED, "cn")
    assert known(slow, CHINESE) == [Delivery.ACCEPTED]
    assert caplog.messages == []
    with pytest.raises(RuntimeError, match="closed"):
        slow.ask(client.send(message(CHINESE)))


def test_a_transport_of_the_caller_is_not_closed_under_what_is_in_flight(slow, face):
    client = slow.another(transport=TRANSPORTS[face]())

    (outcome,) = meanwhile(slow, client, lambda: client.send(message(CHINESE)))

    assert outcome.status is Status.ACCEPTED
    assert known(slow, CHINESE) == [Delivery.ACCEPTED]


def test_a_send_of_many_requests_begins_no_further_one(slow):
    slow.configuration["accounts"]["cn"]["max_batch"] = 1
    slow.configuration["concurrency"] = 4
    client = slow.another()

    outcomes = meanwhile(slow, client, lambda: client.send(message(*MANY)), count=4)

    assert [each.status for each in outcomes] == [Status.ACCEPTED] * 4 + [Status.NOT_SENT] * 8
    assert {each.reason for each in outcomes[4:]} == {Reason.STOPPED}
    assert known(slow, *MANY[:4]) == [Delivery.ACCEPTED] * 4


def test_a_pull_that_is_in_flight_ends_and_what_it_brings_is_stored(office):
    office.send(CHINESE, accounts=["cn"])
    office.sandbox.inject("slow", account="cn", delay=0.4)
    client = office.another()

    (received,) = meanwhile(office, client, lambda: client.reports.pull("cn"))

    assert received.tracked.delivery is Delivery.DELIVERED
    assert known(office, CHINESE) == [Delivery.DELIVERED]
    with pytest.raises(RuntimeError, match="closed"):
        office.ask(client.reports.pull("cn"))


def test_a_stream_that_nobody_reads_keeps_nothing_open(office, caplog):
    office.configuration["accounts"]["cn"]["max_batch"] = 1
    client = office.another()
    stream = client.send_many(message(phone) for phone in MANY)

    async def task():
        async with contextlib.aclosing(stream):
            outcomes = [await anext(stream)]
            await client.aclose()
            await asyncio.to_thread(until, lambda: is_given_back(client))
            return outcomes + [each async for each in stream]

    def thread():
        outcomes = [next(stream)]
        client.close()
        until(lambda: is_given_back(client))
        return outcomes + list(stream)

    outcomes = office.ask(task() if isinstance(client, AsyncClient) else thread())

    taken = [each.recipient for each in outcomes if each.status is Status.ACCEPTED]
    assert sorted(each.recipient for each in outcomes) == MANY
    assert {each.reason for each in outcomes if each.status is not Status.ACCEPTED} <= {Reason.STOPPED}
    assert known(office, *taken) == [Delivery.ACCEPTED] * len(taken)
    assert caplog.messages == []


class Closing:
    """Closes a client when it is told of an attempt's end."""

    client = None
    closing = None

    @hookimpl
    def attempt_finished(self, event):  # noqa: ARG002  # that it came is enough
        closing = close(self.client)
        self.closing = closing and asyncio.get_running_loop().create_task(closing)


def test_an_observer_may_close_the_client_that_tells_it(opened):
    observer = Closing()
    office = opened(plugins=[observer])
    observer.client = office.another()

    (outcome,) = office.ask(observer.client.send(message(CHINESE)))

    assert outcome.status is Status.ACCEPTED
    assert known(office, CHINESE) == [Delivery.ACCEPTED]


class Brittle(httpx.HTTPTransport):
    """Fails when it is closed."""

    def close(self):
        super().close()
        raise OSError("brittle")


class AsyncBrittle(httpx.AsyncHTTPTransport):
    """Fails when it is closed."""

    async def aclose(self):
        await super().aclose()
        raise OSError("brittle")


def test_a_transport_that_fails_when_it_is_closed_costs_no_result(slow, face, caplog):
    client = slow.another(transport=AsyncBrittle() if face is AsyncClient else Brittle())

    (outcome,) = meanwhile(slow, client, lambda: client.send(message(CHINESE)))

    assert outcome.status is Status.ACCEPTED
    assert known(slow, CHINESE) == [Delivery.ACCEPTED]
    assert [each.rpartition(" at ")[0] for each in caplog.messages] == ["the transport failed at its end: OSError"]


def test_a_client_may_be_closed_twice_and_by_many(office):
    client = office.another()
    office.ask(client.send(message(CHINESE)))

    if isinstance(client, AsyncClient):
        office.ask(asyncio.wait_for(gathered(client), 10))
    else:
        threads = [threading.Thread(target=client.close) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(10)

    office.ask(close(client))
    assert known(office, CHINESE) == [Delivery.ACCEPTED]


async def gathered(client):
    await asyncio.gather(*(client.aclose() for _ in range(4)))


@pytest.mark.parametrize("face", [AsyncClient], indirect=True)
def test_an_aclose_that_is_cancelled_still_gives_the_store_back(office):
    client = office.another()

    async def task():
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        busy = asyncio.create_task(asyncio.to_thread(time.sleep, 0.4))
        await asyncio.sleep(0.05)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await client.aclose()
        await busy

    office.ask(task())

    until(lambda: is_given_back(client))


class Interrupting(httpx.HTTPTransport):
    closed = False

    def close(self):
        self.closed = True
        super().close()


@pytest.mark.parametrize("face", [Client], indirect=True)
def test_a_close_that_is_interrupted_in_the_store_still_closes_the_connections(office, monkeypatch):
    transport = Interrupting()
    client = office.another(transport=transport)

    def interrupted():
        raise KeyboardInterrupt

    with monkeypatch.context() as patching:
        patching.setattr(client.tracker._store, "close", interrupted)
        with pytest.raises(KeyboardInterrupt):
            client.close()
        client.close()

    client.tracker.close()
    assert transport.closed

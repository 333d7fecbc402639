"""The hands of a crew of threads: one that works is left alone, and whenever one waits, others go on."""

from __future__ import annotations

import contextlib
import gc
import random
import socket
import threading
import time
from concurrent.futures import Future
from types import SimpleNamespace

import pytest

from smsway import Client, Reason, Status
from smsway._crew import STALL, Crew
from smsway._queues import Queues
from smsway.config import load
from smsway.delivery import Keep, Leg, Pause, Record, Step, Transmit, TransportFailure
from smsway.model import AttemptStarted, Kind, Request
from smsway.provider import hookimpl
from smsway.transport import SyncDriver
from smsway.transport._blocking import MOMENT, BlockingStream

HANDS = 4
PATIENCE = 30
"""Seconds after which something will never happen."""


def load_for(account="a"):
    journey = SimpleNamespace(envelope=SimpleNamespace(message=SimpleNamespace(kind=Kind.NOTIFICATION)))
    return SimpleNamespace(account=SimpleNamespace(name=account), journeys=[journey])


def landed(advance, loads, hands=HANDS, accounts=1):
    """Let a crew go *loads*, put one by one; return how many landed."""
    with Crew(advance, Queues(accounts, hands)) as crew:
        for each in loads:
            crew.put([each])
        return sum(len(journeys) for journeys in crew.drain())


def test_where_nothing_is_waited_for_one_hand_does_it_all():
    threads, began = set(), threading.Event()

    def advance(task, _):
        began.wait(PATIENCE)
        threads.add(threading.get_ident())
        return Step([], task.leg.load.journeys)

    def loads():
        yield from (load_for() for _ in range(50))
        began.set()

    assert landed(advance, loads()) == 50
    assert len(threads) == 1


def test_as_many_hands_as_an_account_has_wait_at_once():
    together = threading.Barrier(HANDS, timeout=PATIENCE)

    def advance(task, hand):
        hand.waits()
        together.wait()
        hand.goes_on()
        return Step([], task.leg.load.journeys)

    assert landed(advance, [load_for() for _ in range(5 * HANDS)]) == 5 * HANDS


def test_while_one_waits_what_is_put_later_is_sent():
    waiting, other = threading.Event(), threading.Event()

    def advance(task, hand):
        if task.leg.load.account.name == "a":
            hand.waits()
            waiting.set()
            assert other.wait(PATIENCE)
            hand.goes_on()
        else:
            other.set()
        return Step([], task.leg.load.journeys)

    def loads():
        yield load_for("a")
        assert waiting.wait(PATIENCE)
        yield load_for("b")

    assert landed(advance, loads(), accounts=2) == 2


def test_who_waits_without_telling_of_it_keeps_others_waiting_for_a_moment_only():
    together = threading.Barrier(HANDS, timeout=PATIENCE)

    def advance(task, _):
        together.wait()
        return Step([], task.leg.load.journeys)

    assert landed(advance, [load_for() for _ in range(5 * HANDS)]) == 5 * HANDS


def test_who_waits_without_telling_of_it_keeps_no_pause_waiting():
    paused, other = threading.Event(), []

    def advance(task, _):
        account = task.leg.load.account.name
        if account == "a":
            other.append(paused.wait(PATIENCE))
        elif task.begun:
            paused.set()
        else:
            return Step([Leg(time.monotonic() + 3 * STALL, task.leg.load)], [])
        return Step([], task.leg.load.journeys)

    assert landed(advance, [load_for("b"), load_for("a")], accounts=2) == 2
    assert other == [True]


@pytest.mark.parametrize("seed", range(20))
def test_nobody_is_forgotten_however_hands_wait_go_on_fail_and_pause(seed):
    chance = random.Random(seed)
    again = threading.Lock()

    def advance(task, hand):
        for _ in range(chance.randrange(3)):
            hand.waits()
            time.sleep(chance.choice([0, 0, 0.0005]))
            hand.goes_on()
        with again:
            if not task.begun and chance.random() < 0.3:
                start = time.monotonic() + 0.001 if chance.random() < 0.5 else 0.0
                return Step([Leg(start, task.leg.load)], [])
        return Step([], task.leg.load.journeys)

    def loads():
        for _ in range(200):
            yield load_for(chance.choice("abc"))
            time.sleep(chance.choice([0, 0, 0, 0.0005]))

    done = []
    thread = threading.Thread(target=lambda: done.append(landed(advance, loads(), accounts=3)), daemon=True)
    thread.start()
    thread.join(PATIENCE)

    assert done == [200]


def test_a_hand_whose_delivery_fails_does_what_is_left():
    def advance(task, _):
        if not failed:
            failed.append(task)
            raise ZeroDivisionError
        return Step([], task.leg.load.journeys)

    failed, done = [], []
    with Crew(advance, Queues(1, 1)) as crew:
        for _ in range(3):
            crew.put([load_for()])
        with pytest.raises(ZeroDivisionError):
            list(crew.drain())
        done += crew.drain()

    assert len(done) == 2


def test_where_no_further_thread_can_be_begun_those_that_are_there_do_it_all(monkeypatch):
    start, begun = threading.Thread.start, []

    def start_one(thread):
        if thread.name.startswith("smsway"):
            if begun:
                raise RuntimeError("can't start new thread")
            begun.append(thread)
        start(thread)

    def advance(task, hand):
        hand.waits()
        time.sleep(MOMENT)
        hand.goes_on()
        return Step([], task.leg.load.journeys)

    monkeypatch.setattr(threading.Thread, "start", start_one)
    with Crew(advance, Queues(1, HANDS)) as crew:
        for count in (3, 1, 2):
            crew.put([load_for() for _ in range(count)])
            assert len(list(crew.drain())) == count
            time.sleep(10 * MOMENT)


class Ring:
    """Something that only the garbage collector can free."""

    def __init__(self, content):
        self.content, self.me = content, self


def test_a_stream_that_is_collected_in_a_hand_under_the_lock_of_its_pool_ends(monkeypatch):
    may_go, collecting, done = threading.Event(), threading.Event(), []
    make = Future.__init__

    def make_and_collect(future):
        if threading.current_thread().name.startswith("smsway") and not collecting.is_set():
            collecting.set()
            gc.collect()
        make(future)

    def advance(task, hand):
        may_go.wait(PATIENCE)
        hand.waits()
        hand.goes_on()
        done.append(task)
        return Step([], task.leg.load.journeys)

    def stream():
        with Crew(advance, Queues(1, HANDS)) as crew:
            for _ in range(8):
                crew.put([load_for()])
            yield
            yield from crew.drain()

    before = threading.active_count()
    monkeypatch.setattr(Future, "__init__", make_and_collect)
    gc.disable()
    try:
        ring = Ring(stream())
        next(ring.content)
        del ring
        may_go.set()
        assert collecting.wait(PATIENCE)
    finally:
        gc.enable()
    end = time.monotonic() + PATIENCE
    while threading.active_count() > before and time.monotonic() < end:
        time.sleep(MOMENT)
        gc.collect()

    assert threading.active_count() == before
    assert 1 <= len(done) < 8


class Together:
    """Answers only once so many requests are there at a time."""

    def __init__(self, vendor, hands):
        self._answer, self._met = vendor.answer, threading.Barrier(hands, timeout=PATIENCE)

    def __call__(self, account, asked):
        self._met.wait()
        return self._answer(account, asked)


@pytest.fixture
def client(config, stack):
    def make(plugins=(), **more):
        source = config(1, [{"accounts": ["a1"]}], concurrency=HANDS)
        return stack.enter_context(Client(load(source, plugins=plugins), **more))

    return make


def test_all_hands_have_a_request_on_its_way_over_new_connections_and_kept_ones(vendor, client, text):
    vendor.answer = Together(vendor, HANDS)
    sender = client()

    for turn in range(3):
        numbers = range(turn * 100, turn * 100 + 3 * HANDS)
        outcomes = list(sender.send_many(text("SG", number) for number in numbers))
        assert {outcome.status for outcome in outcomes} == {Status.ACCEPTED}


class Slow:
    """Hooks that take until as many of them are called at once as there are hands."""

    def __init__(self):
        self.met = threading.Barrier(HANDS, timeout=PATIENCE)

    @hookimpl
    def attempt_started(self):
        self.met.wait()


def test_a_hook_that_takes_its_time_keeps_no_other_request_waiting(client, text):
    slow = Slow()

    outcomes = list(client(plugins=[slow]).send_many(text("SG", number) for number in range(3 * HANDS)))

    assert {outcome.status for outcome in outcomes} == {Status.ACCEPTED}
    assert not slow.met.broken


def test_a_journal_that_takes_its_time_keeps_no_other_request_waiting(client, text):
    met = threading.Barrier(HANDS, timeout=PATIENCE)

    def journal(event):
        if isinstance(event, AttemptStarted):
            met.wait()

    sender = client(journal=journal)

    assert len(list(sender.send_many(text("SG", number) for number in range(4 * HANDS)))) == 4 * HANDS
    assert not met.broken


def test_a_connection_that_is_not_made_keeps_no_other_request_waiting(config, by_country, stack, text):
    silent = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    url = f"https://127.0.0.1:{silent.getsockname()[1]}"
    source = load(config(2, by_country, own={"a1": {"base_url": url}}))
    sender = stack.enter_context(Client(source))

    outcomes = list(sender.send_many([text("CN", 1), text("SG", 1), text("SG", 2)]))

    assert [outcome.account for outcome in outcomes] == ["a2", "a2", "a1"]
    assert outcomes[-1].reason is Reason.UNREACHABLE


class Counting:
    """A hand that counts."""

    def __init__(self):
        self.left = threading.Event()
        self.said = []

    def waits(self):
        self.said.append("waits")

    def goes_on(self):
        self.said.append("goes on")


def told(effect, *, told_at_once=False):
    """Return what a hand says of its waiting while it performs *effect*."""
    hand, driver = Counting(), SyncDriver(lambda _: None, told_at_once=told_at_once)

    def flow():
        with contextlib.suppress(TransportFailure):
            yield effect

    driver.run(flow(), hand)
    driver.close()
    return hand.said


@pytest.fixture
def transmit(raw_vendor):
    return lambda: Transmit(Request(raw_vendor, {}, b"{}"), time.monotonic() + PATIENCE, reuse=True)


@pytest.fixture
def raw_vendor(stack):
    """Serve one answer, a while after it was asked for."""
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

    def serve():
        connection, _ = listener.accept()
        with connection:
            connection.recv(1 << 16)
            time.sleep(20 * MOMENT)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    thread = threading.Thread(target=serve)
    thread.start()
    stack.callback(thread.join)
    return f"http://127.0.0.1:{listener.getsockname()[1]}/"


def refused():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_whoever_waits_goes_on(transmit):
    once = ["waits", "goes on"]
    event = AttemptStarted("a", "b", (), 0.0)

    assert told(transmit()) == once
    assert told(Transmit(Request(refused(), {}, b"{}"), time.monotonic() + PATIENCE, reuse=True)) == once
    assert told(Pause(time.monotonic() + MOMENT)) == once
    assert told(Keep(lambda: None)) == once
    assert told(Record(event)) == once
    assert told(Record(event), told_at_once=True) == []


@pytest.fixture
def pair():
    here, there = socket.socketpair()
    with there:
        stream = BlockingStream(here)
        stream.told = 0

        def told():
            stream.told += 1

        stream.watch(told)
        yield stream, there
        stream.close()


def test_an_answer_that_is_there_is_not_waited_for(pair):
    stream, there = pair
    there.send(b"answer")

    assert (stream.read(100, 5.0), stream.told) == (b"answer", 0)


def test_an_answer_that_takes_its_time_is_waited_for_and_that_is_told(pair):
    stream, there = pair
    sending = threading.Timer(50 * MOMENT, lambda: there.send(b"answer"))
    sending.start()

    assert (stream.read(100, 5.0), stream.told) == (b"answer", 1)
    sending.join()


def test_an_answer_that_drips_is_waited_for_and_that_is_told(pair):
    stream, there = pair

    def drip():
        for _ in range(50):
            there.send(b".")
            time.sleep(MOMENT / 5)

    dripping = threading.Thread(target=drip)
    dripping.start()
    left = 50
    while left:
        left -= len(stream.read(1, 5.0))
    dripping.join()

    assert stream.told >= 1


def test_who_does_not_read_is_waited_for_and_that_is_told(pair):
    stream, there = pair
    large = bytes(1 << 24)

    def read():
        time.sleep(50 * MOMENT)
        left = len(large)
        while left:
            left -= len(there.recv(1 << 20))

    reading = threading.Thread(target=read)
    reading.start()
    stream.write(large, 10.0)
    reading.join()

    assert stream.told >= 1

"""A slow account never holds up the others of a worker, however many wait for it in the outbox."""

from __future__ import annotations

import threading
import time

import pytest

from smsway._desk import Desk
from smsway.config import load
from smsway.delivery import SystemClock
from smsway.outbox import Draft, MemoryOutbox, Outbox, State
from smsway.worker import Shift, Worker
from smsway.worker._worker import AHEAD

EACH = 60

SO_MANY = AHEAD + 1_500
"""Recipients, more than a worker waits with."""


@pytest.fixture
def interleaved(text):
    """Messages to China and to Singapore in turn."""
    return [text(country, number) for number in range(EACH) for country in ("CN", "SG")]


@pytest.fixture
def make_office(config, by_country, stack, tmp_path):
    """Make an outbox with these settings, and a worker for each list of routes; all start and stop at once."""

    def make(*routes, poll=0.02, accounts=2, **settings):
        kept = {"database": f"sqlite:///{tmp_path / 'outbox.db'}", "poll": poll}
        made = [load(config(accounts, each, outbox=kept, **settings)) for each in routes or [by_country]]
        outbox = stack.enter_context(Outbox.open(made[0]))
        workers = [Worker(each, outbox.store) for each in made]
        threads = [threading.Thread(target=worker.run) for worker in workers]

        def start():
            for thread in threads:
                thread.start()

        def stop():
            for worker in workers:
                worker.stop()
            for thread in threads:
                if thread.is_alive():
                    thread.join(60)

        stack.callback(stop)
        return outbox, start, stop

    return make


def until(condition):
    end = time.monotonic() + 50
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def test_an_account_that_does_not_answer_holds_up_no_other_of_a_worker(vendor, make_office, interleaved):
    vendor.held[1] = threading.Event()
    outbox, start, stop = make_office(concurrency=4)
    outbox.enqueue_all([Draft(message) for message in interleaved])

    start()
    until(lambda: outbox.counts().get(State.ACCEPTED) == EACH)
    asked, answered = vendor.asked[1], vendor.answered[1]
    vendor.held[1].set()
    until(lambda: outbox.counts() == {State.ACCEPTED: 2 * EACH})
    stop()

    assert (asked, answered) == (4, 0)
    assert set(vendor.texts.values()) == {1}


@pytest.mark.parametrize("workers", [1, 2])
def test_however_many_wait_for_an_account_that_does_not_answer_others_behind_are_sent(
    vendor, make_office, by_country, text, workers
):
    vendor.held[1] = threading.Event()
    outbox, start, stop = make_office(*[by_country] * workers, concurrency=4)
    outbox.enqueue_all([Draft(text("CN", number)) for number in range(SO_MANY)])
    outbox.enqueue_all([Draft(text("SG", number)) for number in range(EACH)])

    start()
    until(lambda: outbox.counts().get(State.ACCEPTED) == EACH)
    asked, answered = vendor.asked[1], vendor.answered[1]
    vendor.held[1].set()
    until(lambda: outbox.counts() == {State.ACCEPTED: SO_MANY + EACH})
    stop()

    assert (asked, answered) == (4 * workers, 0)
    assert set(vendor.texts.values()) == {1}


def test_those_whose_account_rests_hold_up_nobody_behind(vendor, make_office, text):
    vendor.refusing[1] = 1001
    outbox, start, stop = make_office(concurrency=4, poll=60)
    waiting = outbox.enqueue_all([Draft(text("CN", number)) for number in range(5 * EACH)])
    outbox.enqueue_all([Draft(text("SG", number)) for number in range(EACH)])

    start()
    until(lambda: outbox.counts().get(State.ACCEPTED) == EACH)
    stop()

    tries = [outbox.find(each.id).recipients[0].tries for each in waiting]
    assert vendor.asked[1] < EACH
    # They wait for the end of the rest, and were not tried in vain.
    assert sum(map(bool, tries)) < EACH


def test_workers_that_send_the_same_through_different_accounts_hold_up_nobody_behind(vendor, make_office, text):
    vendor.held = {1: threading.Event(), 2: threading.Event()}
    routes = [[{"when": {"countries": ["CN"]}, "accounts": [each]}, {"accounts": ["a3"]}] for each in ("a1", "a2")]
    outbox, start, stop = make_office(*routes, accounts=3, concurrency=4)
    outbox.enqueue_all([Draft(text("CN", number)) for number in range(3 * AHEAD)])
    outbox.enqueue_all([Draft(text("SG", number)) for number in range(EACH)])

    start()
    until(lambda: outbox.counts().get(State.ACCEPTED) == EACH)
    for event in vendor.held.values():
        event.set()
    stop()

    assert set(vendor.texts.values()) == {1}


def test_a_code_waits_for_no_text_that_is_not_on_its_way(vendor, make_office, text):
    vendor.held[1] = threading.Event()
    outbox, start, stop = make_office(concurrency=4)
    outbox.enqueue_all([Draft(text("CN", number)) for number in range(SO_MANY)])
    outbox.enqueue_all([Draft(text("SG", number)) for number in range(EACH)])
    start()
    until(lambda: outbox.counts().get(State.ACCEPTED) == EACH)

    code = outbox.enqueue(text("CN", SO_MANY, kind="otp"))
    until(lambda: outbox.find(code.id).recipients[0].state is State.CLAIMED)
    vendor.held[1].set()
    until(lambda: outbox.find(code.id).is_final)
    before = list(vendor.texts).index(outbox.find(code.id).recipients[0].phone)
    stop()

    # Those that were in flight, and some that took their hands at the same moment.
    assert before < EACH + 5 * 4


def test_whoever_is_passed_over_counts_when_it_is_its_turn(vendor, make_office, text):
    vendor.held[1] = threading.Event()
    caps = {"mode": "block", "kinds": ["notification"], "total": [f"{AHEAD + 300}/1h"]}
    outbox, start, stop = make_office(concurrency=4, guards={"caps": caps})
    outbox.enqueue_all([Draft(text("CN", number)) for number in range(SO_MANY)])
    outbox.enqueue_all([Draft(text("SG", number)) for number in range(EACH)])

    start()
    until(lambda: outbox.counts().get(State.ACCEPTED) == EACH)
    counts = outbox.counts()
    vendor.held[1].set()
    stop()

    assert State.NOT_SENT not in counts


def test_a_worker_that_is_stopped_gives_back_what_waits_for_a_hand(vendor, make_office, interleaved):
    vendor.held[1] = threading.Event()
    outbox, start, stop = make_office(concurrency=4)
    outbox.enqueue_all([Draft(message) for message in interleaved])

    start()
    until(lambda: outbox.counts().get(State.ACCEPTED) == EACH)
    threading.Timer(0.2, vendor.held[1].set).start()
    stop()

    assert outbox.counts() == {State.ACCEPTED: EACH + 4, State.PENDING: EACH - 4}
    assert sum(vendor.texts.values()) == EACH + 4


def test_those_in_lanes_and_those_in_none_take_turns(config, by_country, stack, text):
    configuration = load(config(2, by_country))
    store = MemoryOutbox(time.time)
    outbox = Outbox(configuration, store)
    desk = Desk(configuration, SystemClock(), None)
    stack.callback(desk.close)
    shift = Shift(store, desk, desk.clock, "shift", 30)
    outbox.enqueue_all([Draft(text("CN", number)) for number in range(8)])
    store.pass_over(shift.worker, {claim.row: "a1" for claim in store.claim(shift.worker, 8)})
    outbox.enqueue_all([Draft(text("SG", number)) for number in range(8)])

    taken = [shift.take(2).shipments for _ in range(4)]

    assert [each[0].account.name for each in taken] in (["a1", "a2"] * 2, ["a2", "a1"] * 2)

"""A relay tells a task engine of everybody again and again, and of no more than it can lose."""

from __future__ import annotations

import pytest

from smsway.model import Kind
from smsway.outbox import Addressee, Entry, MemoryOutbox
from smsway.worker import DispatchError, Relay
from smsway.worker._relay import AHEAD, BATCH, HOLD

EPOCH = 1_700_000_000.0


class Clock:
    def __init__(self):
        self.time = EPOCH

    def __call__(self):
        return self.time


class Tasks:
    """A task engine that keeps what it is told, and takes only so many tasks."""

    def __init__(self, most=1_000):
        self.most = most
        self.told = []

    def dispatch(self, kind, rows):
        if len(self.told) == self.most:
            raise DispatchError("the broker took no task: it was made to")
        self.told.append((kind, list(rows)))

    @property
    def rows(self):
        return [row for _, rows in self.told for row in rows]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make_outbox(clock):
    def make(count, kind=Kind.NOTIFICATION):
        phones = [Addressee(f"+86137{number:08}") for number in range(count)]
        store = MemoryOutbox(clock)
        store.enqueue([Entry("m", None, b"", kind, "{}", "{}", EPOCH, EPOCH + 9_999, phones)])
        return store

    return make


@pytest.mark.parametrize("kind", Kind)
def test_whom_nobody_claims_is_told_of_again_after_a_while(make_outbox, clock, kind):
    store, tasks = make_outbox(2, kind), Tasks()
    relay = Relay(store, tasks)

    counts = [relay.turn()]
    clock.time += HOLD[kind] - 1
    counts.append(relay.turn())
    clock.time += 1
    counts.append(relay.turn())

    assert counts == [2, 0, 2]
    assert tasks.told == [(kind, [1, 2])] * 2


def test_no_more_is_told_of_than_can_be_lost(make_outbox):
    store, tasks = make_outbox(AHEAD + 1), Tasks()
    relay = Relay(store, tasks)

    while relay.turn():
        pass

    assert len(set(tasks.rows)) == len(tasks.rows) == AHEAD
    assert max(len(rows) for _, rows in tasks.told) == BATCH


def test_what_the_task_engine_did_not_take_is_told_of_again(make_outbox, clock):
    store, tasks = make_outbox(3 * BATCH), Tasks(most=1)
    relay = Relay(store, tasks)
    with pytest.raises(DispatchError):
        relay.turn()
    clock.time += HOLD[Kind.NOTIFICATION]
    tasks.most = 100

    relay.turn()

    assert set(tasks.rows) == set(range(1, 3 * BATCH + 1))


def test_several_relays_tell_of_everybody_once(make_outbox):
    store, tasks = make_outbox(3 * BATCH), Tasks()
    relays = [Relay(store, tasks), Relay(store, tasks)]

    for relay in relays:
        relay.turn()

    assert sorted(tasks.rows) == list(range(1, 3 * BATCH + 1))

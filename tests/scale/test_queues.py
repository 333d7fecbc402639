"""The queues behind a crew, whatever comes and goes: no account waits for another, and nothing is lost."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from types import SimpleNamespace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from smsway import _queues
from smsway._queues import Queues, Task
from smsway.delivery import Leg
from smsway.model import Kind

ACCOUNTS, HANDS, TOTAL, AHEAD, PAUSED = 4, 2, 3, 10, 2


def task(account, kind=Kind.NOTIFICATION, start=0.0, *, begun=False, recipients=1):
    journey = SimpleNamespace(envelope=SimpleNamespace(message=SimpleNamespace(kind=kind)))
    load = SimpleNamespace(account=SimpleNamespace(name=account), journeys=[journey] * recipients)
    return Task(Leg(start, load), begun)


class Machine(RuleBasedStateMachine):
    """Puts, takes and lands in any order, beside a model that is as simple as can be."""

    def __init__(self):
        super().__init__()
        self.queues = Queues(ACCOUNTS, HANDS, AHEAD)
        self.waiting, self.paused, self.flying = [], [], []
        self.now = 0.0

    @rule(
        account=st.sampled_from("abcd"),
        kind=st.sampled_from(Kind),
        pause=st.sampled_from([0.0, 0.0, 1.0, 2.0]),
        begun=st.booleans(),
        recipients=st.integers(1, 3),
    )
    def put(self, account, kind, pause, begun, recipients):
        made = task(account, kind, self.now + pause, begun=begun, recipients=recipients)
        self.queues.put(made, self.now)

        (self.paused if pause else self.waiting).append(made)

    @rule()
    def take(self):
        flying = Counter(each.account for each in self.flying)
        able = {
            each.account
            for each in self.waiting
            if flying[each.account] < HANDS and (len(self.flying) < TOTAL or not flying[each.account])
        }

        taken = self.queues.take()

        assert (taken is not None) == bool(able)
        if taken is not None:
            assert taken.account in able
            queue = [each for each in self.waiting if each.account == taken.account]
            assert taken is next((each for each in queue if each.is_code), queue[0])
            self.waiting.remove(taken)
            self.flying.append(taken)

    @precondition(lambda self: self.flying)
    @rule(data=st.data())
    def land(self, data):
        landed = data.draw(st.sampled_from(self.flying))
        self.flying.remove(landed)
        self.queues.land(landed)

    @rule()
    def wake(self):
        self.now += 1.0
        ended = sorted((each for each in self.paused if each.leg.start <= self.now), key=lambda each: each.leg.start)

        self.queues.wake(self.now)

        self.paused = [each for each in self.paused if each not in ended]
        self.waiting += ended

    @rule()
    def clear(self):
        left = self.queues.clear()

        assert sorted(map(id, left)) == sorted(id(each) for each in (*self.waiting, *self.paused) if each.begun)
        self.waiting, self.paused = [], []

    @invariant()
    def counts(self):
        load = Counter(each.account for each in (*self.flying, *self.waiting))
        recipients = sum(len(each.leg.load.journeys) for each in (*self.waiting, *self.paused))
        assert len(self.queues) == len(self.waiting) + len(self.paused) + len(self.flying)
        assert self.queues.resume == min((each.leg.start for each in self.paused), default=None)
        assert self.queues.is_full == (sum(n >= HANDS for n in load.values()) == ACCOUNTS or recipients >= AHEAD)

    @invariant()
    def tells_who_has_enough_to_do(self):
        load = Counter(each.account for each in (*self.flying, *self.waiting))
        pauses = Counter(each.account for each in self.paused)
        codes = Counter(each.account for each in self.waiting if each.is_code)
        laden = {each for each in "abcd" if load[each] >= HANDS or pauses[each] >= PAUSED * HANDS}
        coded = {each for each in "abcd" if codes[each] >= HANDS}
        busy = {kind: coded if kind is Kind.OTP else laden for kind in Kind}
        assert self.queues.busy == {kind: names for kind, names in busy.items() if len(names) < ACCOUNTS}

    @invariant()
    def tells_how_many_more_hands_find_something(self):
        copied, more = deepcopy(self.queues), 0
        while copied.take() is not None:
            more += 1
        assert bool(self.queues.ready) == bool(more)
        assert self.queues.ready <= more


@pytest.fixture
def _few(monkeypatch):
    monkeypatch.setattr(_queues, "TOTAL", TOTAL)
    monkeypatch.setattr(_queues, "PAUSED", PAUSED)


@pytest.mark.usefixtures("_few")
class TestQueues(Machine.TestCase):
    """Any order of events."""

    settings = settings(max_examples=300, stateful_step_count=40, deadline=None)


def test_accounts_take_turns():
    queues = Queues(3, 8)
    for account in "aaabbbccc":
        queues.put(task(account), 0.0)

    taken = [queues.take().account for _ in range(9)]

    assert taken == list("abcabcabc")

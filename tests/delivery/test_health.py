"""Breakers under many threads at once, with the clocks of the machine."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from smsway import BreakerState
from smsway.delivery import Health, Sign, SystemClock
from smsway.delivery._sample import Sample

THREADS = 50


class Shifted(SystemClock):
    """The machine's clocks, *ahead* by some seconds."""

    ahead = 0.0

    def monotonic(self):
        return SystemClock.monotonic() + self.ahead


@pytest.fixture
def rested():
    """Health with an account whose rest is over."""
    clock = Shifted()
    health = Health(clock)
    for _ in range(5):
        health.note(health.admit("a"), Sample(Sign.FAILURE, cause="x"))
    clock.ahead = 60.0
    return health


def all_at_once(work):
    """Let fifty threads do *work* at once, and return what they got."""
    barrier, got = threading.Barrier(THREADS), []

    def run():
        barrier.wait()
        got.append(work())

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def test_of_fifty_threads_one_gets_leave_to_probe(rested):
    permits = all_at_once(lambda: rested.admit("a"))

    assert Counter(permit is not None for permit in permits) == {True: 1, False: THREADS - 1}


def test_three_probes_close_it_however_many_threads_try(rested):
    def probe():
        permit = rested.admit("a")
        if permit is not None:
            rested.note(permit, Sample(Sign.GOOD, heard=True))

    while rested.look("a").own.state is not BreakerState.CLOSED:
        all_at_once(probe)

    states = [(str(change.domain), change.state) for change in rested.changes()]
    assert states == [("account a", BreakerState(state)) for state in ("open", "half_open", "closed")]
    assert rested.changes() == []


def test_a_change_is_told_once_however_many_threads_ask(rested):
    told = all_at_once(rested.changes)

    assert [change.state for changes in told for change in changes] == [BreakerState.OPEN]

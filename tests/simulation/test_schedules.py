"""The engine under schedules of faults, each out of one seed; mutants show that a mistake would be found."""

from __future__ import annotations

import os

import pytest
from mutants import MUTANTS
from schedule import Schedule

from smsway import Certainty, Status

SEEDS = int(os.environ.get("SMSWAY_SEEDS", "3000"))
BLOCK = 500
ENOUGH = 1000
"""A mutant has to be found within so many seeds."""

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_nothing_is_lost_doubled_misattributed_or_made_up(first):
    wrong = {seed: found for seed in range(first, first + BLOCK) if (found := Schedule(seed).run().violations())}

    assert wrong == {}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_found(name):
    found = next((seed for seed in range(ENOUGH) if Schedule(seed, MUTANTS[name]).run().violations()), None)

    assert found is not None


@pytest.mark.parametrize("seed", range(20))
def test_a_seed_plays_the_same_schedule_again(seed):
    def played():
        history = Schedule(seed).run()
        settled = [(call.number, call.ended, *map(repr, call.settled)) for call in history.calls]
        return settled, history.texts, history.started

    assert played() == played()


def test_schedules_come_to_everything_that_there_is():
    """A simulation in which nothing goes wrong would prove nothing."""
    histories = [Schedule(seed).run() for seed in range(ENOUGH)]
    calls = [call for history in histories for call in history.calls]
    outcomes = [each.outcome for call in calls for each in call.settled]
    remembered = {
        str(each.delivery)
        for call in calls
        if call.tracker is not None
        for each in call.tracker.tracked(reference=call.message.reference)
    }

    assert {str(each.status) for each in outcomes} == {"accepted", "rejected", "unknown", "not_sent"}
    assert {str(each.reason) for each in outcomes} >= {"no_answer", "unexpected_response", "missing_result", "stopped"}
    assert sum(history.opened for history in histories) > ENOUGH / 20
    assert remembered == {"unknown", "rejected", "accepted", "delivered", "undelivered"}
    # Somebody was asked, and knew of it.
    assert any(
        each.status is Status.ACCEPTED and each.attempts[-1].certainty is Certainty.MAYBE_SENT for each in outcomes
    )

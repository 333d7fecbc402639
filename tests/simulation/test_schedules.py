"""The engine under schedules of faults, each out of one seed; mutants show that a mistake would be found."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from mutants import MUTANTS
from schedule import Schedule

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
    statuses, reasons = Counter[str](), Counter[str]()
    for seed in range(ENOUGH):
        for call in Schedule(seed).run().calls:
            statuses.update(str(each.outcome.status) for each in call.settled)
            reasons.update(str(each.outcome.reason) for each in call.settled)

    assert {"accepted", "rejected", "unknown", "not_sent"} == statuses.keys()
    assert {"no_answer", "unexpected_response", "missing_result", "deadline", "stopped"} <= reasons.keys()

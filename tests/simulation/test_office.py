"""The outbox and its workers under schedules of faults, each out of one seed; mutants show that a mistake is found."""

from __future__ import annotations

import os

import pytest
from office import OfficeSchedule
from office_mutants import MUTANTS

from smsway.outbox._transitions import LOST

SEEDS = int(os.environ.get("SMSWAY_SEEDS", "3000"))
BLOCK = 500
ENOUGH = 1000
"""A mutant has to be found within so many seeds."""

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_nothing_is_lost_doubled_or_made_up_whatever_happens_to_workers(first):
    wrong = {seed: found for seed in range(first, first + BLOCK) if (found := OfficeSchedule(seed).run())}

    assert wrong == {}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_of_the_outbox_is_found(name):
    found = next((seed for seed in range(ENOUGH) if OfficeSchedule(seed, MUTANTS[name]).run()), None)

    assert found is not None


@pytest.mark.parametrize("seed", range(20))
def test_a_seed_of_the_outbox_plays_the_same_schedule_again(seed):
    def played():
        office = OfficeSchedule(seed)
        found = office.run()
        return found, [[text[1:] for text in map(repr, vendor.texts)] for vendor in office.vendors.values()]

    assert played() == played()


def test_schedules_of_the_outbox_come_to_everything_that_there_is():
    """A simulation in which no worker ever dies in the wrong moment would prove nothing."""
    offices = [OfficeSchedule(seed) for seed in range(ENOUGH)]
    for office in offices:
        office.run()
    progress = [
        each
        for office in offices
        for message in office.messages
        for each in office.memory.find(message=message).recipients
    ]

    assert {str(each.state) for each in progress} == {"accepted", "rejected", "unknown", "not_sent"}
    reasons = {str(each.outcome.reason) for each in progress}
    assert reasons >= {"no_answer", "deadline", "stopped", "missing_result"}
    # Somebody came back, somebody was resent after a worker was lost, and somebody was lost for good.
    assert max(each.tries for each in progress) > 1
    assert any(len(each.outcome.attempts) > 1 and each.state == "accepted" for each in progress)
    assert any(each.outcome.detail == LOST for each in progress)

"""The same key, enqueued by many at once: one message, and everybody is told which."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from smsway.outbox import IdempotencyConflict

RACES = int(os.environ.get("SMSWAY_RACES", "60"))
RUNNERS = 8


@pytest.mark.timeout(3600)
def test_a_key_that_many_enqueue_at_once_is_one_message(outbox, entry):
    with ThreadPoolExecutor(RUNNERS) as pool:
        for race in range(RACES):
            first = entry(2, key=f"race-{race}", digest=b"x")
            entries = [replace(first, id=f"{first.id}-{runner}") for runner in range(RUNNERS)]

            told = [each[0] for each in pool.map(lambda each: outbox.enqueue([each]), entries)]

            assert len({each.id for each in told}) == 1
            assert sum(each.created for each in told) == 1
            assert len(outbox.find(key=f"race-{race}").recipients) == 2
    assert sum(outbox.counts().values()) == 2 * RACES


def test_of_two_that_say_different_things_under_a_key_one_is_told_of_it(outbox, entry):
    def enqueue(each):
        try:
            return outbox.enqueue([each])[0].created
        except IdempotencyConflict:
            return "conflict"

    with ThreadPoolExecutor(2) as pool:
        for race in range(RACES):
            pair = [entry(key=f"race-{race}", digest=digest) for digest in (b"x", b"y")]

            assert sorted(map(str, pool.map(enqueue, pair))) == ["True", "conflict"]


def test_two_that_enqueue_the_same_keys_in_another_order_both_end(outbox, entry):
    """Each waits for what the other adds, so they must add in one order."""
    with ThreadPoolExecutor(2) as pool:
        for race in range(RACES):
            some = [entry(key=f"{race}-{number}", digest=b"x") for number in range(10)]
            others = [replace(each, id=f"{each.id}-again") for each in reversed(some)]

            created = sum(each.created for told in pool.map(outbox.enqueue, (some, others)) for each in told)

            assert created == 10

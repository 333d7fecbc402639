"""A slow account never holds up the others: told by the order in which outcomes come, and never by a clock."""

from __future__ import annotations

import itertools
import threading
import time

import pytest

from smsway import Status
from smsway.model import AttemptStarted, OutcomeSettled

EACH = 60


class Log:
    """A journal that keeps whom it was told of."""

    def __init__(self):
        self.started, self.settled = set(), []

    def __call__(self, event):
        if isinstance(event, AttemptStarted):
            self.started |= set(event.keys)
        elif isinstance(event, OutcomeSettled):
            self.settled.append(event.key)


@pytest.fixture
def interleaved(text):
    """Messages to China and to Singapore in turn."""
    return [text(country, number) for number in range(EACH) for country in ("CN", "SG")]


def test_an_account_that_does_not_answer_holds_up_no_other(vendor, config, by_country, open_client, interleaved):
    vendor.held[1] = threading.Event()
    stream = open_client(config(2, by_country, concurrency=4)).send_many(interleaved)

    first = list(itertools.islice(stream, EACH))
    asked, answered = vendor.asked[1], vendor.answered[1]
    vendor.held[1].set()
    rest = list(stream)

    assert {outcome.account for outcome in first} == {"a2"}
    assert (asked, answered) == (4, 0)
    assert {outcome.account for outcome in rest} == {"a1"}
    assert {outcome.status for outcome in (*first, *rest)} == {Status.ACCEPTED}
    assert {outcome.recipient: 1 for outcome in (*first, *rest)} == vendor.texts


def test_an_account_that_does_not_answer_holds_up_nobody_who_comes_later(vendor, config, by_country, open_client, text):
    vendor.held[1] = threading.Event()
    blocks = [text(country, number) for country in ("CN", "SG") for number in range(EACH)]
    stream = open_client(config(2, by_country, concurrency=2)).send_many(blocks)

    first = list(itertools.islice(stream, EACH))
    answered = vendor.answered[1]
    vendor.held[1].set()
    rest = list(stream)

    assert ({outcome.account for outcome in first}, answered) == ({"a2"}, 0)
    assert len(rest) == EACH


def test_an_account_that_waits_for_its_rate_holds_up_no_other(config, by_country, open_client, interleaved):
    log = Log()
    source = config(2, by_country, concurrency=4, own={"a1": {"rate": 0.001}})
    stream = open_client(source, journal=log).send_many(interleaved)

    # The first to the slow account goes at once, and the second a quarter of an hour later.
    first = list(itertools.islice(stream, EACH + 1))
    stream.close()

    assert sum(outcome.account == "a2" for outcome in first) == EACH
    assert log.started <= set(log.settled)


def test_what_moves_to_an_account_that_does_not_answer_holds_up_nobody_at_the_first(
    vendor, config, open_client, interleaved
):
    vendor.refusing[1], vendor.held[2] = 1045, threading.Event()
    stream = open_client(config(2, [{"accounts": ["a1", "a2"]}], concurrency=2)).send_many(interleaved)

    first = list(itertools.islice(stream, EACH))
    answered = vendor.answered[2]
    vendor.held[2].set()
    rest = list(stream)

    assert ({outcome.account for outcome in first}, answered) == ({"a1"}, 0)
    assert [outcome.account for outcome in rest] == ["a2"] * EACH
    assert {tuple(each.account for each in outcome.attempts) for outcome in rest} == {("a1", "a2")}
    assert {outcome.recipient: 1 for outcome in (*first, *rest)} == vendor.texts


def test_whoever_waits_for_a_question_keeps_no_hand(vendor, config, open_client, interleaved, tmp_path):
    vendor.breaking.add("0000")
    log = Log()
    source = config(
        1,
        [{"accounts": ["a1"], "on_unknown": "verify"}],
        concurrency=1,
        reports={"store": str(tmp_path / "reports.db")},
        own={"a1": {"max_batch": 1}},
    )
    stream = open_client(source, journal=log).send_many(interleaved[:10])

    first = list(itertools.islice(stream, 8))
    questions = vendor.questions
    stream.close()

    # Two were not answered, and are asked about seconds later; who leaves before is told what became of them.
    assert ({outcome.status for outcome in first}, questions) == ({Status.ACCEPTED}, 0)
    assert sorted(log.settled) == sorted(log.started)
    assert len(log.started) == 10


class Source:
    """Messages to one account, which counts how many were read, and says when it is read no further."""

    def __init__(self, text, country):
        self._text, self._country = text, country
        self.read = 0

    def __iter__(self):
        for number in range(30_000):
            self.read = number + 1
            yield self._text(self._country, number)

    def when_still(self, then):
        before = 0
        while before != self.read or not self.read:
            before = self.read
            time.sleep(0.5)
        then()


@pytest.mark.parametrize(
    ("accounts", "most"),
    [
        # 10,000 wait for a hand, 2,000 for their batch to fill, and a few messages are between the two.
        (2, 13_000),
        # No other account could have anything to do; but tasks have a few hundred messages at hand.
        (1, 2_500),
    ],
)
def test_no_more_are_read_than_may_wait(vendor, config, by_country, open_client, text, accounts, most):
    vendor.held[1] = threading.Event()
    source = Source(text, "CN")
    stream = open_client(config(accounts, by_country[:accounts], concurrency=4)).send_many(source)
    watcher = threading.Thread(target=source.when_still, args=(vendor.held[1].set,))
    watcher.start()

    next(stream)
    read = source.read
    stream.close()
    watcher.join()

    assert read < most

"""What a task engine does to a process in the middle of a task keeps nobody waiting in it."""

from __future__ import annotations

import pytest

from smsway import Message, Template
from smsway.model import Kind
from smsway.outbox import State
from smsway.worker._errand import Errands

PHONES = [f"+86137888800{number:02}" for number in range(3)]


class Interruption(BaseException):
    """As that of a limit of time, or of a process that is told to end."""


class Interrupted:
    """A store after one of whose operations whoever asked for it is interrupted."""

    def __init__(self, store, after):
        self._store = store
        self._after = after

    def __getattr__(self, name):
        work = getattr(self._store, name)
        if name != self._after:
            return work

        def interrupted(*arguments):
            self._after = None
            work(*arguments)
            raise Interruption

        return interrupted


@pytest.fixture
def errands(office, stack):
    def make(store):
        made = Errands(office.configuration, store)
        stack.callback(made.close)
        return made

    return make


def news():
    return Message(to=PHONES, content=Template("login_code", {"code": "190191", "minutes": "4"}))


def offered(office):
    told = office.outbox.store.offer(100, dict.fromkeys(Kind, 60.0))
    return [row for rows in told.values() for row in rows]


@pytest.mark.parametrize(
    ("after", "state"), [("claim", State.PENDING), ("mark", State.UNKNOWN), ("settle", State.ACCEPTED)]
)
def test_who_is_interrupted_keeps_nobody(office, errands, after, state):
    office.outbox.enqueue(news())
    hands = errands(Interrupted(office.outbox.store, after))

    with pytest.raises(Interruption):
        hands.run(offered(office))

    assert office.outbox.counts() == {state: len(PHONES)}


def test_who_was_interrupted_carries_out_the_next_task(office, errands):
    office.outbox.enqueue(news())
    hands = errands(Interrupted(office.outbox.store, "claim"))
    with pytest.raises(Interruption):
        hands.run(offered(office))

    count = hands.run(offered(office))

    assert count == len(PHONES)
    assert {phone: len(texts) for phone, texts in office.texts().items()} == dict.fromkeys(PHONES, 1)

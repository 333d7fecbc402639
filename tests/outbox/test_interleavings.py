"""What one process does between two statements of another's transaction leaves nobody without a result."""

from __future__ import annotations

from contextlib import contextmanager, suppress

import pytest
from sqlalchemy import event, select

from smsway.model import Attempt, Certainty, Kind, Outcome, Reason, Status
from smsway.outbox import Fenced, Mark, OutboxError, Settlement, SqlOutbox, State, Swept, open_database
from smsway.outbox._tables import messages

LEASE = 30.0
WAIT = 0.2
"""Seconds after which the other process gives up what is locked: it is asked in the middle of the transaction."""


@pytest.fixture
def make_outbox(migrated_url, clock, stack):
    """Return a function that opens the outbox once more, as another process does."""

    def make():
        store = SqlOutbox(open_database(migrated_url, clock, WAIT))
        stack.callback(store.close)
        return store

    return make


@contextmanager
def before_statement(number, outbox, do):
    """Do something before the statement of that *number* that *outbox* executes."""
    count = 0

    def interfere(*_):
        nonlocal count
        count += 1
        if count == number + 1:
            do()

    event.listen(outbox.database.engine, "before_cursor_execute", interfere)
    yield
    event.remove(outbox.database.engine, "before_cursor_execute", interfere)


@contextmanager
def before_commit(outbox, do):
    """Do something before *outbox* commits."""

    def interfere(_):
        do()

    event.listen(outbox.database.engine, "commit", interfere)
    yield
    event.remove(outbox.database.engine, "commit", interfere)


def refused(claim):
    attempts = (Attempt("cn", Certainty.NOT_SENT, Reason.INVALID_RECIPIENT, None, 1.0, 0.5, "a1"),)
    phone = claim.addressee.phone
    return Settlement(claim.row, Outcome(phone, Status.REJECTED, "cn", Reason.INVALID_RECIPIENT, attempts=attempts))


@pytest.mark.parametrize("moment", range(5))
def test_whoever_is_declared_dead_while_it_marks_leaves_nobody_without_a_result(make_outbox, entry, clock, moment):
    worker, other = make_outbox(), make_outbox()
    message = entry()
    worker.enqueue([message])
    worker.join("w1", "first", LEASE)
    [claim] = worker.claim("w1", 1)
    clock.time += LEASE
    marks = []

    def mark():
        try:
            marks.append(worker.mark("w1", Mark("a1", "cn", [claim.row])))
        except OutboxError:
            marks.append(False)

    # The first statement reads who is dead.
    with before_statement(1 + moment, other, mark):
        other.sweep()
    if not marks:
        mark()

    [progress] = other.find(message=message.id).recipients
    assert progress.state is (State.UNKNOWN if marks == [True] else State.PENDING)


@pytest.mark.parametrize("moment", range(5))
def test_whoever_is_declared_dead_while_it_claims_keeps_nobody(make_outbox, entry, clock, moment):
    worker, other = make_outbox(), make_outbox()
    worker.enqueue([entry()])
    worker.join("w1", "first", LEASE)
    clock.time += LEASE

    def sweep():
        with suppress(OutboxError):
            other.sweep()

    with before_statement(moment, worker, sweep), suppress(Fenced):
        worker.claim("w1", 1)
    other.sweep()

    assert other.counts() == {State.PENDING: 1}


@pytest.mark.parametrize("moment", range(6))
def test_the_result_of_whoever_is_declared_dead_while_it_settles_is_kept(make_outbox, entry, clock, moment):
    worker, other = make_outbox(), make_outbox()
    worker.enqueue([entry()])
    worker.join("w1", "first", LEASE)
    [claim] = worker.claim("w1", 1)
    worker.mark("w1", Mark("a1", "cn", [claim.row], again=frozenset({claim.row})))
    clock.time += LEASE
    settled = []

    def settle():
        with suppress(OutboxError):
            settled.append(worker.settle("w1", [refused(claim)]))

    with before_statement(1 + moment, other, settle):
        other.sweep()
    if not settled:
        settle()

    assert settled == [1]
    assert other.counts() == {State.REJECTED: 1}


def test_a_worker_that_is_heard_of_in_the_last_moment_lives(make_outbox, entry, clock):
    worker, other = make_outbox(), make_outbox()
    worker.enqueue([entry()])
    worker.join("w1", "first", LEASE)
    worker.claim("w1", 1)
    clock.time += LEASE

    with before_statement(1, other, lambda: worker.beat("w1", LEASE)):
        swept = other.sweep()

    assert swept == Swept()
    assert other.counts() == {State.CLAIMED: 1}


def test_who_claims_neither_waits_for_another_nor_takes_the_same(make_outbox, entry):
    worker, other = make_outbox(), make_outbox()
    worker.enqueue([entry(2)])
    worker.join("w1", "first", LEASE)
    other.join("w2", "second", LEASE)
    found = []

    with before_commit(worker, lambda: found.extend(other.claim("w2", 2))):
        claims = worker.claim("w1", 1)

    assert [claim.position for claim in claims] == [0]
    assert [claim.position for claim in found] == [1]


def test_of_two_relays_each_offers_what_the_other_does_not(make_outbox, entry):
    relay, other = make_outbox(), make_outbox()
    relay.enqueue([entry(3)])
    hold = dict.fromkeys(Kind, 60.0)
    others = {}

    with before_commit(relay, lambda: others.update(other.offer(5, hold))):
        offered = relay.offer(2, hold)

    kind = Kind.NOTIFICATION
    assert (len(offered[kind]), len(others[kind])) == (2, 1)
    assert not {*offered[kind]} & {*others[kind]}


@pytest.mark.parametrize("moment", range(5))
def test_who_is_cancelled_is_not_sent_to(make_outbox, entry, moment):
    application, worker = make_outbox(), make_outbox()
    message = entry()
    application.enqueue([message])
    worker.join("w1", "first", LEASE)
    marks = []

    def begin():
        for claim in worker.claim("w1", 1):
            with suppress(OutboxError):
                marks.append(worker.mark("w1", Mark("a1", "cn", [claim.row])))

    with before_statement(moment, application, begin):
        cancelled = application.cancel(message.id)

    assert cancelled == (0 if marks == [True] else 1)
    assert application.counts() == {State.SUBMITTING if marks == [True] else State.NOT_SENT: 1}


@pytest.mark.parametrize("moment", range(4))
def test_a_key_that_is_forgotten_while_it_is_enqueued_is_one_message_or_the_other(make_outbox, entry, clock, moment):
    application, other = make_outbox(), make_outbox()
    old, new = entry(key="k"), entry(key="k")
    application.enqueue([old])
    application.cancel(old.id)
    clock.time += 700

    def forget():
        other.prune(50, 10)

    with before_statement(moment, application, forget):
        [enqueued] = application.enqueue([new])

    assert enqueued.created is (enqueued.id == new.id)
    found = application.find(message=new.id)
    assert (found is not None and len(found.recipients) == 1) is enqueued.created


def test_a_code_is_forgotten_though_its_last_recipients_settle_at_once(make_outbox, entry):
    worker, other = make_outbox(), make_outbox()
    message = entry(2, kind=Kind.OTP)
    worker.enqueue([message])
    worker.join("w1", "first", LEASE)
    other.join("w2", "second", LEASE)
    [first], [second] = worker.claim("w1", 1), other.claim("w2", 1)

    settled = []

    def settle():
        with suppress(OutboxError):
            settled.append(worker.settle("w1", [refused(first)]))

    with before_commit(other, settle):
        other.settle("w2", [refused(second)])
    if not settled:
        settle()

    assert worker.counts() == {State.REJECTED: 2}
    assert worker.database.read(lambda connection: connection.scalar(select(messages.c.content))) is None

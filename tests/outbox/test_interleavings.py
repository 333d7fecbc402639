"""What one process does between two statements of another's transaction leaves nobody without a result."""

from __future__ import annotations

from contextlib import contextmanager, suppress

import pytest
from sqlalchemy import event, select

from smsway.model import Kind, Outcome, Reason, Status
from smsway.outbox import Mark, OutboxError, Settlement, SqlOutbox, State, open_database
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
    return Settlement(claim.row, Outcome(claim.addressee.phone, Status.REJECTED, "cn", Reason.INVALID_RECIPIENT))


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

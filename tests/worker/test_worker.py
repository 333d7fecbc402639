"""A worker sends what the outbox holds, once, whatever happens to it, to the vendors or to the database."""

from __future__ import annotations

import itertools
import sys
import time

import pytest

from smsway import Message, Template
from smsway.config import load
from smsway.model import AttemptFinished, AttemptStarted, Kind, Reason, Status
from smsway.outbox import Draft, Mark, OutboxError, State
from smsway.worker import Worker

CN = [f"+86137888800{number:02}" for number in range(20)]


def code(*phones, **options):
    content = Template("login_code", {"code": "190191", "minutes": "4"})
    return Message(to=phones, content=content, kind=options.pop("kind", "otp"), **options)


def wait_for(condition, patience=20.0):
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def outcomes(office, id_):
    return [each.outcome for each in office.outbox.find(id_).recipients]


def test_what_is_enqueued_is_sent_once(office):
    sent = office.outbox.enqueue(code(*CN, reference="login-77"), key="login-77")

    office.work()
    office.work()

    results = outcomes(office, sent.id)
    assert [each.recipient for each in results] == CN
    assert {each.status for each in results} == {Status.ACCEPTED}
    assert {each.reference for each in results} == {"login-77"}
    assert {phone: len(texts) for phone, texts in office.texts().items()} == dict.fromkeys(CN, 1)
    assert results[0].provider_message_id == office.texts()[CN[0]][0].message_id


def test_recipients_of_many_messages_share_requests(office):
    office.outbox.enqueue_all([Draft(code(phone)) for phone in CN])

    events = []
    office.work(journal=events.append)

    # The first claim is a small one, for it is not known yet how many share a request.
    attempts = [event for event in events if isinstance(event, AttemptStarted)]
    assert len(attempts) <= 3
    assert len(office.texts()) == len(CN)


def test_a_dead_account_is_left_for_the_next(office):
    office.sandbox.inject("refuse", account="cn")
    sent = office.outbox.enqueue(code(*CN))

    office.work()

    assert {each.account for each in outcomes(office, sent.id)} == {"backup"}
    assert {len(texts) for texts in office.texts().values()} == {1}


def test_an_answer_that_is_lost_is_unknown_and_not_sent_again(office):
    office.sandbox.inject("drop_after", account="cn", times=1)
    sent = office.outbox.enqueue(code(CN[0]))

    office.work()

    [result] = outcomes(office, sent.id)
    assert (result.status, result.reason) == (Status.UNKNOWN, Reason.NO_ANSWER)
    assert len(office.texts()[CN[0]]) == 1


def test_while_nobody_can_be_reached_it_waits_and_is_sent_later(office):
    office.sandbox.inject("refuse", account="cn")
    office.sandbox.inject("refuse", account="backup")
    sent = office.outbox.enqueue(code(CN[0], kind="notification"))
    stop = office.start()

    wait_for(lambda: office.outbox.find(sent.id).recipients[0].tries == 1)
    stop()

    [progress] = office.outbox.find(sent.id).recipients
    assert progress.state is State.PENDING
    assert progress.outcome.reason is Reason.UNREACHABLE
    assert progress.due > time.time()


def test_what_nobody_could_send_in_time_is_told(office):
    sent = office.outbox.enqueue(code(CN[0]), not_after=time.time() + 0.2)
    time.sleep(0.3)

    office.work()

    [result] = outcomes(office, sent.id)
    assert (result.status, result.reason) == (Status.NOT_SENT, Reason.DEADLINE)
    assert office.texts() == {}


def test_a_worker_that_is_stopped_ends_what_it_began(office):
    office.sandbox.inject("slow", account="cn", times=1, seconds=0.5)
    sent = office.outbox.enqueue(code(CN[0]))
    stop = office.start()
    wait_for(office.texts)

    stop()

    assert [each.status for each in outcomes(office, sent.id)] == [Status.ACCEPTED]


def test_results_outlast_a_database_that_fails(office):
    store = office.outbox.store
    failures = iter([True, True, False])
    settle = store.settle

    class Failing:
        """The store, which fails twice just when it should write results."""

        def __getattr__(self, name):
            return getattr(store, name)

        def settle(self, *arguments):
            if next(failures, False):
                raise OutboxError("the outbox's database failed: it was made to")
            return settle(*arguments)

    office.outbox.store = Failing()
    sent = office.outbox.enqueue(code(*CN))

    office.work()

    assert {each.status for each in outcomes(office, sent.id)} == {Status.ACCEPTED}


def test_a_mark_that_cannot_be_written_sends_nothing(office):
    store = office.outbox.store
    failures = iter([True, True])
    mark = store.mark

    class Failing:
        """The store, which fails when the first attempts should be written down."""

        def __getattr__(self, name):
            return getattr(store, name)

        def mark(self, *arguments):
            if next(failures, False):
                raise OutboxError("the outbox's database failed: it was made to")
            return mark(*arguments)

    office.outbox.store = Failing()
    sent = office.outbox.enqueue(code(CN[0]))
    stop = office.start()

    wait_for(lambda: office.outbox.find(sent.id).recipients[0].tries == 1)
    stop()

    assert office.texts() == {}
    assert office.outbox.find(sent.id).recipients[0].outcome.reason is Reason.INTERNAL


def test_a_worker_that_was_declared_dead_begins_anew(office):
    stop = office.start()
    wait_for(lambda: _workers(office))
    [first] = _workers(office)
    office.outbox.store.leave(first)

    wait_for(lambda: _workers(office) not in ([], [first]))
    sent = office.outbox.enqueue(code(*CN))
    wait_for(lambda: office.outbox.find(sent.id).is_final)
    stop()

    assert {len(texts) for texts in office.texts().values()} == {1}
    assert _workers(office) == []


def _workers(office):
    return office.outbox.store.database.read(
        lambda connection: [row[0] for row in connection.exec_driver_sql("select id from smsway_workers")]
    )


def test_workers_share_the_work(office):
    office.outbox.enqueue_all([Draft(code(phone, kind="notification")) for phone in CN])
    stops = [office.start() for _ in range(3)]

    wait_for(lambda: set(office.outbox.counts()) == {State.ACCEPTED})
    for stop in stops:
        stop()

    assert {phone: len(texts) for phone, texts in office.texts().items()} == dict.fromkeys(CN, 1)


def test_a_worker_that_breaks_off_in_all_its_threads_is_dead_to_the_others(office):
    def exit_at_the_end(event):
        if isinstance(event, AttemptFinished):
            sys.exit("an observer ends the process")

    kinds = itertools.cycle(Kind)
    office.outbox.enqueue_all([Draft(code(phone, kind=next(kinds))) for phone in CN])

    with pytest.raises(SystemExit):
        office.work(journal=exit_at_the_end)

    assert _workers(office) == []
    assert set(office.outbox.counts()) <= {State.PENDING, State.UNKNOWN}
    assert {len(texts) for texts in office.texts().values()} == {1}


def test_who_may_have_been_texted_is_unknown_to_a_worker_that_cannot_begin_the_message(office, configuration):
    sent = office.outbox.enqueue(code(CN[0]))
    store = office.outbox.store
    store.join("w1", "first", 30)
    [claim] = store.claim("w1", 1)
    store.mark("w1", Mark("a1", "cn", [claim.row], again=frozenset({claim.row})))
    store.leave("w1")
    configuration["templates"] = {}

    Worker(load(configuration, base_urls=office.sandbox.urls), store).run(until_empty=True)

    [result] = outcomes(office, sent.id)
    assert (result.status, [each.reference for each in result.attempts]) == (Status.UNKNOWN, ["a1"])
    assert office.texts() == {}

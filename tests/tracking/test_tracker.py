"""The tracker, on both stores: what is told and when, chains of attempts, pulls, questions, and what is forgotten."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from smsway.model import (
    AttemptFinished,
    AttemptStarted,
    Delivery,
    Inbound,
    InboundReceived,
    InvalidCall,
    Outcome,
    Reason,
    Report,
    ReportReceived,
    Response,
    Stamp,
    Status,
)
from smsway.tracking import Pull, SqliteStore, StoreError, Tracker

PHONE, OTHER = "+8613700000001", "+8613700000002"
DAY = 86_400.0


def _inbound(text: str = "T", *, at: float | None = None, account: str | None = "cn") -> Inbound:
    return Inbound(sender=PHONE, text=text, at=at, account=account, extension="00", raw={"text": text})


def _pull(call: str = "pull_reports", *bodies: bytes) -> Pull:
    answers = tuple(Response(200, body, {"content-type": "application/json"}) for body in bodies)
    return Pull("cn", call, Stamp(1_700_000_000.5, 2**79 + 7), 100, answers)


def test_a_report_is_told_once_it_is_stored(desk: Any) -> None:
    desk.sent("a", "m1")
    report = desk.report("m1", at=desk.now + 3, code="DELIVRD")

    events = desk.take(report)

    tracked = desk.tracker.progress(desk.name("a"), PHONE)
    assert events == desk.told == [ReportReceived(report, tracked, changed=True)]
    assert (tracked.delivery, tracked.code, tracked.provider_message_id) == (Delivery.DELIVERED, "DELIVRD", "m1")


def test_a_report_keeps_all_that_the_provider_told(desk: Any) -> None:
    report = desk.report("m1", Delivery.UNDELIVERED, reference="somebody", at=5.5, code="X")
    raw = {"mobile": "13700000001", "parts": [1, 2.5, None, True, {"深": "度"}]}
    report = type(report)(
        **{name: getattr(report, name) for name in type(report).__slots__}
        | {"reason": Reason.OTHER, "detail": "d", "fee": 2, "raw": raw}
    )

    [event] = desk.take(report)

    assert event.report == report
    assert event.report.raw == raw


def test_a_record_that_is_no_plain_json_is_kept_as_well_as_it_can_be(file: Path, desks: Any) -> None:
    with closing(SqliteStore(file)) as store:
        desk = desks(store)
        raw = MappingProxyType({"fee": Decimal("0.5"), "parts": ("a", MappingProxyType({"b": 1})), "half": "\ud800"})

        [event] = desk.take(Report(recipient=PHONE, delivery=Delivery.DELIVERED, raw=raw))

        assert event.report.raw == {"fee": "0.5", "parts": ["a", {"b": 1}], "half": "\ud800"}


def test_a_repeat_is_no_news(desk: Any) -> None:
    report = desk.report("m1", at=desk.now, code="X")
    first = desk.tracker.receive([report, report])
    desk.tracker.process(first)

    again = desk.tracker.receive([report])

    assert len(first) == 1
    assert list(again) == []
    assert len(desk.told) == 1


def test_what_differs_in_a_word_is_no_repeat(desk: Any) -> None:
    numbers = desk.tracker.receive([desk.report("m1"), desk.report("m1", code="X"), desk.report("m1", reference="r")])

    assert len(set(numbers)) == 3


def test_the_same_number_is_told_once(desk: Any) -> None:
    numbers = desk.tracker.receive([desk.report("m1")])

    told = [desk.tracker.process(numbers), desk.tracker.process(numbers)]

    assert [len(each) for each in told] == [1, 0]


def test_each_report_says_whether_it_told_anything_new(desk: Any) -> None:
    desk.sent("a", "m1")
    deliveries = [Delivery.ACCEPTED, Delivery.UNDELIVERED, Delivery.DELIVERED, Delivery.UNDELIVERED]
    reports = [desk.report("m1", each, code=f"C{index}") for index, each in enumerate(deliveries)]

    events = desk.tracker.process(desk.tracker.receive(reports))

    assert [(event.tracked.delivery, event.changed) for event in events] == [
        (Delivery.ACCEPTED, False),
        (Delivery.UNDELIVERED, True),
        (Delivery.DELIVERED, True),
        (Delivery.DELIVERED, False),
    ]


def test_a_report_told_nothing_new_if_only_its_neighbour_did(desk: Any) -> None:
    desk.sent("a", "m1")

    events = desk.tracker.process(desk.tracker.receive([desk.report("m1"), desk.report("m9"), desk.report("m8")]))

    assert [(event.tracked is not None, event.changed) for event in events] == [
        (True, True),
        (False, False),
        (False, False),
    ]


def test_a_report_that_overtakes_the_answer_is_told_again_when_the_answer_comes(desk: Any) -> None:
    desk.start("a")
    desk.take(desk.report("m1"))
    desk.finish("a", Status.ACCEPTED, message_id="m1")

    desk.tracker.flush()

    assert [(event.tracked and event.tracked.delivery, event.changed) for event in desk.told] == [
        (None, False),
        (Delivery.DELIVERED, True),
    ]
    assert desk.tracker.unmatched() == []


def test_an_answer_that_is_still_buffered_is_seen_by_the_report(desk: Any) -> None:
    desk.start("a")
    desk.finish("a", Status.ACCEPTED, message_id="m1")

    [event] = desk.take(desk.report("m1"))

    assert (event.tracked.delivery, event.changed) == (Delivery.DELIVERED, True)


def test_a_store_that_fails_loses_no_start_and_no_answer(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.start("a", PHONE, OTHER)
    desk.finish("a", Status.REJECTED)

    def fail(*_: object, **__: object) -> None:
        # Meanwhile another thread hears of the other recipient.
        desk.finish("a", Status.ACCEPTED, OTHER)
        raise StoreError("no")

    with monkeypatch.context() as broken:
        broken.setattr(type(desk.store), "writing", fail)
        with pytest.raises(StoreError):
            desk.start("b")

    desk.tracker.flush()

    assert [desk.delivery("a", each) for each in (PHONE, OTHER)] == [Delivery.REJECTED, Delivery.ACCEPTED]
    assert desk.delivery("b") is Delivery.UNKNOWN


def test_what_is_noted_neither_waits_nor_is_lost(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    phones = [f"+86137{number:08d}" for number in range(2_000)]
    with monkeypatch.context() as broken:
        broken.setattr(type(desk.store), "writing", _never)
        desk.tracker.note(
            AttemptStarted(
                desk.name("a"), "cn", ((0, 0),) * len(phones), desk.now, tuple(phones), (None,) * len(phones)
            )
        )
        for phone in phones:
            desk.finish("a", Status.ACCEPTED, phone)

    desk.tracker.flush()

    assert {desk.delivery("a", phone) for phone in phones} == {Delivery.ACCEPTED}


def _never(*_: object, **__: object) -> None:
    raise AssertionError("the store is not to be asked")


def test_notes_do_not_pile_up_for_ever(desk: Any, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(30):
        phones = tuple(f"+86137{number:03d}{each:05d}" for each in range(1_000))
        desk.tracker.note(
            AttemptStarted(desk.name(str(number)), "cn", ((0, 0),) * 1000, desk.now, phones, (None,) * 1000)
        )

    assert len(desk.tracker._buffer.take()) <= 20_000
    assert "are lost" in caplog.text
    assert "+86137" not in caplog.text


def test_a_batch_of_many_is_followed_one_by_one(desk: Any) -> None:
    phones = tuple(f"+86137{number:08d}" for number in range(600))
    keys = tuple((0, index) for index in range(600))
    desk.tracker.record(AttemptStarted(desk.name("a"), "cn", keys, desk.now, phones))
    outcomes = [Outcome(phone, Status.ACCEPTED, provider_message_id="session") for phone in phones]
    desk.tracker.record(AttemptFinished(desk.name("a"), "cn", 600, 600, 0, 0, 0, (), 0.1, outcomes))

    events = desk.tracker.process(desk.tracker.receive([desk.report("session", phone=each) for each in phones]))

    assert [event.tracked.recipient for event in events] == list(phones)
    assert {event.tracked.delivery for event in events} == {Delivery.DELIVERED}


def test_the_engine_may_go_on_with_its_outcomes(desk: Any) -> None:
    desk.start("a")
    outcome = Outcome(PHONE, Status.UNKNOWN)
    desk.tracker.record(AttemptFinished(desk.name("a"), "cn", 1, 0, 0, 1, 0, (), 0.1, [outcome]))

    outcome.status = Status.ACCEPTED

    assert desk.delivery("a") is Delivery.UNKNOWN


def test_messages_from_phones_are_told_once_and_kept(desk: Any) -> None:
    first, second = _inbound(at=desk.now), _inbound("Hello", at=desk.now)

    events = desk.take(first, first, second)

    assert events == desk.told == [InboundReceived(first), InboundReceived(second)]
    assert desk.tracker.inbound() == [first, second]
    assert desk.tracker.inbound(desk.now + 1) == []


class TestChains:
    """Several attempts of one recipient of one message."""

    def test_the_best_of_them_counts(self, desk: Any) -> None:
        desk.start("a", references=["order-7"])
        desk.finish("a", Status.UNKNOWN, reason=Reason.NO_ANSWER)
        desk.now += 3
        desk.start("b", account="world", references=["order-7"])
        desk.finish("b", Status.ACCEPTED, message_id="m2")
        desk.settle("a", "b")

        [tracked] = desk.tracker.tracked(reference="order-7")

        assert (tracked.delivery, tracked.account, tracked.started_at) == (Delivery.ACCEPTED, "world", desk.now - 3)
        assert (tracked.provider_message_id, tracked.reference) == ("m2", "order-7")

    def test_it_is_unknown_while_one_of_them_may_have_been_sent(self, desk: Any) -> None:
        desk.in_doubt("a")
        desk.start("b", account="world")
        desk.finish("b", Status.REJECTED, reason=Reason.INSUFFICIENT_BALANCE)
        desk.settle("a", "b")

        [tracked] = desk.tracker.tracked(recipient=PHONE)

        assert (tracked.delivery, tracked.account, tracked.reason) == (Delivery.UNKNOWN, "cn", Reason.NO_ANSWER)

    def test_it_is_rejected_if_none_of_them_was_sent(self, desk: Any) -> None:
        for attempt, account in (("a", "cn"), ("b", "world")):
            desk.now += 1
            desk.start(attempt, account=account)
            desk.finish(attempt, Status.REJECTED)
        desk.settle("a", "b")

        [tracked] = desk.tracker.tracked(recipient=PHONE)

        assert (tracked.delivery, tracked.account) == (Delivery.REJECTED, "world")

    def test_a_report_of_the_first_attempt_tells_of_the_whole(self, desk: Any) -> None:
        desk.in_doubt("a")
        desk.start("b", account="world")
        desk.finish("b", Status.ACCEPTED, message_id="m2")
        desk.settle("a", "b")

        [event] = desk.take(desk.report("m1"))

        assert (event.tracked.delivery, event.tracked.account) == (Delivery.DELIVERED, "cn")
        assert [each.delivery for each in desk.tracker.tracked(message_id="m2")] == [Delivery.DELIVERED]

    def test_before_they_are_known_to_belong_together_they_are_apart(self, desk: Any) -> None:
        desk.in_doubt("a")
        desk.start("b", account="world")

        assert len(desk.tracker.tracked(recipient=PHONE)) == 2

    def test_the_recipients_of_a_batch_are_not_mixed_up(self, desk: Any) -> None:
        for attempt in "ab":
            desk.start(attempt, PHONE, OTHER)
        desk.settle("a", "b", phone=OTHER)

        assert len(desk.tracker.tracked(recipient=PHONE)) == 2
        assert len(desk.tracker.tracked(recipient=OTHER)) == 1


class TestQuestions:
    """What an application asks."""

    def test_all_that_is_given_has_to_fit_and_the_newest_comes_first(self, desk: Any) -> None:
        for index, attempt in enumerate("abc"):
            desk.now += 1
            desk.start(attempt, PHONE, OTHER, references=[f"order-{index % 2}", None])
            desk.finish(attempt, Status.ACCEPTED, message_id=f"m{index}")

        found = desk.tracker.tracked(recipient=PHONE, reference="order-0")
        exact = desk.tracker.tracked(recipient=PHONE, reference="order-0", message_id="m0")

        assert [each.provider_message_id for each in found] == ["m2", "m0"]
        assert exact == found[1:]
        assert desk.tracker.tracked(recipient=OTHER, reference="order-0") == []

    def test_an_id_that_only_a_report_tells_is_found(self, desk: Any) -> None:
        desk.in_doubt("a")
        desk.take(desk.report("m1"))

        [tracked] = desk.tracker.tracked(message_id="m1")

        assert (tracked.delivery, tracked.provider_message_id) == (Delivery.DELIVERED, "m1")

    def test_nothing_asked_is_an_error(self, desk: Any) -> None:
        with pytest.raises(InvalidCall, match="name a reference, a recipient or a message id"):
            desk.tracker.tracked()

    def test_half_a_character_in_a_reference_harms_nobody(self, desk: Any) -> None:
        desk.start("a", references=["\ud800"])

        assert len(desk.tracker.tracked(reference="\ud800")) == 1


class TestPulls:
    """Pulls are kept until what they brought is received."""

    def test_a_pull_is_kept_with_each_answer_and_forgotten_with_its_items(self, desk: Any, desks: Any) -> None:
        pull = desk.tracker.keep(_pull("pull_reports", b'[{"sid": 1}'))
        longer = desk.tracker.keep(
            Pull(pull.account, pull.call, pull.stamp, pull.limit, (*pull.answers, Response(200, b"\xff")), pull.number)
        )

        assert desks(desk.store).tracker.kept() == [longer]
        assert longer.number == pull.number is not None
        desk.tracker.receive([desk.report("m1")], longer)
        assert desks(desk.store).tracker.kept() == []

    def test_a_pull_under_way_is_not_taken_for_one_whose_process_died(self, desk: Any, desks: Any) -> None:
        first, second = desk.tracker.keep(_pull()), desk.tracker.keep(_pull("pull_inbound"))

        assert desk.tracker.kept() == []
        assert desks(desk.store).tracker.kept() == [first, second]

    def test_the_items_of_a_pull_are_of_its_account(self, desk: Any) -> None:
        pull = desk.tracker.keep(_pull())
        numbers = desk.tracker.receive([desk.report("m1", account=None)], pull)
        more = desk.tracker.receive([_inbound(account=None)], pull)

        events = desk.tracker.process([*numbers, *more])

        assert [events[0].report.account, events[1].inbound.account] == ["cn", "cn"]

    def test_a_pull_that_is_read_twice_brings_nothing_twice(self, desk: Any, desks: Any) -> None:
        pull = desk.tracker.keep(_pull())
        other = desks(desk.store)
        first = desk.tracker.receive([desk.report("m1")], pull)

        second = other.tracker.receive([desk.report("m1")], pull)

        assert (len(first), len(second)) == (1, 0)


class TestTelling:
    """Everything that came in is told at least once."""

    def test_what_a_dead_process_received_is_told_by_another(self, desk: Any, desks: Any) -> None:
        desk.sent("a", "m1")
        desk.tracker.receive([desk.report("m1")])
        other = desks(desk.store, now=desk.now + 61)

        events = other.tracker.process(other.tracker.unprocessed())

        assert [(event.tracked.delivery, event.changed) for event in events] == [(Delivery.DELIVERED, True)]
        assert other.tracker.unprocessed() == []

    def test_what_came_just_now_is_left_to_its_process(self, desk: Any) -> None:
        desk.tracker.receive([desk.report("m1")])
        desk.now += 59

        assert desk.tracker.unprocessed() == []

    def test_what_was_stored_and_not_told_is_news_to_whoever_tells_it(self, desk: Any, desks: Any) -> None:
        desk.sent("a", "m1")
        numbers = desk.tracker.receive([desk.report("m1")])
        desk.tracker._tell = _dying
        with pytest.raises(KeyboardInterrupt):
            desk.tracker.process(numbers)
        other = desks(desk.store, now=desk.now + 61)

        [event] = other.tracker.process(other.tracker.unprocessed())

        assert (event.tracked.delivery, event.changed) == (Delivery.DELIVERED, True)

    def test_what_a_dead_process_told_to_nobody_is_news_when_it_is_found(self, desk: Any, desks: Any) -> None:
        for attempt in "ab":
            desk.in_doubt(attempt)
        naming = desk.tracker.receive([desk.report("m1", reference=desk.name("a"))])
        nameless = desk.tracker.receive([desk.report("m2")])
        desk.tracker._tell = _dying
        with pytest.raises(KeyboardInterrupt):
            desk.tracker.process(nameless)
        other = desks(desk.store, now=desk.now + 61)

        events = other.tracker.process([*naming, *nameless])

        assert [(event.tracked.delivery, event.changed) for event in events] == [(Delivery.DELIVERED, True)] * 2

    def test_a_report_that_is_found_while_it_is_told_is_told_again(self, desk: Any) -> None:
        desk.start("a")
        numbers = desk.tracker.receive([desk.report("m1")])
        told = []

        def tell(event: Any) -> None:
            told.append(event)
            if len(told) == 1:
                desk.finish("a", Status.ACCEPTED, message_id="m1")
                desk.tracker.flush()

        desk.tracker._tell = tell
        desk.tracker.process(numbers)

        assert [each.tracked and each.tracked.delivery for each in told] == [None, Delivery.DELIVERED]

    def test_news_of_a_report_are_not_lost_with_whoever_found_it_while_it_was_told(self, desk: Any, desks: Any) -> None:
        desk.start("a")
        numbers = desk.tracker.receive([desk.report("m1")])
        other = desks(desk.store)
        other.tracker._tell = _dying

        def tell(_event: object) -> None:
            other.finish("a", Status.ACCEPTED, message_id="m1")
            with pytest.raises(KeyboardInterrupt):
                other.tracker.flush()

        desk.tracker._tell = tell
        desk.tracker.process(numbers)

        desk.tracker._tell = desk.told.append
        desk.now += 61
        [event] = desk.tracker.process(desk.tracker.unprocessed())
        assert (event.tracked.delivery, event.changed) == (Delivery.DELIVERED, True)

    def test_whoever_is_told_may_ask(self, desk: Any) -> None:
        desk.sent("a", "m1")
        asked = []
        desk.tracker._tell = lambda event: asked.extend(desk.tracker.tracked(recipient=event.report.recipient))

        desk.take(desk.report("m1"))

        assert [each.delivery for each in asked] == [Delivery.DELIVERED]


def _dying(_event: object) -> None:
    raise KeyboardInterrupt


class TestPruning:
    """What is old is forgotten, and counted where it fitted nobody."""

    def test_what_is_older_goes_and_the_rest_stays(self, desk: Any) -> None:
        desk.sent("a", "m1")
        desk.take(desk.report("m1"), _inbound(at=1.0))
        desk.now += DAY
        desk.sent("b", "m2")
        desk.take(desk.report("m2"), _inbound(at=2.0))

        count = desk.tracker.prune(desk.now)

        assert count == 3
        assert [desk.delivery(each) for each in "ab"] == [None, Delivery.DELIVERED]
        assert len(desk.tracker.inbound()) == 1
        assert desk.tracker.prune(desk.now) == 0

    def test_reports_that_fit_nobody_go_after_three_days_and_are_counted(self, desk: Any) -> None:
        desk.take(desk.report("m1"))
        desk.now += 2 * DAY
        desk.take(desk.report("m2"))
        desk.now += 1.5 * DAY

        desk.tracker.prune(0)

        assert [each.provider_message_id for each in desk.tracker.unmatched()] == ["m2"]
        assert desk.tracker.orphans() == 1

    def test_what_was_not_told_stays_however_old(self, desk: Any) -> None:
        desk.tracker.receive([desk.report("m1")])
        desk.now += 9 * DAY

        assert desk.tracker.prune(desk.now) == 0
        assert len(desk.tracker.unprocessed()) == 1

    def test_a_pull_that_could_not_be_read_goes_with_what_is_as_old(self, desk: Any, desks: Any) -> None:
        pull = desk.tracker.keep(_pull())
        other = desks(desk.store).tracker

        assert desk.tracker.prune(pull.stamp.now) == 0
        assert other.kept() == [pull]
        assert desk.tracker.prune(pull.stamp.now + 1) == 1
        assert other.kept() == []

    def test_what_is_kept_for_a_time_goes_by_itself_once_an_hour(self, desk: Any) -> None:
        tracker = Tracker(desk.store, lambda: desk.now, desk.told.append, keep_for=DAY)
        tracker.process(tracker.receive([_inbound(at=1.0)]))
        tracker.tidy()
        desk.now += 3000
        tracker.process(tracker.receive([_inbound(at=2.0)]))
        desk.now += DAY - 2999
        tracker.unprocessed()

        assert [each.at for each in tracker.inbound()] == [2.0]

    def test_a_pull_that_another_process_adds_to_is_not_forgotten(self, desk: Any, desks: Any) -> None:
        pull = desk.tracker.keep(_pull("pull_reports", b"1"))
        other = desks(desk.store).tracker
        (read,) = other.kept()
        longer = desk.tracker.keep(replace(pull, answers=(*pull.answers, Response(200, b"2"))))

        other.receive([desk.report("m1")], read)
        assert desks(desk.store).tracker.kept() == [longer]
        other.receive([desk.report("m1")], longer)
        assert desks(desk.store).tracker.kept() == []

    def test_many_rows_go_in_small_steps(self, desk: Any) -> None:
        phones = [f"+86137{number:08d}" for number in range(5_000)]
        desk.start("a", *phones)
        desk.now += 1
        desk.tracker.process(desk.tracker.receive([desk.report("m", phone=each) for each in phones]))
        desk.now += 1

        count = desk.tracker.prune(desk.now)

        assert count == 10_000
        assert desk.tracker.orphans() == 5_000

    def test_a_report_stays_found_when_its_submission_is_gone(self, desk: Any) -> None:
        desk.sent("a", "m1")
        desk.now += 5
        desk.take(desk.report("m1"))

        desk.tracker.prune(desk.now - 1)

        assert desk.delivery("a") is None
        assert desk.tracker.unmatched() == []


def test_several_threads_lose_nothing(desk: Any) -> None:
    rounds, threads = 12, 6
    barrier = threading.Barrier(threads)

    def work(thread: int) -> None:
        barrier.wait()
        for number in range(rounds):
            name, phone = f"{thread}{number:03d}", f"+8613700{thread:02d}{number:04d}"
            desk.start(name, phone)
            numbers = desk.tracker.receive([desk.report(f"early {name}", phone=phone)])
            desk.tracker.process(numbers)
            desk.finish(name, Status.ACCEPTED, phone, message_id=f"early {name}")
            desk.tracker.flush()
            desk.tracker.process(desk.tracker.receive([desk.report(f"early {name}", phone=phone, code="again")]))
            desk.tracker.receive([_inbound(f"{name}")])

    with ThreadPoolExecutor(threads) as pool:
        for each in [pool.submit(work, thread) for thread in range(threads)]:
            each.result()

    names = [(f"{t}{n:03d}", f"+8613700{t:02d}{n:04d}") for t in range(threads) for n in range(rounds)]
    assert {desk.delivery(name, phone) for name, phone in names} == {Delivery.DELIVERED}
    assert desk.tracker.unmatched() == []
    assert len(desk.tracker.inbound()) == rounds * threads


def test_closing_writes_what_is_buffered_and_a_closed_store_says_so(desk: Any) -> None:
    desk.start("a")
    desk.finish("a", Status.ACCEPTED)

    desk.tracker.close()

    with pytest.raises(StoreError, match="closed"):
        desk.tracker.receive([desk.report("m1")])
    desk.tracker.close()

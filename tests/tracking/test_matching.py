"""Whose a report is: by id, by our reference, by another report, or by the time if only one can be meant."""

from __future__ import annotations

import math
from typing import Any

import pytest

from smsway.model import Delivery, Reason, Status

OTHER = "+8613700000002"
HOUR = 3600.0


def test_a_report_is_found_by_the_id_that_the_provider_gave(desk: Any) -> None:
    desk.sent("a", "m1")
    desk.sent("b", "m2")

    desk.take(desk.report("m2"))

    assert desk.delivery("a") is Delivery.ACCEPTED
    assert desk.delivery("b") is Delivery.DELIVERED


def test_a_report_is_found_by_our_reference(desk: Any) -> None:
    desk.in_doubt("a")
    desk.in_doubt("b")

    desk.take(desk.report(reference=f"{desk.name('b')}-0", delivery=Delivery.UNDELIVERED))

    assert desk.delivery("a") is Delivery.UNKNOWN
    assert desk.delivery("b") is Delivery.UNDELIVERED


@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.UNKNOWN])
def test_a_report_that_came_before_its_attempt_could_be_written_down_is_found(desk: Any, status: Status) -> None:
    desk.take(desk.report(reference=desk.name("a")))
    desk.start("a")

    desk.finish("a", status, message_id="m1")

    assert desk.delivery("a") is Delivery.DELIVERED


@pytest.mark.parametrize("named_first", [True, False])
def test_a_report_is_found_by_the_id_that_another_gives_to_our_reference(desk: Any, named_first: bool) -> None:  # noqa: FBT001  # a parameter of the test
    desk.in_doubt("a")
    desk.in_doubt("b")
    named = desk.report("m1", Delivery.ACCEPTED, reference=desk.name("b"))
    nameless = desk.report("m1", Delivery.DELIVERED)

    desk.take(*((named, nameless) if named_first else (nameless, named)))

    assert desk.delivery("a") is Delivery.UNKNOWN
    assert desk.delivery("b") is Delivery.DELIVERED


def test_a_report_without_a_reference_is_of_the_only_one_that_is_unknown(desk: Any) -> None:
    desk.sent("a", "m1")
    desk.in_doubt("b")

    [event] = desk.take(desk.report("m2", at=desk.now + 5))

    assert desk.delivery("b") is Delivery.DELIVERED
    assert (event.tracked.provider_message_id, event.changed) == ("m2", True)


def test_a_report_without_a_reference_is_nobodys_if_two_are_unknown(desk: Any) -> None:
    desk.in_doubt("a")
    desk.in_doubt("b")

    [event] = desk.take(desk.report("m2"))

    assert event.tracked is None
    assert [desk.delivery(each) for each in "ab"] == [Delivery.UNKNOWN] * 2
    assert desk.tracker.unmatched() == [desk.report("m2")]


def test_the_last_who_can_be_meant_gets_the_report_when_the_others_are_known_by_other_ids(desk: Any) -> None:
    desk.in_doubt("a")
    desk.in_doubt("b")
    desk.take(desk.report("m2"))

    events = desk.take(desk.report("m1", Delivery.UNDELIVERED, reference=desk.name("a")))

    assert [desk.delivery(each) for each in "ab"] == [Delivery.UNDELIVERED, Delivery.DELIVERED]
    assert [(event.report.provider_message_id, event.tracked.delivery) for event in events] == [
        ("m1", Delivery.UNDELIVERED),
        ("m2", Delivery.DELIVERED),
    ]


def test_nothing_is_decided_by_time_while_another_waits_for_its_answer(desk: Any) -> None:
    desk.in_doubt("a")
    desk.start("b")
    desk.take(desk.report("m2"))
    assert desk.delivery("a") is Delivery.UNKNOWN

    desk.finish("b", Status.ACCEPTED, message_id="m3")

    assert desk.delivery("a") is Delivery.DELIVERED
    assert desk.delivery("b") is Delivery.ACCEPTED


@pytest.mark.parametrize("answered_first", [True, False])
def test_an_answer_may_contradict_what_a_report_says_of_its_id(desk: Any, answered_first: bool) -> None:  # noqa: FBT001  # a parameter of the test
    desk.in_doubt("a")
    desk.start("b")
    if answered_first:
        desk.finish("b", Status.ACCEPTED, message_id="m1")
    desk.take(desk.report("m2", Delivery.ACCEPTED, reference=desk.name("b")), desk.report("m1"))
    if not answered_first:
        desk.finish("b", Status.ACCEPTED, message_id="m1")

    assert [desk.delivery(each) for each in "ab"] == [Delivery.UNKNOWN, Delivery.DELIVERED]


def test_who_was_accepted_without_an_id_can_be_meant_as_well(desk: Any) -> None:
    desk.in_doubt("a")
    desk.start("b")
    desk.finish("b", Status.ACCEPTED)

    desk.take(desk.report("m2"))

    assert [desk.delivery(each) for each in "ab"] == [Delivery.UNKNOWN, Delivery.ACCEPTED]


@pytest.mark.parametrize("status", [Status.REJECTED, Status.NOT_SENT])
def test_who_was_never_sent_cannot_be_meant(desk: Any, status: Status) -> None:
    desk.in_doubt("a")
    desk.start("b")
    desk.finish("b", status)

    desk.take(desk.report("m2"))

    assert [desk.delivery(each) for each in "ab"] == [Delivery.DELIVERED, Delivery.REJECTED]


def test_an_attempt_that_begins_after_a_report_came_cannot_be_meant(desk: Any) -> None:
    desk.in_doubt("a")
    desk.now += 50
    numbers = desk.tracker.receive([desk.report("m2")])
    desk.now += 1
    desk.in_doubt("b")

    desk.tracker.process(numbers)

    assert [desk.delivery(each) for each in "ab"] == [Delivery.DELIVERED, Delivery.UNKNOWN]


@pytest.mark.parametrize(
    ("dated", "found"), [(-61, False), (-59, True), (72 * HOUR - 1, True), (72 * HOUR + 1, False), (math.nan, False)]
)
def test_the_time_of_a_report_must_fit_the_attempt(desk: Any, dated: float, found: bool) -> None:  # noqa: FBT001  # a parameter of the test
    desk.in_doubt("a")
    began = desk.now
    desk.now += 73 * HOUR

    desk.take(desk.report("m1", at=began + dated))

    assert (desk.delivery("a") is Delivery.DELIVERED) is found


def test_a_report_without_a_time_has_that_of_its_coming(desk: Any) -> None:
    desk.in_doubt("a")
    desk.now += 73 * HOUR

    desk.take(desk.report("m1"))

    assert desk.delivery("a") is Delivery.UNKNOWN


@pytest.mark.parametrize("at", [-HOUR - 1, 72 * HOUR + 1])
def test_a_time_that_cannot_be_is_not_believed_but_the_report_is(desk: Any, at: float) -> None:
    desk.sent("a", "m1")

    [event] = desk.take(desk.report("m1", at=desk.now + at))

    assert event.tracked.delivery is Delivery.DELIVERED
    assert event.tracked.reported_at is None


def test_a_time_that_can_be_is_told(desk: Any) -> None:
    desk.sent("a", "m1")

    [event] = desk.take(desk.report("m1", at=desk.now + 7))

    assert event.tracked.reported_at == desk.now + 7


@pytest.mark.parametrize(
    "foreign",
    [
        {"phone": OTHER},
        {"account": "world"},
        {"reference": "somebody else's reference"},
        {"reference": "0" * 19},
        {"phone": OTHER, "reference": "a"},
        {"account": "world", "reference": "a"},
        {"message_id": None},
        {"message_id": ""},
    ],
)
def test_a_report_of_somebody_else_counts_for_nobody(desk: Any, foreign: dict[str, Any]) -> None:
    desk.in_doubt("a")
    if foreign.get("reference") == "a":
        foreign = foreign | {"reference": desk.name("a")}

    [event] = desk.take(desk.report(**{"message_id": "m9", **foreign}))

    assert event.tracked is None
    assert not event.changed
    assert desk.delivery("a") is Delivery.UNKNOWN


def test_a_foreign_reference_does_not_matter_if_the_id_is_ours(desk: Any) -> None:
    desk.sent("a", "m1")

    desk.take(desk.report("m1", reference="what the application put there"))

    assert desk.delivery("a") is Delivery.DELIVERED


def test_the_id_of_a_batch_that_many_phones_share_is_told_apart_by_the_phone(desk: Any) -> None:
    desk.sent("a", "session", "+8613700000001")
    desk.sent("b", "session", OTHER)

    desk.take(desk.report("session", phone=OTHER))

    assert desk.delivery("a") is Delivery.ACCEPTED
    assert desk.delivery("b", OTHER) is Delivery.DELIVERED


def test_evidence_moves_an_unknown_to_rejected_as_well(desk: Any) -> None:
    desk.in_doubt("a")

    desk.take(desk.report(reference=desk.name("a"), delivery=Delivery.REJECTED))

    assert desk.delivery("a") is Delivery.REJECTED


def test_delivered_stays_delivered(desk: Any) -> None:
    desk.sent("a", "m1")
    desk.take(desk.report("m1", code="DELIVRD"))

    [event] = desk.take(desk.report("m1", Delivery.UNDELIVERED, code="UNDELIV"))

    assert (event.tracked.delivery, event.tracked.code, event.changed) == (Delivery.DELIVERED, "DELIVRD", False)


def test_a_report_for_a_text_that_was_refused_is_believed(desk: Any) -> None:
    desk.start("a")
    desk.finish("a", Status.REJECTED, reason=Reason.OTHER)

    desk.take(desk.report(reference=desk.name("a")))

    assert desk.delivery("a") is Delivery.DELIVERED


def test_an_answer_that_never_comes_is_given_up(desk: Any) -> None:
    desk.start("a")
    desk.now += 100
    desk.take(desk.report("m1"))
    assert desk.delivery("a") is Delivery.UNKNOWN
    desk.now += 900

    numbers = desk.tracker.unprocessed()
    [event] = desk.tracker.process(numbers)

    assert (event.tracked.delivery, event.changed) == (Delivery.DELIVERED, True)
    assert desk.tracker.unprocessed() == []


def test_a_report_of_another_account_decides_nothing_of_this_one(desk: Any) -> None:
    desk.in_doubt("a")
    desk.start("b")
    desk.take(desk.report("m1"))
    desk.now += 901

    desk.take(desk.report("m2", account="world", reference=desk.name("b")))

    assert [desk.delivery(each) for each in "ab"] == [Delivery.UNKNOWN] * 2


def test_a_report_gives_up_a_submission_that_has_waited_too_long(desk: Any) -> None:
    desk.start("a")
    desk.now += 901

    desk.take(desk.report("m1"))

    assert desk.delivery("a") is Delivery.DELIVERED


def test_an_answer_may_come_after_it_was_given_up(desk: Any) -> None:
    desk.start("a")
    desk.now += 901
    desk.tracker.unprocessed()

    desk.finish("a", Status.REJECTED, reason=Reason.INSUFFICIENT_BALANCE)

    tracked = desk.tracker.progress(desk.name("a"), "+8613700000001")
    assert (tracked.delivery, tracked.reason) == (Delivery.REJECTED, Reason.INSUFFICIENT_BALANCE)


def test_what_was_concluded_before_a_late_answer_stays(desk: Any) -> None:
    desk.start("a")
    desk.now += 901
    desk.take(desk.report("m1"))

    desk.finish("a", Status.ACCEPTED, message_id="m2")

    assert desk.delivery("a") is Delivery.DELIVERED

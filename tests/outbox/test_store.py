"""What every outbox does, whatever it keeps its recipients in."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from smsway.model import Attempt, Certainty, Kind, Outcome, Reason, Status
from smsway.outbox import (
    ANYBODY,
    Fenced,
    IdempotencyConflict,
    Mark,
    MemoryOutbox,
    Settlement,
    State,
    Swept,
    Wanted,
)

LEASE = 30.0


def outcome(claim, status=Status.ACCEPTED, attempt="a1", reason=None):
    certainty = Certainty.SENT if status is Status.ACCEPTED else Certainty.NOT_SENT
    attempts = (*claim.attempts, Attempt("cn", certainty, reason, None, 1.0, 0.5, attempt))
    return Outcome(
        claim.addressee.phone,
        status,
        "cn",
        reason,
        attempts=attempts,
        provider_message_id="sid",
        reference=claim.addressee.reference,
    )


def states(outbox, message):
    return [each.state for each in outbox.find(message=message).recipients]


@pytest.fixture
def worker(outbox):
    outbox.join("w1", "first", LEASE)
    return "w1"


def test_what_is_enqueued_waits(outbox, entry):
    message = entry(2, key="order-7")

    enqueued = outbox.enqueue([message])

    assert [(enqueued[0].id, enqueued[0].created)] == [(message.id, True)]
    found = outbox.find(key="order-7")
    assert [(each.phone, each.state, each.reference) for each in found.recipients] == [
        ("+6581234500", State.PENDING, "r0"),
        ("+6581234501", State.PENDING, "r1"),
    ]
    assert outbox.counts() == {State.PENDING: 2}


def test_the_same_key_and_digest_is_the_same_message(outbox, entry):
    first, second, third = entry(key="k", digest=b"x"), entry(key="k", digest=b"x"), entry(key="k", digest=b"x")
    outbox.enqueue([first])

    again = outbox.enqueue([second, third])

    assert [(each.id, each.created) for each in again] == [(first.id, False)] * 2
    assert outbox.counts() == {State.PENDING: 1}


def test_the_same_key_in_one_call_is_enqueued_once(outbox, entry):
    first, second = entry(key="k", digest=b"x"), entry(key="k", digest=b"x")

    enqueued = outbox.enqueue([first, second])

    assert [(each.id, each.created) for each in enqueued] == [(first.id, True), (first.id, False)]


def test_the_same_key_with_another_digest_enqueues_nothing(outbox, entry):
    outbox.enqueue([entry(key="k", digest=b"x")])

    with pytest.raises(IdempotencyConflict, match="'k'"):
        outbox.enqueue([entry(key="other"), entry(key="k", digest=b"y")])

    assert outbox.counts() == {State.PENDING: 1}
    assert outbox.find(key="other") is None


def test_codes_are_claimed_before_what_has_waited_longer(outbox, entry, worker, clock):
    news, code = entry(kind=Kind.MARKETING), entry(kind=Kind.OTP)
    outbox.enqueue([news])
    clock.time += 1
    outbox.enqueue([code])

    claims = outbox.claim(worker, 10)

    assert [claim.message for claim in claims] == [code.id, news.id]
    assert claims[0].left == pytest.approx(599)
    assert claims[0].content == '{"text": "hello"}'


def test_what_is_due_first_is_claimed_first(outbox, entry, worker, clock):
    later, sooner = entry(not_before=clock.time + 10), entry(not_before=clock.time + 5)
    outbox.enqueue([later, sooner])
    clock.time += 20

    [claim] = outbox.claim(worker, 1)

    assert claim.message == sooner.id


def but(*lanes):
    """Want whoever waits in none of the lanes."""
    return Wanted(dict.fromkeys(Kind, frozenset(lanes)))


def passed_over(outbox, worker, count, lane):
    """Claim so many, and give them back into a lane; return their messages."""
    claims = outbox.claim(worker, count)
    outbox.pass_over(worker, {claim.row: lane for claim in claims})
    return [claim.message for claim in claims]


def test_who_waits_for_an_account_that_is_busy_keeps_nobody_behind_waiting(outbox, entry, worker, clock):
    outbox.enqueue([entry(), entry()])
    slow = passed_over(outbox, worker, 2, "cn")
    clock.time += 1
    behind = entry()
    outbox.enqueue([behind])

    found = outbox.claim(worker, 1, None, but("cn", "sg"))
    none = outbox.claim(worker, 1, None, but("cn"))
    later = outbox.claim(worker, 3, None, but("sg"))

    assert [claim.message for claim in found] == [behind.id]
    assert none == []
    assert [claim.message for claim in later] == slow
    assert {(claim.tries, claim.doubts, claim.attempts) for claim in later} == {(0, 0, ())}


@pytest.mark.parametrize("fresh", [False, True])
def test_who_was_passed_over_comes_after_codes_and_before_or_after_those_who_were_not(
    outbox, entry, worker, clock, fresh
):
    outbox.enqueue([entry()])
    slow = passed_over(outbox, worker, 1, "cn")
    clock.time -= 1
    sooner, code = entry(not_before=clock.time), entry(kind=Kind.OTP)
    clock.time += 1
    outbox.enqueue([sooner, code])

    found = [outbox.claim(worker, 1, None, replace(ANYBODY, fresh=fresh))[0].message for _ in range(3)]

    assert found == ([code.id, sooner.id, *slow] if fresh else [code.id, *slow, sooner.id])


def test_kinds_that_are_not_wanted_are_left_and_lanes_are_busy_by_kind(outbox, entry, worker):
    outbox.enqueue([entry(kind=kind) for kind in Kind])
    passed_over(outbox, worker, 3, "cn")
    wanted = Wanted({Kind.OTP: frozenset(), Kind.MARKETING: frozenset({"cn"})})

    assert [claim.kind for claim in outbox.claim(worker, 3, None, wanted)] == [Kind.OTP]


def test_whose_time_is_over_is_claimed_from_any_lane_to_be_told(outbox, entry, worker, clock):
    outbox.enqueue([entry(not_after=clock.time + 60)])
    passed_over(outbox, worker, 1, "cn")
    clock.time += 59
    before = outbox.claim(worker, 1, None, but("cn"))
    clock.time += 1
    outbox.enqueue([entry()])

    first, second = (outbox.claim(worker, 1, None, but("cn")) for _ in range(2))

    assert before == []
    assert [first[0].left > 0, second[0].left] == [True, 0]


def test_who_is_claimed_again_is_in_no_lane(outbox, entry, worker):
    outbox.enqueue([entry()])
    passed_over(outbox, worker, 1, "cn")
    outbox.claim(worker, 1)
    outbox.leave(worker)
    outbox.join("w2", "second", LEASE)

    assert len(outbox.claim("w2", 1, None, but("cn"))) == 1


def test_who_waits_in_a_lane_is_pending_and_offered_and_cancelled_like_anybody_else(outbox, entry, worker):
    message = entry(2)
    outbox.enqueue([message])
    passed_over(outbox, worker, 2, "cn")

    assert outbox.counts() == {State.PENDING: 2}
    assert (outbox.next_due(), outbox.is_done()) == (pytest.approx(0), False)
    [row] = outbox.offer(1, dict.fromkeys(Kind, 10.0))[Kind.NOTIFICATION]
    assert [claim.row for claim in outbox.claim(worker, 1, [row], but("cn"))] == [row]
    assert outbox.cancel(message.id) == 1


def test_only_who_is_the_workers_and_not_begun_is_passed_over(outbox, entry, worker):
    outbox.enqueue([entry(3)])
    begun, settled, gone = outbox.claim(worker, 3)
    outbox.mark(worker, Mark("a1", "cn", [begun.row, settled.row]))
    outbox.settle(worker, [Settlement(settled.row, outcome(settled))])
    outbox.leave(worker)
    outbox.join("w2", "second", LEASE)
    outbox.join("w3", "third", LEASE)
    [again] = outbox.claim("w2", 1)

    outbox.pass_over("w3", dict.fromkeys([begun.row, settled.row, gone.row], "cn"))
    with pytest.raises(Fenced):
        outbox.pass_over(worker, {gone.row: "cn"})

    assert again.row == gone.row
    assert outbox.counts() == {State.UNKNOWN: 1, State.ACCEPTED: 1, State.CLAIMED: 1}


def test_nobody_else_claims_what_is_claimed(outbox, entry, worker):
    outbox.enqueue([entry(3)])
    outbox.join("w2", "second", LEASE)

    first, second = outbox.claim(worker, 2), outbox.claim("w2", 2)

    assert [claim.position for claim in first] == [0, 1]
    assert [claim.position for claim in second] == [2]


def test_what_is_not_due_is_not_claimed(outbox, entry, worker, clock):
    outbox.enqueue([entry(not_before=clock.time + 60)])

    assert outbox.claim(worker, 1) == []
    assert outbox.next_due() == pytest.approx(60)
    clock.time += 60
    assert len(outbox.claim(worker, 1)) == 1
    assert outbox.next_due() is None


def test_what_can_be_sent_no_more_is_claimed_to_be_told(outbox, entry, worker, clock):
    outbox.enqueue([entry(not_before=clock.time + 900, not_after=clock.time + 60)])
    clock.time += 61

    claims = outbox.claim(worker, 1)

    assert claims[0].left == pytest.approx(-1)
    assert outbox.mark(worker, Mark("a1", "cn", [claims[0].row])) is False


def test_a_result_is_kept_whole(outbox, entry, worker):
    message = entry()
    outbox.enqueue([message])
    [claim] = outbox.claim(worker, 1)

    marked = outbox.mark(worker, Mark("a1", "cn", [claim.row]))
    changed = outbox.settle(worker, [Settlement(claim.row, outcome(claim))])

    assert (marked, changed) == (True, 1)
    [progress] = outbox.find(message=message.id).recipients
    assert progress.state is State.ACCEPTED
    assert progress.outcome == outcome(claim)


def test_what_comes_back_is_due_again_later(outbox, entry, worker, clock):
    outbox.enqueue([entry()])
    [claim] = outbox.claim(worker, 1)

    outbox.settle(worker, [Settlement(claim.row, outcome(claim, Status.REJECTED, reason=Reason.RATE_LIMITED), 20)])

    assert outbox.claim(worker, 1) == []
    clock.time += 20
    [again] = outbox.claim(worker, 1)
    assert (again.row, again.tries, again.doubts) == (claim.row, 1, 0)
    assert [each.reference for each in again.attempts] == ["a1"]


def test_a_task_that_is_delivered_again_does_not_hurry_what_came_back(outbox, entry, worker, clock):
    outbox.enqueue([entry(not_before=clock.time), entry(not_before=clock.time + 5)])
    [rows] = outbox.offer(1, dict.fromkeys(Kind, 60.0)).values()
    [claim] = outbox.claim(worker, 1, rows)
    outbox.settle(worker, [Settlement(claim.row, outcome(claim, Status.REJECTED, reason=Reason.RATE_LIMITED), 20)])

    # It names one beside that was never offered.
    assert outbox.claim(worker, 2, [claim.row, claim.row + 1]) == []
    clock.time += 20
    assert len(outbox.claim(worker, 2, [claim.row, claim.row + 1])) == 2


def test_what_comes_back_is_due_when_its_time_is_over_at_the_latest(outbox, entry, worker):
    outbox.enqueue([entry()])
    [claim] = outbox.claim(worker, 1)

    outbox.settle(worker, [Settlement(claim.row, outcome(claim, Status.NOT_SENT, reason=Reason.UNREACHABLE), 9999)])

    assert outbox.next_due() == pytest.approx(600)


def test_the_claims_of_a_dead_worker_are_due_again(outbox, entry, worker, clock):
    message = entry(2)
    outbox.enqueue([message])
    outbox.claim(worker, 1)
    clock.time += LEASE

    swept = outbox.sweep()

    assert swept == Swept(workers=1, again=1)
    assert states(outbox, message.id) == [State.PENDING, State.PENDING]
    with pytest.raises(Fenced, match="w1"):
        outbox.beat(worker, LEASE)
    with pytest.raises(Fenced, match="w1"):
        outbox.claim(worker, 1)


def test_a_worker_that_is_heard_of_lives(outbox, entry, worker, clock):
    outbox.enqueue([entry()])
    outbox.claim(worker, 1)
    clock.time += LEASE - 1
    outbox.beat(worker, LEASE)
    clock.time += LEASE - 1

    assert outbox.sweep() == Swept()


def test_what_a_dead_worker_had_of_an_offer_is_due_at_once(outbox, entry, worker, clock):
    outbox.enqueue([entry(2)])
    [rows] = outbox.offer(2, dict.fromkeys(Kind, 500.0)).values()
    claims = outbox.claim(worker, 2, rows)
    outbox.mark(worker, Mark("a1", "cn", [claims[0].row], again=frozenset({claims[0].row})))
    clock.time += LEASE

    swept = outbox.sweep()

    assert swept == Swept(workers=1, again=2)
    outbox.join("w2", "second", LEASE)
    assert len(outbox.claim("w2", 2)) == 2


def test_an_attempt_of_a_dead_worker_is_unknown(outbox, entry, worker, clock):
    message = entry()
    outbox.enqueue([message])
    [claim] = outbox.claim(worker, 1)
    outbox.mark(worker, Mark("a1", "cn", [claim.row]))
    clock.time += LEASE

    swept = outbox.sweep()

    assert swept == Swept(workers=1, unknown=1)
    [progress] = outbox.find(message=message.id).recipients
    assert (progress.state, progress.outcome.reason) == (State.UNKNOWN, Reason.NO_ANSWER)
    assert [(each.account, each.certainty) for each in progress.outcome.attempts] == [("cn", Certainty.MAYBE_SENT)]
    outbox.join("w2", "second", LEASE)
    assert outbox.claim("w2", 1) == []


def test_an_attempt_that_may_be_repeated_is_due_again_with_a_doubt(outbox, entry, worker, clock):
    outbox.enqueue([entry()])
    [claim] = outbox.claim(worker, 1)
    outbox.mark(worker, Mark("a1", "cn", [claim.row], again=frozenset({claim.row})))
    clock.time += LEASE

    swept = outbox.sweep()

    assert swept == Swept(workers=1, again=1)
    outbox.join("w2", "second", LEASE)
    [again] = outbox.claim("w2", 1)
    assert again.doubts == 1
    assert [(each.account, each.certainty) for each in again.attempts] == [("cn", Certainty.MAYBE_SENT)]


def test_a_worker_that_was_declared_dead_marks_nothing(outbox, entry, worker, clock):
    message = entry(2)
    outbox.enqueue([message])
    claims = outbox.claim(worker, 2)
    clock.time += LEASE
    outbox.sweep()
    outbox.join("w2", "second", LEASE)
    outbox.claim("w2", 1)

    assert outbox.mark(worker, Mark("a1", "cn", [claim.row for claim in claims])) is False
    assert states(outbox, message.id) == [State.CLAIMED, State.PENDING]


def test_a_mark_is_done_as_a_whole_or_not_at_all(outbox, entry, worker):
    message = entry(2)
    outbox.enqueue([message])
    outbox.join("w2", "second", LEASE)
    [mine], [other] = outbox.claim(worker, 1), outbox.claim("w2", 1)

    assert outbox.mark(worker, Mark("a1", "cn", [mine.row, other.row])) is False
    assert states(outbox, message.id) == [State.CLAIMED, State.CLAIMED]


def test_a_late_result_of_the_last_attempt_is_believed(outbox, entry, worker, clock):
    message = entry()
    outbox.enqueue([message])
    [claim] = outbox.claim(worker, 1)
    outbox.mark(worker, Mark("a1", "cn", [claim.row]))
    clock.time += LEASE
    outbox.sweep()

    changed = outbox.settle(worker, [Settlement(claim.row, outcome(claim))])

    assert changed == 1
    assert states(outbox, message.id) == [State.ACCEPTED]


@pytest.mark.parametrize("late", ["not sent", "other attempt", "unknown"])
def test_a_late_result_that_is_no_news_changes_nothing(outbox, entry, worker, clock, late):
    message = entry()
    outbox.enqueue([message])
    [claim] = outbox.claim(worker, 1)
    outbox.mark(worker, Mark("a1", "cn", [claim.row], again=frozenset({claim.row})))
    clock.time += LEASE
    outbox.sweep()
    said = {
        "not sent": Settlement(claim.row, outcome(claim, Status.NOT_SENT), 5.0),
        "other attempt": Settlement(claim.row, outcome(claim, attempt="a0")),
        "unknown": Settlement(claim.row, outcome(claim, Status.UNKNOWN)),
    }[late]

    assert outbox.settle(worker, [said]) == 0
    assert states(outbox, message.id) == [State.PENDING]


def test_a_late_result_does_not_disturb_who_has_it_now(outbox, entry, worker, clock):
    message = entry()
    outbox.enqueue([message])
    [claim] = outbox.claim(worker, 1)
    outbox.mark(worker, Mark("a1", "cn", [claim.row], again=frozenset({claim.row})))
    clock.time += LEASE
    outbox.sweep()
    outbox.join("w2", "second", LEASE)
    outbox.claim("w2", 1)

    assert outbox.settle(worker, [Settlement(claim.row, outcome(claim))]) == 0
    assert states(outbox, message.id) == [State.CLAIMED]


def test_a_worker_that_leaves_gives_back_what_it_has(outbox, entry, worker):
    message = entry(2)
    outbox.enqueue([message])
    claims = outbox.claim(worker, 2)
    outbox.mark(worker, Mark("a1", "cn", [claims[0].row]))

    outbox.leave(worker)

    assert states(outbox, message.id) == [State.UNKNOWN, State.PENDING]
    outbox.leave(worker)


def test_what_is_cancelled_is_not_sent(outbox, entry, worker):
    message = entry(2)
    outbox.enqueue([message])
    outbox.claim(worker, 1)

    cancelled = outbox.cancel(message.id)

    assert cancelled == 1
    assert states(outbox, message.id) == [State.CLAIMED, State.NOT_SENT]
    assert outbox.find(message=message.id).recipients[1].outcome.reason is Reason.STOPPED
    assert outbox.cancel("nobody") == 0


def test_what_is_cancelled_after_a_doubt_is_unknown(outbox, entry, worker, clock):
    message = entry()
    outbox.enqueue([message])
    [claim] = outbox.claim(worker, 1)
    outbox.mark(worker, Mark("a1", "cn", [claim.row], again=frozenset({claim.row})))
    clock.time += LEASE
    outbox.sweep()

    outbox.cancel(message.id)

    [progress] = outbox.find(message=message.id).recipients
    assert (progress.state, progress.outcome.status) == (State.UNKNOWN, Status.UNKNOWN)


def test_what_is_old_and_final_is_forgotten(outbox, entry, worker, clock):
    done, waiting = entry(2, key="k"), entry()
    outbox.enqueue([done])
    claims = outbox.claim(worker, 2)
    outbox.settle(worker, [Settlement(claim.row, outcome(claim)) for claim in claims])
    clock.time += 600
    outbox.enqueue([waiting])
    clock.time += 100

    assert outbox.prune(101, 10) == 0
    assert outbox.prune(99, 10) == 1

    assert outbox.find(message=done.id) is None
    assert outbox.find(key="k") is None
    assert outbox.counts() == {State.PENDING: 1}


def test_what_has_waited_for_long_is_not_forgotten_as_soon_as_it_is_sent(outbox, entry, clock):
    outbox.enqueue([entry(key="k", not_before=clock.time + 1000, not_after=clock.time + 2000)])
    clock.time += 1000
    outbox.join("w1", "first", LEASE)
    [claim] = outbox.claim("w1", 1)
    outbox.settle("w1", [Settlement(claim.row, outcome(claim))])

    assert outbox.prune(500, 10) == 0
    assert outbox.find(key="k") is not None
    clock.time += 1501
    assert outbox.prune(500, 10) == 1


def test_a_conflict_leaves_nothing_in_the_transaction_of_the_caller(outbox, entry):
    if isinstance(outbox, MemoryOutbox):
        pytest.skip("it takes part in no transaction")
    outbox.enqueue([entry(key="k", digest=b"x")])

    with outbox.database.engine.begin() as connection, suppress(IdempotencyConflict):
        outbox.enqueue([entry(key="other"), entry(key="k", digest=b"y")], connection)

    assert outbox.find(key="other") is None
    assert [each.created for each in outbox.enqueue([entry(key="other")])] == [True]

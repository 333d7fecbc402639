"""Whatever a vendor says, the result of everybody is written down."""

from __future__ import annotations

import pytest

from smsway.model import AccountHealth, Attempt, BreakerState, Certainty, Outcome, Status
from smsway.outbox import Mark, Settlement, State


@pytest.mark.parametrize(
    "odd",
    [
        {"detail": "no\x00text"},
        {"code": "\x00"},
        {"provider_message_id": "a\x00b"},
        {"detail": "half of a \ud83d pair"},
        {"code": "\ud83d"},
        {"provider_message_id": "\udc00"},
        {"fee": 10**10},
        {"fee": -(10**30)},
    ],
    ids=str,
)
def test_an_odd_answer_keeps_nobodys_result_from_being_written_down(outbox, entry, odd):
    outbox.enqueue([entry(2)])
    outbox.join("w1", "first", 30.0)
    claims = outbox.claim("w1", 2)
    outbox.mark("w1", Mark("a1", "cn", [claim.row for claim in claims]))
    attempts = (Attempt("cn", Certainty.SENT, None, odd.get("code"), 1.0, 0.5, "a1"),)
    first, second = (
        Outcome(claim.addressee.phone, Status.ACCEPTED, "cn", attempts=attempts, **more)
        for claim, more in zip(claims, [{}, odd], strict=True)
    )

    changed = outbox.settle("w1", [Settlement(claims[0].row, first), Settlement(claims[1].row, second)])

    assert changed == 2
    assert outbox.counts() == {State.ACCEPTED: 2}


def test_what_a_vendor_said_is_kept_as_far_as_it_can_be(outbox, entry):
    message = entry()
    outbox.enqueue([message])
    outbox.join("w1", "first", 30.0)
    [claim] = outbox.claim("w1", 1)
    said = Outcome(claim.addressee.phone, Status.REJECTED, "cn", None, "E\x001", "first line\nsecond", fee=2**31 - 1)

    outbox.settle("w1", [Settlement(claim.row, said)])

    [progress] = outbox.find(message=message.id).recipients
    assert progress.outcome.code in {"E\x001", "E\ufffd1"}
    assert progress.outcome.detail == "first line\nsecond"
    assert progress.outcome.fee == 2**31 - 1


@pytest.mark.parametrize("cause", ["half of a \ud83d pair", "no\x00text"], ids=repr)
def test_an_odd_answer_keeps_no_worker_from_being_heard_of(outbox, clock, cause):
    outbox.join("w1", "first", 30.0)

    outbox.beat("w1", 60.0, {"cn": AccountHealth("cn", BreakerState.OPEN, cause)})

    assert [each.until for each in outbox.workers()] == [clock.time + 60.0]

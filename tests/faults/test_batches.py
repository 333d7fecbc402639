"""Recipients of one batch part ways, and their refusals say nothing about the account."""

import logging

import pytest

from smsway import BreakerState, Status
from smsway.model import Reason

BATCH = [f"+6598{number:06d}" for number in range(200)]
SEVEN = BATCH[3:200:30][:7]


@pytest.fixture
def world(make_world):
    return make_world({"first": "tencent-global", "second": "tencent-global"})


@pytest.mark.parametrize("reason", ["insufficient_balance", "template_refused", "unsupported_destination"])
def test_exactly_the_refused_recipients_move_on_in_one_batch(world, message, reason):
    world.sandbox.refuse_recipients(reason, account="first", phones=SEVEN)

    result = world.send(message(*BATCH))

    assert result.all_accepted
    assert {outcome.recipient for outcome in result if outcome.account == "second"} == set(SEVEN)
    assert [outcome.recipient for outcome in result] == BATCH
    assert world.sandbox.requests() == {"first": 1, "second": 1}
    assert {each.phone for each in world.sandbox.submissions("second")} == set(SEVEN)
    assert world.sandbox.texts() == dict.fromkeys(BATCH, 1)


def test_what_one_request_came_to_is_told_of_each_recipient_as_it_concerns_it(world, message):
    world.sandbox.refuse_recipients("insufficient_balance", account="first", phones=SEVEN)

    result = world.send(message(*BATCH))

    told = {outcome.recipient: [(each.account, each.reason) for each in outcome.attempts] for outcome in result}
    moved = [("first", Reason.INSUFFICIENT_BALANCE), ("second", None)]
    assert told == {phone: moved if phone in SEVEN else [("first", None)] for phone in BATCH}


@pytest.mark.parametrize("reason", ["invalid_recipient", "blocked_recipient", "recipient_rate_limited"])
def test_a_refused_recipient_moves_nowhere_and_leaves_the_account_healthy(make_world, message, provider, reason):
    world = make_world({"first": provider, "second": provider})
    world.sandbox.refuse_recipients(reason, phones=SEVEN)

    result = world.send(message(*BATCH))

    assert {outcome.recipient for outcome in result if outcome.status is Status.REJECTED} == set(SEVEN)
    assert {outcome.reason for outcome in result} <= {None, Reason(reason), Reason.OTHER}
    assert world.sandbox.requests() == {"first": 1, "second": 0}
    assert {each.state for each in world.face.client.health().values()} == {BreakerState.CLOSED}
    assert world.sandbox.texts() == {phone: 1 for phone in BATCH if phone not in SEVEN}


def test_two_thousand_refused_recipients_leave_the_account_healthy(world, message):
    phones = [f"+6598{number:06d}" for number in range(2000)]
    world.sandbox.refuse_recipients("invalid_recipient")

    result = world.send(message(*phones))

    assert result.counts == {Status.REJECTED: 2000}
    assert world.sandbox.requests()["second"] == 0
    assert {each.state for each in world.face.client.health().values()} == {BreakerState.CLOSED}


def test_an_account_that_needs_a_person_is_logged_and_rests(world, message, caplog):
    world.sandbox.refuse_recipients("insufficient_balance", account="first")

    with caplog.at_level(logging.ERROR, "smsway"):
        world.send(message(*BATCH))
        world.send(message(*BATCH[:3]))

    assert "account first needs attention: insufficient_balance" in caplog.text
    assert world.face.client.health()["first"].cause.startswith("account first: insufficient_balance (code ")
    assert world.sandbox.requests() == {"first": 1, "second": 2}


def test_whoever_is_left_out_of_the_answer_is_unknown(make_world, message):
    world = make_world({"first": "tencent-v5", "second": "tencent-v5"})
    world.sandbox.inject("missing", account="first")

    result = world.send(message(*BATCH[:5]))

    assert [outcome.status for outcome in result] == [Status.UNKNOWN] + [Status.ACCEPTED] * 4
    assert result[0].reason is Reason.MISSING_RESULT
    assert world.sandbox.requests()["second"] == 0


@pytest.mark.parametrize("fault", ["missing", "reordered", "surplus", "duplicated"])
def test_a_spoilt_list_of_results_gives_nobody_the_id_of_another(make_world, message, provider, fault):
    world = make_world({"first": provider, "second": provider})
    world.sandbox.inject(fault, account="first")
    world.sandbox.refuse_recipients("invalid_recipient", phones=[BATCH[1]])

    result = world.send(message(*BATCH[:6]))

    recorded = {each.phone: each.message_id for each in world.sandbox.submissions("first")}
    for outcome in result:
        if outcome.status is Status.ACCEPTED:
            assert outcome.recipient in recorded
            if provider != "usms":  # whose one id is the whole request's
                assert outcome.provider_message_id == recorded[outcome.recipient]
        if outcome.status is Status.REJECTED:
            assert outcome.recipient not in recorded
    assert world.sandbox.requests()["second"] == 0

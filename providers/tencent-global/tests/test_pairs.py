"""Client and server of this package against each other, over every refusal that a client can meet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsway.provider import Batch, Filled, Parcel, Reason, Stamp, Status, UnexpectedResponse, parse_phone
from smsway_tencent_global._sandbox import _CODES, TencentGlobalSide

FIRST, SECOND = "+60198890000", "+60198890001"


def test_what_the_client_sends_the_server_accepts(send, make_batch, desk, stamp):
    outcomes = send(make_batch(200))

    assert {o.status for o in outcomes} == {Status.ACCEPTED}
    assert len(desk.texts) == 200
    assert desk.texts[7] == ("+60198890007", stamp.reference_of(7))
    assert (outcomes[7].provider_message_id, outcomes[7].fee) == ("serial-8", 1)


def test_a_temporary_pair_of_keys_is_accepted_with_its_token_only(make_config, make_client, make_batch, transmit):
    batch, side = make_batch(1), TencentGlobalSide(make_config(token="temporary"))
    with_token, without = make_client(token="temporary"), make_client()

    (good,) = with_token.decode(batch, transmit(with_token.encode(batch), side))
    (bad,) = without.decode(batch, transmit(without.encode(batch), side))

    assert good.status is Status.ACCEPTED
    assert bad.code == "AuthFailure.TokenFailure"


def test_contents_of_their_own_are_judged_each_by_itself(send):
    contents = [
        Filled(template="1800308", params=("190191",), sender="Qsms"),
        Filled(template="1800309"),
        Filled(template="1800308", params=("190191", "4")),
        Filled(template="1800308", params=()),
        Filled(template="1"),
        Filled(template="1800309", sender="Unknown"),
        Filled(template="1800308", params=("see HTTPS://example.com",)),
        Filled(template="1800308", params=("www.example.com",)),
    ]

    outcomes = send(Batch([Parcel(parse_phone(f"+6019889{i:04}"), content) for i, content in enumerate(contents)]))

    assert [outcome.reason for outcome in outcomes] == [
        None,
        None,
        Reason.TEMPLATE_REFUSED,
        Reason.TEMPLATE_REFUSED,
        Reason.TEMPLATE_REFUSED,
        Reason.SIGNATURE_REFUSED,
        Reason.INVALID_CONTENT,
        Reason.INVALID_CONTENT,
    ]


@pytest.mark.parametrize("reason", _CODES)
def test_what_the_desk_refuses_is_what_the_client_reads(send, make_batch, desk, reason):
    desk.refusals[SECOND] = reason

    outcomes = send(make_batch(3))

    assert [o.status for o in outcomes][::2] == [Status.ACCEPTED, Status.ACCEPTED]
    assert outcomes[1].reason is reason
    assert (outcomes[1].status is Status.UNKNOWN) == (reason is Reason.AMBIGUOUS)
    assert [phone for phone, _ in desk.texts] == [FIRST, "+60198890002"]


@pytest.mark.parametrize("reason", sorted(set(Reason) - set(_CODES)))
def test_a_reason_that_no_vendor_gives_is_answered_ambiguously(send, make_batch, desk, reason):
    desk.refusals[FIRST] = reason

    assert send(make_batch(1))[0].reason is Reason.AMBIGUOUS


def test_whoever_the_balance_does_not_cover_is_refused(send, make_batch, desk):
    desk.balance = 2

    outcomes = send(make_batch(4))

    assert [o.reason for o in outcomes] == [None, None, Reason.INSUFFICIENT_BALANCE, Reason.INSUFFICIENT_BALANCE]
    assert outcomes[2].code == "FailedOperation.InsufficientBalanceInSmsPackage"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"secret_id": "AKIDother"}, "AuthFailure.SecretIdNotFound"),
        ({"secret_key": "other"}, "AuthFailure.SignatureFailure"),
        ({"token": "other"}, "AuthFailure.TokenFailure"),
        ({"sdk_app_id": "1400006666"}, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
    ],
)
def test_an_account_that_is_set_up_wrongly_is_refused_as_a_whole(send, make_batch, desk, settings, code):
    outcomes = send(make_batch(2), **settings)

    assert [(o.status, o.code) for o in outcomes] == [(Status.REJECTED, code)] * 2
    assert desk.texts == []


@pytest.mark.parametrize(("skew", "refused"), [(-301, True), (-300, False), (0, False), (300, False), (301, True)])
def test_the_clocks_may_differ_by_five_minutes(send, make_batch, desk, skew, refused):
    (outcome,) = send(make_batch(1), at=Stamp(desk.now + skew, 1))

    assert outcome.reason is (Reason.CLOCK_SKEW if refused else None)
    assert outcome.code == ("AuthFailure.SignatureExpire" if refused else None)


def test_too_many_requests_are_refused_as_a_whole(send, make_batch, desk):
    desk.busy = True

    assert {o.code for o in send(make_batch(2))} == {"RequestLimitExceeded"}
    assert desk.texts == []


def test_more_than_200_numbers_are_refused_as_a_whole(send, make_batch, desk):
    outcomes = send(make_batch(201))

    assert {(o.code, o.reason) for o in outcomes} == {("LimitExceeded.PhoneNumberCountLimit", Reason.INVALID_BATCH)}
    assert desk.texts == []


def test_results_that_a_fault_leaves_out_are_unknown_to_the_client(send, make_batch, desk):
    desk.rewrite = lambda results: results[1:]

    outcomes = send(make_batch(3))

    assert [o.status for o in outcomes] == [Status.UNKNOWN, Status.ACCEPTED, Status.ACCEPTED]
    assert len(desk.texts) == 3


def test_results_that_a_fault_shuffles_are_booked_all_the_same(send, make_batch, desk):
    desk.rewrite = lambda results: results[::-1]

    outcomes = send(make_batch(3))

    assert [o.provider_message_id for o in outcomes] == ["serial-1", "serial-2", "serial-3"]


def test_the_answer_to_another_attempt_is_not_believed(make_client, make_batch, desk, transmit):
    first, second = make_client(at=Stamp(desk.now, 1)), make_client(at=Stamp(desk.now, 2))

    stray = replace(transmit(first.encode(make_batch(2))), fresh=False)

    with pytest.raises(UnexpectedResponse, match="not of this request"):
        second.decode(make_batch(2), stray)

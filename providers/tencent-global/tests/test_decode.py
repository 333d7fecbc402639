"""What is read out of the bytes that come back."""

from __future__ import annotations

import traceback

import pytest

from smsway.provider import Reason, Response, Status, UnexpectedResponse

FIRST, SECOND = "+60198890000", "+60198890001"


@pytest.fixture
def result(stamp):
    """Make one result as the vendor's page shows it, for the recipient at *index*."""

    def result_at(index: int, **members: object) -> dict[str, object]:
        documented = {
            "Code": "Ok",
            "Fee": 1,
            "IsoCode": "MY",
            "Message": "send success",
            "PhoneNumber": (FIRST, SECOND)[index],
            "SerialNo": f"a84166ff-8c6c-41f7-923b-9fdd27fd0fe{index}",
            "SessionContext": f"{stamp.reference}-{index}",
        }
        return {name: value for name, value in {**documented, **members}.items() if value is not ...}

    return result_at


@pytest.fixture
def read(client, make_batch, answer):
    """Decode an answer with the given results to a request for two recipients."""

    def read_results(*results: object, fresh: bool = True, **members: object):
        content = {"SendMultiStatusSet": list(results), "RequestId": "104cc55c", **members}
        return client.decode(make_batch(2), answer(content, fresh=fresh))

    return read_results


def test_the_published_success_is_read(read, result):
    outcomes = read(result(0), result(1))

    assert [(o.recipient, o.status, o.provider_message_id, o.fee) for o in outcomes] == [
        (FIRST, Status.ACCEPTED, "a84166ff-8c6c-41f7-923b-9fdd27fd0fe0", 1),
        (SECOND, Status.ACCEPTED, "a84166ff-8c6c-41f7-923b-9fdd27fd0fe1", 1),
    ]


def test_results_are_booked_by_phone_and_not_by_position(read, result):
    outcomes = read(result(1), result(0, Code="FailedOperation.PhoneNumberInBlacklist"))

    assert [(o.recipient, o.status) for o in outcomes] == [(FIRST, Status.REJECTED), (SECOND, Status.ACCEPTED)]


def test_a_refusal_keeps_the_vendors_code_and_text(read, result):
    refused = read(result(0), result(1, Code="FailedOperation.PhoneNumberInBlacklist", Message="opted out", Fee=0))[1]

    assert (refused.reason, refused.code) == (Reason.BLOCKED_RECIPIENT, "FailedOperation.PhoneNumberInBlacklist")
    assert (refused.detail, refused.provider_message_id, refused.fee) == ("opted out", None, None)


def test_phones_and_codes_in_a_vendors_text_are_masked(read, result):
    text = f"the number {SECOND} with param 190191 is refused"

    refused = read(result(0), result(1, Code="FailedOperation.ContainSensitiveWord", Message=text))[1]

    assert refused.detail == "the number +*********** with param ****** is refused"


def test_a_recipient_that_the_answer_leaves_out_is_unknown(read, result):
    outcomes = read(result(1))

    assert [(o.status, o.reason) for o in outcomes] == [
        (Status.UNKNOWN, Reason.MISSING_RESULT),
        (Status.ACCEPTED, None),
    ]


def test_an_empty_set_makes_everyone_unknown(read):
    assert {o.reason for o in read()} == {Reason.MISSING_RESULT}


def test_contradictory_results_make_the_recipient_unknown(read, result):
    outcomes = read(result(0), result(1), result(0, Code="FailedOperation.PhoneNumberInBlacklist"))

    assert [o.status for o in outcomes] == [Status.UNKNOWN, Status.ACCEPTED]


def test_a_result_that_is_repeated_counts_once(read, result):
    outcomes = read(result(0), result(0), result(1))

    assert [o.status for o in outcomes] == [Status.ACCEPTED, Status.ACCEPTED]


def test_a_result_for_a_foreign_phone_makes_the_whole_answer_suspect(read, result):
    with pytest.raises(UnexpectedResponse) as caught:
        read(result(0), result(1), result(0, PhoneNumber="+60198899999"))

    assert "+60" not in str(caught.value)


def test_an_ambiguous_code_leaves_only_its_recipient_unknown(read, result):
    outcomes = read(result(0), result(1, Code="InternalError.Timeout"))

    assert [(o.status, o.reason) for o in outcomes] == [(Status.ACCEPTED, None), (Status.UNKNOWN, Reason.AMBIGUOUS)]


@pytest.mark.parametrize("serial", [..., None, ""])
def test_a_success_without_a_number_is_accepted_without_a_message_id(read, result, serial):
    outcome = read(result(0, SerialNo=serial), result(1))[0]

    assert (outcome.status, outcome.provider_message_id) == (Status.ACCEPTED, None)


def test_an_error_envelope_is_the_verdict_on_everyone(client, make_batch, answer):
    envelope = {"Error": {"Code": "RequestLimitExceeded", "Message": "slow down"}, "RequestId": "4899adba"}

    outcomes = client.decode(make_batch(3), answer(envelope))

    assert [(o.status, o.reason, o.code, o.detail) for o in outcomes] == [
        (Status.REJECTED, Reason.RATE_LIMITED, "RequestLimitExceeded", "slow down")
    ] * 3


@pytest.mark.parametrize(("count", "reason"), [(1, Reason.BLOCKED_RECIPIENT), (2, Reason.OTHER)])
def test_a_refusal_of_the_whole_request_blames_nobody_of_several(client, make_batch, answer, count, reason):
    envelope = answer({"Error": {"Code": "FailedOperation.PhoneNumberInBlacklist", "Message": ""}})

    outcomes = client.decode(make_batch(count), envelope)

    assert {(o.status, o.reason) for o in outcomes} == {(Status.REJECTED, reason)}


def test_an_ambiguous_error_envelope_leaves_everyone_unknown(client, make_batch, answer):
    outcomes = client.decode(make_batch(2), answer({"Error": {"Code": "InternalError", "Message": ""}}))

    assert {(o.status, o.reason, o.code) for o in outcomes} == {(Status.UNKNOWN, Reason.AMBIGUOUS, "InternalError")}


def test_an_error_beside_results_contradicts_itself(read, result):
    with pytest.raises(UnexpectedResponse):
        read(result(0), result(1), Error={"Code": "RequestLimitExceeded", "Message": ""})


@pytest.mark.parametrize("nothing", [None, []])
def test_an_error_beside_an_empty_set_is_an_error(client, make_batch, answer, nothing):
    envelope = {"Error": {"Code": "RequestLimitExceeded"}, "SendMultiStatusSet": nothing}

    assert client.decode(make_batch(1), answer(envelope))[0].reason is Reason.RATE_LIMITED


# The echo


def test_results_that_repeat_our_references_are_good_on_a_used_connection(read, result):
    assert {o.status for o in read(result(0), result(1), fresh=False)} == {Status.ACCEPTED}


@pytest.mark.parametrize("nothing", [..., None, ""])
def test_results_without_an_echo_are_good_on_a_new_connection_only(read, result, nothing):
    results = [result(index, SessionContext=nothing) for index in (0, 1)]

    assert {o.status for o in read(*results, fresh=True)} == {Status.ACCEPTED}
    with pytest.raises(UnexpectedResponse, match="SessionContext"):
        read(*results, fresh=False)


@pytest.mark.parametrize("fresh", [True, False])
@pytest.mark.parametrize("echo", ["a84166ff8c6c41f7923a-0", "a84166ff8c6c41f7923b-1", "outsid_1776313405_1001", " "])
def test_an_echo_of_another_request_or_recipient_makes_the_whole_answer_suspect(read, result, echo, fresh):
    with pytest.raises(UnexpectedResponse, match="SessionContext"):
        read(result(0, SessionContext=echo), result(1), fresh=fresh)


def test_an_error_envelope_on_a_used_connection_may_be_that_of_an_earlier_request(client, make_batch, answer):
    envelope = answer({"Error": {"Code": "AuthFailure.SignatureFailure", "Message": ""}}, fresh=False)

    with pytest.raises(UnexpectedResponse, match="error envelope"):
        client.decode(make_batch(2), envelope)


# Garbage


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>502 Bad Gateway</html>",
        b"null",
        b"[]",
        b"{}",
        b'"Ok"',
        b'{"Response":null}',
        b'{"Response":[]}',
        b'{"Response":{}}',
        b'{"Response":{"RequestId":"1"}}',
        b'{"Response":{"SendMultiStatusSet":null,"RequestId":"1"}}',
        b'{"Response":{"SendMultiStatusSet":{}}}',
        b'{"Response":{"SendMultiStatusSet":["Ok","Ok"]}}',
        b'{"Response":{"SendMultiStatusSet":[{"PhoneNumber":"+60198890000"}]}}',
        b'{"Response":{"SendMultiStatusSet":[{"Code":"Ok"}]}}',
        b'{"Response":{"SendMultiStatusSet":[{"Code":"Ok","PhoneNumber":60198890000}]}}',
        b'{"Response":{"SendMultiStatusSet":[{"Code":null,"PhoneNumber":"+60198890000"}]}}',
        b'{"Response":{"SendMultiStatusSet":[{"Code":"Ok","PhoneNumber":"+60198890000","Fee":NaN}]}}',
        b'{"Response":{"SendMultiStatusSet":[{"Code":"InternalError","Code":"Ok","PhoneNumber":"+60198890000"}]}}',
        b'{"Response":{"Error":{}}}',
        b'{"Response":{"Error":"FailedOperation"}}',
        b'{"Response":{"Error":{"Code":1}}}',
        b'{"Error":{"Code":"AuthFailure.SignatureFailure","Message":"outside of the envelope"}}',
        b'{"Response":{"SendMultiStatusSet":[{"Code":"Ok","PhoneNumber":"\xff"}]}}',
        b"[" * 200_000,
        b"1" * 5_000,
    ],
)
def test_garbage_is_an_unexpected_response_that_quotes_nothing(client, make_batch, body):
    with pytest.raises(UnexpectedResponse) as caught:
        client.decode(make_batch(2), Response(200, body))

    assert not {"+60198890000", "Bad Gateway", "outside"} & set(str(caught.value).split())
    assert caught.value.__cause__ is None


def test_a_traceback_that_shows_locals_shows_nothing_of_a_garbled_answer(client, make_batch):
    body = b'{"Response":{"SendMultiStatusSet":[{"PhoneNumber":"+60198890000","Code":"Ok","Fee":"none"}]}}'

    with pytest.raises(UnexpectedResponse) as caught:
        client.decode(make_batch(1), Response(200, body))

    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    ours = "".join(
        line for frame in told.stack if "/src/smsway" in frame.filename for line in (frame.locals or {}).values()
    )
    assert "Response(200" in ours
    assert "60198890000" not in ours


@pytest.mark.parametrize("status", [200, 400, 403, 500, 502])
def test_the_body_is_decoded_whatever_the_http_status(client, make_batch, status):
    body = b'{"Response":{"Error":{"Code":"AuthFailure.SecretIdNotFound","Message":"x"},"RequestId":"1"}}'

    (outcome,) = client.decode(make_batch(1), Response(status, body))

    assert outcome.reason is Reason.AUTHENTICATION

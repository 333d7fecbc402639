"""The bytes of `SendSms` that go out, and what is read out of those that come back."""

from __future__ import annotations

import json

import pytest

from smsway.provider import Reason, Response, Status, UnexpectedResponse
from smsway_tencent_sms._config import TencentSmsOptions

FIRST, SECOND, ABROAD = "+8618501234444", "+8618501234445", "+60198890000"


@pytest.fixture
def sent(provider, stamp, batch_of, replay):
    """Send to some phones and read this answer; returns the outcomes."""

    def outcomes_of(response, *phones):
        return replay(provider.submit(batch_of(*phones), stamp), response)[1]

    return outcomes_of


@pytest.fixture
def status(stamp):
    """Make what the vendor's page shows of a recipient."""

    def status_of(phone, **changes):
        documented = {
            "SerialNo": "5000:1045710669157053657849499619",
            "PhoneNumber": phone,
            "Fee": 1,
            "SessionContext": stamp.reference,
            "Code": "Ok",
            "Message": "send success",
            "IsoCode": "CN",
        }
        return {name: value for name, value in {**documented, **changes}.items() if value is not ...}

    return status_of


def test_the_request_to_the_mainland_is_these_bytes(provider, stamp, batch_of):
    batch = batch_of(FIRST, SECOND, options=TencentSmsOptions(extend_code="10"), sender="Qsms")

    request = next(provider.submit(batch, stamp))

    assert (request.method, request.url, request.sends) == ("POST", "https://sms.tencentcloudapi.com/", True)
    assert request.body == (
        rb'{"PhoneNumberSet":["+8618501234444","+8618501234445"],"SmsSdkAppId":"1400006666","TemplateId":"1110",'
        rb'"SignName":"\u817e\u8baf\u4e91","TemplateParamSet":["4370"],"ExtendCode":"10",'
        rb'"SessionContext":"a84166ff8c6c41f7923b"}'
    )
    assert request.headers == {
        "Content-Type": "application/json; charset=utf-8",
        "Host": "sms.tencentcloudapi.com",
        "X-TC-Action": "SendSms",
        "X-TC-Version": "2021-01-11",
        "X-TC-Timestamp": "1776313405",
        "X-TC-Region": "ap-guangzhou",
        # Computed from the body above with `openssl dgst`.
        "Authorization": (
            "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2026-04-16/sms/tc3_request, "
            "SignedHeaders=content-type;host;x-tc-action, "
            "Signature=53d12f789d9469dc791d57e79ee9124afa3e3a9391a81de5ddcd941c0909df24"
        ),
    }


def test_the_request_abroad_is_these_bytes(provider, stamp, batch_of):
    batch = batch_of(ABROAD, options=TencentSmsOptions(extend_code="10"), sender="Qsms", signature="", params=())

    request = next(provider.submit(batch, stamp))

    assert request.body == (
        b'{"PhoneNumberSet":["+60198890000"],"SmsSdkAppId":"1400006666","TemplateId":"1110","SenderId":"Qsms",'
        b'"SessionContext":"a84166ff8c6c41f7923b"}'
    )


def test_two_hundred_fit_into_one_request_under_one_reference(body_of, batch_of, stamp):
    phones = [f"+861850123{number:04}" for number in range(200)]

    body = body_of(batch_of(*phones))

    assert body["PhoneNumberSet"] == phones
    assert body["SessionContext"] == stamp.reference
    assert len(body["SessionContext"].encode()) < 512


def test_the_published_success_is_read(sent, answer, status):
    outcomes = sent(
        answer({"SendStatusSet": [status(FIRST), status(SECOND, Fee=2)], "RequestId": "a0aa"}), FIRST, SECOND
    )

    assert [(o.recipient, o.status, o.provider_message_id, o.fee) for o in outcomes] == [
        (FIRST, Status.ACCEPTED, "5000:1045710669157053657849499619", 1),
        (SECOND, Status.ACCEPTED, "5000:1045710669157053657849499619", 2),
    ]


def test_a_refusal_is_booked_by_phone_and_not_by_position(sent, answer, status):
    code = "FailedOperation.SignatureIncorrectOrUnapproved"
    refused = status(FIRST, Code=code, Message="signature is incorrect", Fee=0)

    first, second = sent(answer({"SendStatusSet": [status(SECOND), refused]}), FIRST, SECOND)

    assert (second.recipient, second.status) == (SECOND, Status.ACCEPTED)
    assert (first.recipient, first.status, first.reason) == (FIRST, Status.REJECTED, Reason.SIGNATURE_REFUSED)
    assert (first.code, first.detail, first.fee) == (code, "signature is incorrect", None)
    # A failure has a number as well.
    assert first.provider_message_id is None


def test_a_recipient_that_the_answer_leaves_out_is_unknown(sent, answer, status):
    outcomes = sent(answer({"SendStatusSet": [status(SECOND)]}), FIRST, SECOND)

    assert [(o.status, o.reason) for o in outcomes] == [
        (Status.UNKNOWN, Reason.MISSING_RESULT),
        (Status.ACCEPTED, None),
    ]


@pytest.mark.parametrize("fresh", [True, False])
@pytest.mark.parametrize("echo", ["a84166ff8c6c41f7923a", "a84166ff8c6c41f7923b-0", "test"])
def test_the_context_of_another_request_makes_the_whole_answer_suspect(sent, answer, status, echo, fresh):
    statuses = [status(FIRST), status(SECOND, SessionContext=echo)]

    with pytest.raises(UnexpectedResponse, match="not of this request"):
        sent(answer({"SendStatusSet": statuses}, fresh=fresh), FIRST, SECOND)


@pytest.mark.parametrize("nothing", [..., None, ""])
def test_an_answer_without_our_context_is_good_on_a_new_connection_only(sent, answer, status, nothing):
    content = {"SendStatusSet": [status(FIRST, SessionContext=nothing)]}

    assert sent(answer(content), FIRST)[0].status is Status.ACCEPTED
    with pytest.raises(UnexpectedResponse, match="SessionContext"):
        sent(answer(content, fresh=False), FIRST)


def test_a_repeated_context_is_good_on_a_used_connection(sent, answer, status):
    outcomes = sent(answer({"SendStatusSet": [status(FIRST)]}, fresh=False), FIRST)

    assert [o.status for o in outcomes] == [Status.ACCEPTED]


def test_results_of_the_other_action_are_none_of_this_one(sent, answer, status):
    with pytest.raises(UnexpectedResponse, match="neither an error nor results"):
        sent(answer({"SendMultiStatusSet": [status(FIRST)]}), FIRST)


@pytest.mark.parametrize("written", ["18501234444", "8618501234444", "008618501234444", "+86185****4444"])
def test_a_phone_in_another_form_than_ours_is_nobodys(sent, answer, status, written):
    with pytest.raises(UnexpectedResponse):
        sent(answer({"SendStatusSet": [status(written)]}), FIRST)


def test_an_error_is_the_verdict_on_everyone(sent, answer):
    content = {"Error": {"Code": "FailedOperation.InsufficientBalanceInSmsPackage", "Message": "empty"}}

    outcomes = sent(answer(content), FIRST, SECOND)

    assert [(o.status, o.reason, o.detail) for o in outcomes] == [
        (Status.REJECTED, Reason.INSUFFICIENT_BALANCE, "empty")
    ] * 2


def test_bytes_that_are_no_answer_are_unexpected_and_quoted_nowhere(sent):
    body = json.dumps({"Response": {"SendStatusSet": [{"PhoneNumber": FIRST, "Code": 0}]}}).encode()

    with pytest.raises(UnexpectedResponse) as caught:
        sent(Response(200, body), FIRST)

    assert FIRST not in str(caught.value)

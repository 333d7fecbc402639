"""The vendor's own SDK, unchanged, against the sandbox over a socket; it can say what our client never does."""

from __future__ import annotations

import json
import time

import pytest

from smsway.provider import Delivery, Reason
from smsway_tencentcloud import GLOBAL, MAINLAND

# The SDK asks for the date in a way that Python 3.12 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")

FIRST, SECOND, ABROAD = "+8618501234444", "+8618501234445", "+60198890000"
DRAFT = {"TemplateName": "code", "TemplateContent": "Code {1}", "SmsType": 3, "Remark": "login"}
SIGN = {"SignName": "Acme", "SignType": 0, "DocumentType": 1, "SignPurpose": 0, "ProofImage": "xxxx"}


def test_texts_to_the_mainland_are_accepted(sdk_send, sandbox):
    first, second = sdk_send(FIRST, SECOND, SessionContext="test")

    assert [(s.PhoneNumber, s.Code, s.Message, s.Fee, s.IsoCode, s.SessionContext) for s in (first, second)] == [
        (FIRST, "Ok", "send success", 1, "CN", "test"),
        (SECOND, "Ok", "send success", 1, "CN", "test"),
    ]
    assert first.SerialNo != second.SerialNo
    assert sandbox.texts() == {FIRST: 1, SECOND: 1}


def test_a_text_abroad_needs_no_signature(sdk_send):
    (status,) = sdk_send(ABROAD, SignName=None, SenderId="Qsms")

    assert (status.Code, status.IsoCode) == ("Ok", "MY")


@pytest.mark.parametrize("written", ["18501234444", "8618501234444", "008618501234444"])
def test_a_phone_of_the_mainland_may_be_written_without_a_plus(sdk_send, sandbox, written):
    (status,) = sdk_send(written)

    assert (status.Code, status.PhoneNumber) == ("Ok", FIRST)
    assert sandbox.texts() == {FIRST: 1}


@pytest.mark.parametrize(
    ("phone", "changes", "code"),
    [
        (FIRST, {"SignName": None}, "FailedOperation.SignatureIncorrectOrUnapproved"),
        (FIRST, {"SignName": "another"}, "FailedOperation.SignatureIncorrectOrUnapproved"),
        (ABROAD, {"SignName": "another"}, "FailedOperation.SignatureIncorrectOrUnapproved"),
        (ABROAD, {"SenderId": "another"}, "FailedOperation.SignatureIncorrectOrUnapproved"),
        (FIRST, {"TemplateId": "1"}, "FailedOperation.TemplateIncorrectOrUnapproved"),
        (FIRST, {"TemplateParamSet": []}, "FailedOperation.TemplateIncorrectOrUnapproved"),
        (FIRST, {"TemplateId": "1111"}, "FailedOperation.TemplateIncorrectOrUnapproved"),
        (FIRST, {"TemplateParamSet": ["www.example.com"]}, "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter"),
        ("+8612", {}, "InvalidParameterValue.IncorrectPhoneNumber"),
    ],
)
def test_a_recipient_that_cannot_be_served_is_refused_alone(sdk_send, sandbox, phone, changes, code):
    (status,) = sdk_send(phone, **changes)

    assert (status.Code, status.Fee) == (code, 0)
    assert status.SerialNo
    assert sandbox.texts() == {}


@pytest.mark.parametrize(
    ("phones", "changes", "code"),
    [
        ([], {}, "MissingParameter.EmptyPhoneNumberSet"),
        ([f"+861850123{number:04}" for number in range(201)], {}, "LimitExceeded.PhoneNumberCountLimit"),
        ([FIRST, ABROAD], {}, "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber"),
        ([FIRST], {"SessionContext": "x" * 512}, "InvalidParameter"),
        ([FIRST], {"SmsSdkAppId": "1400000001"}, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
    ],
)
def test_a_request_that_cannot_be_served_is_refused_as_a_whole(sdk_send, refusal_of, sandbox, phones, changes, code):
    assert refusal_of(sdk_send, *phones, **changes) == code
    assert sandbox.texts() == {}


@pytest.mark.parametrize(
    ("international", "phone", "code"),
    [
        (MAINLAND, ABROAD, "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone"),
        (GLOBAL, FIRST, "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone"),
        (MAINLAND, FIRST, None),
        (GLOBAL, ABROAD, None),
    ],
)
def test_a_template_that_was_submitted_serves_whom_it_was_submitted_for(
    sdk, sdk_send, sandbox, refusal_of, international, phone, code
):
    id_ = sdk("AddSmsTemplate", **DRAFT, International=international).AddTemplateStatus.TemplateId
    sandbox.review("tencent", template=id_)

    if code is None:
        assert sdk_send(phone, TemplateId=id_)[0].Code == "Ok"
    else:
        assert refusal_of(sdk_send, phone, TemplateId=id_) == code


def test_templates_of_both_kinds_are_listed_apart(sdk):
    ids = [int(sdk("AddSmsTemplate", **DRAFT, International=kind).AddTemplateStatus.TemplateId) for kind in (0, 1)]

    listed = [
        sdk("DescribeSmsTemplateList", International=kind, TemplateIdSet=ids).DescribeTemplateStatusSet
        for kind in (0, 1)
    ]

    assert [[(one.TemplateId, one.International) for one in each] for each in listed] == [[(ids[0], 0)], [(ids[1], 1)]]


def test_a_signature_for_the_mainland_has_a_qualification(sdk, refusal_of):
    id_ = sdk("AddSmsSign", **SIGN, International=0, QualificationId=12).AddSignStatus.SignId

    (told,) = sdk("DescribeSmsSignList", International=0, SignIdSet=[id_]).DescribeSignListStatusSet
    missing = refusal_of(sdk, "AddSmsSign", **{**SIGN, "SignName": "Beta"}, International=0)

    assert (told.SignName, told.QualificationId, told.StatusCode) == ("Acme", 12, 1)
    assert missing == "MissingParameter"


def test_reports_and_messages_are_pulled(sdk, sdk_send, sandbox):
    sandbox.fail_deliveries("invalid_recipient", phones=[SECOND])
    sdk_send(FIRST, SECOND, SessionContext="test")
    sandbox.receive(FIRST, "TD", "tencent", extension="10", signature="腾讯云")

    reports = sdk("PullSmsSendStatus", Limit=100).PullSmsSendStatusSet
    (reply,) = sdk("PullSmsReplyStatus", Limit=100).PullSmsReplyStatusSet

    assert [(r.PhoneNumber, r.CountryCode, r.SubscriberNumber, r.ReportStatus, r.Description) for r in reports] == [
        (FIRST, "86", "18501234444", "SUCCESS", "DELIVRD"),
        (SECOND, "86", "18501234445", "FAIL", "MK:0001"),
    ]
    assert (reply.PhoneNumber, reply.ReplyContent, reply.ExtendCode, reply.SignName) == (FIRST, "TD", "10", "腾讯云")


def test_the_same_reports_are_found_by_both_clients(sdk, sdk_send, ask):
    (sent,) = sdk_send(FIRST)
    now = int(time.time())
    asked = {"Offset": 0, "Limit": 100, "PhoneNumber": FIRST, "BeginTime": now - 600, "EndTime": now + 600}

    (theirs,) = sdk("PullSmsSendStatusByPhoneNumber", **asked).PullSmsSendStatusSet
    (ours,) = ask(lambda provider, stamp: provider.pull_reports(100, stamp))

    assert theirs.SerialNo == ours.provider_message_id == sent.SerialNo
    assert (ours.recipient, ours.delivery) == (FIRST, Delivery.DELIVERED)


def test_our_request_says_what_the_sdks_says(provider, stamp, batch_of, sdk_send, recorded):
    ours = next(provider.submit(batch_of(FIRST, SECOND), stamp))

    sdk_send(FIRST, SECOND, SessionContext=stamp.reference)

    (theirs,) = recorded.calls
    assert json.loads(ours.body) == json.loads(theirs.body)
    assert {name.lower() for name in ours.headers} <= theirs.headers.keys()
    for name in ("X-TC-Action", "X-TC-Version", "X-TC-Region"):
        assert ours.headers[name] == theirs.headers[name.lower()]


def test_whoever_is_refused_by_the_desk_has_the_same_reason_for_our_client(sandbox, ask, batch_of):
    sandbox.refuse_recipients("blocked_recipient", phones=[SECOND])

    first, second = ask(lambda provider, stamp: provider.submit(batch_of(FIRST, SECOND), stamp))

    assert (first.status, second.status, second.reason) == ("accepted", "rejected", Reason.BLOCKED_RECIPIENT)

"""The server side of the calls beside sending, with bodies that the client never makes."""

from __future__ import annotations

import json

import pytest

from smsway.provider import Review, SandboxCall, SandboxSignature, SandboxTemplate
from smsway_tencentcloud._codes import CALL_REASONS, REASONS
from smsway_tencentcloud._sandbox_gateway import ACTIONS
from smsway_tencentcloud._signing import Signer

NOW = 1_776_313_405
APP = "2400006666"
PULL = {"Limit": 100, "SmsSdkAppId": APP}
FIND = {
    "BeginTime": NOW - 600,
    "Offset": 0,
    "Limit": 100,
    "PhoneNumber": "+60198890000",
    "SmsSdkAppId": APP,
    "EndTime": NOW,
}
TEMPLATE = {
    "TemplateName": "Verification code",
    "TemplateContent": "Your verification code is {1}",
    "SmsType": 3,
    "International": 1,
    "Remark": "xx",
}
SIGN = {
    "SignName": "Tencent Cloud",
    "SignType": 0,
    "DocumentType": 1,
    "International": 1,
    "SignPurpose": 1,
    "ProofImage": "xxxx",
    "CommissionImage": "xxxx",
    "Remark": "xxxx",
}
SPAN = {"BeginTime": "2026041600", "EndTime": "2026041612", "SmsSdkAppId": APP, "Limit": 0, "Offset": 0}

GOOD = {
    "PullSmsSendStatus": PULL,
    "PullSmsReplyStatus": PULL,
    "PullSmsSendStatusByPhoneNumber": FIND,
    "PullSmsReplyStatusByPhoneNumber": FIND,
    "AddSmsTemplate": TEMPLATE,
    "ModifySmsTemplate": {**TEMPLATE, "TemplateId": 1111},
    "DeleteSmsTemplate": {"TemplateId": 1110},
    "DescribeSmsTemplateList": {"International": 1, "TemplateIdSet": [1110, 1111]},
    "AddSmsSign": SIGN,
    "ModifySmsSign": {**SIGN, "SignId": 1111},
    "DeleteSmsSign": {"SignId": 1110},
    "DescribeSmsSignList": {"International": 1, "SignIdSet": [1110, 1111]},
    "SendStatusStatistics": SPAN,
    "CallbackStatusStatistics": SPAN,
}


@pytest.fixture
def judge(side, config, desk):
    """Sign a body for an action and let the server judge it; returns what is inside the envelope."""
    desk.shelf = {
        "1110": SandboxTemplate("1110", 1, "{1}", created_at=1617379200.0),
        "1111": SandboxTemplate("1111", 1, "{1}", Review.PENDING),
    }
    desk.names = {
        "1110": SandboxSignature("1110", "Acme"),
        "1111": SandboxSignature("1111", "Beta", Review.REJECTED, "who is that?"),
    }
    signer = Signer("sms", config.secret_id, config.secret_key)

    def judged(action, body):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {
            "content-type": "application/json",
            "host": "sms.intl.tencentcloudapi.com",
            "x-tc-action": action,
            "x-tc-version": "2021-01-11",
            "x-tc-region": "ap-singapore",
            "x-tc-timestamp": str(NOW),
        }
        signed = {name: headers[name] for name in ("content-type", "host")}
        headers["authorization"] = signer.authorization(signed, raw, NOW)
        reply = side.judge(SandboxCall("POST", "/", {}, headers, raw), desk)
        assert (reply.status, reply.content_type) == (200, "application/json")
        return json.loads(reply.body)["Response"]

    return judged


def test_every_action_is_tested_here():
    assert set(ACTIONS) == set(GOOD)


@pytest.mark.parametrize(("action", "body"), GOOD.items())
def test_a_good_request_is_answered_with_an_id(judge, action, body):
    answer = judge(action, body)

    assert "Error" not in answer
    assert answer["RequestId"]


@pytest.mark.parametrize("action", GOOD)
@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b"Action=DeleteSmsSign"])
def test_a_body_that_is_no_json_cannot_be_resolved(judge, action, body):
    assert judge(action, body)["Error"]["Code"] == "FailedOperation.FailResolvePacket"


@pytest.mark.parametrize(("action", "body"), GOOD.items())
def test_a_parameter_more_is_unknown(judge, action, body):
    assert judge(action, {**body, "SenderId": "Acme"})["Error"]["Code"] == "UnknownParameter"


OPTIONAL = {"EndTime", "TemplateIdSet", "SignIdSet", "CommissionImage", "Remark"}


@pytest.mark.parametrize(
    ("action", "name"), [(action, name) for action, body in GOOD.items() for name in body if name not in OPTIONAL]
)
def test_a_parameter_less_is_missing(judge, action, name):
    body = {other: value for other, value in GOOD[action].items() if other != name}

    assert judge(action, body)["Error"]["Code"] == "MissingParameter"


@pytest.mark.parametrize(("action", "name"), [(action, name) for action, body in GOOD.items() for name in body])
def test_a_parameter_of_another_type_is_invalid(judge, action, name):
    good = GOOD[action][name]
    other = str(good) if isinstance(good, int) else 1

    assert judge(action, {**GOOD[action], name: other})["Error"]["Code"] == "InvalidParameter"


BEYOND = [
    ("PullSmsSendStatus", {"Limit": 0}, "InvalidParameter"),
    ("PullSmsSendStatus", {"Limit": 101}, "InvalidParameter"),
    ("PullSmsReplyStatus", {"SmsSdkAppId": "1"}, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
    ("PullSmsSendStatusByPhoneNumber", {"Offset": 100}, "InvalidParameter"),
    ("PullSmsSendStatusByPhoneNumber", {"Limit": 101}, "InvalidParameter"),
    ("PullSmsSendStatusByPhoneNumber", {"PhoneNumber": "60198890000"}, "InvalidParameterValue.IncorrectPhoneNumber"),
    ("PullSmsSendStatusByPhoneNumber", {"PhoneNumber": "+999"}, "InvalidParameterValue.IncorrectPhoneNumber"),
    (
        "PullSmsSendStatusByPhoneNumber",
        {"BeginTime": NOW - 7 * 86_400 - 301},
        "InvalidParameterValue.BeginTimeVerifyFail",
    ),
    ("PullSmsReplyStatusByPhoneNumber", {"EndTime": NOW - 601}, "InvalidParameterValue.InvalidStartTime"),
    ("AddSmsTemplate", {"SmsType": 4}, "InvalidParameterValue.InvalidSmsType"),
    ("AddSmsTemplate", {"International": 2}, "InvalidParameterValue.InvalidInternational"),
    ("AddSmsTemplate", {"TemplateContent": ""}, "InvalidParameterValue.InvalidTemplateFormat"),
    ("AddSmsTemplate", {"TemplateContent": "{code}"}, "InvalidParameterValue.InvalidTemplateFormat"),
    ("AddSmsTemplate", {"TemplateContent": "{2}"}, "InvalidParameterValue.InvalidTemplateFormat"),
    ("ModifySmsTemplate", {"TemplateId": 1110}, "FailedOperation.TemplateAlreadyPassedCheck"),
    ("ModifySmsTemplate", {"TemplateId": 1112}, "FailedOperation.MissingTemplateToModify"),
    ("ModifySmsTemplate", {"International": 0}, "InvalidParameterValue.InvalidInternational"),
    ("DeleteSmsTemplate", {"TemplateId": 1112}, "FailedOperation.TemplateIdNotExist"),
    ("DescribeSmsTemplateList", {"International": 3}, "InvalidParameterValue.InvalidInternational"),
    ("DescribeSmsTemplateList", {"TemplateIdSet": list(range(101))}, "InvalidParameterValue.LimitVerifyFail"),
    ("DescribeSmsTemplateList", {"TemplateIdSet": [], "Limit": 101}, "InvalidParameterValue.LimitVerifyFail"),
    ("DescribeSmsTemplateList", {"Offset": -1}, "InvalidParameterValue.LimitVerifyFail"),
    ("AddSmsSign", {"International": 2}, "InvalidParameterValue.InvalidInternational"),
    ("AddSmsSign", {"SignType": 9}, "InvalidParameterValue.InvalidDocumentType"),
    ("AddSmsSign", {"DocumentType": 7}, "InvalidParameterValue.InvalidDocumentType"),
    ("AddSmsSign", {"SignPurpose": 2}, "InvalidParameterValue.InvalidUsedMethod"),
    ("AddSmsSign", {"ProofImage": ""}, "InvalidParameterValue.ImageInvalid"),
    ("AddSmsSign", {"ProofImage": "data:image/jpeg;base64,xxxx"}, "InvalidParameterValue.ImageInvalid"),
    ("AddSmsSign", {"CommissionImage": "未命名"}, "InvalidParameterValue.ImageInvalid"),
    ("AddSmsSign", {"CommissionImage": ""}, "InvalidParameterValue.ImageInvalid"),
    ("ModifySmsSign", {"CommissionImage": ""}, "InvalidParameterValue.ImageInvalid"),
    ("AddSmsSign", {"SignName": "Acme"}, "InvalidParameterValue.SignAlreadyPassedCheck"),
    ("ModifySmsSign", {"SignPurpose": 2}, "InvalidParameterValue.InvalidSignPurpose"),
    ("ModifySmsSign", {"SignId": 1110}, "InvalidParameterValue.SignAlreadyPassedCheck"),
    ("ModifySmsSign", {"SignId": 1112}, "FailedOperation.MissingSignatureToModify"),
    ("ModifySmsSign", {"International": 0, "QualificationId": 12}, "InvalidParameterValue.InvalidInternational"),
    ("ModifySmsSign", {"SignName": "Acme"}, "InvalidParameterValue.SignAlreadyPassedCheck"),
    ("DeleteSmsSign", {"SignId": 1112}, "FailedOperation.SignIdNotExist"),
    ("DescribeSmsSignList", {"SignIdSet": list(range(101))}, "InvalidParameterValue.LimitVerifyFail"),
    ("SendStatusStatistics", {"BeginTime": "20260416"}, "InvalidParameterValue.BeginTimeVerifyFail"),
    ("SendStatusStatistics", {"EndTime": "2026041624"}, "InvalidParameterValue.EndTimeVerifyFail"),
    ("SendStatusStatistics", {"EndTime": "2026041523"}, "InvalidParameterValue.EndTimeVerifyFail"),
    ("SendStatusStatistics", {"Limit": 100}, "InvalidParameterValue.LimitVerifyFail"),
    ("SendStatusStatistics", {"Offset": 1}, "InvalidParameterValue.OffsetVerifyFail"),
    ("CallbackStatusStatistics", {"BeginTime": "2026031411"}, "InvalidParameterValue.EndTimeVerifyFail"),
    ("CallbackStatusStatistics", {"SmsSdkAppId": "1"}, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
]


@pytest.mark.parametrize(("action", "changes", "code"), BEYOND)
def test_what_is_beyond_the_limits_has_its_documented_code(judge, action, changes, code):
    assert judge(action, {**GOOD[action], **changes})["Error"]["Code"] == code
    assert code in {*REASONS, *CALL_REASONS}


@pytest.mark.parametrize(
    ("action", "changes"),
    [
        ("PullSmsSendStatusByPhoneNumber", {"BeginTime": NOW - 7 * 86_400}),
        ("PullSmsSendStatusByPhoneNumber", {"PhoneNumber": "+8613788888888"}),
        ("AddSmsTemplate", {"SmsType": 0, "International": 0}),
        ("AddSmsTemplate", {"TemplateContent": "{2} and {1} and {2}"}),
        ("AddSmsSign", {"SignName": "Beta"}),
        ("ModifySmsSign", {"ProofImage": ""}),
        ("AddSmsSign", {"SignPurpose": 0, "CommissionImage": ""}),
        ("CallbackStatusStatistics", {"BeginTime": "2026031512"}),
        ("SendStatusStatistics", {"BeginTime": "2020010100"}),
    ],
)
def test_what_is_just_within_the_limits_is_fine(judge, action, changes):
    assert "Error" not in judge(action, {**GOOD[action], **changes})


@pytest.mark.parametrize("action", ["AddSmsSign", "ModifySmsSign"])
def test_a_signature_of_somebody_else_needs_a_power_of_attorney(judge, action):
    body = {name: value for name, value in GOOD[action].items() if name != "CommissionImage"}

    assert judge(action, body)["Error"] == {
        "Code": "InvalidParameterValue.ImageInvalid",
        "Message": "image invalid: CommissionImage",
    }
    assert "Error" not in judge(action, {**body, "SignPurpose": 0})


def test_a_signature_for_the_mainland_needs_a_qualification_and_tells_it_again(judge):
    mainland = {**SIGN, "International": 0}

    missing = judge("AddSmsSign", mainland)
    id_ = judge("AddSmsSign", {**mainland, "QualificationId": 12})["AddSignStatus"]["SignId"]

    (told,) = judge("DescribeSmsSignList", {"International": 0, "SignIdSet": [id_]})["DescribeSignListStatusSet"]
    assert missing["Error"]["Code"] == "MissingParameter"
    assert (told["International"], told["QualificationId"], told["QualificationStatusCode"]) == (0, 12, 1)


def test_a_thousand_templates_are_the_most(judge, desk):
    desk.shelf = {str(number): SandboxTemplate(str(number), 0) for number in range(1_000)}

    assert judge("AddSmsTemplate", TEMPLATE)["Error"]["Code"] == "FailedOperation.TemplateNumberLimit"


def test_a_new_template_has_an_id_that_no_other_has_as_text(judge, desk):
    desk.shelf = {"1": SandboxTemplate("1", 0)}

    assert judge("AddSmsTemplate", TEMPLATE)["AddTemplateStatus"] == {"TemplateId": "2"}


def test_a_change_names_the_id_as_a_number(judge):
    assert judge("ModifySmsTemplate", GOOD["ModifySmsTemplate"])["ModifyTemplateStatus"] == {"TemplateId": 1111}
    assert judge("AddSmsSign", SIGN)["AddSignStatus"] == {"SignId": 1}


def test_a_deletion_tells_when(judge, desk):
    answer = judge("DeleteSmsTemplate", {"TemplateId": 1110})

    assert answer["DeleteTemplateStatus"] == {"DeleteTime": NOW, "DeleteStatus": "return successfully!"}
    assert list(desk.shelf) == ["1111"]


def test_a_template_has_the_members_of_the_published_one(judge):
    answer = judge("DescribeSmsTemplateList", {"International": 1, "TemplateIdSet": [1110]})

    assert answer["DescribeTemplateStatusSet"] == [
        {
            "TemplateId": 1110,
            "International": 1,
            "StatusCode": 0,
            "ReviewReply": "",
            "TemplateName": "",
            "CreateTime": 1617379200,
            "TemplateContent": "{1}",
        }
    ]


def test_a_signature_has_the_members_of_the_published_one(judge):
    (signature,) = judge("DescribeSmsSignList", {"International": 1, "SignIdSet": [1111]})["DescribeSignListStatusSet"]

    assert {name: signature[name] for name in ("SignId", "SignName", "StatusCode", "ReviewReply", "International")} == {
        "SignId": 1111,
        "SignName": "Beta",
        "StatusCode": -1,
        "ReviewReply": "who is that?",
        "International": 1,
    }


def test_a_list_without_a_limit_is_as_long_as_the_documents_say(judge, desk):
    desk.shelf = {str(number): SandboxTemplate(str(number), 0) for number in range(20)}
    desk.names = {str(number): SandboxSignature(str(number), "Acme") for number in range(20)}

    assert judge("DescribeSmsTemplateList", {"International": 1})["DescribeTemplateStatusSet"] == []
    assert len(judge("DescribeSmsSignList", {"International": 1})["DescribeSignListStatusSet"]) == 10


def test_what_is_for_the_mainland_is_listed_with_the_mainlands_only(judge):
    mainland = judge("AddSmsTemplate", {**TEMPLATE, "International": 0})["AddTemplateStatus"]["TemplateId"]

    listed = judge("DescribeSmsTemplateList", {"International": 0, "Limit": 100})["DescribeTemplateStatusSet"]

    assert [str(template["TemplateId"]) for template in listed] == [mainland]

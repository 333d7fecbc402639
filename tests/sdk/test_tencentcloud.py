"""tencentcloud-sdk-python-sms, the SDK of TencentCloud's API 3.0, against the sandbox, over a socket."""

from __future__ import annotations

from contextlib import closing
from urllib.parse import urlsplit

import pytest
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111.models import MultiSmsInfo, SendMultiGlobalSmsRequest
from tencentcloud.sms.v20210111.sms_client import SmsClient

# The SDK asks for the date in a way that Python 3.12 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")

SECRET_ID, SECRET_KEY = "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"
PHONES = ["+60198890000", "+6598765432"]


def info(phone="+60198890000", **other):
    made = MultiSmsInfo()
    for name, value in {"PhoneNumber": phone, "TemplateId": "1800308", "TemplateParamSet": ["1234"], **other}.items():
        setattr(made, name, value)
    return made


@pytest.fixture
def send(sandbox):
    """Send with the SDK; returns the results."""

    def send_with_sdk(
        infos, *, key=SECRET_KEY, secret_id=SECRET_ID, token=None, region="ap-singapore", app="2400006666"
    ):
        request = SendMultiGlobalSmsRequest()
        request.SmsSdkAppId, request.MultiSmsInfoSet = app, infos
        profile = ClientProfile(
            httpProfile=HttpProfile(protocol="http", endpoint=urlsplit(sandbox.urls["world"]).netloc)
        )
        client = SmsClient(Credential(secret_id, key, token), region, profile)
        with closing(client.request.conn._session):
            return client.SendMultiGlobalSms(request).SendMultiStatusSet

    return send_with_sdk


@pytest.fixture
def refusal_of(send):
    """Send with the SDK what must be refused as a whole; returns the code of the exception that the SDK raises."""

    def code(*arguments, **named):
        with pytest.raises(TencentCloudSDKException) as caught:
            send(*arguments, **named)
        assert caught.value.get_request_id()
        return caught.value.get_code()

    return code


def test_a_text_each_is_accepted(send, sandbox):
    results = send([info(phone, SessionContext=f"mine-{phone}") for phone in PHONES])

    assert [(result.Code, result.Fee, result.IsoCode) for result in results] == [("Ok", 1, "MY"), ("Ok", 1, "SG")]
    assert [(result.PhoneNumber, result.SessionContext) for result in results] == [(p, f"mine-{p}") for p in PHONES]
    assert [result.SerialNo for result in results] == [each.message_id for each in sandbox.submissions("world")]
    assert sandbox.texts() == dict.fromkeys(PHONES, 1)


def test_a_full_batch_is_accepted(send, sandbox):
    phones = [f"+6019889{number:04d}" for number in range(200)]

    results = send([info(phone) for phone in phones])

    assert {result.Code for result in results} == {"Ok"}
    assert sandbox.texts() == dict.fromkeys(phones, 1)


def test_one_refused_phone_of_many_is_told_apart(send, sandbox):
    results = send([info(), info("+60198990002")])

    assert [result.Code for result in results] == ["Ok", "FailedOperation.PhoneNumberInBlacklist"]
    assert sandbox.texts() == {"+60198890000": 1}


def test_text_beyond_ascii_is_under_the_signature_too(send):
    (result,) = send([info(TemplateParamSet=["未命名"])])

    assert result.Code == "Ok"


def test_a_wrong_key_is_a_signature_failure(refusal_of, sandbox):
    code = refusal_of([info()], key=SECRET_KEY[::-1])

    assert (code, sandbox.texts()) == ("AuthFailure.SignatureFailure", {})


def test_a_wrong_secret_id_is_not_found(refusal_of):
    assert refusal_of([info()], secret_id=SECRET_ID[::-1]) == "AuthFailure.SecretIdNotFound"


def test_a_token_that_is_not_ours_is_a_token_failure(refusal_of):
    assert refusal_of([info()], token="temporary") == "AuthFailure.TokenFailure"


@pytest.mark.parametrize("offset", [360, -360])
def test_a_clock_more_than_five_minutes_off_is_an_expired_signature(offset, refusal_of, sandbox):
    sandbox.set_clock(offset, "world")

    code = refusal_of([info()])

    assert (code, sandbox.texts()) == ("AuthFailure.SignatureExpire", {})


@pytest.mark.parametrize("offset", [240, -240])
def test_a_clock_less_than_five_minutes_off_is_fine(offset, send, sandbox):
    sandbox.set_clock(offset, "world")

    (result,) = send([info()])

    assert result.Code == "Ok"


@pytest.mark.parametrize(
    ("code", "infos"),
    [
        ("InvalidParameter", [info(TemplateParamSet=[1234])]),
        ("InvalidParameter", [info(SessionContext="a" * 512)]),
        ("MissingParameter", [info(TemplateId=None)]),
        ("MissingParameter", None),
        ("InvalidParameterValue.MultiSmsInfoSetEmpty", []),
        ("UnsupportedOperation.ContainDomesticPhoneNumber", [info(), info("+8613788888888")]),
        ("LimitExceeded.PhoneNumberCountLimit", [info(f"+6019889{number:04d}") for number in range(201)]),
    ],
)
def test_a_request_that_is_not_in_order_gets_the_documented_code(code, infos, refusal_of, sandbox):
    assert refusal_of(infos) == code

    assert sandbox.texts() == {}


@pytest.mark.parametrize(
    ("code", "named"),
    [("UnsupportedRegion", {"region": "ap-guangzhou"}), ("UnauthorizedOperation.SmsSdkAppIdVerifyFail", {"app": "1"})],
)
def test_another_region_or_application_gets_the_documented_code(code, named, refusal_of):
    assert refusal_of([info()], **named) == code


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("FailedOperation.TemplateIncorrectOrUnapproved", {"TemplateId": "1800309"}),
        ("FailedOperation.TemplateIncorrectOrUnapproved", {"TemplateParamSet": []}),
        ("FailedOperation.SignatureIncorrectOrUnapproved", {"SenderId": "Unknown"}),
        ("InvalidParameterValue.IncorrectPhoneNumber", {"phone": "0198890000"}),
        ("InvalidParameterValue.ProhibitedUseUrlInTemplateParameter", {"TemplateParamSet": ["https://a.cn"]}),
    ],
)
def test_a_recipient_that_is_not_in_order_gets_the_documented_code(code, change, send, sandbox):
    results = send([info(**change), info("+6598765432")])

    assert [result.Code for result in results] == [code, "Ok"]
    assert sandbox.texts() == {"+6598765432": 1}

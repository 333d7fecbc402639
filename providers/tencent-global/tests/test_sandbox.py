"""The server side by itself: what it answers to requests that the client of this package never makes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from smsway.provider import SandboxCall
from smsway_tencent_global._codes import REASONS
from smsway_tencent_global._sandbox import _CODES
from smsway_tencent_global._signing import Signer

FIRST, SECOND = "+60198890000", "+60198890001"
INFO = {"PhoneNumber": FIRST, "TemplateId": "1800308", "TemplateParamSet": ["190191"]}
GOOD = {"SmsSdkAppId": "2400006666", "MultiSmsInfoSet": [INFO]}


@pytest.fixture
def sign(config):
    """Make a request with any body, and with headers that are changed or taken away (`None`) after signing."""

    def signed_call(
        body: object, *, names: tuple[str, ...] = ("content-type", "host"), at: int = 1_776_313_405, **after: str | None
    ):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {
            "content-type": "application/json",
            "host": "sms.intl.tencentcloudapi.com",
            "x-tc-action": "SendMultiGlobalSms",
            "x-tc-version": "2021-01-11",
            "x-tc-region": "eu-frankfurt",
            "x-tc-timestamp": str(at),
        }
        signer = Signer("sms", config.secret_id, config.secret_key)
        signed = {name: headers[name] for name in names}
        headers["authorization"] = signer.authorization(signed, raw, at)
        changed = {**headers, **{name.replace("_", "-"): value for name, value in after.items()}}
        return SandboxCall("POST", "/", {}, {name: v for name, v in changed.items() if v is not None}, raw)

    return signed_call


@pytest.fixture
def judge(side, desk):
    """Let the server judge a call; returns what is inside the envelope."""

    def judged(call: SandboxCall):
        reply = side.judge(call, desk)
        assert (reply.status, reply.content_type) == (200, "application/json")
        envelope = json.loads(reply.body)
        assert list(envelope) == ["Response"]
        assert envelope["Response"]["RequestId"]
        return envelope["Response"]

    return judged


@pytest.fixture
def post(judge, sign):
    """Sign and send any body; returns what is inside the envelope of the answer."""
    return lambda body, **changes: judge(sign(body, **changes))


def code_of(response):
    return response["Error"]["Code"]


def items(*changes: dict[str, object]) -> dict[str, object]:
    return {**GOOD, "MultiSmsInfoSet": [{**INFO, **change} for change in changes]}


def test_the_server_answers_documented_codes_only():
    assert set(_CODES.values()) <= set(REASONS)


@pytest.mark.parametrize(
    ("phone", "country"),
    [
        ("+60198890000", "MY"),
        ("+85298765432", "HK"),
        ("+886912345678", "TW"),
        ("+14155552671", "US"),
        ("+80012345678", "DEF"),
    ],
)
def test_a_result_names_the_country(post, phone, country):
    (result,) = post(items({"PhoneNumber": phone}))["SendMultiStatusSet"]

    assert (result["Code"], result["IsoCode"]) == ("Ok", country)


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("x_tc_action", None, "MissingParameter"),
        ("x_tc_action", "SendSms", "InvalidAction"),
        ("x_tc_action", "sendmultiglobalsms", "InvalidAction"),
        ("x_tc_version", None, "MissingParameter"),
        ("x_tc_version", "2019-07-11", "NoSuchVersion"),
        ("x_tc_region", None, "MissingParameter"),
        ("x_tc_region", "ap-guangzhou", "UnsupportedRegion"),
        ("x_tc_timestamp", None, "MissingParameter"),
        ("x_tc_timestamp", "1776313405.75", "InvalidParameter"),
        ("x_tc_timestamp", "1776313406", "AuthFailure.SignatureFailure"),
        ("x_tc_timestamp", "1776313000", "AuthFailure.SignatureExpire"),
        ("authorization", None, "AuthFailure.InvalidAuthorization"),
        ("authorization", "SKIP", "AuthFailure.InvalidAuthorization"),
        ("content_type", "text/plain", "AuthFailure.SignatureFailure"),
        ("content_type", None, "AuthFailure.SignatureFailure"),
        ("host", "sms.tencentcloudapi.com", "AuthFailure.SignatureFailure"),
        ("x_tc_token", "uninvited", "AuthFailure.TokenFailure"),
        ("x_tc_content_sha256", "UNSIGNED-PAYLOAD", "AuthFailure.SignatureFailure"),
    ],
)
def test_a_header_that_is_wrong_or_missing_has_its_own_code(post, desk, header, value, code):
    response = post(GOOD, **{header: value})

    assert code_of(response) == code
    assert desk.texts == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("TC3-HMAC-SHA256 ", "TC3-HMAC-SHA1 ", "AuthFailure.InvalidAuthorization"),
        (", SignedHeaders", ",SignedHeaders", "AuthFailure.InvalidAuthorization"),
        ("tc3_request", "aws4_request", "AuthFailure.InvalidAuthorization"),
        ("Signature=", "Signature=A", "AuthFailure.InvalidAuthorization"),
        ("2026-04-16", "2026-04-15", "AuthFailure.SignatureFailure"),
        ("/sms/", "/cvm/", "AuthFailure.SignatureFailure"),
        ("content-type;host", "content-type", "AuthFailure.SignatureFailure"),
        ("content-type;host", "host;content-type", "AuthFailure.SignatureFailure"),
        ("content-type;host", "content-type;host;x-tc-action", "AuthFailure.SignatureFailure"),
        ("content-type;host", "content-type;host;x-tc-traceid", "AuthFailure.SignatureFailure"),
    ],
)
def test_an_authorization_is_read_strictly(judge, sign, old, new, code):
    good = sign(GOOD)
    authorization = good.headers["authorization"].replace(old, new)

    response = judge(replace(good, headers={**good.headers, "authorization": authorization}))

    assert authorization != good.headers["authorization"]
    assert code_of(response) == code


@pytest.mark.parametrize("more", [(), ("x-tc-action",), ("x-tc-action", "x-tc-region", "x-tc-timestamp")])
def test_the_signature_may_cover_more_headers_than_it_must(post, more):
    assert "SendMultiStatusSet" in post(GOOD, names=("content-type", "host", *more))


@pytest.mark.parametrize("names", [("content-type",), ("host",), ("x-tc-action", "x-tc-region")])
def test_a_good_signature_over_fewer_headers_than_it_must_cover_is_refused(post, names):
    assert code_of(post(GOOD, names=names)) == "AuthFailure.SignatureFailure"


def test_a_body_that_was_changed_on_the_way_is_refused(judge, sign):
    call = sign(GOOD)

    response = judge(replace(call, body=call.body.replace(b"190191", b"190192")))

    assert code_of(response) == "AuthFailure.SignatureFailure"


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_another_method_is_an_unsupported_protocol(judge, sign, method):
    assert code_of(judge(replace(sign(GOOD), method=method))) == "UnsupportedProtocol"


def test_another_path_is_not_the_api(side, sign, desk):
    assert side.judge(replace(sign(GOOD), path="/v5"), desk).status == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "FailedOperation.FailResolvePacket"),
        (b"SmsSdkAppId=2400006666", "FailedOperation.FailResolvePacket"),
        (b"\xff", "FailedOperation.FailResolvePacket"),
        (b"[" * 100_000, "FailedOperation.FailResolvePacket"),
        (b"[]", "InvalidParameter"),
        ({}, "MissingParameter"),
        ({"SmsSdkAppId": "2400006666"}, "MissingParameter"),
        ({**GOOD, "SmsSdkAppId": 2400006666}, "InvalidParameter"),
        ({**GOOD, "MultiSmsInfoSet": {}}, "InvalidParameter"),
        ({**GOOD, "PhoneNumberSet": [FIRST]}, "UnknownParameter"),
        ({**GOOD, "MultiSmsInfoSet": []}, "InvalidParameterValue.MultiSmsInfoSetEmpty"),
        ({**GOOD, "SmsSdkAppId": ""}, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
        ({**GOOD, "MultiSmsInfoSet": [{"PhoneNumber": FIRST}]}, "MissingParameter"),
        ({**GOOD, "MultiSmsInfoSet": [{"TemplateId": "1800308"}]}, "MissingParameter"),
        (items({"TemplateId": 1800308}), "InvalidParameter"),
        (items({"TemplateParamSet": [190191]}), "InvalidParameter"),
        (items({"TemplateParamSet": "190191"}), "InvalidParameter"),
        (items({"TemplateParamSet": None}), "InvalidParameter"),
        (items({"ExtendCode": ""}), "UnknownParameter"),
        (items({"SignName": "Acme"}), "UnknownParameter"),
        (items({"SessionContext": "\u672a" * 171}), "InvalidParameter"),
        (items({}, {"PhoneNumber": "+8613788888888"}), "UnsupportedOperation.ContainDomesticPhoneNumber"),
        (items(*[{}] * 201), "LimitExceeded.PhoneNumberCountLimit"),
    ],
)
def test_a_body_of_another_shape_has_its_documented_code(post, desk, body, code):
    response = post(body)

    assert code_of(response) == code
    assert desk.texts == []


@pytest.mark.parametrize("phone", ["", "60198890000", "0060198890000", "+60 19-889 0000", "+6", "+60198***000", "+999"])
def test_a_malformed_number_is_refused_by_itself(post, phone):
    bad, good = post(items({"PhoneNumber": phone}, {"PhoneNumber": SECOND}))["SendMultiStatusSet"]

    assert (bad["Code"], bad["IsoCode"]) == ("InvalidParameterValue.IncorrectPhoneNumber", "DEF")
    assert bad["PhoneNumber"] == phone
    assert good["Code"] == "Ok"


def test_a_success_has_the_members_of_the_published_one(post):
    (result,) = post(items({"SenderId": "Qsms", "SessionContext": "outsid_1"}))["SendMultiStatusSet"]

    assert result == {
        "Code": "Ok",
        "Fee": 1,
        "IsoCode": "MY",
        "Message": "send success",
        "PhoneNumber": FIRST,
        "SerialNo": "serial-1",
        "SessionContext": "outsid_1",
    }


def test_a_refusal_costs_nothing_and_has_a_serial_number_all_the_same(post):
    first, second = post(items({"TemplateParamSet": []}, {"TemplateParamSet": []}))["SendMultiStatusSet"]

    assert (first["Code"], first["Fee"]) == ("FailedOperation.TemplateIncorrectOrUnapproved", 0)
    assert first["SerialNo"]
    assert first["SerialNo"] != second["SerialNo"]
    assert first["Message"] == "template incorrect or unapproved"

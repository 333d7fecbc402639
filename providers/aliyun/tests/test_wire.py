"""SendSms and SendBatchSms, as they are written and read."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from smsway.provider import Batch, Filled, Parcel, Reason, Response, Stamp, Status, UnexpectedResponse, parse_phone
from smsway_aliyun._provider import Aliyun

STAMP = Stamp(datetime(2026, 11, 22, 10, 0, 0, 750_000, tzinfo=UTC).timestamp(), 0x0123456789ABCDEF0123)
A, B, ABROAD = "+8613700000001", "+8613700000002", "+85298765432"
SIGN = "\u963f\u91cc\u4e91"


def content(*params: str, signature: str = SIGN, names: tuple[str, ...] = ("captcha", "ttl")) -> Filled:
    named = names[: len(params)]
    return Filled(template="SMS_154950909", params=params, names=named, signature=signature)


def batch(*pairs: tuple[str, Filled]) -> Batch:
    return Batch([Parcel(parse_phone(phone), filled) for phone, filled in pairs])


TO_ONE = batch((A, content("1234", "5")))
TO_TWO = batch((A, content("1111", "5")), (B, content("2 & \u4e8c", "5", signature="Acme")))


@pytest.fixture
def written(provider, told):
    return lambda *pairs: told(next(provider.submit(batch(*pairs), STAMP)))


@pytest.fixture
def outcomes(provider, replay):
    """Return what becomes of a batch under an answer with these members."""

    def read(to: Batch, status: int = 200, **members: object):
        return replay(provider.submit(to, STAMP), Response(status, json.dumps(members).encode()))[1]

    return read


def test_one_recipient_goes_by_send_sms_with_everything_in_the_form(written):
    action, query, form = written((A, content("1234", "5")))

    assert (action, query) == ("SendSms", {})
    assert json.loads(form.pop("TemplateParam")) == {"captcha": "1234", "ttl": "5"}
    assert form == {
        "PhoneNumbers": "13700000001",
        "SignName": SIGN,
        "TemplateCode": "SMS_154950909",
        "OutId": "0123456789abcdef0123",
    }


def test_several_recipients_go_by_send_batch_sms_as_its_page_has_the_parameters(written):
    action, query, form = written(*((parcel.phone, parcel.content) for parcel in TO_TWO.parcels))

    assert (action, query) == ("SendBatchSms", {"TemplateCode": "SMS_154950909", "OutId": "0123456789abcdef0123"})
    assert {name: json.loads(value) for name, value in form.items()} == {
        "PhoneNumberJson": ["13700000001", "13700000002"],
        "SignNameJson": [SIGN, "Acme"],
        "TemplateParamJson": [{"captcha": "1111", "ttl": "5"}, {"captcha": "2 & \u4e8c", "ttl": "5"}],
    }


def test_a_template_without_variables_has_no_params(written):
    assert "TemplateParam" not in written((A, content()))[2]
    assert "TemplateParamJson" not in written((A, content()), (B, content()))[2]


def test_a_phone_abroad_has_its_country_code_and_no_sign(written):
    assert written((ABROAD, content("1234")))[2]["PhoneNumbers"] == "85298765432"


def test_the_headers_are_those_of_the_page_and_all_of_them_are_signed(make_config):
    config = make_config(security_token="a-token", base_url="http://127.0.0.1:8089")

    request = next(Aliyun(config).submit(TO_ONE, STAMP))

    headers = dict(request.headers)
    authorization = headers.pop("Authorization")
    assert len(headers.pop("x-acs-content-sha256")) == 64
    assert headers == {
        "host": "127.0.0.1:8089",
        "content-type": "application/x-www-form-urlencoded",
        "x-acs-action": "SendSms",
        "x-acs-version": "2017-05-25",
        "x-acs-date": "2026-11-22T10:00:00Z",
        "x-acs-signature-nonce": "0123456789abcdef0123",
        "x-acs-security-token": "a-token",
    }
    assert f"SignedHeaders={';'.join(sorted({*headers, 'x-acs-content-sha256'}))}," in authorization
    assert request.url == "http://127.0.0.1:8089/"


def test_one_receipt_is_that_of_all_recipients(outcomes):
    told = outcomes(TO_TWO, Code="OK", Message="OK", BizId="262922102754043723^0")

    assert [(each.status, each.provider_message_id) for each in told] == [
        (Status.ACCEPTED, "262922102754043723^0"),
        (Status.ACCEPTED, "262922102754043723^0"),
    ]


@pytest.mark.parametrize(
    ("status", "members"),
    [
        (200, {"Code": "OK"}),
        (200, {"Code": "OK", "BizId": ""}),
        (400, {"Code": "OK", "BizId": "1^0"}),
        (200, {"Code": "", "BizId": 1}),
        (200, {"Message": "OK", "BizId": "1^0"}),
    ],
)
def test_success_that_is_not_whole_is_not_believed(outcomes, status, members):
    with pytest.raises(UnexpectedResponse):
        outcomes(TO_ONE, status, **members)


@pytest.mark.parametrize("code", ["ok", "Ok", "OK ", "isv.OK"])
def test_success_has_just_these_letters(outcomes, code):
    (outcome,) = outcomes(TO_ONE, Code=code, BizId="1^0")

    assert outcome.status is Status.UNKNOWN


def test_a_refusal_with_a_receipt_contradicts_itself(outcomes):
    (outcome,) = outcomes(TO_ONE, Code="isv.AMOUNT_NOT_ENOUGH", BizId="1^0")

    assert (outcome.status, outcome.reason) == (Status.UNKNOWN, Reason.AMBIGUOUS)


ABOUT_ONE = [
    ("isv.MOBILE_NUMBER_ILLEGAL", Reason.INVALID_RECIPIENT),
    ("isv.BUSINESS_LIMIT_CONTROL", Reason.RECIPIENT_RATE_LIMITED),
    ("isv.BLACK_KEY_CONTROL_LIMIT", Reason.BLOCKED_RECIPIENT),
    ("isv.CUSTOMER_REFUSED", Reason.BLOCKED_RECIPIENT),
    ("isv.SMS_TEST_NUMBER_LIMIT", Reason.PERMISSION),
    ("isv.DOMESTIC_NUMBER_NOT_SUPPORTED", Reason.UNSUPPORTED_DESTINATION),
]


@pytest.mark.parametrize(("code", "reason"), ABOUT_ONE)
def test_a_code_about_one_phone_is_certain_of_one_and_proves_nothing_of_several(outcomes, code, reason):
    (alone,) = outcomes(TO_ONE, Code=code, Message="refused")
    together = outcomes(TO_TWO, Code=code, Message="refused")

    assert (alone.status, alone.reason, alone.code) == (Status.REJECTED, reason, code)
    assert [(each.status, each.reason, each.code) for each in together] == [
        (Status.UNKNOWN, Reason.AMBIGUOUS, code)
    ] * 2


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (200, "isv.SMS_TEMPLATE_ILLEGAL", Reason.TEMPLATE_REFUSED),
        (200, "isv.AMOUNT_NOT_ENOUGH", Reason.INSUFFICIENT_BALANCE),
        (400, "SignatureDoesNotMatch", Reason.AUTHENTICATION),
        (404, "InvalidAccessKeyId.NotFound", Reason.AUTHENTICATION),
        (403, "Forbidden.RAM", Reason.PERMISSION),
    ],
)
def test_a_code_about_the_request_is_certain_of_all_whatever_the_status(outcomes, status, code, reason):
    told = outcomes(TO_TWO, status, Code=code)

    assert [(each.status, each.reason) for each in told] == [(Status.REJECTED, reason)] * 2


@pytest.mark.parametrize(
    "body", [b'<?xml version="1.0"?><Error><Code>Throttling</Code></Error>', b"", b'{"Code": "OK"']
)
def test_what_is_no_json_is_left_to_the_engine_with_its_status(provider, replay, body):
    with pytest.raises(UnexpectedResponse):
        replay(provider.submit(TO_ONE, STAMP), Response(503, body))

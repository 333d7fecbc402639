"""The server side, against requests written by hand from the vendor's documents."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from alibabacloud_tea_openapi.utils import Utils
from darabonba.request import DaraRequest

from smsway.provider import Delivery, Reason, Review, SandboxCall, SandboxInbound, SandboxReport, SandboxTemplate
from smsway.sandbox import SandboxAccount
from smsway.sandbox._books import Books
from smsway.sandbox._desk import judge
from smsway.sandbox._plan import Plan
from smsway_aliyun._sandbox import AliyunSide, _signature
from smsway_aliyun._sandbox_body import GATEWAY, Refused
from smsway_aliyun._sandbox_send import CODES

NOW = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC).timestamp()
SIGN = "\u963f\u91cc\u4e91"
HEADERS = {
    "host": "dysmsapi.aliyuncs.com",
    "x-acs-version": "2017-05-25",
    "x-acs-date": "2026-11-22T10:00:00Z",
    "x-acs-signature-nonce": "00000000000000000001",
}
SEND = {
    "PhoneNumbers": "13700000001",
    "SignName": SIGN,
    "TemplateCode": "SMS_154950909",
    "TemplateParam": '{"code": "1234", "ttl": "5"}',
}
BATCH = {
    "PhoneNumberJson": '["13700000001", "13700000002"]',
    "SignNameJson": json.dumps([SIGN, "Acme"]),
    "TemplateCode": "SMS_154950909",
    "TemplateParamJson": '[{"code": "1111", "ttl": "5"}, {"code": "2222", "ttl": "5"}]',
}
DETAILS = {"PhoneNumber": "13700000001", "SendDate": "20261122", "PageSize": "50", "CurrentPage": "1"}
STATISTICS = {"IsGlobe": "1", "StartDate": "20261122", "EndDate": "20261122", "PageIndex": "1", "PageSize": "50"}
DRAFT = {
    "TemplateName": "Order",
    "TemplateContent": "Dear ${name}, your order is ${order}.",
    "TemplateType": "1",
    "RelatedSignName": SIGN,
    "TemplateRule": '{"name": "name", "order": "other_number2"}',
}


def signed(
    action: str, query: dict[str, str], body: bytes = b"", *, method: str = "POST", **changed: str | None
) -> SandboxCall:
    """Sign a request with the vendor's own code, and change or take away (`None`) headers before that."""
    headers = {**HEADERS, "x-acs-action": action, "x-acs-content-sha256": hashlib.sha256(body).hexdigest()}
    if body:
        headers["content-type"] = "application/x-www-form-urlencoded"
    headers |= {name.replace("_", "-"): value for name, value in changed.items()}
    request = DaraRequest()
    request.method, request.pathname, request.query = method, "/", query
    request.headers = {name: value for name, value in headers.items() if value is not None}
    digest = hashlib.sha256(body).hexdigest()
    authorization = Utils.get_authorization(
        request, "ACS3-HMAC-SHA256", digest, "YourAccessKeyId", "YourAccessKeySecret"
    )
    return SandboxCall(method, "/", query, {**request.headers, "authorization": authorization}, body)


def without(call: SandboxCall, name: str) -> SandboxCall:
    headers = {each: value for each, value in call.headers.items() if each != name}
    return SandboxCall(call.method, call.path, call.query, headers, call.body)


class Vendor:
    """The account at the vendor, with the books of a real sandbox, and a clock that stands still."""

    def __init__(self, config, **account) -> None:
        self.now = NOW
        self.plan = Plan()
        template = SandboxTemplate("SMS_154950909", 2, "Code {1}, for {2} minutes.", names=("code", "ttl"))
        filed = {"templates": [template], "signatures": [SIGN, "Acme"], **account}
        self.books = Books([SandboxAccount("cn", AliyunSide(config), **filed)], lambda: self.now)
        self.shelf = self.books.accounts["cn"]

    def reply(self, call: SandboxCall):
        return judge(self.books, self.plan, "cn", call)[0]

    def answer(self, call: SandboxCall) -> dict[str, object]:
        return json.loads(self.reply(call).body)

    def ask(self, action: str, **parameters: str | None) -> dict[str, object]:
        """Make a call with these parameters, but for those that are `None`, at the time it is."""
        query = {name: value for name, value in parameters.items() if value is not None}
        date = datetime.fromtimestamp(self.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return self.answer(signed(action, query, x_acs_date=date))

    @property
    def texts(self) -> dict[str, int]:
        return dict(self.books.texts)


@pytest.fixture
def make_vendor(config):
    return lambda **account: Vendor(config, **account)


@pytest.fixture
def vendor(make_vendor):
    return make_vendor()


# The signature


def test_the_published_example_is_signed_as_published():
    # help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    query = {"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}
    call = SandboxCall("POST", "/", query, headers, b"")

    signature = _signature("YourAccessKeySecret", call, sorted(headers), headers["x-acs-content-sha256"])

    assert signature == "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"


def test_a_form_is_signed_as_the_sdk_signs_it():
    body = (
        b"PhoneNumberJson=%5B%2213700000001%22%2C%2213700000002%22%5D"
        b"&SignNameJson=%5B%22%E9%98%BF%E9%87%8C%E4%BA%91%22%2C%22Acme%22%5D"
        b"&TemplateParamJson=%5B%7B%22code%22%3A%221111%22%7D%2C%7B%22code%22%3A%222+2~%2A%22%7D%5D"
    )
    digest = "32caf589ccb72d6c2bfd4a19b1ac72a4769b369d18af3e323ecb73fff0113833"
    headers = {
        **HEADERS,
        "content-type": "application/x-www-form-urlencoded",
        "x-acs-action": "SendBatchSms",
        "x-acs-content-sha256": digest,
    }
    call = SandboxCall("POST", "/", {"TemplateCode": "SMS_154950909", "OutId": "our name/+~*"}, headers, body)

    signature = _signature("YourAccessKeySecret", call, sorted(headers), digest)

    assert hashlib.sha256(body).hexdigest() == digest
    assert signature == "8cd687dbfa3c1ee21a177b9b0442ac4e766abb57f8bfe720992511b0b38ea746"


@pytest.mark.parametrize("name", ["host", "x-acs-date", "x-acs-version", "x-acs-content-sha256", "content-type"])
def test_every_header_of_the_vendors_must_be_signed(vendor, name):
    body = urlencode(SEND).encode()
    whole = signed("SendSms", {}, body)
    value = whole.headers[name]

    unsigned = signed("SendSms", {}, body, **{name: None})
    call = SandboxCall("POST", "/", {}, {**unsigned.headers, name: value}, body)

    assert vendor.answer(whole)["Code"] == "OK"
    assert vendor.answer(call)["Code"] == "SignatureDoesNotMatch"


@pytest.mark.parametrize("name", ["host", "x-acs-action", "x-acs-date", "x-acs-content-sha256"])
def test_a_header_that_is_changed_after_signing_is_noticed(vendor, name):
    others = {
        "host": "dysmsapi.example",
        "x-acs-action": "QuerySmsSignList",
        "x-acs-date": "2026-11-22T10:00:01Z",
        "x-acs-content-sha256": "0" * 64,
    }
    call = signed("SendSms", SEND)

    changed = SandboxCall("POST", "/", call.query, {**call.headers, name: others[name]}, b"")

    assert vendor.answer(changed)["Code"] == "SignatureDoesNotMatch"
    assert vendor.texts == {}


def test_a_query_a_body_and_a_method_that_are_changed_after_signing_are_noticed(vendor):
    call = signed("SendSms", {}, urlencode(SEND).encode())

    changed = [
        SandboxCall("POST", "/", {"OutId": "x"}, call.headers, call.body),
        SandboxCall("POST", "/", {}, call.headers, call.body + b"&OutId=x"),
        SandboxCall("GET", "/", {}, call.headers, call.body),
    ]

    assert [vendor.answer(each)["Code"] for each in changed] == ["SignatureDoesNotMatch"] * 3


def test_a_digest_that_is_not_that_of_the_body_is_noticed_although_it_is_signed(vendor):
    call = signed("SendSms", {}, urlencode(SEND).encode(), x_acs_content_sha256="0" * 64)

    assert vendor.answer(call)["Code"] == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("call", "status", "code"),
    [
        (signed("SendMms", SEND), 404, "InvalidAction.NotFound"),
        (signed("SendSms", SEND, x_acs_version="2018-05-01"), 400, "InvalidVersion"),
        (signed("SendSms", SEND, x_acs_date="20261122T100000Z"), 400, "InvalidTimeStamp.Format"),
        (signed("SendSms", SEND, x_acs_date="2026-11-22T09:44:59Z"), 400, "InvalidTimeStamp.Expired"),
        (signed("SendSms", SEND, x_acs_date="2026-11-22T10:15:01Z"), 400, "InvalidTimeStamp.Expired"),
        (signed("SendSms", SEND, x_acs_signature_nonce=None), 400, "IncompleteSignature"),
        (without(signed("SendSms", SEND), "authorization"), 400, "IncompleteSignature"),
        (signed("SendSms", SEND, method="PUT"), 400, "UnsupportedHTTPMethod"),
        (signed("SendSms", {**SEND, "SignName": ""}), 400, "MissingSignName"),
    ],
)
def test_the_gateway_refuses_with_a_status_and_an_envelope_of_its_own(vendor, call, status, code):
    reply = vendor.reply(call)

    answer = json.loads(reply.body)
    assert (reply.status, answer["Code"], answer["HostId"]) == (status, code, "dysmsapi.aliyuncs.com")
    assert {"Message", "Recommend", "RequestId"} <= answer.keys()
    assert vendor.texts == {}


def test_a_quarter_of_an_hour_is_allowed(vendor):
    answers = [
        vendor.answer(signed("SendSms", SEND, x_acs_date=f"2026-11-22T{date}Z")) for date in ("09:45:00", "10:15:00")
    ]

    assert [answer["Code"] for answer in answers] == ["OK", "OK"]


def test_another_path_is_not_found(vendor):
    call = signed("SendSms", SEND)

    reply = vendor.reply(SandboxCall("POST", "/sms", call.query, call.headers, b""))

    assert reply.status == 404


# Sending


@pytest.mark.parametrize("action", ["SendSms", "SendBatchSms"])
def test_parameters_are_taken_from_the_query_and_from_a_form(vendor, action):
    asked = SEND if action == "SendSms" else BATCH
    half = dict(list(asked.items())[:1])

    answers = [
        vendor.answer(signed(action, asked)),
        vendor.answer(signed(action, {}, urlencode(asked).encode())),
        vendor.answer(signed(action, half, urlencode({**asked, **half}).encode())),
        vendor.answer(signed(action, asked, method="GET")),
    ]

    assert [answer["Code"] for answer in answers] == ["OK"] * 4
    assert vendor.texts["+8613700000001"] == 4


def test_a_success_says_no_more_than_is_documented(vendor):
    reply = vendor.reply(signed("SendSms", SEND))

    assert (reply.status, reply.content_type) == (200, "application/json;charset=utf-8")
    assert json.loads(reply.body).keys() == {"Code", "Message", "RequestId", "BizId"}


def test_an_error_of_the_service_has_status_200_and_no_receipt(vendor):
    reply = vendor.reply(signed("SendSms", {**SEND, "PhoneNumbers": "1"}))

    assert reply.status == 200
    assert json.loads(reply.body).keys() == {"Code", "Message", "RequestId"}


@pytest.mark.parametrize(
    ("written", "phone"),
    [
        ("13700000001", "+8613700000001"),
        ("8613700000001", "+8613700000001"),
        ("+8613700000001", "+8613700000001"),
        ("008613700000001", "+8613700000001"),
        ("+13700000001", "+8613700000001"),
        ("85298765432", "+85298765432"),
        ("6598765432", "+6598765432"),
    ],
)
def test_a_phone_may_be_written_in_all_the_documented_forms(vendor, written, phone):
    assert vendor.ask("SendSms", **{**SEND, "PhoneNumbers": written})["Code"] == "OK"
    assert vendor.texts == {phone: 1}


@pytest.mark.parametrize("written", ["+85298765432", "0085298765432", "1370000000", "phone", "13700000001,", " 1", "1"])
def test_a_phone_in_another_form_is_refused_with_all_the_others(vendor, written):
    answer = vendor.ask("SendSms", **{**SEND, "PhoneNumbers": f"13700000002,{written}"})

    assert answer["Code"] == "isv.MOBILE_NUMBER_ILLEGAL"
    assert vendor.texts == {}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"SignName": "Nobody"}, "isv.SMS_SIGNATURE_ILLEGAL"),
        ({"TemplateCode": "SMS_1"}, "isv.SMS_TEMPLATE_ILLEGAL"),
        ({"TemplateParam": None}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        ({"TemplateParam": '{"code": "1234"}'}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        ({"TemplateParam": '{"code": "1234", "minutes": "5"}'}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        ({"TemplateParam": '{"code": "1234", "ttl": "5", "more": "x"}'}, "isv.SMS_TEMPLATE_ILLEGAL"),
        ({"TemplateParam": '{"code": 1234, "ttl": "5"}'}, "isv.INVALID_JSON_PARAM"),
        ({"TemplateParam": '["1234", "5"]'}, "isv.INVALID_JSON_PARAM"),
        ({"TemplateParam": "{'code': '1234'}"}, "isv.INVALID_JSON_PARAM"),
        ({"TemplateParam": '{"code": "1234", "ttl": "' + 36 * "x" + '"}'}, "isv.PARAM_LENGTH_LIMIT"),
        ({"TemplateParam": '{"code": "1234", "ttl": ""}'}, "isv.PARAM_LENGTH_LIMIT"),
        ({"TemplateParam": '{"code": "1234", "ttl": "http://a.b"}'}, "isv.PARAM_NOT_SUPPORT_URL"),
        ({"OutId": 256 * "x"}, "isv.INVALID_PARAMETERS"),
    ],
)
def test_what_does_not_fit_is_refused(vendor, changed, code):
    assert vendor.ask("SendSms", **{**SEND, **changed})["Code"] == code
    assert vendor.texts == {}


def test_what_just_fits_is_taken(vendor):
    params = json.dumps({"code": 35 * "\u5b57", "ttl": "x"})

    assert vendor.ask("SendSms", **{**SEND, "TemplateParam": params, "OutId": 255 * "x"})["Code"] == "OK"


def test_a_thousand_phones_share_a_request_and_no_more(vendor):
    numbers = [f"137{index:08}" for index in range(1_001)]

    answers = [vendor.ask("SendSms", **{**SEND, "PhoneNumbers": ",".join(numbers[:count])}) for count in (1_000, 1_001)]

    assert [answer["Code"] for answer in answers] == ["OK", "isv.MOBILE_COUNT_OVER_LIMIT"]
    assert len(vendor.texts) == 1_000


@pytest.mark.parametrize("count", [100, 101])
def test_a_hundred_phones_have_texts_of_their_own_in_a_request_and_no_more(vendor, count):
    params = [{"code": f"{index:04}", "ttl": "5"} for index in range(count)]
    asked = {
        "PhoneNumberJson": json.dumps([f"137{index:08}" for index in range(count)]),
        "SignNameJson": json.dumps([SIGN] * count),
        "TemplateCode": "SMS_154950909",
        "TemplateParamJson": json.dumps(params),
    }

    answer = vendor.ask("SendBatchSms", **asked)

    assert answer["Code"] == ("OK" if count == 100 else "isv.MOBILE_COUNT_OVER_LIMIT")
    assert len(vendor.texts) == (100 if count == 100 else 0)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"PhoneNumberJson": "13700000001,13700000002"}, "isv.INVALID_JSON_PARAM"),
        ({"PhoneNumberJson": "[13700000001, 13700000002]"}, "isv.INVALID_JSON_PARAM"),
        ({"PhoneNumberJson": "[]", "SignNameJson": "[]", "TemplateParamJson": "[]"}, "isv.INVALID_PARAMETERS"),
        ({"SignNameJson": '["Acme"]'}, "isv.INVALID_PARAMETERS"),
        ({"SignNameJson": '["Acme", "Nobody"]'}, "isv.SMS_SIGNATURE_ILLEGAL"),
        ({"TemplateParamJson": '{"code": "1", "ttl": "5"}'}, "isv.INVALID_JSON_PARAM"),
        ({"TemplateParamJson": '[{"code": "1", "ttl": "5"}]'}, "isv.INVALID_PARAMETERS"),
        ({"TemplateParamJson": None}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        ({"SmsUpExtendCodeJson": '["1"]'}, "isv.INVALID_PARAMETERS"),
        ({"TemplateCode": None}, "MissingTemplateCode"),
    ],
)
def test_a_batch_that_does_not_fit_is_refused_whole(vendor, changed, code):
    assert vendor.ask("SendBatchSms", **{**BATCH, **changed})["Code"] == code
    assert vendor.texts == {}


def test_a_balance_that_does_not_cover_all_covers_none(make_vendor):
    vendor = make_vendor(balance=2)
    three = {**SEND, "PhoneNumbers": "13700000001,13700000002,13700000003"}

    answers = [vendor.ask("SendSms", **three), vendor.ask("SendBatchSms", **BATCH), vendor.ask("SendSms", **SEND)]

    assert [answer["Code"] for answer in answers] == ["isv.AMOUNT_NOT_ENOUGH", "OK", "isv.AMOUNT_NOT_ENOUGH"]
    assert vendor.texts == {"+8613700000001": 1, "+8613700000002": 1}


@pytest.mark.parametrize(
    ("kind", "number", "code"),
    [
        (0, "13700000001", "OK"),
        (0, "85298765432", "isv.SMS_TEMPLATE_ILLEGAL"),
        (3, "13700000001", "isv.DOMESTIC_NUMBER_NOT_SUPPORTED"),
        (3, "85298765432", "OK"),
    ],
)
def test_templates_for_the_mainland_and_for_elsewhere_are_not_mixed(make_vendor, kind, number, code):
    vendor = make_vendor(templates=[SandboxTemplate("SMS_7", 0, "Hello", extras={"type": kind})])

    answer = vendor.ask("SendSms", PhoneNumbers=number, SignName=SIGN, TemplateCode="SMS_7")

    assert answer["Code"] == code


def test_a_template_and_a_signature_that_are_pending_may_not_be_used(make_vendor):
    vendor = make_vendor(templates=[SandboxTemplate("SMS_7", 0, "Hello", Review.PENDING)])

    answer = vendor.ask("SendSms", PhoneNumbers="13700000001", SignName=SIGN, TemplateCode="SMS_7")

    assert answer["Code"] == "isv.SMS_TEMPLATE_ILLEGAL"


def test_each_reason_has_a_code_and_only_those_of_the_gateway_have_a_status():
    statuses = {reason: Refused(code).status for reason, code in CODES.items()}

    assert {reason for reason, status in statuses.items() if status != 200} == {
        Reason.AUTHENTICATION,
        Reason.RATE_LIMITED,
        Reason.CLOCK_SKEW,
    }
    assert set(GATEWAY.values()) == {400, 404}


# Records and counts


def test_records_are_those_of_the_day_in_china(vendor):
    vendor.now = datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC).timestamp()
    vendor.ask("SendSms", **SEND, OutId="first")
    vendor.now += 1
    vendor.ask("SendSms", **SEND, OutId="second")

    days = [vendor.ask("QuerySendDetails", **{**DETAILS, "SendDate": day}) for day in ("20261122", "20261123")]

    records = [answer["SmsSendDetailDTOs"]["SmsSendDetailDTO"] for answer in days]
    assert [[(each["OutId"], each["SendDate"]) for each in record] for record in records] == [
        [("first", "2026-11-22 23:59:59")],
        [("second", "2026-11-23 00:00:00")],
    ]


def test_a_record_is_that_of_the_phone_and_of_the_receipt(vendor):
    receipts = [vendor.ask("SendSms", **{**SEND, "PhoneNumbers": n})["BizId"] for n in ("13700000001", "13700000002")]

    found = [vendor.ask("QuerySendDetails", **DETAILS, BizId=receipt)["TotalCount"] for receipt in receipts]

    assert found == [1, 0]
    assert vendor.ask("QuerySendDetails", **DETAILS)["TotalCount"] == 1


def test_the_newest_record_is_on_the_first_page(vendor):
    for name in ("first", "second"):
        vendor.ask("SendSms", **SEND, OutId=name)
        vendor.now += 1

    pages = [
        vendor.ask("QuerySendDetails", **{**DETAILS, "PageSize": "1", "CurrentPage": page}) for page in ("1", "2", "3")
    ]

    records = [answer["SmsSendDetailDTOs"]["SmsSendDetailDTO"] for answer in pages]
    assert [[each["OutId"] for each in record] for record in records] == [["second"], ["first"], []]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"PhoneNumber": "13700000001,13700000002"}, "isv.MOBILE_NUMBER_ILLEGAL"),
        ({"PhoneNumber": None}, "MissingPhoneNumber"),
        ({"SendDate": "2026-11-22"}, "isv.INVALID_PARAMETERS"),
        ({"SendDate": "20261131"}, "isv.INVALID_PARAMETERS"),
        ({"SendDate": "20261022"}, "isv.INVALID_PARAMETERS"),
        ({"SendDate": "20261023"}, "OK"),
        ({"PageSize": "0"}, "isv.INVALID_PARAMETERS"),
        ({"PageSize": "51"}, "isv.INVALID_PARAMETERS"),
        ({"PageSize": None}, "MissingPageSize"),
        ({"CurrentPage": "0"}, "isv.INVALID_PARAMETERS"),
        ({"CurrentPage": "one"}, "isv.INVALID_PARAMETERS"),
    ],
)
def test_a_question_about_records_has_limits(vendor, changed, code):
    assert vendor.ask("QuerySendDetails", **{**DETAILS, **changed})["Code"] == code


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"IsGlobe": "3"}, "isv.INVALID_PARAMETERS"),
        ({"IsGlobe": None}, "MissingIsGlobe"),
        ({"EndDate": "20261121"}, "isv.INVALID_PARAMETERS"),
        ({"PageSize": "51"}, "isv.INVALID_PARAMETERS"),
    ],
)
def test_a_question_about_counts_has_limits(vendor, changed, code):
    assert vendor.ask("QuerySendStatistics", **{**STATISTICS, **changed})["Code"] == code


def test_counts_are_by_day_at_home_and_abroad(make_vendor):
    vendor = make_vendor(report_delay=None)
    vendor.ask("SendSms", **SEND)
    vendor.ask("SendSms", **{**SEND, "PhoneNumbers": "85298765432,6598765432"})
    vendor.now += 86_400
    vendor.ask("SendSms", **SEND)
    asked = {**STATISTICS, "StartDate": "20261101", "EndDate": "20261130"}

    home, abroad, last = (
        vendor.ask("QuerySendStatistics", **{**asked, **changed})["Data"]
        for changed in ({}, {"IsGlobe": "2"}, {"PageSize": "1", "PageIndex": "2"})
    )

    def rows(data):
        return [(row["SendDate"], row["TotalCount"], row["NoRespondedCount"]) for row in data["TargetList"]]

    assert rows(home) == [("20261122", 1, 1), ("20261123", 1, 1)]
    assert rows(abroad) == [("20261122", 2, 2)]
    assert (rows(last), last["TotalSize"]) == ([("20261123", 1, 1)], 2)


# Templates and signatures


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"TemplateName": 31 * "x"}, "isv.TEMPLATE_OVER_LIMIT"),
        ({"TemplateContent": 501 * "x"}, "isv.TEMPLATE_OVER_LIMIT"),
        ({"TemplateContent": "${name} and ${name}"}, "isv.INVALID_PARAMETERS"),
        ({"TemplateType": "4"}, "isv.INVALID_PARAMETERS"),
        ({"TemplateType": None}, "MissingTemplateType"),
        ({"TemplateType": "0"}, "template_parameter_count_illegal"),
        ({"TemplateType": "3"}, "MissingIntlType"),
        ({"TemplateType": "3", "IntlType": "2", "RelatedSignName": None}, "OK"),
        ({"RelatedSignName": None}, "MissingRelatedSignName"),
        ({"RelatedSignName": "Nobody"}, "isv.SMS_SIGNATURE_ILLEGAL"),
        ({"TemplateRule": None}, "MissingTemplateRule"),
        ({"TemplateRule": "name"}, "isv.INVALID_JSON_PARAM"),
        ({"TemplateRule": '{"name": "name"}'}, "isv.INVALID_PARAMETERS"),
        ({"TemplateContent": "No variables.", "TemplateRule": None}, "OK"),
    ],
)
def test_a_template_that_cannot_be_reviewed_is_refused(vendor, changed, code):
    assert vendor.ask("CreateSmsTemplate", **{**DRAFT, **changed})["Code"] == code
    assert len(vendor.shelf.templates.all()) == (2 if code == "OK" else 1)


def test_a_template_is_kept_with_numbered_variables_and_told_with_named_ones(vendor):
    made = vendor.ask("CreateSmsTemplate", **DRAFT)

    kept = vendor.shelf.templates.all()[-1]
    told = vendor.ask("GetSmsTemplate", TemplateCode=made["TemplateCode"])
    assert (kept.text, kept.names, kept.review) == (
        "Dear {1}, your order is {2}.",
        ("name", "order"),
        Review.PENDING,
    )
    assert told["TemplateContent"] == DRAFT["TemplateContent"]
    assert (told["TemplateType"], told["TemplateStatus"], told["OrderId"]) == ("1", "0", made["OrderId"])
    assert (told["VariableAttribute"], told["CreateDate"]) == (DRAFT["TemplateRule"], "2026-11-22 18:00:00")


def test_a_hundred_templates_a_day_are_taken(vendor):
    plain = {**DRAFT, "TemplateContent": "Hello", "TemplateRule": None}

    codes = [vendor.ask("CreateSmsTemplate", **plain)["Code"] for _ in range(101)]
    vendor.now += 86_400
    tomorrow = vendor.ask("CreateSmsTemplate", **plain)["Code"]

    assert codes == ["OK"] * 100 + ["isv.TEMPLATE_COUNT_OVER_LIMIT"]
    assert tomorrow == "OK"


@pytest.mark.parametrize("review", [Review.PENDING, Review.APPROVED])
def test_only_a_rejected_template_can_be_changed(make_vendor, review):
    vendor = make_vendor(templates=[SandboxTemplate("SMS_7", 0, "Hello", review)])

    answer = vendor.ask("UpdateSmsTemplate", TemplateCode="SMS_7", **DRAFT)

    assert answer["Code"] == "isv.ERROR_TEMPLATE_NOT_MODIFY"


@pytest.mark.parametrize("action", ["GetSmsTemplate", "UpdateSmsTemplate", "DeleteSmsTemplate"])
def test_a_template_that_there_is_not_is_refused(vendor, action):
    assert vendor.ask(action, TemplateCode="SMS_1", **DRAFT)["Code"] == "isv.SMS_TEMPLATE_ILLEGAL"


@pytest.mark.parametrize(
    ("kind", "listed"), [("0", (2, 0)), ("1", (0, 1)), ("2", (1, 2)), ("3", (6, 3))], ids=["code", "note", "ad", "intl"]
)
def test_lists_number_the_types_of_templates_in_their_own_way(make_vendor, kind, listed):
    vendor = make_vendor(templates=[])
    changed = {"TemplateType": kind, "TemplateContent": "Hello", "TemplateRule": None, "IntlType": "0"}
    vendor.ask("CreateSmsTemplate", **{**DRAFT, **changed})

    (template,) = vendor.ask("QuerySmsTemplateList")["SmsTemplateList"]

    assert (template["TemplateType"], template["OuterTemplateType"]) == listed


@pytest.mark.parametrize("action", ["QuerySmsTemplateList", "QuerySmsSignList"])
def test_a_list_has_ten_items_a_page_and_up_to_fifty(make_vendor, action):
    templates = [SandboxTemplate(f"SMS_{index}", 0, "Hello") for index in range(60)]
    vendor = make_vendor(templates=templates, signatures=[f"Name {index}" for index in range(60)])
    what = "SmsTemplateList" if action == "QuerySmsTemplateList" else "SmsSignList"

    pages = [vendor.ask(action, **asked) for asked in ({}, {"PageSize": "50", "PageIndex": "2"})]

    assert [len(page[what]) for page in pages] == [10, 10]
    assert [(page["TotalCount"], page["CurrentPage"], page["PageSize"]) for page in pages] == [(60, 1, 10), (60, 2, 50)]
    assert pages[0][what] != pages[1][what]
    assert vendor.ask(action, PageSize="51")["Code"] == "isv.INVALID_PARAMETERS"


def test_the_reviewers_words_are_told_of_what_was_rejected(make_vendor):
    vendor = make_vendor(templates=[SandboxTemplate("SMS_7", 0, "Hello", Review.REJECTED, "Say who you are")])

    (listed,) = vendor.ask("QuerySmsTemplateList")["SmsTemplateList"]
    told = vendor.ask("GetSmsTemplate", TemplateCode="SMS_7")

    assert (listed["AuditStatus"], listed["Reason"]) == ("AUDIT_STATE_NOT_PASS", {"RejectInfo": "Say who you are"})
    assert (told["TemplateStatus"], told["AuditInfo"]) == ("2", {"RejectInfo": "Say who you are"})


# Callbacks


@pytest.fixture
def side(config):
    return AliyunSide(config)


def report_of(phone: str, reason: Reason | None = None) -> SandboxReport:
    delivery = Delivery.DELIVERED if reason is None else Delivery.UNDELIVERED
    return SandboxReport("900000000000100001^0", phone, "our-name", NOW, NOW + 5, delivery, reason, 2)


def test_a_report_is_posted_as_documented(side):
    pushed = side.push([report_of("+8613700000001"), report_of("+85298765432", Reason.BLOCKED_RECIPIENT)])

    first, second = json.loads(pushed.body)
    assert pushed.content_type == "application/json;charset=utf-8"
    assert first == {
        "phone_number": "13700000001",
        "send_time": "2026-11-22 18:00:00",
        "report_time": "2026-11-22 18:00:05",
        "success": True,
        "err_code": "DELIVERED",
        "err_msg": "delivered",
        "sms_size": "2",
        "biz_id": "900000000000100001^0",
        "out_id": "our-name",
    }
    assert (second["phone_number"], second["success"], second["err_code"]) == ("85298765432", False, "MOBILE_IN_BLACK")


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Reason.UNREACHABLE_RECIPIENT, "MOBILE_NOT_ON_SERVICE"),
        (Reason.RECIPIENT_RATE_LIMITED, "MOBILE_SEND_LIMIT"),
        (Reason.INVALID_CONTENT, "CONTENT_KEYWORD"),
        (Reason.CARRIER_FAILURE, "SP_UNKNOWN_ERROR"),
    ],
)
def test_a_report_says_why_a_text_did_not_arrive(side, reason, code):
    (report,) = json.loads(side.push([report_of("+8613700000001", reason)]).body)

    assert report["err_code"] == code


def test_a_message_from_a_phone_is_posted_as_documented(side):
    pushed = side.push([SandboxInbound("+8613700000001", "\u9000\u8ba2", NOW, "1234", SIGN)])

    assert json.loads(pushed.body) == [
        {
            "phone_number": "13700000001",
            "content": "\u9000\u8ba2",
            "send_time": "2026-11-22 18:00:00",
            "dest_code": "1234",
            "sequence_id": "1795341600000",
        }
    ]


@pytest.mark.parametrize(
    ("status", "body", "taken"),
    [
        (200, b'{"code": 0, "msg": "x"}', True),
        (200, b'{"code": 1}', True),
        (200, b'{"code": "0"}', False),
        (200, b'{"code": true}', False),
        (200, b"{}", False),
        (200, b"[0]", False),
        (200, b"OK", False),
        (500, b'{"code": 0}', False),
    ],
)
def test_a_receipt_is_status_200_with_any_number_as_code(side, status, body, taken):
    assert side.acknowledged(status, body) is taken


def test_a_push_is_tried_again_after_one_five_and_ten_minutes(side):
    rule = side.push_rule

    assert (rule.tries, [rule.interval_after(tries) for tries in (1, 2, 3)]) == (4, [60, 300, 600])

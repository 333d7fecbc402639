"""The vendor's own SDK, unchanged, makes every call against the sandbox, over a socket."""

from __future__ import annotations

import json
import os
import queue
import re
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

import pytest
from alibabacloud_dysmsapi20170525 import models
from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_tea_openapi.exceptions import ClientException
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.runtime import RuntimeOptions

from smsway.provider import SandboxTemplate
from smsway.sandbox import Sandbox, SandboxAccount
from smsway_aliyun._sandbox import ACTIONS, AliyunSide

PHONES = ["+8613700000001", "+8613700000002"]
NUMBERS = [phone.removeprefix("+86") for phone in PHONES]
SIGN = "\u963f\u91cc\u4e91"
DRAFT = {
    "template_name": "Login code",
    "template_content": "Your code is ${code}.",
    "template_type": 0,
    "related_sign_name": SIGN,
    "template_rule": '{"code": "numberCaptcha"}',
    "remark": "For logging in",
}
CALLS = {
    "SendSms": "send_sms",
    "SendBatchSms": "send_batch_sms",
    "QuerySendDetails": "query_send_details",
    "QuerySendStatistics": "query_send_statistics",
    "CreateSmsTemplate": "create_sms_template",
    "UpdateSmsTemplate": "update_sms_template",
    "DeleteSmsTemplate": "delete_sms_template",
    "GetSmsTemplate": "get_sms_template",
    "QuerySmsTemplateList": "query_sms_template_list",
    "GetSmsSign": "get_sms_sign",
    "QuerySmsSignList": "query_sms_sign_list",
}


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    """The SDK asks the environment for proxies, and loopback is not behind one."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.fixture
def account(config) -> SandboxAccount:
    template = SandboxTemplate("SMS_154950909", 2, "Code {1}, for {2} minutes.", names=("code", "ttl"))
    return SandboxAccount("cn", AliyunSide(config), templates=[template], signatures=[SIGN, "Acme"])


@pytest.fixture
def sandbox(account) -> Iterator[Sandbox]:
    with Sandbox([account]) as running:
        yield running


@pytest.fixture
def make_sdk(config, sandbox):
    """Make what makes calls with the SDK, under other keys than the account's; a call returns the answer's body."""

    def make(**keys: str):
        pair = {
            "access_key_id": config.access_key_id.get_secret_value(),
            "access_key_secret": config.access_key_secret.get_secret_value(),
        }
        client = Client(Config(**{**pair, **keys}, protocol="http", endpoint=urlsplit(sandbox.urls["cn"]).netloc))

        def call(action: str, **parameters: object):
            request = getattr(models, f"{action}Request")(**parameters)
            return getattr(client, f"{CALLS[action]}_with_options")(request, RuntimeOptions()).body

        return call

    return make


@pytest.fixture
def sdk(make_sdk):
    """Make a call with the SDK; returns the answer's body."""
    return make_sdk()


@pytest.fixture
def send(sdk):
    """Send one text to some numbers with the SDK; returns the answer's body."""

    def sent(*numbers: str, **changed: object):
        params = {"code": "1234", "ttl": "5"}
        asked = {
            "phone_numbers": ",".join(numbers),
            "sign_name": SIGN,
            "template_code": "SMS_154950909",
            "template_param": json.dumps(params),
            "out_id": "our-name",
        }
        return sdk("SendSms", **{**asked, **changed})

    return sent


@pytest.fixture
def details(sdk):
    """Look up the texts of a number of today with the SDK; returns the answer's body."""

    def found(number: str, **changed: object):
        asked = {"phone_number": number, "send_date": today(), "page_size": 50, "current_page": 1}
        return sdk("QuerySendDetails", **{**asked, **changed})

    return found


def today() -> str:
    return datetime.now(timezone(timedelta(hours=8))).strftime("%Y%m%d")


def test_every_action_that_the_sandbox_plays_is_one_of_the_sdk():
    assert set(ACTIONS) == set(CALLS)
    assert all(hasattr(Client, name) for name in CALLS.values())


def test_one_text_goes_to_several_phones_under_one_receipt(send, sandbox):
    answer = send(NUMBERS[0], f"+86{NUMBERS[1]}")

    assert (answer.code, answer.message) == ("OK", "OK")
    assert re.fullmatch(r"[0-9]{18}\^0", answer.biz_id)
    assert [(each.phone, each.message_id, each.reference) for each in sandbox.submissions("cn")] == [
        (phone, answer.biz_id, "our-name") for phone in PHONES
    ]


def test_each_phone_may_have_a_signature_and_params_of_its_own(sdk, sandbox):
    params = [{"code": "1111", "ttl": "5 min"}, {"code": "2222", "ttl": "~*'()"}]

    answer = sdk(
        "SendBatchSms",
        phone_number_json=json.dumps(NUMBERS),
        sign_name_json=json.dumps([SIGN, "Acme"]),
        template_code="SMS_154950909",
        template_param_json=json.dumps(params),
        out_id="ours",
    )

    assert answer.code == "OK"
    assert sandbox.texts() == dict.fromkeys(PHONES, 1)
    assert {each.message_id for each in sandbox.submissions("cn")} == {answer.biz_id}


@pytest.mark.parametrize(
    ("last", "code"),
    [
        ("990001", "isv.MOBILE_NUMBER_ILLEGAL"),
        ("990002", "isv.BLACK_KEY_CONTROL_LIMIT"),
        ("990003", "isv.BUSINESS_LIMIT_CONTROL"),
        ("990004", "isv.AMOUNT_NOT_ENOUGH"),
        ("990005", "isv.SMS_CONTENT_ILLEGAL"),
        ("990006", "isv.DOMESTIC_NUMBER_NOT_SUPPORTED"),
        ("990007", "isv.SMS_TEMPLATE_ILLEGAL"),
    ],
)
def test_a_refusal_is_an_answer_for_the_whole_request_and_nobody_is_texted(send, sandbox, last, code):
    answer = send(NUMBERS[0], f"13700{last}")

    assert (answer.code, answer.biz_id) == (code, None)
    assert answer.request_id
    assert sandbox.texts() == {}


@pytest.mark.parametrize(
    ("keys", "status", "code"),
    [
        ({"access_key_id": "SomebodyElse"}, 404, "InvalidAccessKeyId.NotFound"),
        ({"access_key_secret": "wrong"}, 400, "SignatureDoesNotMatch"),
        ({"security_token": "unknown"}, 400, "InvalidSecurityToken.MismatchWithAccessKey"),
    ],
)
def test_bad_credentials_are_refused_with_a_status_that_the_sdk_raises(make_sdk, sandbox, keys, status, code):
    sdk = make_sdk(**keys)

    with pytest.raises(ClientException) as caught:
        sdk("SendSms", phone_numbers=NUMBERS[0], sign_name=SIGN, template_code="SMS_154950909")

    assert (caught.value.status_code, caught.value.code) == (status, code)
    assert sandbox.texts() == {}


def test_a_temporary_pair_of_keys_is_judged_fine(make_config):
    config = make_config(security_token="temporary")
    with Sandbox([SandboxAccount("cn", AliyunSide(config), signatures=[SIGN])]) as sandbox:
        netloc = urlsplit(sandbox.urls["cn"]).netloc
        keys = {"access_key_id": "YourAccessKeyId", "access_key_secret": "YourAccessKeySecret"}
        client = Client(Config(**keys, security_token="temporary", protocol="http", endpoint=netloc))

        answer = client.get_sms_sign_with_options(models.GetSmsSignRequest(sign_name=SIGN), RuntimeOptions())

    assert (answer.body.code, answer.body.sign_status) == ("OK", 1)


def test_too_many_requests_and_a_wrong_clock_are_told_by_the_gateway(send, sandbox):
    sandbox.set_rate("cn", 1)
    send(NUMBERS[0])

    with pytest.raises(ClientException) as throttled:
        send(NUMBERS[0])
    sandbox.set_rate("cn", None)
    sandbox.set_clock(901, "cn")
    with pytest.raises(ClientException) as late:
        send(NUMBERS[0])

    assert [(each.value.status_code, each.value.code) for each in (throttled, late)] == [
        (400, "Throttling.User"),
        (400, "InvalidTimeStamp.Expired"),
    ]


def test_a_missing_parameter_is_told_by_the_gateway(sdk):
    with pytest.raises(ClientException) as caught:
        sdk("SendSms", phone_numbers=NUMBERS[0], sign_name=SIGN)

    assert (caught.value.status_code, caught.value.code) == (400, "MissingTemplateCode")


def test_the_texts_of_a_phone_are_found_before_and_after_their_reports(send, details, sandbox):
    sandbox.set_report_delay(60, "cn")
    receipt = send(*NUMBERS).biz_id

    waiting = details(NUMBERS[0])
    sandbox.advance(60)
    told = details(NUMBERS[0], biz_id=receipt)

    (first,), (second,) = (each.sms_send_detail_dtos.sms_send_detail_dto for each in (waiting, told))
    assert (first.phone_num, first.send_status, first.err_code, first.receive_date) == (NUMBERS[0], 1, None, None)
    assert (second.send_status, second.err_code, second.out_id) == (3, "DELIVERED", "our-name")
    assert (second.template_code, second.send_date) == ("SMS_154950909", first.send_date)
    moments = [datetime.fromisoformat(at) for at in (second.send_date, second.receive_date)]
    assert moments[1] - moments[0] == timedelta(seconds=60)


def test_a_failed_delivery_is_told(send, details, sandbox):
    sandbox.fail_deliveries("unreachable_recipient", phones=[PHONES[0]])
    send(NUMBERS[0])

    (detail,) = details(NUMBERS[0]).sms_send_detail_dtos.sms_send_detail_dto

    assert (detail.send_status, detail.err_code) == (2, "MOBILE_NOT_ON_SERVICE")


def test_a_page_that_is_not_there_is_empty_and_the_total_stays(send, details):
    for _ in range(3):
        send(NUMBERS[0])

    pages = [details(NUMBERS[0], page_size=2, current_page=page) for page in (1, 2, 3)]

    assert [len(page.sms_send_detail_dtos.sms_send_detail_dto) for page in pages] == [2, 1, 0]
    assert {page.total_count for page in pages} == {3}


def test_texts_are_counted_by_day(send, sdk, sandbox):
    sandbox.fail_deliveries("carrier_failure", phones=[PHONES[1]])
    send(*NUMBERS)
    asked = {"start_date": today(), "end_date": today(), "page_index": 1, "page_size": 50}

    at_home = sdk("QuerySendStatistics", is_globe=1, **asked).data
    abroad = sdk("QuerySendStatistics", is_globe=2, **asked).data

    (row,) = at_home.target_list
    assert (row.send_date, row.total_count) == (today(), 2)
    assert (row.responded_success_count, row.responded_fail_count, row.no_responded_count) == (1, 1, 0)
    assert (at_home.total_size, abroad.total_size, abroad.target_list) == (1, 0, [])


def test_a_template_is_created_rejected_changed_used_and_deleted(sdk, sandbox):
    code = sdk("CreateSmsTemplate", **DRAFT).template_code

    def found():
        body = sdk("GetSmsTemplate", template_code=code)
        return body.template_status, body.audit_info.reject_info, body.template_content

    assert found() == ("0", "", "Your code is ${code}.")
    assert sdk("DeleteSmsTemplate", template_code=code).code == "isv.ERROR_TEMPLATE_NOT_DELETE"
    sandbox.review("cn", template=code, approve=False, words="Say who you are")
    assert found()[:2] == ("2", "Say who you are")
    changed = {**DRAFT, "template_content": "Acme: code ${pin}", "template_rule": '{"pin": "numberCaptcha"}'}
    assert sdk("UpdateSmsTemplate", template_code=code, **changed).template_code == code
    sandbox.review("cn", template=code)
    assert found() == ("1", "", "Acme: code ${pin}")
    assert sdk("UpdateSmsTemplate", template_code=code, **changed).code == "isv.ERROR_TEMPLATE_NOT_MODIFY"
    sent = {"phone_numbers": NUMBERS[0], "sign_name": SIGN, "template_code": code}
    assert sdk("SendSms", **sent, template_param='{"code": "1234"}').code == "isv.TEMPLATE_MISSING_PARAMETERS"
    assert sdk("SendSms", **sent, template_param='{"pin": "1234"}').code == "OK"
    assert sdk("DeleteSmsTemplate", template_code=code).code == "OK"
    assert sdk("GetSmsTemplate", template_code=code).code == "isv.SMS_TEMPLATE_ILLEGAL"


def test_templates_are_listed_with_numbers_of_their_own_for_the_types(sdk):
    code = sdk("CreateSmsTemplate", **DRAFT).template_code

    body = sdk("QuerySmsTemplateList", page_index=1, page_size=50)

    first, second = body.sms_template_list
    assert (body.total_count, body.current_page, body.page_size) == (2, 1, 50)
    assert (first.template_code, first.template_content) == ("SMS_154950909", "Code ${code}, for ${ttl} minutes.")
    assert (first.audit_status, second.audit_status) == ("AUDIT_STATE_PASS", "AUDIT_STATE_INIT")
    assert (second.template_code, second.template_type, second.outer_template_type) == (code, 2, 0)


def test_signatures_are_listed_and_looked_up(sdk):
    listed = sdk("QuerySmsSignList", page_index=1, page_size=1)
    known, unknown = (sdk("GetSmsSign", sign_name=name) for name in ("Acme", "Nobody"))

    assert [(each.sign_name, each.audit_status) for each in listed.sms_sign_list] == [(SIGN, "AUDIT_STATE_PASS")]
    assert listed.total_count == 2
    assert (known.code, known.sign_name, known.sign_status) == ("OK", "Acme", 1)
    assert unknown.code == "isv.SMS_SIGNATURE_ILLEGAL"


@pytest.fixture
def customer():
    """A customer's server; gives its address and the bodies that are posted to it, and answers as told."""
    posted: queue.Queue[list[dict[str, object]]] = queue.Queue()
    answers = [(500, b""), (200, b'{"code": "0"}')]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            status, body = answers.pop(0) if answers else (200, b'{"code": 0, "msg": "taken"}')
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the base class's
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", posted
        server.shutdown()
        thread.join()


def test_reports_are_posted_until_the_answer_is_200_with_a_number_as_code(send, sandbox, customer):
    url, posted = customer
    sandbox.push_to("cn", url)
    answer = send(*NUMBERS)

    bodies = []
    for wait in (60, 300, 0):
        bodies.append(posted.get(timeout=10))
        _until(lambda: sandbox.pushes("cn")[0].tries == len(bodies))
        sandbox.advance(wait)

    first, second = bodies[0]
    assert bodies[1:] == [bodies[0]] * 2
    assert (first["phone_number"], first["success"], first["err_code"]) == (NUMBERS[0], True, "DELIVERED")
    assert (first["biz_id"], first["out_id"], first["sms_size"]) == (answer.biz_id, "our-name", "1")
    assert second["phone_number"] == NUMBERS[1]
    assert sandbox.pushes("cn")[0].acknowledged


def test_messages_from_phones_are_posted(sandbox, customer):
    url, posted = customer
    sandbox.push_to("cn", url)
    sandbox.receive(PHONES[0], "STOP", "cn", extension="1234")

    (message,) = posted.get(timeout=10)

    assert {name: message[name] for name in ("phone_number", "content", "dest_code")} == {
        "phone_number": NUMBERS[0],
        "content": "STOP",
        "dest_code": "1234",
    }
    assert re.fullmatch(r"[0-9-]{10} [0-9:]{8}", message["send_time"])
    assert message["sequence_id"].isdigit()


def _until(ready) -> None:
    for _ in range(1000):
        if ready():
            return
        time.sleep(0.01)
    raise AssertionError("it never came")

"""The vendor's own SDK, unchanged, makes every call beside sending against the sandbox, over a socket."""

from __future__ import annotations

import http.server
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models
from tencentcloud.sms.v20210111.sms_client import SmsClient

from smsway.provider import Callback, Delivery, Reason, SandboxTemplate
from smsway.sandbox import Sandbox, SandboxAccount
from smsway_tencent_global._sandbox import server_side

# The SDK asks for the date in a way that Python 3.12 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")

APP = "2400006666"
PHONES = ["+60198890000", "+6598765432"]
DRAFT = {
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
    "SignPurpose": 0,
    "ProofImage": "xxxx",
}


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    """The SDK asks the environment for proxies, and loopback is not behind one."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.fixture
def sandbox(config) -> Iterator[Sandbox]:
    account = SandboxAccount("world", server_side(config), templates=[SandboxTemplate("1800308", 1, "Code {1}")])
    with Sandbox([account]) as running:
        yield running


@pytest.fixture
def sdk(config, sandbox):
    """Make a call with the SDK; returns its answer."""
    credential = Credential(config.secret_id.get_secret_value(), config.secret_key.get_secret_value())
    http = HttpProfile(protocol="http", endpoint=urlsplit(sandbox.urls["world"]).netloc)
    client = SmsClient(credential, "ap-singapore", ClientProfile(httpProfile=http))

    def call(action: str, **parameters: object):
        request = getattr(models, f"{action}Request")()
        request.from_json_string(json.dumps(parameters))
        return getattr(client, action)(request)

    yield call
    client.request.conn._session.close()


@pytest.fixture
def send(sdk):
    """Send a text to each phone with the SDK; returns the serial numbers."""

    def sent(*phones: str) -> list[str]:
        infos = [
            {
                "PhoneNumber": phone,
                "TemplateId": "1800308",
                "TemplateParamSet": ["1234"],
                "SessionContext": f"to {phone}",
            }
            for phone in phones
        ]
        answer = sdk("SendMultiGlobalSms", SmsSdkAppId=APP, MultiSmsInfoSet=infos)
        assert {status.Code for status in answer.SendMultiStatusSet} == {"Ok"}
        return [status.SerialNo for status in answer.SendMultiStatusSet]

    return sent


@pytest.fixture
def refusal_of(sdk):
    """Make a call that is refused; returns the code."""

    def code(action: str, **parameters: object) -> str:
        with pytest.raises(TencentCloudSDKException) as caught:
            sdk(action, **parameters)
        assert caught.value.get_request_id()
        return caught.value.get_code()

    return code


def span() -> dict[str, int]:
    now = int(time.time())
    return {"BeginTime": now - 600, "EndTime": now + 600}


def hours(config) -> dict[str, object]:
    now = time.strftime("%Y%m%d%H", time.gmtime(time.time() + 8 * 3600))
    return {"BeginTime": now, "EndTime": now, "SmsSdkAppId": config.sdk_app_id, "Limit": 0, "Offset": 0}


def test_every_action_that_the_sandbox_plays_is_one_of_the_sdk(config):
    assert all(hasattr(SmsClient, action) for action in server_side(config).actions)


def test_reports_are_pulled_once(sdk, send):
    serials = send(*PHONES)

    first = sdk("PullSmsSendStatus", Limit=100, SmsSdkAppId=APP).PullSmsSendStatusSet
    second = sdk("PullSmsSendStatus", Limit=100, SmsSdkAppId=APP).PullSmsSendStatusSet

    assert [(r.SerialNo, r.PhoneNumber, r.ReportStatus, r.Description) for r in first] == [
        (serial, phone, "SUCCESS", "DELIVRD") for serial, phone in zip(serials, PHONES, strict=True)
    ]
    assert [(r.CountryCode, r.SubscriberNumber) for r in first] == [("60", "198890000"), ("65", "98765432")]
    assert [r.SessionContext for r in first] == [f"to {phone}" for phone in PHONES]
    assert abs(first[0].UserReceiveTime - time.time()) < 60
    assert second == []


def test_a_failed_delivery_is_told(sdk, send, sandbox):
    sandbox.fail_deliveries("unreachable_recipient", phones=[PHONES[1]])
    send(*PHONES)

    reports = sdk("PullSmsSendStatus", Limit=2, SmsSdkAppId=APP).PullSmsSendStatusSet

    assert [(r.ReportStatus, r.Description) for r in reports] == [("SUCCESS", "DELIVRD"), ("FAIL", "UNDELIV")]


def test_the_reports_of_one_phone_are_found_again_and_again(sdk, send):
    _, serial = send(*PHONES)
    asked = {"Offset": 0, "Limit": 100, "PhoneNumber": PHONES[1], "SmsSdkAppId": APP}

    for _ in range(2):
        reports = sdk("PullSmsSendStatusByPhoneNumber", **asked, **span()).PullSmsSendStatusSet

        assert [(r.SerialNo, r.PhoneNumber) for r in reports] == [(serial, PHONES[1])]


def test_messages_from_phones_are_pulled_once(sdk, sandbox):
    sandbox.receive(PHONES[0], "STOP", "world", extension="11", signature="Acme")

    (reply,) = sdk("PullSmsReplyStatus", Limit=100, SmsSdkAppId=APP).PullSmsReplyStatusSet
    second = sdk("PullSmsReplyStatus", Limit=100, SmsSdkAppId=APP).PullSmsReplyStatusSet

    assert (reply.PhoneNumber, reply.ReplyContent, reply.ExtendCode, reply.SignName) == (
        PHONES[0],
        "STOP",
        "11",
        "Acme",
    )
    assert (reply.CountryCode, reply.SubscriberNumber) == ("60", "198890000")
    assert second == []


def test_the_messages_of_one_phone_are_found(sdk, sandbox):
    for phone in PHONES:
        sandbox.receive(phone, f"from {phone}", "world")
    asked = {"Offset": 0, "Limit": 100, "PhoneNumber": PHONES[1], "SmsSdkAppId": APP}

    replies = sdk("PullSmsReplyStatusByPhoneNumber", **asked, **span()).PullSmsReplyStatusSet

    assert [reply.ReplyContent for reply in replies] == [f"from {PHONES[1]}"]


def test_a_template_is_added_reviewed_changed_and_deleted(sdk, sandbox, refusal_of):
    id_ = int(sdk("AddSmsTemplate", **DRAFT).AddTemplateStatus.TemplateId)

    def found():
        (only,) = sdk("DescribeSmsTemplateList", International=1, TemplateIdSet=[id_]).DescribeTemplateStatusSet
        return only.StatusCode, only.ReviewReply, only.TemplateContent

    assert found() == (1, "", DRAFT["TemplateContent"])
    sandbox.review("world", template=str(id_), approve=False, words="too short")
    assert found() == (-1, "too short", DRAFT["TemplateContent"])
    longer = {**DRAFT, "TemplateContent": "Your code for Acme is {1}"}
    assert sdk("ModifySmsTemplate", TemplateId=id_, **longer).ModifyTemplateStatus.TemplateId == id_
    assert found() == (1, "", "Your code for Acme is {1}")
    sandbox.review("world", template=str(id_))
    assert found()[0] == 0
    assert refusal_of("ModifySmsTemplate", TemplateId=id_, **DRAFT) == "FailedOperation.TemplateAlreadyPassedCheck"
    assert sdk("DeleteSmsTemplate", TemplateId=id_).DeleteTemplateStatus.DeleteStatus == "return successfully!"
    assert refusal_of("DeleteSmsTemplate", TemplateId=id_) == "FailedOperation.TemplateIdNotExist"


def test_a_template_can_be_sent_once_it_is_approved(sdk, sandbox):
    id_ = sdk("AddSmsTemplate", **DRAFT).AddTemplateStatus.TemplateId
    info = {"PhoneNumber": PHONES[0], "TemplateId": id_, "TemplateParamSet": ["1234"]}

    (before,) = sdk("SendMultiGlobalSms", SmsSdkAppId=APP, MultiSmsInfoSet=[info]).SendMultiStatusSet
    sandbox.review("world", template=id_)
    (after,) = sdk("SendMultiGlobalSms", SmsSdkAppId=APP, MultiSmsInfoSet=[info]).SendMultiStatusSet

    assert (before.Code, after.Code) == ("FailedOperation.TemplateIncorrectOrUnapproved", "Ok")


def test_all_templates_are_listed_by_pages(sdk):
    for number in range(3):
        sdk("AddSmsTemplate", **{**DRAFT, "TemplateName": f"code {number}"})

    pages = [
        sdk("DescribeSmsTemplateList", International=1, Limit=3, Offset=offset).DescribeTemplateStatusSet
        for offset in (0, 3, 6)
    ]

    assert [[template.TemplateName for template in page] for page in pages] == [
        ["", "code 0", "code 1"],
        ["code 2"],
        [],
    ]


def test_a_signature_is_added_reviewed_changed_and_deleted(sdk, sandbox, refusal_of):
    id_ = sdk("AddSmsSign", **SIGN).AddSignStatus.SignId

    def found():
        (only,) = sdk("DescribeSmsSignList", International=1, SignIdSet=[id_]).DescribeSignListStatusSet
        return only.StatusCode, only.ReviewReply, only.SignName

    assert found() == (1, "", "Tencent Cloud")
    assert refusal_of("AddSmsSign", **SIGN) == "InvalidParameterValue.SignExistAndUnapproved"
    sandbox.review("world", signature=str(id_), approve=False, words="who is that?")
    assert found() == (-1, "who is that?", "Tencent Cloud")
    assert sdk("ModifySmsSign", SignId=id_, **{**SIGN, "SignName": "Acme"}).ModifySignStatus.SignId == id_
    assert found() == (1, "", "Acme")
    sandbox.review("world", signature=str(id_))
    assert found()[0] == 0
    assert [sign.SignId for sign in sdk("DescribeSmsSignList", International=1).DescribeSignListStatusSet] == [id_]
    assert refusal_of("ModifySmsSign", SignId=id_, **SIGN) == "InvalidParameterValue.SignAlreadyPassedCheck"
    assert sdk("DeleteSmsSign", SignId=id_).DeleteSignStatus.DeleteStatus == "return successfully!"
    assert refusal_of("DeleteSmsSign", SignId=id_) == "FailedOperation.SignIdNotExist"


def test_what_was_sent_and_what_became_of_it_is_counted(sdk, send, sandbox, config):
    sandbox.fail_deliveries("invalid_recipient", phones=[PHONES[1]])
    send(*PHONES)

    sends = sdk("SendStatusStatistics", **hours(config)).SendStatusStatistics
    callbacks = sdk("CallbackStatusStatistics", **hours(config)).CallbackStatusStatistics

    assert (sends.FeeCount, sends.RequestCount, sends.RequestSuccessCount) == (2, 2, 2)
    assert (callbacks.RequestSuccessCount, callbacks.CallbackCount) == (2, 2)
    assert (callbacks.CallbackSuccessCount, callbacks.CallbackFailCount, callbacks.InvalidNumberCount) == (1, 1, 1)


@contextmanager
def listener(provider, taken: list[bool]) -> Iterator[tuple[str, list[bytes]]]:
    """Take callbacks on a port of the loopback, answering as *taken* says; gives its address and the bodies."""
    bodies: list[bytes] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["content-length"])))
            answer = provider.answer_callback(taken=taken.pop(0) if taken else True)
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the base class's
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/sms/callback", bodies
        finally:
            server.shutdown()
            thread.join()


def wait(bodies: list[bytes], count: int) -> None:
    end = time.monotonic() + 10
    while len(bodies) < count and time.monotonic() < end:
        time.sleep(0.01)
    assert len(bodies) >= count


def test_what_the_sandbox_posts_is_read_and_acknowledged(provider, send, sandbox):
    sandbox.fail_deliveries("unreachable_recipient", phones=[PHONES[1]])
    with listener(provider, []) as (address, bodies):
        sandbox.push_to("world", address)
        serials = send(*PHONES)
        wait(bodies, 1)
        sandbox.receive(PHONES[0], "STOP", "world")
        wait(bodies, 2)

    found = [item for body in bodies for item in provider.read_callback(Callback(body))]

    *reports, message = found
    assert [(r.recipient, r.provider_message_id, r.delivery, r.reason) for r in reports] == [
        (PHONES[0], serials[0], Delivery.DELIVERED, None),
        (PHONES[1], serials[1], Delivery.UNDELIVERED, Reason.UNREACHABLE_RECIPIENT),
    ]
    assert [r.reference for r in reports] == [f"to {phone}" for phone in PHONES]
    assert (message.sender, message.text) == (PHONES[0], "STOP")


def test_what_is_not_taken_is_posted_again(provider, send, sandbox):
    with listener(provider, [False, True]) as (address, bodies):
        sandbox.push_to("world", address)
        send(PHONES[0])
        wait(bodies, 1)
        sandbox.advance(61)
        wait(bodies, 2)

    first, second = bodies
    assert first == second

"""What the pages about moving say of the vendors' SDKs: how they fail, and whom they text again."""

from __future__ import annotations

import json
import logging
from base64 import b64decode, b64encode
from contextlib import closing
from urllib.parse import urlsplit

import pytest
import requests
from qcloudsms_py import SmsSingleSender
from qcloudsms_py.httpclient import HTTPError, HTTPSimpleClient
from requests.adapters import BaseAdapter
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.common.retry import StandardRetryer
from tencentcloud.sms.v20210111.models import MultiSmsInfo, SendMultiGlobalSmsRequest
from tencentcloud.sms.v20210111.sms_client import SmsClient
from ucloud.client import Client
from ucloud.core.exc import InvalidResponseException, RetCodeException, UCloudException

# The SDK of TencentCloud asks for the date in a way that Python 3.12 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")

CN, WORLD = "+8613788888888", "+60198890000"


class TestQcloudsms:
    """qcloudsms_py 0.1.4."""

    @pytest.fixture
    def send(self, sandbox, configuration):
        """Send a code; *client* is one of the SDK's own."""
        account = configuration["accounts"]["cn"]
        url = f"{sandbox.urls['cn']}/v5/tlssmssvr/sendsms"

        def send_with_sdk(client=None):
            sender = SmsSingleSender(account["sdk_app_id"], account["app_key"].removeprefix("literal:"), client)
            return sender.send_with_param(86, "13788888888", 19, ["1234", "4"], sign="Tencent Cloud", url=url)

        return send_with_sdk

    def test_from_python_3_9_on_it_crashes_after_the_text_was_sent(self, send, sandbox):
        with pytest.raises(TypeError, match="encoding"):
            send()

        assert sandbox.texts() == {CN: 1}

    @pytest.mark.parametrize(("fault", "texts"), [("refuse", {}), ("drop_after", {CN: 1})])
    def test_an_oserror_does_not_say_whether_the_text_was_sent(self, fault, texts, send, sandbox):
        sandbox.inject(fault, account="cn")

        with pytest.raises(OSError):  # noqa: PT011  # all that the two have in common
            send()

        assert sandbox.texts() == texts

    def test_a_timeout_may_come_after_the_text_was_sent(self, send, sandbox):
        sandbox.inject("hang", account="cn")

        with pytest.raises(TimeoutError):
            send(HTTPSimpleClient(connect_timeout=0.2))

        assert sandbox.texts() == {CN: 1}

    def test_an_error_page_may_come_after_the_text_was_sent(self, send, sandbox):
        sandbox.inject("http_502", account="cn")

        with pytest.raises(HTTPError):
            send()

        assert sandbox.texts() == {CN: 1}


class Reply(BaseAdapter):
    """Answers every request with the same body and content type, whatever the sandbox would say."""

    def __init__(self, body, content_type):
        super().__init__()
        self.body, self.content_type = body, content_type

    def send(self, request, **_):
        response = requests.Response()
        response.status_code, response.url, response.request = 200, request.url, request
        response.headers["Content-Type"] = self.content_type
        response._content = self.body
        return response

    def close(self):
        pass


class TestTencentCloud:
    """tencentcloud-sdk-python-common 3.1.195 and tencentcloud-sdk-python-sms 3.1.153."""

    @pytest.fixture
    def send(self, sandbox, configuration):
        """Send a code to each phone; returns the results."""
        account = configuration["accounts"]["world"]
        key = Credential(account["secret_id"].removeprefix("literal:"), account["secret_key"].removeprefix("literal:"))

        def send_with_sdk(*phones, retryer=None, adapter=None):
            request = SendMultiGlobalSmsRequest()
            request.SmsSdkAppId, request.MultiSmsInfoSet = account["sdk_app_id"], []
            for phone in phones or [WORLD]:
                info = MultiSmsInfo()
                info.PhoneNumber, info.TemplateId, info.TemplateParamSet = phone, "1800308", ["1234"]
                request.MultiSmsInfoSet.append(info)
            http = HttpProfile(protocol="http", endpoint=urlsplit(sandbox.urls["world"]).netloc)
            client = SmsClient(key, account["region"], ClientProfile(httpProfile=http, retryer=retryer))
            with closing(client.request.conn._session) as session:
                if adapter:
                    session.mount("http://", adapter)
                return client.SendMultiGlobalSms(request).SendMultiStatusSet

        return send_with_sdk

    @pytest.fixture
    def code_of(self, send):
        """Send what must fail; returns the code of the exception."""

        def code(**options):
            with pytest.raises(TencentCloudSDKException) as caught:
                send(**options)
            return caught.value.get_code()

        return code

    @pytest.mark.parametrize(("fault", "texts"), [("refuse", {}), ("drop_after", {WORLD: 1})])
    def test_a_network_error_does_not_say_whether_the_text_was_sent(self, fault, texts, code_of, sandbox):
        sandbox.inject(fault, account="world")

        assert (code_of(), sandbox.texts()) == ("ClientNetworkError", texts)

    @pytest.mark.parametrize(("fault", "code"), [("http_502", "ServerNetworkError"), ("html", "JSONDecodeError")])
    def test_a_web_page_may_come_after_the_text_was_sent(self, fault, code, code_of, sandbox):
        sandbox.inject(fault, account="world")

        assert (code_of(), sandbox.texts()) == (code, {WORLD: 1})

    def test_its_retryer_sends_three_texts_after_one_lost_answer_and_reports_a_failure(self, code_of, sandbox):
        sandbox.inject("drop_after", account="world", times=1)

        code = code_of(retryer=StandardRetryer(backoff_fn=lambda _: 0))

        assert (code, sandbox.texts()) == ("ClientNetworkError", {WORLD: 3})

    def test_a_refusal_under_another_content_type_passes_for_an_answer(self, send, code_of):
        body = json.dumps({"Response": {"Error": {"Code": "AuthFailure", "Message": "no"}, "RequestId": "1"}}).encode()

        assert code_of(adapter=Reply(body, "application/json")) == "AuthFailure"
        assert send(adapter=Reply(body, "application/json; charset=utf-8")) is None

    def test_results_stand_in_the_order_of_the_answer(self, send, sandbox):
        sandbox.inject("reordered", account="world")

        results = send(WORLD, "+6598990002")

        assert [(each.PhoneNumber, each.Code) for each in results] == [
            ("+6598990002", "FailedOperation.PhoneNumberInBlacklist"),
            (WORLD, "Ok"),
        ]

    def test_at_debug_it_logs_the_phone_the_params_and_the_signature(self, send, caplog):
        caplog.set_level(logging.DEBUG, "tencentcloud_sdk_common")

        send()

        assert WORLD in caplog.text
        assert '"TemplateParamSet": ["1234"]' in caplog.text
        assert "Authorization: TC3-HMAC-SHA256 Credential=AKID" in caplog.text


class TestUcloud:
    """ucloud-sdk-python3 0.11.150."""

    @pytest.fixture
    def send(self, sandbox, configuration):
        """Send a code to each phone; returns the answer."""
        account = configuration["accounts"]["backup"]
        keys = {name: account[name].removeprefix("literal:") for name in ("public_key", "private_key")}
        settings = {**keys, "project_id": account["project_id"], "base_url": sandbox.urls["backup"]}

        def send_with_sdk(*phones, **more):
            targets = [{"Phone": phone, "TemplateParams": ["1234", "4"]} for phone in phones or ["(86)13788888888"]]
            task = [{"TemplateId": "UTA20212831C85C", "SigContent": "SCloud", "Target": targets}]
            content = b64encode(json.dumps(task).encode()).decode()
            return Client({**settings, **more}).usms().send_batch_usms_message({"TaskContent": content})

        return send_with_sdk

    def test_max_retries_texts_everybody_again_for_one_bad_number(self, send, sandbox):
        with pytest.raises(RetCodeException, match="18046"):
            send("(86)13788888888", "(86)123", max_retries=3)

        assert sandbox.texts() == {CN: 4}

    def test_it_keeps_the_code_of_a_refusal_and_not_who_was_refused(self, send, sandbox):
        with pytest.raises(RetCodeException) as caught:
            send("(86)13788888888", "(86)123")

        assert caught.value.json().keys() == {"RetCode", "Message", "Action"}
        assert not {"FailContent", "SessionNo"} & vars(caught.value).keys()
        assert sandbox.texts() == {CN: 1}

    def test_one_blocked_phone_among_others_raises_nothing(self, send, sandbox):
        answer = send("(86)13788888888", "(86)13788990002")

        assert (answer["SuccessCount"], len(answer["FailContent"])) == (1, 1)
        assert sandbox.texts() == {CN: 1}

    @pytest.mark.parametrize(("fault", "texts"), [("refuse", {}), ("drop_after", {CN: 1})])
    def test_a_network_error_does_not_say_whether_the_text_was_sent(self, fault, texts, send, sandbox):
        sandbox.inject(fault, account="backup")

        with pytest.raises(requests.ConnectionError) as caught:
            send()

        assert not isinstance(caught.value, UCloudException)
        assert sandbox.texts() == texts

    def test_a_web_page_may_come_after_the_text_was_sent(self, send, sandbox):
        sandbox.inject("html", account="backup")

        with pytest.raises(InvalidResponseException):
            send()

        assert sandbox.texts() == {CN: 1}

    def test_by_default_it_logs_the_recipients_of_each_request(self, send, caplog):
        send()

        logged = caplog.text.partition("'TaskContent': '")[2].partition("'")[0]
        (item,) = json.loads(b64decode(logged))
        assert item["Target"] == [{"Phone": "(86)13788888888", "TemplateParams": ["1234", "4"]}]

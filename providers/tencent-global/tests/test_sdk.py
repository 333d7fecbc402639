"""The vendor's own SDK against our server side, so that our two sides cannot agree on a mistake of ours."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models
from tencentcloud.sms.v20210111 import sms_client as tencentcloud

from smsway.provider import SandboxCall
from smsway_tencent_global._sandbox import server_side

# The SDK asks for the date in a way that Python 3.12 deprecates, and leaves its connection to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]

FIRST, SECOND = "+60198890000", "+60198890001"


@contextmanager
def served(side, desk) -> Iterator[tuple[str, list[SandboxCall]]]:
    """Serve *side* on a port of the loopback; gives its address and the calls that it received."""
    calls: list[SandboxCall] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers["content-length"]))
            call = SandboxCall("POST", self.path, {}, headers, body)
            calls.append(call)
            desk.now = float(headers["x-tc-timestamp"])
            reply = side.judge(call, desk)
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the base class's
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}", calls
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def sdk(config, desk):
    """Send with the vendor's SDK to our server side; returns the SDK's answer and the request that it made."""

    def send_with_sdk(*infos: dict[str, object], account=config, unsigned_payload: bool = False):
        credential = Credential(
            account.secret_id.get_secret_value(),
            account.secret_key.get_secret_value(),
            account.token.get_secret_value() if account.token else None,
        )
        request = models.SendMultiGlobalSmsRequest()
        request.from_json_string(json.dumps({"SmsSdkAppId": account.sdk_app_id, "MultiSmsInfoSet": infos}))
        with served(server_side(account), desk) as (address, calls):
            profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=address))
            profile.unsignedPayload = unsigned_payload
            client = tencentcloud.SmsClient(credential, "ap-singapore", profile)
            try:
                return client.SendMultiGlobalSms(request), calls
            finally:
                client.request.conn._session.close()

    return send_with_sdk


def test_the_vendors_sdk_is_judged_fine(sdk, desk):
    info = {"TemplateId": "1800308", "TemplateParamSet": ["190191"], "SenderId": "Qsms"}

    answer, calls = sdk({**info, "PhoneNumber": FIRST, "SessionContext": "outsid_1"}, {**info, "PhoneNumber": SECOND})

    assert [(s.Code, s.Fee, s.IsoCode, s.PhoneNumber, s.SerialNo) for s in answer.SendMultiStatusSet] == [
        ("Ok", 1, "MY", FIRST, "serial-1"),
        ("Ok", 1, "MY", SECOND, "serial-2"),
    ]
    assert answer.SendMultiStatusSet[0].SessionContext == "outsid_1"
    assert desk.texts == [(FIRST, "outsid_1"), (SECOND, None)]
    assert len(calls) == 1


@pytest.mark.parametrize("params", [{}, {"TemplateParamSet": []}])
def test_the_sdk_may_leave_the_params_out_or_send_none(sdk, params):
    answer, _ = sdk({"PhoneNumber": FIRST, "TemplateId": "1800309", **params})

    assert answer.SendMultiStatusSet[0].Code == "Ok"


def test_the_sdk_with_text_beyond_ascii_is_judged_fine(sdk):
    answer, _ = sdk({"PhoneNumber": FIRST, "TemplateId": "1800308", "TemplateParamSet": ["\u672a\u547d\u540d"]})

    assert answer.SendMultiStatusSet[0].Code == "Ok"


def test_the_sdk_with_a_temporary_pair_of_keys_is_judged_fine(sdk, make_config):
    answer, calls = sdk({"PhoneNumber": FIRST, "TemplateId": "1800309"}, account=make_config(token="temporary"))

    assert answer.SendMultiStatusSet[0].Code == "Ok"
    assert calls[0].headers["x-tc-token"] == "temporary"


def test_the_sdk_with_a_body_outside_of_the_signature_is_judged_fine(sdk):
    answer, calls = sdk({"PhoneNumber": FIRST, "TemplateId": "1800309"}, unsigned_payload=True)

    assert calls[0].headers["x-tc-content-sha256"] == "UNSIGNED-PAYLOAD"
    assert answer.SendMultiStatusSet[0].Code == "Ok"


def test_the_sdk_understands_our_error_envelope(sdk):
    with pytest.raises(TencentCloudSDKException) as caught:
        sdk({"PhoneNumber": "+8613788888888", "TemplateId": "1800309"})

    assert caught.value.get_code() == "UnsupportedOperation.ContainDomesticPhoneNumber"
    assert caught.value.get_request_id()


def test_our_request_says_what_the_sdks_says(sdk, client, make_batch):
    _, calls = sdk(
        {
            "PhoneNumber": FIRST,
            "TemplateId": "1800308",
            "TemplateParamSet": ["190191"],
            "SessionContext": f"{client.stamp.reference}-{0}",
        }
    )

    ours = client.encode(make_batch(1))

    assert json.loads(ours.body) == json.loads(calls[0].body)
    names = {name.lower() for name in ours.headers}
    assert names <= set(calls[0].headers)
    for name in ("X-TC-Action", "X-TC-Version", "X-TC-Region"):
        assert ours.headers[name] == calls[0].headers[name.lower()]

"""The vendor's own SDK against our server side, so that our two sides cannot share a mistake."""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from ucloud.client import Client
from ucloud.core import exc

from smsway.provider import Reason, SandboxCall
from smsway_usms._sandbox import UsmsSide

TARGETS = [
    {"TemplateParams": ["开心果挖土机"], "Phone": "(86)18500000507", "UserId": "you+me/==", "ExtendCode": "123"},
    {"TemplateParams": ["13579"], "Phone": "18500000608"},
]
TASK = b64encode(
    json.dumps([{"TemplateId": "UTA20212831C85C", "SigContent": "UCloud", "Target": TARGETS}]).encode()
).decode()


@pytest.fixture
def calls():
    return []


@pytest.fixture
def endpoint(config, desk, calls):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers["content-length"]))
            calls.append(SandboxCall("POST", self.path, {}, headers, body))
            reply = UsmsSide(config).judge(calls[-1], desk)
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def client(config, endpoint):
    settings = {
        "public_key": config.public_key.get_secret_value(),
        "private_key": config.private_key.get_secret_value(),
        "project_id": config.project_id,
        "region": "cn-bj2",
        "base_url": endpoint,
    }
    logger = logging.getLogger("test_sdk")
    logger.propagate = False
    return Client(settings, logger=logger).usms()


def test_the_sdks_request_is_judged_fine_and_its_answer_understood(client, calls, desk):
    answer = client.send_batch_usms_message({"TaskContent": TASK})

    (call,) = calls
    assert (call.path, call.headers["content-type"]) == ("/", "application/x-www-form-urlencoded")
    assert "u-timestamp-ms" in call.headers
    assert call.body.startswith(b"Region=cn-bj2&ProjectId=org1234&TaskContent=")
    assert answer["SuccessCount"] == 2
    assert answer["SessionNo"] == "session-1"
    assert desk.accepted == [("+8618500000507", "you+me/=="), ("+8618500000608", None)]


def test_the_sdk_reads_our_failures(client, desk):
    desk.refusals["+8618500000608"] = Reason.BLOCKED_RECIPIENT

    answer = client.send_batch_usms_message({"TaskContent": TASK})

    (failed,) = answer["FailContent"]
    assert (failed["FailureDetails"], failed["Target"][0]["Phone"]) == ("phone in the black list", "18500000608")


def test_the_sdk_reads_our_refusals(client, desk):
    desk.balance = 0

    with pytest.raises(exc.RetCodeException) as error:
        client.send_batch_usms_message({"TaskContent": TASK})

    assert error.value.code == 18013

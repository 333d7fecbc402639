"""The callbacks of the server side, as a little server of the customer receives them."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from smsway.provider import Delivery, Reason, SandboxInbound, SandboxPusher, SandboxReport
from smsway_vonage._sandbox import VonageSide
from smsway_vonage._sandbox_signature import signature

PHONE = "+447700900001"
SEND = {
    "api_key": "abcd1234",
    "api_secret": "abcdef0123456789",
    "from": "AcmeInc",
    "to": "447700900001",
    "text": "Hello",
    "client-ref": "my-ref",
}
# 2018-10-25 12:10:29 UTC, the time of the vendor's example.
AT = 1_540_469_429.0
REPORT = SandboxReport("0B00000127FDBC63", PHONE, "my-ref", AT - 3, AT, Delivery.DELIVERED)
MESSAGE = SandboxInbound(PHONE, "stop it & = please", AT)
SIGNED = {"signature_secret": "my_secret_key_for_testing", "signed_callbacks": True}


@pytest.fixture
def customer():
    """Run a server that notes what it is told and answers with what stands in `statuses`, and then with 200."""

    class Customer(ThreadingHTTPServer):
        seen: list
        statuses: list

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.server.seen.append((self.command, self.path, self.headers.get("Content-Type"), body))
            self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST  # noqa: N815  # the name is the base class's

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with Customer(("127.0.0.1", 0), Handler) as server:
        server.seen, server.statuses = [], []
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def until():
    """Wait until something is so."""

    def wait(so) -> None:
        end = time.monotonic() + 10
        while not so():
            assert time.monotonic() < end, "it never came to be so"
            time.sleep(0.005)

    return wait


@pytest.fixture
def pushed(play, make_config, customer, until):
    """Send a text, and return what the customer is told of it."""

    def told(webhook_format="POST-JSON", **settings):
        address = f"http://127.0.0.1:{customer.server_port}/dlr?mine=1"
        sandbox = play(make_config(**settings), webhook_format, push_to=address)
        httpx.post(f"{sandbox.urls['v']}/sms/json", data=SEND, trust_env=False)
        until(lambda: any(push.over for push in sandbox.pushes()))
        (push,) = sandbox.pushes()
        assert (push.tries, push.acknowledged) == (1, True)
        (seen,) = customer.seen
        return seen

    return told


def members(side, item):
    return json.loads(side.push([item]).body)


def test_a_receipt_has_the_members_of_the_published_one(make_config):
    side = VonageSide(make_config())

    assert isinstance(side, SandboxPusher)
    assert members(side, REPORT) == {
        "msisdn": "447700900001",
        "to": "447700900000",
        "network-code": "23410",
        "messageId": "0B00000127FDBC63",
        "price": "0.03330000",
        "status": "delivered",
        "scts": "1810251210",
        "err-code": "0",
        "api-key": "abcd1234",
        "message-timestamp": "2018-10-25 12:10:29",
        "client-ref": "my-ref",
    }


def test_a_text_without_a_reference_has_none_in_its_receipt(make_config):
    report = SandboxReport("1", PHONE, None, AT, AT, Delivery.DELIVERED)

    assert "client-ref" not in members(VonageSide(make_config()), report)


@pytest.mark.parametrize(
    ("reason", "status", "code"),
    [
        (Reason.UNREACHABLE_RECIPIENT, "expired", "2"),
        (Reason.INVALID_RECIPIENT, "failed", "3"),
        (Reason.BLOCKED_RECIPIENT, "rejected", "9"),
        (Reason.RECIPIENT_RATE_LIMITED, "rejected", "6"),
        (Reason.CARRIER_FAILURE, "failed", "8"),
        (Reason.QUIET_HOURS, "failed", "1"),
        (None, "failed", "1"),
    ],
)
def test_a_text_that_did_not_arrive_has_a_documented_code(make_config, reason, status, code):
    report = SandboxReport("1", PHONE, None, AT, AT, Delivery.UNDELIVERED, reason)

    told = members(VonageSide(make_config()), report)

    assert (told["status"], told["err-code"]) == (status, code)


def test_a_message_from_a_phone_has_the_members_of_the_published_one(make_config):
    told = members(VonageSide(make_config()), MESSAGE)

    assert told == {
        "msisdn": "447700900001",
        "to": "447700900000",
        "messageId": told["messageId"],
        "text": "stop it & = please",
        "type": "text",
        "keyword": "STOP",
        "api-key": "abcd1234",
        "message-timestamp": "2018-10-25 12:10:29",
    }
    assert len(told["messageId"]) == 16


def test_a_message_says_its_alphabet_and_its_number(make_config):
    message = SandboxInbound(PHONE, "\u3053\u3093", AT, extension="447700900009")

    told = members(VonageSide(make_config()), message)

    assert (told["type"], told["text"], told["to"]) == ("unicode", "\u3053\u3093", "447700900009")
    assert members(VonageSide(make_config()), SandboxInbound(PHONE, " ", AT))["keyword"] == ""


@pytest.mark.parametrize("item", [REPORT, MESSAGE])
@pytest.mark.parametrize("method", ["md5hash", "sha256"])
def test_a_signed_callback_has_time_nonce_and_signature(make_config, item, method):
    told = members(VonageSide(make_config(signature_method=method, **SIGNED)), item)

    assert told["timestamp"] == "1540469429"
    assert len(told["nonce"]) == 36
    assert told["sig"] == signature(told, SIGNED["signature_secret"], method)


def test_a_secret_alone_signs_no_callbacks(make_config):
    told = members(VonageSide(make_config(signature_secret=SIGNED["signature_secret"])), REPORT)

    assert {"sig", "nonce", "timestamp"}.isdisjoint(told)


def test_json_is_posted_as_such(pushed):
    method, path, kind, body = pushed("POST-JSON")

    assert (method, path, kind) == ("POST", "/dlr?mine=1", "application/json")
    assert json.loads(body)["status"] == "delivered"


def test_a_form_is_posted_as_such(pushed):
    method, path, kind, body = pushed("POST")

    assert (method, path, kind) == ("POST", "/dlr?mine=1", "application/x-www-form-urlencoded; charset=UTF-8")
    assert dict(parse_qsl(body.decode()))["message-timestamp"] == "2020-09-13 12:26:40"


def test_a_get_says_all_in_its_query(pushed):
    method, path, kind, body = pushed("GET", **SIGNED)

    told = dict(parse_qsl(urlsplit(path).query))
    assert (method, kind, body) == ("GET", None, b"")
    assert path.startswith("/dlr?mine=1&msisdn=447700900001&")
    assert told.pop("mine") == "1"
    assert told["sig"] == signature(told, SIGNED["signature_secret"], "md5hash")
    assert f"message-timestamp={urlencode({'': told['message-timestamp']})[1:]}" in path


def test_what_is_not_acknowledged_comes_again(play, customer, until):
    sandbox = play(push_to=f"http://127.0.0.1:{customer.server_port}/")
    customer.statuses += [500, 400, 302]

    httpx.post(f"{sandbox.urls['v']}/sms/json", data=SEND, trust_env=False)
    for tries, pause in enumerate((5, 10, 20), 1):
        until(lambda tries=tries: len(sandbox.pushes()) == 1 and sandbox.pushes()[0].tries == tries)
        sandbox.advance(pause)
    until(lambda: sandbox.pushes()[0].acknowledged)

    assert len(customer.seen) == 4
    assert len(set(customer.seen)) == 1


@pytest.mark.parametrize(("status", "taken"), [(200, True), (204, True), (205, True), (206, False), (302, False)])
def test_a_receipt_is_a_status_from_200_to_205_whatever_its_body(make_config, status, taken):
    assert VonageSide(make_config()).acknowledged(status, b"{") is taken


def test_the_vendor_tries_for_a_day(make_config):
    rule = VonageSide(make_config()).push_rule

    assert (rule.reports, rule.inbound, rule.tries) == (1, 1, 103)
    assert [rule.interval_after(tries) for tries in (1, 2, 8, 9, 10)] == [5, 10, 640, 900, 900]
    assert sum(rule.interval_after(tries) for tries in range(1, rule.tries)) == pytest.approx(24 * 3600, abs=900)


def test_a_phone_that_texts_the_account_is_told_of(play, customer, until):
    sandbox = play(push_to=f"http://127.0.0.1:{customer.server_port}/")

    sandbox.receive(PHONE, "STOP", "v")
    until(lambda: customer.seen)

    assert json.loads(customer.seen[0][3])["keyword"] == "STOP"

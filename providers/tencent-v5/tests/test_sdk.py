"""The vendor's own SDK against the server side: its requests are the reference for what must be accepted."""

from __future__ import annotations

import http.server
import json
import threading
import time
from urllib.parse import parse_qsl, urlsplit

import pytest
from qcloudsms_py import SmsMultiSender, SmsSingleSender

from smsway.provider import Kind, SandboxCall

KEY = "5f03a35d00ee52a21327ab048186a2c4"


class Server(http.server.HTTPServer):
    """Has the side judge each request; keeps the bodies and what the side answered."""

    def __init__(self, judge):
        super().__init__(("127.0.0.1", 0), Handler)
        self.judge = judge
        self.bodies = []
        self.answers = []

    def url(self, method):
        return f"http://127.0.0.1:{self.server_port}/v5/tlssmssvr/{method}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers["content-length"]))
        call = SandboxCall("POST", url.path, dict(parse_qsl(url.query)), headers, body)
        self.server.bodies.append(json.loads(body))
        self.server.answers.append(self.server.judge(call))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture
def server(judge, desk):
    desk.now = time.time()
    with Server(judge) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def sdk_send(server):
    """Call the SDK; return what the side answered.

    The SDK passes `encoding` to `json.loads`, which Python refuses since 3.9: it fails after the message was sent.
    """

    def call(method, *arguments, **named):
        with pytest.raises(TypeError, match="encoding"):
            method(*arguments, **named)
        return server.answers[-1]

    return call


def test_a_single_text_is_judged_fine(sdk_send, server, desk):
    sender = SmsSingleSender(1400006666, KEY)

    answer = sdk_send(
        sender.send, 0, 86, "13788888888", "【Tencent Cloud】Your code is 1234", url=server.url("sendsms")
    )

    assert answer == {"result": 0, "errmsg": "OK", "ext": "", "sid": "sid-1", "fee": 1}
    assert desk.accepted == [("+8613788888888", None, 1)]


def test_a_single_template_is_judged_fine(sdk_send, server):
    sender = SmsSingleSender(1400006666, KEY)

    answer = sdk_send(
        sender.send_with_param,
        86,
        13788888888,
        19,
        ["1234", "4"],
        sign="Tencent Cloud",
        ext="me",
        url=server.url("sendsms"),
    )

    assert (answer["result"], answer["ext"]) == (0, "me")


@pytest.mark.parametrize("nationcode", [86, "86"])
def test_many_texts_are_judged_fine_with_the_country_code_as_it_was_given(nationcode, sdk_send, server):
    sender = SmsMultiSender(1400006666, KEY)
    phones = ["13788888888", "13788888889"]

    answer = sdk_send(sender.send, 1, nationcode, phones, "Your code is 1234", url=server.url("sendmultisms2"))

    assert [("86", phone, 0) for phone in phones] == [
        (item["nationcode"], item["mobile"], item["result"]) for item in answer["detail"]
    ]


def test_many_templates_are_judged_fine(sdk_send, server, desk):
    sender = SmsMultiSender(1400006666, KEY)
    phones = ["13788888888", "13788888889"]

    answer = sdk_send(sender.send_with_param, 86, phones, 19, ["1234", "4"], url=server.url("sendmultisms2"))

    assert answer["result"] == 0
    assert [phone for phone, _, _ in desk.accepted] == ["+8613788888888", "+8613788888889"]


def test_a_key_that_is_not_ours_is_refused(sdk_send, server, desk):
    sender = SmsSingleSender(1400006666, KEY[::-1])

    answer = sdk_send(sender.send, 0, 86, "13788888888", "Your code is 1234", url=server.url("sendsms"))

    assert answer["result"] == 1001
    assert desk.accepted == []


def test_the_sdk_lets_an_empty_list_out_which_is_1004(sdk_send, server):
    sender = SmsMultiSender(1400006666, KEY)

    answer = sdk_send(sender.send, 0, 86, [], "Your code is 1234", url=server.url("sendmultisms2"))

    assert answer["result"] == 1004


def common(body):
    """Return *body* without what differs between any two requests, of which the types are kept."""
    return body | {name: type(body[name]) for name in ("sig", "time", "ext")}


@pytest.mark.parametrize("kind", [Kind.OTP, Kind.MARKETING])
def test_our_free_text_has_the_fields_and_types_of_the_sdks(kind, sdk_send, server, body_of, batch_of):
    marketing = int(kind is Kind.MARKETING)
    text = ("86", "13788888888", "【Tencent Cloud】Your code is 1234")
    texts = ("86", ["13788888888", "13788888889"], "【Tencent Cloud】Your code is 1234")

    sdk_send(SmsSingleSender(1400006666, KEY).send, marketing, *text, url=server.url("sendsms"))
    sdk_send(SmsMultiSender(1400006666, KEY).send, marketing, *texts, url=server.url("sendmultisms2"))

    one = body_of(batch_of("+8613788888888", text="Your code is 1234", kind=kind))
    many = body_of(batch_of("+8613788888888", "+8613788888889", text="Your code is 1234", kind=kind))
    assert [common(body) for body in server.bodies] == [common(one), common(many)]


def test_our_templates_have_the_fields_and_types_of_the_sdks(sdk_send, server, body_of, batch_of):
    content = (19, ["1234", "4"], "Tencent Cloud")
    one = SmsSingleSender(1400006666, KEY)
    many = SmsMultiSender(1400006666, KEY)

    sdk_send(one.send_with_param, "86", "13788888888", *content, url=server.url("sendsms"))
    sdk_send(many.send_with_param, "86", ["13788888888", "13788888889"], *content, url=server.url("sendmultisms2"))

    ours = [body_of(batch_of("+8613788888888")), body_of(batch_of("+8613788888888", "+8613788888889"))]
    assert [common(body) for body in server.bodies] == [common(body) for body in ours]

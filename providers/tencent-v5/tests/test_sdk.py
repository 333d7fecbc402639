"""The vendor's own SDK against the server side: its requests are the reference for what must be accepted."""

from __future__ import annotations

import http.server
import json
import threading
import time
from urllib.parse import parse_qsl, urlsplit

import pytest
from qcloudsms_py import SmsMobileStatusPuller, SmsMultiSender, SmsSingleSender, SmsStatusPuller

from smsway.provider import Delivery, Kind, Phone, ReportQuery, SandboxCall, SandboxInbound, SandboxReport

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


@pytest.fixture
def two_of_each(desk):
    """Let two reports and two replies wait."""
    phone = "+8613788888888"
    desk.waiting = [SandboxReport(f"8:{n}", phone, None, 1457336869, 1457336870, Delivery.DELIVERED) for n in (1, 2)]
    desk.received = [SandboxInbound(phone, text, 1457336870) for text in ("yes", "no")]


@pytest.mark.usefixtures("two_of_each")
def test_a_pull_is_judged_fine_and_empties_the_queue(sdk_send, server):
    puller = SmsStatusPuller(1400006666, KEY)
    url = server.url("pullstatus")

    reports = [sdk_send(puller.pull_callback, 10, url=url) for _ in range(2)]
    replies = [sdk_send(puller.pull_reply, 1, url=url) for _ in range(3)]

    assert [[item["sid"] for item in answer["data"]] for answer in reports] == [["8:1", "8:2"], []]
    assert [[item["text"] for item in answer["data"]] for answer in replies] == [["yes"], ["no"], []]


@pytest.mark.usefixtures("two_of_each")
def test_a_search_is_judged_fine_again_and_again(sdk_send, server):
    puller = SmsMobileStatusPuller(1400006666, KEY)
    window = ("86", "13788888888", 1457336000, 1457337000, 100)
    url = server.url("pullstatus4mobile")

    reports = [sdk_send(puller.pull_callback, *window, url=url) for _ in range(2)]
    replies = sdk_send(puller.pull_reply, *window, url=url)

    assert [[item["sid"] for item in answer["data"]] for answer in reports] == [["8:1", "8:2"]] * 2
    assert [item["text"] for item in replies["data"]] == ["yes", "no"]


def test_a_pull_with_another_key_is_refused(sdk_send, server):
    answer = sdk_send(SmsStatusPuller(1400006666, KEY[::-1]).pull_callback, 10, url=server.url("pullstatus"))

    assert answer == {"result": 1001, "errmsg": "sig check fail"}


def test_our_pulls_and_searches_have_the_fields_and_types_of_the_sdks(sdk_send, server, provider, stamp):
    window = ("86", "13788888888", 1457336000, 1457337000, 100)
    query = ReportQuery(since=1457336000, until=1457337000, phone=Phone("+8613788888888"))
    ours = [
        provider.pull_reports(100, stamp),
        provider.pull_inbound(100, stamp),
        provider.find_reports(query, stamp),
        provider.find_inbound(query, stamp),
    ]

    for call in (SmsStatusPuller(1400006666, KEY).pull_callback, SmsStatusPuller(1400006666, KEY).pull_reply):
        sdk_send(call, 100, url=server.url("pullstatus"))
    puller = SmsMobileStatusPuller(1400006666, KEY)
    for call in (puller.pull_callback, puller.pull_reply):
        sdk_send(call, *window, url=server.url("pullstatus4mobile"))

    bodies = [json.loads(next(exchange).body) for exchange in ours]
    assert [body | {"sig": 0, "time": 0} for body in server.bodies] == [body | {"sig": 0, "time": 0} for body in bodies]

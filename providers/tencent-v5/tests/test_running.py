"""The calls that send nothing, over a socket, against the sandbox as it runs."""

from __future__ import annotations

import http.server
import itertools
import threading
import time
import urllib.request

import pytest

from smsway.provider import (
    Callback,
    CallFailed,
    Delivery,
    Phone,
    Reason,
    ReportQuery,
    Response,
    Review,
    SignatureDraft,
    Stamp,
    Status,
    TemplateDraft,
)
from smsway.sandbox import Sandbox, SandboxAccount
from smsway_tencent_v5._config import TencentV5Config
from smsway_tencent_v5._provider import TencentV5
from smsway_tencent_v5._sandbox import TencentV5Side

KEY = "5f03a35d00ee52a21327ab048186a2c4"
ONE, TWO = "+8613788888888", "+8613788888889"


@pytest.fixture
def sandbox():
    side = TencentV5Side(TencentV5Config(sdk_app_id=1400006666, app_key=KEY))
    account = SandboxAccount("cn", side, texts=["Hello {name}"], signatures=["Tencent Cloud"], balance=50)
    with Sandbox([account]) as running:
        yield running


@pytest.fixture
def live(sandbox):
    return TencentV5(TencentV5Config(sdk_app_id=1400006666, app_key=KEY, base_url=sandbox.urls["cn"]))


@pytest.fixture
def ask():
    """Carry an exchange out over HTTP; it is given a stamp."""
    nonces = itertools.count(1)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def carry_out(begin):
        exchange = begin(Stamp(time.time(), next(nonces)))
        request = next(exchange)
        while True:
            posted = urllib.request.Request(request.url, request.body, dict(request.headers))
            with opener.open(posted, timeout=10) as answer:
                response = Response(answer.status, answer.read())
            try:
                request = exchange.send(response)
            except StopIteration as stopped:
                return stopped.value

    return carry_out


@pytest.fixture
def sent(live, ask, batch_of):
    """Send a text to each phone; return the message ids."""

    def send(*phones, signature="Tencent Cloud", text="Hello you"):
        batch = batch_of(*phones, text=text, signature=signature)
        return [outcome.provider_message_id for outcome in ask(lambda stamp: live.submit(batch, stamp))]

    return send


def test_reports_of_accepted_texts_are_pulled_once(live, ask, sent):
    ids = sent(ONE, TWO)

    first, second = (ask(lambda stamp: live.pull_reports(100, stamp)) for _ in range(2))

    assert [(report.recipient, report.provider_message_id, report.delivery) for report in first] == [
        (ONE, ids[0], Delivery.DELIVERED),
        (TWO, ids[1], Delivery.DELIVERED),
    ]
    assert all(abs(report.at - time.time()) < 60 for report in first)
    assert second == []


def test_a_report_that_was_pulled_is_still_found_by_its_phone(live, ask, sent):
    ids = sent(ONE, TWO)
    ask(lambda stamp: live.pull_reports(100, stamp))
    query = ReportQuery(since=time.time() - 60, until=time.time() + 1, phone=Phone(TWO))

    found = ask(lambda stamp: live.find_reports(query, stamp))

    assert [report.provider_message_id for report in found] == [ids[1]]


def test_a_text_that_did_not_arrive_says_why(live, ask, sent, sandbox):
    sandbox.fail_deliveries("unreachable_recipient", account="cn")
    sent(ONE)

    [report] = ask(lambda stamp: live.pull_reports(100, stamp))
    counts = ask(lambda stamp: live.delivery_statistics(time.time() - 60, time.time() + 60, stamp))

    assert (report.delivery, report.reason) == (Delivery.UNDELIVERED, Reason.UNREACHABLE_RECIPIENT)
    assert (counts.accepted, counts.undelivered, counts.failures[Reason.UNREACHABLE_RECIPIENT]) == (1, 1, 1)


def test_a_message_from_a_phone_is_pulled_and_found(live, ask, sandbox):
    sandbox.receive(ONE, "STOP", "cn", extension="01", signature="Tencent Cloud")
    query = ReportQuery(since=time.time() - 60, until=time.time() + 1, phone=Phone(ONE))

    pulled = ask(lambda stamp: live.pull_inbound(100, stamp))
    found = ask(lambda stamp: live.find_inbound(query, stamp))

    assert [(message.sender, message.text, message.extension) for message in pulled] == [(ONE, "STOP", "01")]
    assert pulled == found


def test_a_template_may_be_used_when_it_is_approved(live, ask, sandbox, batch_of):
    draft = TemplateDraft(text="Your code is {1}.", name="code")
    added = ask(lambda stamp: live.add_template(draft, stamp))
    batch = batch_of(ONE, template=added.id, params=("1234",))

    [early] = ask(lambda stamp: live.submit(batch, stamp))
    sandbox.review("cn", template=added.id)
    [later] = ask(lambda stamp: live.submit(batch, stamp))
    page = ask(lambda stamp: live.list_templates(None, stamp))

    assert (added.review, early.code, later.status) == (Review.PENDING, "1014", Status.ACCEPTED)
    assert [(template.id, template.review, template.name) for template in page.items] == [
        (added.id, Review.APPROVED, "code")
    ]


def test_a_rejected_signature_tells_the_reviewers_words(live, ask, sandbox):
    added = ask(lambda stamp: live.add_signature(SignatureDraft(text="Acme", picture=b"\x89PNG"), stamp))
    sandbox.review("cn", signature=added.id, approve=False, words="no proof")

    [rejected] = ask(lambda stamp: live.get_signatures([added.id], stamp))
    ask(lambda stamp: live.delete_signatures([added.id], stamp))

    assert (rejected.review, rejected.detail) == (Review.REJECTED, "no proof")
    assert [signature.text for signature in sandbox.signatures("cn")] == ["Tencent Cloud"]


def test_a_changed_template_goes_back_to_review(live, ask, sandbox):
    added = ask(lambda stamp: live.add_template(TemplateDraft(text="One"), stamp))
    sandbox.review("cn", template=added.id)

    changed = ask(lambda stamp: live.modify_template(added.id, TemplateDraft(text="Two"), stamp))

    assert (changed.id, changed.review, changed.text) == (added.id, Review.PENDING, "Two")
    assert [template.review for template in sandbox.templates("cn")] == [Review.PENDING]


def test_the_counts_and_the_balance_are_those_of_what_was_sent(live, ask, sent):
    sent(ONE, TWO)
    now = time.time()

    counts = ask(lambda stamp: live.send_statistics(now - 60, now + 60, stamp))
    balance = ask(live.get_balance)

    assert (counts.requested, counts.accepted, counts.billed) == (2, 2, 2)
    assert (balance.remaining, balance.unit) == (48, "texts")


def test_a_clock_that_is_off_refuses_these_calls_as_well(live, ask, sandbox):
    sandbox.set_clock(700)

    with pytest.raises(CallFailed) as raised:
        ask(lambda stamp: live.list_templates(None, stamp))

    assert (raised.value.reason, raised.value.code) == (Reason.CLOCK_SKEW, "1021")


class Endpoint(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        callback = Callback(self.rfile.read(int(self.headers["content-length"])))
        self.server.taken.append(self.server.provider.read_callback(callback))
        answer = self.server.provider.answer_callback(taken=len(self.server.taken) > self.server.refusing)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture
def endpoint(live):
    with http.server.HTTPServer(("127.0.0.1", 0), Endpoint) as running:
        running.provider, running.taken, running.refusing = live, [], 0
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def until(true):
    for _ in range(500):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come true in 10 seconds")


def test_reports_and_replies_are_posted_to_one_address_and_our_receipt_is_taken(sandbox, endpoint, sent):
    sandbox.push_to("cn", f"http://127.0.0.1:{endpoint.server_port}/callback")

    ids = sent(ONE, TWO)
    until(lambda: endpoint.taken)
    sandbox.receive(ONE, "thanks", "cn")
    until(lambda: sum(len(push.items) for push in sandbox.pushes("cn") if push.acknowledged) == 3)

    posted = [item for push in endpoint.taken for item in push]
    assert {report.provider_message_id for report in posted[:-1]} == set(ids)
    assert (posted[-1].sender, posted[-1].text) == (ONE, "thanks")


def test_what_we_do_not_take_is_posted_again(sandbox, endpoint, sent):
    endpoint.refusing = 2
    sandbox.push_to("cn", f"http://127.0.0.1:{endpoint.server_port}/callback")

    sent(ONE)
    until(lambda: len(endpoint.taken) == 1)
    sandbox.advance(10)
    until(lambda: len(endpoint.taken) == 2)
    sandbox.advance(10)
    until(lambda: sandbox.pushes("cn")[0].acknowledged)

    assert (len(endpoint.taken), sandbox.pushes("cn")[0].tries) == (3, 3)
    assert endpoint.taken[0] == endpoint.taken[2]

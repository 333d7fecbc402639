"""twilio, the vendor's own SDK, against the sandbox, over a socket, so that we cannot agree on a mistake of ours."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from smsway.provider import SandboxTemplate
from smsway.sandbox import Sandbox, SandboxAccount
from smsway_twilio._sandbox import TwilioSide

ACCOUNT = "AC" + "a1" * 16
KEY = "SK" + "b2" * 16
SERVICE = "MG" + "c3" * 16
TEMPLATE = "HX" + "d4" * 16
NUMBER = "+15017122661"
PHONE = "+6598765432"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    """The SDK asks the environment for proxies and credentials, and loopback is not behind one."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy") or name.startswith("TWILIO_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def sandbox(make_config) -> Iterator[Sandbox]:
    account = SandboxAccount(
        "world",
        TwilioSide(make_config(api_key_sid=KEY, api_key_secret="a-secret")),
        templates=[SandboxTemplate(TEMPLATE, 2, "{1} is your code, for {2} minutes.")],
        senders=[NUMBER, SERVICE],
        balance=1_000,
    )
    with Sandbox([account]) as running:
        yield running


@pytest.fixture
def log_in(sandbox):
    """Make the SDK's client with other credentials than the account's token."""
    clients = []

    def made(name=ACCOUNT, password="a-token", account=ACCOUNT) -> Client:
        client = Client(name, password, account)
        client.api.base_url = sandbox.urls["world"]
        clients.append(client)
        return client

    yield made
    for client in clients:
        client.http_client.session.close()


@pytest.fixture
def client(log_in) -> Client:
    return log_in()


@pytest.fixture
def until():
    """Wait until something is so, for a few seconds."""

    def wait(so) -> None:
        end = time.monotonic() + 5
        while not so():
            assert time.monotonic() < end, "it never came to be so"
            time.sleep(0.005)

    return wait


@pytest.fixture
def refusal_of(client):
    """Send with the SDK what must be refused; returns the status and the code of the exception that the SDK raises."""

    def code(by=client, **fields):
        with pytest.raises(TwilioRestException) as caught:
            by.messages.create(**{"to": PHONE, "from_": NUMBER, "body": "Hello", **fields})
        return caught.value.status, caught.value.code

    return code


class TestSending:
    def test_a_text_is_created(self, client, sandbox):
        message = client.messages.create(
            to=PHONE,
            from_=NUMBER,
            body="Grüße 😀",
            status_callback="https://hooks.example/sms/world/secret#rc=5&rp=all",
            validity_period=300,
            smart_encoded=True,
            message_intent="otp",
        )

        assert (message.status, message.to, message.from_, message.body) == ("queued", PHONE, NUMBER, "Grüße 😀")
        assert (message.num_segments, message.error_code, message.price) == ("1", None, None)
        assert [message.sid] == [each.message_id for each in sandbox.submissions("world")]
        assert sandbox.texts() == {PHONE: 1}

    def test_so_it_is_with_a_messaging_service(self, client):
        message = client.messages.create(to=PHONE, messaging_service_sid=SERVICE, body="Hello")

        assert (message.status, message.messaging_service_sid, message.from_) == ("accepted", SERVICE, None)

    def test_so_it_is_with_a_template(self, client):
        message = client.messages.create(
            to=PHONE, from_=NUMBER, content_sid=TEMPLATE, content_variables='{"1": "1234", "2": "4"}'
        )

        assert message.body == "1234 is your code, for 4 minutes."

    def test_a_key_may_send_for_the_account(self, log_in):
        message = log_in(KEY, "a-secret").messages.create(to=PHONE, from_=NUMBER, body="Hello")

        assert message.account_sid == ACCOUNT

    @pytest.mark.parametrize(
        ("told", "phone"),
        [
            ((400, 21211), "+6598990001"),
            ((400, 21610), "+6598990002"),
            ((403, 20005), "+6598990004"),
            ((400, 21618), "+6598990005"),
            ((400, 21408), "+6598990006"),
            ((400, 21655), "+6598990007"),
        ],
    )
    def test_a_magic_number_is_refused(self, refusal_of, sandbox, told, phone):
        assert refusal_of(to=phone) == told

        assert sandbox.texts() == {}

    def test_a_magic_number_that_had_too_many_gets_a_message_that_failed(self, client, sandbox):
        message = client.messages.create(to="+6598990003", from_=NUMBER, body="Hello")

        assert (message.status, message.error_code) == ("failed", 14107)
        assert sandbox.texts() == {}

    @pytest.mark.parametrize(
        ("told", "fields"),
        [
            ((400, 21211), {"to": "98765432"}),
            ((400, 21603), {"from_": None}),
            ((400, 21659), {"from_": "+15017122662"}),
            ((400, 21701), {"messaging_service_sid": "MG" + "00" * 16}),
            ((400, 21617), {"body": "x" * 1601}),
            ((400, 21655), {"body": None, "content_sid": "HX" + "00" * 16}),
            ((400, 21656), {"body": None, "content_sid": TEMPLATE, "content_variables": '{"3": "x"}'}),
            ((400, 21624), {"validity_period": 36_001}),
            ((400, 21609), {"status_callback": "hooks.example"}),
        ],
    )
    def test_a_request_that_is_not_in_order_gets_the_documented_code(self, refusal_of, told, fields):
        assert refusal_of(**fields) == told

    def test_too_many_requests_are_turned_away(self, refusal_of, sandbox):
        sandbox.set_rate("world", 0.001)

        told = [refusal_of(to="98765432") for _ in range(2)]

        assert told == [(400, 21211), (429, 20429)]

    @pytest.mark.parametrize("wrong", [{"password": "another"}, {"name": KEY}])
    def test_wrong_credentials_are_refused(self, refusal_of, log_in, sandbox, wrong):
        assert refusal_of(by=log_in(**wrong)) == (401, 20003)

        assert sandbox.texts() == {}

    def test_another_account_is_not_found(self, refusal_of, log_in):
        assert refusal_of(by=log_in(account="AC" + "00" * 16)) == (404, 20404)


class TestAsking:
    def test_a_message_is_fetched_with_what_became_of_it(self, client):
        sent = client.messages.create(to=PHONE, from_=NUMBER, body="Hello")

        found = client.messages(sent.sid).fetch()

        assert (found.sid, found.to, found.status, found.price) == (sent.sid, PHONE, "delivered", "-0.00750")
        assert found.date_sent == sent.date_created

    @pytest.mark.parametrize(
        ("phone", "code"), [("+6598990201", 30003), ("+6598990202", 30005), ("+6598990205", 30008)]
    )
    def test_a_magic_number_does_not_get_it(self, client, phone, code):
        sent = client.messages.create(to=phone, from_=NUMBER, body="Hello")

        found = client.messages(sent.sid).fetch()

        assert (found.status, found.error_code) == ("undelivered", code)

    def test_a_message_of_nobody_is_not_found(self, client):
        with pytest.raises(TwilioRestException) as caught:
            client.messages("SM" + "00" * 16).fetch()

        assert (caught.value.status, caught.value.code) == (404, 20404)

    def test_the_messages_of_a_phone_are_listed_over_pages(self, client):
        sent = [client.messages.create(to=PHONE, from_=NUMBER, body=str(number)).sid for number in range(5)]
        client.messages.create(to="+6598765433", from_=NUMBER, body="another")
        hour = timedelta(hours=1)
        now = datetime.now(UTC)

        found = client.messages.list(to=PHONE, date_sent_after=now - hour, date_sent_before=now + hour, page_size=2)
        later = client.messages.list(to=PHONE, date_sent_after=now + hour)

        assert {each.sid for each in found} == set(sent)
        assert len(found) == 5
        assert later == []

    def test_the_messages_from_a_phone_are_listed(self, client, sandbox):
        sandbox.receive(PHONE, "STOP", "world", extension=NUMBER)

        (found,) = client.messages.list(from_=PHONE)

        assert (found.direction, found.status, found.body, found.to) == ("inbound", "received", "STOP", NUMBER)

    def test_the_balance_is_told(self, client):
        before = client.api.v2010.account.balance.fetch()
        client.messages.create(to=PHONE, from_=NUMBER, body="Hello")
        after = client.api.v2010.account.balance.fetch()

        assert (before.balance, before.currency, after.balance) == ("7.5000", "USD", "7.4925")


@contextmanager
def customer(*statuses: int) -> Iterator[tuple[str, list[tuple[str, str, dict[str, str]]]]]:
    """Take callbacks on a port of the loopback; gives the address, and what came: path, signature and fields."""
    came: list[tuple[str, str, dict[str, str]]] = []
    script = list(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            came.append((self.path, self.headers["X-Twilio-Signature"], dict(parse_qsl(body, keep_blank_values=True))))
            self.send_response(script.pop(0) if script else 204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the base class's
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", came
        finally:
            server.shutdown()
            thread.join()


class TestCallbacks:
    def test_the_sdk_believes_what_is_posted(self, client, sandbox, until):
        with customer() as (address, came):
            sandbox.push_to("world", f"{address}/hooks/world?ref=1#rc=5&rp=all")
            sent = client.messages.create(to=PHONE, from_=NUMBER, body="Hello")
            sandbox.receive(PHONE, "STOP & go +1 é", "world", extension=NUMBER)
            until(lambda: len(came) == 2)

        validator = RequestValidator("a-token")
        assert [path for path, _, _ in came] == ["/hooks/world?ref=1"] * 2
        for path, signature, fields in came:
            assert validator.validate(address + path, fields, signature)
            assert not validator.validate(address + path, {**fields, "From": "+15005550001"}, signature)
            assert not validator.validate(address + path + "2", fields, signature)
        assert (came[0][2]["MessageSid"], came[0][2]["MessageStatus"]) == (sent.sid, "delivered")
        assert came[1][2]["Body"] == "STOP & go +1 é"

    def test_what_is_not_taken_is_posted_again(self, client, sandbox, until):
        with customer(503) as (address, came):
            sandbox.push_to("world", address)
            client.messages.create(to=PHONE, from_=NUMBER, body="Hello")
            until(lambda: sandbox.pushes() and sandbox.pushes()[0].tries == 1)
            sandbox.advance(2)
            until(lambda: sandbox.pushes()[0].acknowledged)

        assert came[0] == came[1]

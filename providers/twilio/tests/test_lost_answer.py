"""A text whose answer was lost: its signed status, posted behind a proxy, names our attempt and settles it."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import pytest
from starlette.testclient import TestClient

from smsway import Client, Message
from smsway.provider import Stamp
from smsway.sandbox import Sandbox, SandboxAccount
from smsway.webhooks import app
from smsway_twilio._callbacks import address_for
from smsway_twilio._sandbox import TwilioSide
from smsway_twilio._signing import signature

NUMBER, PHONE = "+15017122661", "+14155552345"
SECRET = "5e2fd1c0a94b7d3852e0a94c7f6b1d2e"
REGISTERED = f"https://hooks.example/sms/world/{SECRET}"


@pytest.fixture
def settings(config, tmp_path):
    return {
        "accounts": {
            "world": {
                "provider": "twilio",
                "account_sid": config.account_sid,
                "auth_token": "literal:a-token",
                "status_callback": f"literal:{REGISTERED}",
            }
        },
        "senders": {"default": {"world": NUMBER}},
        "reports": {"store": str(tmp_path / "reports.db")},
        "webhooks": {
            "public_url": "https://hooks.example/sms",
            "accounts": {"world": {"secrets": [f"literal:{SECRET}"]}},
        },
    }


@pytest.fixture
def client(config, settings):
    with (
        Sandbox([SandboxAccount("world", TwilioSide(config), senders=[NUMBER])]) as sandbox,
        Client.from_config(settings, base_urls=sandbox.urls) as client,
    ):
        sandbox.inject("drop_after", account="world", times=1)
        yield client


@pytest.mark.parametrize(("token", "status", "delivery"), [("a-token", 200, "delivered"), ("another", 400, "unknown")])
def test_only_a_status_that_is_signed_settles_it(client, make_config, token, status, delivery):
    (outcome,) = client.send(Message(to=PHONE, content="Hello"))
    hook = make_config(status_callback=REGISTERED).status_callback
    address = address_for(hook, Stamp(0.0, int(outcome.attempts[0].reference, 16))).partition("#")[0]
    body = urlencode({"MessageSid": "SM" + "e5" * 16, "MessageStatus": "delivered", "To": PHONE, "From": NUMBER})
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": signature(address, parse_qsl(body), token),
    }

    with TestClient(app(client), base_url="http://10.0.0.7:8000") as proxy:
        answer = proxy.post(address.removeprefix("https://hooks.example/sms"), content=body, headers=headers)

    (tracked,) = client.reports.tracked(recipient=PHONE)
    assert outcome.status == "unknown"
    assert (answer.status_code, str(tracked.delivery)) == (status, delivery)

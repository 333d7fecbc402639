"""A refusal that echoes nothing is certain on a fresh connection, and only the first of a row meets a used one."""

from __future__ import annotations

import pytest

from smsway import Client, Message, Status, Template
from smsway.config import load
from smsway.sandbox import sandbox_of

CONFIG = {
    "accounts": {
        "world": {
            "provider": "tencent-global",
            "region": "ap-singapore",
            "sdk_app_id": "2400006666",
            "secret_id": "literal:id-of-the-test",
            "secret_key": "literal:key-of-the-test",
            "rate": 1000,
        },
        "backup": {"provider": "usms", "project_id": "org", "public_key": "literal:pub", "private_key": "literal:priv"},
    },
    "signatures": {"default": {"backup": "Acme"}},
    "templates": {"note": {"accounts": {"world": {"id": "1"}, "backup": {"id": "U1"}}}},
}


def say(phone: str) -> Message:
    return Message(to=phone, content=Template("note"), kind="otp")


@pytest.fixture
def sandbox():
    with sandbox_of(load(CONFIG), rate=False) as sandbox:
        yield sandbox


def test_only_the_first_refusal_of_a_row_is_unknown(sandbox):
    with Client.from_config(CONFIG, base_urls=sandbox.urls) as client:
        assert client.send(say("+6598765400")).all_accepted
        sandbox.set_clock(3600)

        outcomes = [client.send(say(f"+659876540{number}"))[0] for number in range(1, 5)]

    assert Status.UNKNOWN is outcomes[0].status
    assert [("accepted", "backup")] * 3 == [(outcome.status, outcome.account) for outcome in outcomes[1:]]
    assert {1} == set(sandbox.texts().values())


def test_without_keep_alive_no_refusal_is_unknown(sandbox):
    config = {**CONFIG, "accounts": {**CONFIG["accounts"]}}
    config["accounts"]["world"] = {**config["accounts"]["world"], "keep_alive": False}
    with Client.from_config(config, base_urls=sandbox.urls) as client:
        client.send(say("+6598765400"))
        sandbox.set_clock(3600)

        outcome = client.send(say("+6598765401"))[0]

    assert ("accepted", "backup") == (outcome.status, outcome.account)

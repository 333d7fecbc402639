"""An application's client through the sandbox, over a socket: the mainland and abroad through one account."""

from __future__ import annotations

import json

import pytest

from smsway import Client, Message, Template

HOME = ["+8618501234444", "+8618501234445"]
ABROAD = ["+60198890000", "+85298765432"]
ACCOUNT = {
    "provider": "tencent-sms",
    "sdk_app_id": "1400006666",
    "secret_id": "literal:AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
    "secret_key": "literal:Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
}


@pytest.fixture
def client(sandbox):
    """A client of the account that the sandbox plays, whose content has a signature and a sender id."""
    source = {
        "accounts": {"tencent": ACCOUNT},
        "templates": {"code": {"params": ["code"], "text": "Code {code}", "accounts": {"tencent": {"id": 1110}}}},
        "signatures": {"default": {"tencent": "【腾讯云】"}},
        "senders": {"default": {"tencent": "Qsms"}},
        "routes": [{"name": "all", "accounts": ["tencent"]}],
        "reports": {"store": "memory"},
    }
    with Client.from_config(source, base_urls=sandbox.urls) as opened:
        yield opened


def message(*phones: str, **changes: object) -> Message:
    return Message(to=list(phones), content=Template("code", {"code": "4370"}), **changes)


def test_phones_of_the_mainland_and_others_never_share_a_request(client, recorded, sandbox):
    result = client.send(message(*HOME, *ABROAD))

    assert [outcome.status for outcome in result] == ["accepted"] * 4
    assert sandbox.texts() == dict.fromkeys([*HOME, *ABROAD], 1)
    asked = [json.loads(call.body)["PhoneNumberSet"] for call in recorded.calls]
    assert sorted(map(sorted, asked)) == sorted(map(sorted, [HOME, ABROAD]))


def test_the_extension_of_a_message_reaches_the_vendor(client, recorded):
    client.send(message(HOME[0], options={"tencent-sms": {"extend_code": "10"}}))

    assert json.loads(recorded.calls[0].body)["ExtendCode"] == "10"


def test_reports_are_matched_to_what_was_sent(client):
    (outcome,) = client.send(message(HOME[0]))

    (received,) = client.reports.pull()

    assert (received.report.provider_message_id, received.report.delivery) == (
        outcome.provider_message_id,
        "delivered",
    )


def test_the_balance_is_told_in_texts(client, sandbox):
    sandbox.set_balance("tencent", 5)

    balance = client.balance("tencent")

    assert (balance.remaining, balance.unit) == (5, "texts")


def test_who_the_balance_does_not_cover_is_refused(client, sandbox):
    sandbox.set_balance("tencent", 1)

    first, second = client.send(message(*HOME))

    assert (first.status, second.status, second.reason) == ("accepted", "rejected", "insufficient_balance")
    assert second.code == "FailedOperation.InsufficientBalanceInSmsPackage"


def test_a_garbled_answer_about_the_mainland_says_nothing_of_those_abroad(client, sandbox):
    sandbox.inject("garbled", account="tencent", times=1)

    home, abroad = client.send(message(HOME[0], ABROAD[0]))

    assert sorted([home.status, abroad.status]) == ["accepted", "unknown"]

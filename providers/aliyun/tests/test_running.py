"""The client against the sandbox as it runs, with a catalogue that has the vendor's names for the params."""

from __future__ import annotations

import pytest

from smsway import Client, Message, Template
from smsway.config import load
from smsway.sandbox import sandbox_of

SOURCE = {
    "accounts": {
        "cn": {
            "provider": "aliyun",
            "access_key_id": "literal:YourAccessKeyId",
            "access_key_secret": "literal:YourAccessKeySecret",
        }
    },
    "templates": {
        "login": {
            "params": ["code", "minutes"],
            "text": "Code {code}, for {minutes} minutes.",
            "accounts": {"cn": {"id": "SMS_1", "params": {"minutes": "ttl", "code": "captcha"}}},
        }
    },
    "signatures": {"default": {"cn": "Acme"}},
    "routes": [{"accounts": ["cn"]}],
}


@pytest.fixture
def sandbox():
    with sandbox_of(load(SOURCE)) as running:
        yield running


def test_a_vendors_names_of_the_params_are_those_of_the_catalogue(sandbox):
    with Client.from_config(SOURCE, base_urls=sandbox.urls) as client:
        client.send(Message(to="+8613700000001", content=Template("login", {"code": "739150", "minutes": "4"})))

    (text,) = sandbox.submissions()
    assert (text.text, text.params) == ("Code 739150, for 4 minutes.", ("4", "739150"))

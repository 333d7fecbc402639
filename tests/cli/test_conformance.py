"""`smsway conformance`: an account's provider against the rules of the kit."""

from __future__ import annotations

import sys

import pytest

CARELESS = """
from smsway.provider import hookimpl
from smsway.testing import FakePlugin, FakeProvider
from smsway.testing._fake import CAPABILITIES, CODES, FakeConfig, FakeSide
from smsway.provider import ProviderSpec, accepted


class Careless(FakeProvider):
    def submit(self, batch, stamp):
        yield from super().submit(batch, stamp)
        return [accepted(parcel, message_id="1") for parcel in batch.parcels]


@hookimpl
def register_providers(register):
    register(
        ProviderSpec(
            name="careless", config=FakeConfig, build=Careless, capabilities=CAPABILITIES, sandbox=FakeSide
        )
    )
"""


def test_a_good_provider_passes_without_its_secrets(smsway, config, monkeypatch):
    monkeypatch.delenv("NOT_SET", raising=False)
    config.write_text(config.read_text().replace("literal:5f03a35d00ee52a21327ab048186a2c4", "env:NOT_SET"))

    ended = smsway("conformance", "cn", "-k", "bytes or refused")

    assert ended.exit_code == 0
    assert " passed" in ended.output


def test_a_careless_provider_fails_with_the_rule_that_it_breaks(smsway, add, install):
    install("careless", CARELESS, "smsway.providers")
    add('[accounts.bad]\nprovider = "careless"')

    ended = smsway("conformance", "bad", "--only", "recipient_is_rejected")

    assert ended.exit_code == 1
    assert "is accepted, and the vendor did not take the text" in ended.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nobody",), "has no account 'nobody'; there are: backup, cn, world"),
        (("bakup",), "did you mean 'backup'?"),
    ],
)
def test_an_account_that_there_is_not_is_named(smsway, arguments, told):
    ended = smsway("conformance", *arguments)

    assert ended.exit_code == 2
    assert told in ended.stderr


def test_the_extra_is_named_when_it_is_missing(smsway, monkeypatch):
    for name in [each for each in sys.modules if each.startswith("smsway.testing")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "hypothesis", None)

    ended = smsway("conformance", "cn")

    assert ended.exit_code == 2
    assert 'pip install "smsway[testing]"' in ended.stderr


def test_no_rule_that_matches_is_an_error(smsway):
    assert smsway("conformance", "cn", "-k", "no_such_rule").exit_code == 2

"""`smsway providers` tells what each provider can do beside sending."""

from __future__ import annotations

import json

import pytest

from smsway.cli._providers import facets_of
from smsway.config import load
from smsway.plugins import PROVIDERS, Plugins
from smsway.provider import FACETS

FUNCTION = """
from smsway.provider import AccountConfig, Capabilities, ProviderSpec, Sharing, hookimpl


class Config(AccountConfig):
    base_url: str = "https://sms.invalid"


@hookimpl
def register_providers(register):
    able = Capabilities(max_batch=1, sharing=Sharing.SAME, text=True)
    register(ProviderSpec(name="by-function", config=Config, build=lambda config: object(), capabilities=able))
"""


def test_programs_get_the_facets_of_each_provider(smsway, install):
    install("watcher", "from smsway.provider import hookimpl\n\n\n@hookimpl\ndef report_received(event): ...\n")

    found = {each["name"]: each for each in json.loads(smsway("providers", "--json").stdout)}

    assert {"pull reports", "find reports", "callbacks", "balance"} <= set(found["tencent-v5"]["facets"])
    assert "find signatures" in found["usms"]["facets"]
    assert "balance" not in found["usms"]["facets"]
    assert found["watcher"]["facets"] is None


def test_people_see_them_as_well(smsway):
    result = smsway("providers")

    assert "What they can do beside sending" in result.stdout
    assert "pull reports, find reports, pull inbound, find inbound, callbacks" in result.stdout


def test_they_are_those_that_an_account_has(config):
    plugins = Plugins()

    for account in load(config).accounts.values():
        told = facets_of(plugins.load_provider(account.provider_name))

        assert told == [name for name, facet in FACETS.items() if isinstance(account.provider, facet)]


@pytest.mark.parametrize("broken", [True, False])
def test_what_cannot_be_told_without_an_account_is_left_open(smsway, install, broken):
    install("by-function", "raise RuntimeError('no')\n" if broken else FUNCTION, PROVIDERS)

    result = smsway("providers", "--json")

    found = {each["name"]: each for each in json.loads(result.stdout)}
    assert ("broken" if broken else "ready", None) == (found["by-function"]["state"], found["by-function"]["facets"])

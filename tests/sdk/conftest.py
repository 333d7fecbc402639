"""A sandbox with one account of each provider, as a configuration makes it, for the vendors' own SDKs to talk to."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from smsway.config import Configuration, load
from smsway.model import SandboxTemplate
from smsway.sandbox import Sandbox, SandboxAccount

CONFIGURATION = {
    "region": "CN",
    "accounts": {
        "cn": {
            "provider": "tencent-v5",
            "sdk_app_id": 1400006666,
            "app_key": "literal:5f03a35d00ee52a21327ab048186a2c4",
        },
        "world": {
            "provider": "tencent-global",
            "region": "ap-singapore",
            "sdk_app_id": "2400006666",
            "secret_id": "literal:AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
            "secret_key": "literal:Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
        },
        "backup": {
            "provider": "usms",
            "project_id": "org-1",
            "public_key": "literal:ucloudsomeone@example.com1296235120854146120",
            "private_key": "literal:46f09bb9fab4f12dfc160dae12273d5332b5debe",
        },
    },
    "templates": {
        "login_code": {
            "params": ["code", "minutes"],
            "text": "Your code is {code}, valid for {minutes} minutes.",
            "accounts": {
                "cn": {"id": 19},
                "world": {"id": "1800308", "params": ["code"]},
                "backup": {"id": "UTA20212831C85C"},
            },
        }
    },
    "signatures": {"default": {"cn": "Tencent Cloud", "backup": "SCloud"}},
    "routes": [{"name": "all", "accounts": ["cn", "world", "backup"]}],
}


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    """The SDKs ask the environment for proxies, and loopback is not behind one."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    configuration = load(CONFIGURATION)
    with Sandbox([_account(configuration, name) for name in configuration.accounts]) as running:
        yield running


def _account(configuration: Configuration, name: str) -> SandboxAccount:
    account = configuration.accounts[name]
    side = configuration.plugins.providers[account.provider_name].sandbox
    assert side is not None
    templates = configuration.catalogue.templates.values()
    return SandboxAccount(
        name,
        side(account.config),
        [SandboxTemplate(own.id, len(own.params)) for each in templates if (own := each.accounts.get(name))],
        [each.text for each in templates if each.text],
        [names[name] for names in configuration.catalogue.signatures.values() if name in names],
    )

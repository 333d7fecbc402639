"""What an account can be configured with, and how the provider registers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from smsway.provider import FACETS, STANDARD, ProviderSpec, Sharing
from smsway_tencent_global import register_providers
from smsway_tencent_global._config import TencentGlobalConfig
from smsway_tencent_global._provider import CAPABILITIES, TencentGlobal
from smsway_tencent_global._sandbox import server_side
from smsway_tencentcloud import CALL_RATES, template_id

SECRETS = ("secret_id", "secret_key", "token")


@pytest.fixture
def spec():
    specs: list[ProviderSpec[TencentGlobalConfig]] = []

    register_providers(specs.append)

    (only,) = specs
    return only


def test_the_plugin_registers_one_provider_under_its_name(spec):
    assert (spec.name, spec.config, spec.options) == ("tencent-global", TencentGlobalConfig, None)


def test_the_spec_builds_both_sides_of_an_account(spec, config):
    assert isinstance(spec.build(config), TencentGlobal)
    assert spec.sandbox is not None
    assert spec.sandbox(config) == server_side(config)


def test_what_the_spec_has_of_every_provider_for_this_api_is_theirs(spec):
    assert (spec.template_id, spec.call_rates) == (template_id, CALL_RATES)


def test_the_provider_has_the_facets_that_the_international_site_has_actions_for(spec, config):
    provider = spec.build(config)

    assert [name for name, facet in FACETS.items() if not isinstance(provider, facet)] == [
        "find signatures",
        "template statistics",
        "balance",
    ]


def test_the_capabilities_are_those_of_the_vendors_page():
    assert (CAPABILITIES.max_batch, CAPABILITIES.rate, CAPABILITIES.sharing) == (200, 10, Sharing.OWN)
    assert (CAPABILITIES.template, CAPABILITIES.text, CAPABILITIES.echo) == (True, False, True)
    assert not CAPABILITIES.serves("CN")
    assert all(map(CAPABILITIES.serves, ("HK", "MO", "TW", "MY", "DE")))
    assert CAPABILITIES.segment_rule("MY") is STANDARD


def test_the_address_is_that_of_the_international_site_unless_it_is_set(config):
    assert config.base_url == "https://sms.intl.tencentcloudapi.com"
    assert config.token is None


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("sdk_app_id", "24000O6666"),
        ("sdk_app_id", ""),
        ("sdk_app_id", "\u0662\u0664"),
        ("sdk_app_id", 2400006666),
        ("region", "ap-guangzhou"),
        *((secret, value) for secret in SECRETS for value in ("", " ", "copied-with-a-space ", "\tcopied", "k\u00e9y")),
        *((secret, "AKID\r\nX-Evil: 1") for secret in SECRETS),
        ("app_key", "of another provider"),
        *(("time_zone", value) for value in ("", "Mars/Base", "UTC+8", "Asia", "../../etc/passwd", 8)),
    ],
)
def test_a_setting_that_cannot_work_is_refused_without_repeating_it(make_config, setting, value):
    with pytest.raises(ValidationError) as caught:
        make_config(**{setting: value})

    assert caught.value.errors()[0]["loc"] == (setting,)
    if setting in SECRETS and value.strip():
        assert value.strip() not in str(caught.value)


@pytest.mark.parametrize("setting", ["sdk_app_id", "secret_id", "secret_key", "region"])
def test_a_setting_without_which_nothing_can_be_sent_is_required(setting):
    complete = {"sdk_app_id": "1", "secret_id": "a", "secret_key": "b", "region": "eu-frankfurt"}
    complete.pop(setting)

    with pytest.raises(ValidationError) as caught:
        TencentGlobalConfig.model_validate(complete)

    assert [(error["loc"], error["type"]) for error in caught.value.errors()] == [((setting,), "missing")]


def test_no_secret_is_in_what_a_configuration_or_a_provider_shows(make_config):
    account = make_config(secret_id="canary-id", secret_key="canary-key", token="canary-token")

    shown = f"{account!r} {account} {account.model_dump_json()} {TencentGlobal(account)!r} {server_side(account)!r}"

    assert "canary" not in shown


def test_the_readme_describes_every_setting():
    readme = Path(__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")
    table = readme.partition("| setting | meaning | default |")[2].partition("\n\n")[0]

    described = {name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.partition(" | ")[0])}

    assert described == set(TencentGlobalConfig.model_fields)

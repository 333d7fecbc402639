"""What an account can be configured with, and how the provider registers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from smsway.provider import FACETS, ProviderSpec, Sharing
from smsway_tencent_sms import register_providers
from smsway_tencent_sms._config import TencentSmsConfig, TencentSmsOptions
from smsway_tencent_sms._provider import CAPABILITIES, TencentSms
from smsway_tencent_sms._sandbox import server_side
from smsway_tencentcloud import CALL_RATES, template_id


@pytest.fixture
def spec():
    specs: list[ProviderSpec[TencentSmsConfig]] = []

    register_providers(specs.append)

    (only,) = specs
    return only


def test_the_plugin_registers_one_provider_under_its_name(spec):
    assert (spec.name, spec.config, spec.options) == ("tencent-sms", TencentSmsConfig, TencentSmsOptions)
    assert spec.template_id is template_id


def test_the_spec_builds_both_sides_of_an_account(spec, config):
    assert isinstance(spec.build(config), TencentSms)
    assert spec.sandbox is not None
    assert spec.sandbox(config) == server_side(config)


def test_the_provider_has_every_facet_that_the_api_has_an_action_for(provider):
    assert [name for name, facet in FACETS.items() if not isinstance(provider, facet)] == [
        "find signatures",
        "template statistics",
    ]


def test_every_call_has_the_rate_of_the_vendors_page(spec):
    assert spec.call_rates == {**CALL_RATES, "get_balance": 10}


def test_the_capabilities_are_those_of_the_vendors_page():
    assert (CAPABILITIES.max_batch, CAPABILITIES.rate, CAPABILITIES.sharing) == (200, 3000, Sharing.SAME)
    assert (CAPABILITIES.template, CAPABILITIES.text, CAPABILITIES.echo) == (True, False, True)
    assert CAPABILITIES.apart == {"CN"}
    assert all(map(CAPABILITIES.serves, ("CN", "HK", "MO", "TW", "MY")))


def test_the_signature_counts_at_home_and_abroad_in_the_brackets_of_each():
    home, abroad = CAPABILITIES.segment_rule("CN"), CAPABILITIES.segment_rule("HK")

    assert (home.gsm, home.ucs2, home.signature) == (None, (70, 67), "【{}】")
    assert (abroad.gsm, abroad.ucs2, abroad.signature) == ((160, 153), (70, 67), "[{}]")


def test_an_account_is_one_of_the_chinese_site_unless_it_says_otherwise(config, make_config):
    abroad = make_config(base_url="https://sms.intl.tencentcloudapi.com", region="ap-singapore")

    assert (config.base_url, config.region) == ("https://sms.tencentcloudapi.com", "ap-guangzhou")
    assert (abroad.base_url, abroad.region) == ("https://sms.intl.tencentcloudapi.com", "ap-singapore")


@pytest.mark.parametrize("region", ["ap-beijing", "ap-nanjing", "eu-frankfurt", "na-siliconvalley", "ap-shenzhen-fsi"])
def test_any_region_of_the_vendors_form_can_be_set_for_its_list_is_not_known(make_config, region):
    assert make_config(region=region).region == region


@pytest.mark.parametrize(
    "region", ["", "guangzhou", "ap_guangzhou", "AP-GUANGZHOU", "ap-guangzhou\r\nX-Evil: 1", "cn-", 1]
)
def test_what_is_no_region_is_refused(make_config, region):
    with pytest.raises(ValidationError) as caught:
        make_config(region=region)

    assert [error["loc"] for error in caught.value.errors()] == [("region",)]


@pytest.mark.parametrize("setting", ["sdk_app_id", "secret_id", "secret_key"])
def test_a_setting_without_which_nothing_can_be_sent_is_required(setting):
    complete = {"sdk_app_id": "1", "secret_id": "a", "secret_key": "b"}
    complete.pop(setting)

    with pytest.raises(ValidationError) as caught:
        TencentSmsConfig.model_validate(complete)

    assert [(error["loc"], error["type"]) for error in caught.value.errors()] == [((setting,), "missing")]


@pytest.mark.parametrize("code", ["", "10", "0001"])
def test_the_extension_of_the_number_is_digits(code):
    assert TencentSmsOptions(extend_code=code).extend_code == code


@pytest.mark.parametrize("code", ["1a", " 1", "1\n", "\u0661", 10])
def test_any_other_extension_is_refused(code):
    with pytest.raises(ValidationError, match="extend_code"):
        TencentSmsOptions.model_validate({"extend_code": code})


def test_the_readme_describes_every_setting_and_option():
    readme = Path(__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")

    def described(heading: str) -> set[str]:
        table = readme.partition(heading)[2].partition("\n\n")[0]
        return {name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.partition(" | ")[0])}

    assert described("| setting | meaning | default |") == set(TencentSmsConfig.model_fields)
    assert described("| option | meaning | default |") == set(TencentSmsOptions.model_fields)

"""Settings, options, template ids and registration."""

from __future__ import annotations

import importlib.metadata
import re
import traceback
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

import smsway_tencent_v5
from smsway.provider import ProviderSpec, SegmentRule, Sharing
from smsway_tencent_v5._config import TencentV5Config, TencentV5Options, template_id
from smsway_tencent_v5._provider import CAPABILITIES, TencentV5
from smsway_tencent_v5._sandbox import TencentV5Side


def test_the_address_is_the_documented_one(config):
    assert config.base_url == "https://yun.tim.qq.com"


@pytest.fixture
def spec():
    specs: list[ProviderSpec[TencentV5Config]] = []

    smsway_tencent_v5.register_providers(specs.append)

    (only,) = specs
    return only


@pytest.mark.parametrize("app_key", [" k1234", "k1234 ", "k1234\n", "\tk1234", "k1234\u3000"])
def test_a_key_with_white_space_around_it_is_refused_and_not_shown(app_key):
    with pytest.raises(ValidationError, match=r"white space before or after it.*remove it") as raised:
        TencentV5Config(sdk_app_id=1, app_key=app_key)

    assert "k1234" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("app_key", ["", " ", "\n\u3000"])
def test_an_empty_key_is_refused_with_the_way_out(app_key):
    with pytest.raises(ValidationError, match="is empty; copy it"):
        TencentV5Config(sdk_app_id=1, app_key=app_key)


@pytest.mark.parametrize("app_key", ["k12 34", "k12\r\n34", "k12\u00e934", "k12\u200b34", "k12\x0034"])
def test_a_key_that_no_vendor_issues_is_refused_and_not_shown(app_key):
    with pytest.raises(ValidationError, match=r"outside of visible ASCII.*copy it again") as raised:
        TencentV5Config(sdk_app_id=1, app_key=app_key)

    assert "k12" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("sdk_app_id", [0, -1, "app", 1.5, None])
def test_the_application_id_is_a_positive_number(sdk_app_id):
    with pytest.raises(ValidationError):
        TencentV5Config(sdk_app_id=sdk_app_id, app_key="k")


def test_the_key_is_in_no_repr(config, provider, side):
    assert all("5f03a35d" not in repr(each) for each in (config, provider, side))


def test_the_time_zone_is_beijings_and_needs_no_database(config):
    assert config.time_zone == "Asia/Shanghai"
    assert config.zone.utcoffset(None) == timedelta(hours=8)


@pytest.mark.parametrize("time_zone", ["UTC", "Asia/Singapore", "America/New_York"])
def test_the_time_zone_is_an_iana_name(time_zone):
    config = TencentV5Config(sdk_app_id=1, app_key="k", time_zone=time_zone)

    assert str(config.zone) == time_zone


@pytest.mark.parametrize("time_zone", ["", "Beijing", "+08:00", "../etc/passwd", "/etc/localtime", "Asia", "Asia/\0"])
def test_a_time_zone_that_is_none_is_refused_with_the_way_out(time_zone):
    with pytest.raises(ValidationError, match="write an IANA name such as 'Asia/Shanghai'") as raised:
        TencentV5Config(sdk_app_id=1, app_key="k", time_zone=time_zone)

    assert repr(time_zone) in str(raised.value)


def test_the_settings_have_a_schema_for_editors():
    properties = TencentV5Config.model_json_schema()["properties"]

    assert (properties["time_zone"]["type"], properties["time_zone"]["default"]) == ("string", "Asia/Shanghai")


@pytest.mark.parametrize("extend", ["", "0", "0123456789"])
def test_extend_is_digits(extend):
    assert extend == TencentV5Options(extend=extend).extend


@pytest.mark.parametrize("extend", ["a", "1 ", "-1", "\u0661", "1\n"])
def test_extend_is_nothing_but_digits(extend):
    with pytest.raises(ValidationError):
        TencentV5Options(extend=extend)


@pytest.mark.parametrize(("given", "expected"), [(19, "19"), ("19", "19"), ("0019", "19")])
def test_a_template_id_is_a_number_here_and_text_in_the_catalogue(given, expected):
    assert expected == template_id(given)


@pytest.mark.parametrize("given", ["UTA20212831C85C", "", "0", 0, -1, True, 1.0, None, "\u0661\u0669", " 19", "1_9"])
def test_a_template_id_of_another_form_is_refused_with_the_way_out(given):
    with pytest.raises(ValueError, match="write it as the console shows it") as raised:
        template_id(given)

    assert repr(given) in str(raised.value)


def test_the_capabilities_are_the_documented_ones():
    assert (
        CAPABILITIES.max_batch,
        CAPABILITIES.sharing,
        CAPABILITIES.text,
        CAPABILITIES.template,
        CAPABILITIES.rate,
    ) == (200, Sharing.SAME, True, True, None)
    assert CAPABILITIES.echo


def test_the_mainland_never_shares_a_request_with_the_rest():
    assert frozenset({"CN"}) == CAPABILITIES.apart


def test_the_signature_is_billed_everywhere_and_the_mainland_has_no_gsm_rate():
    assert SegmentRule(gsm=None, ucs2=(70, 67), signature="【{}】") == CAPABILITIES.segment_rule("CN")
    assert SegmentRule(gsm=(160, 153), ucs2=(70, 67), signature="[{}]") == CAPABILITIES.segment_rule("MY")


def test_the_package_registers_one_provider_under_its_name(spec, config):
    assert spec.name == "tencent-v5"
    assert isinstance(spec.build(config), TencentV5)
    assert isinstance(spec.sandbox(config), TencentV5Side)
    assert spec.capabilities is CAPABILITIES
    assert (TencentV5Config, TencentV5Options, "19") == (spec.config, spec.options, spec.template_id(19))


def test_the_entry_point_names_the_package():
    [entry] = importlib.metadata.entry_points(group="smsway.providers", name="tencent-v5")

    assert entry.load() is smsway_tencent_v5


def test_the_readme_describes_every_setting():
    readme = Path(__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")
    table = readme.partition("| setting | meaning | default |")[2].partition("\n\n")[0]

    described = {name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.partition(" | ")[0])}

    assert described == set(TencentV5Config.model_fields)

"""Settings, options, template ids and registration."""

import importlib.metadata
import traceback

import pytest
from pydantic import ValidationError

import smsway_tencent_v5
from smsway.provider import SegmentRule, Sharing
from smsway_tencent_v5._config import TencentV5Config, TencentV5Options, template_id
from smsway_tencent_v5._provider import CAPABILITIES, SPEC, TencentV5
from smsway_tencent_v5._sandbox import TencentV5Side


def test_the_address_is_the_documented_one(config):
    assert config.base_url == "https://yun.tim.qq.com"


@pytest.mark.parametrize("app_key", [" k1234", "k1234 ", "k1234\n", "\tk1234", "k1234\u3000"])
def test_a_key_with_white_space_around_it_is_refused_and_not_shown(app_key):
    with pytest.raises(ValidationError, match="white space before or after the key") as raised:
        TencentV5Config(sdk_app_id=1, app_key=app_key)

    assert "k1234" not in "".join(traceback.format_exception(raised.value))


def test_an_empty_key_is_refused():
    with pytest.raises(ValidationError, match="is empty"):
        TencentV5Config(sdk_app_id=1, app_key="")


@pytest.mark.parametrize("sdk_app_id", [0, -1, "app", 1.5, None])
def test_the_application_id_is_a_positive_number(sdk_app_id):
    with pytest.raises(ValidationError):
        TencentV5Config(sdk_app_id=sdk_app_id, app_key="k")


def test_the_key_is_in_no_repr(config, provider, side):
    assert all("5f03a35d" not in repr(each) for each in (config, provider, side))


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
    with pytest.raises(ValueError, match="write it as the console shows it"):
        template_id(given)


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


def test_the_package_registers_one_provider_under_its_name(config):
    specs = []

    smsway_tencent_v5.register_providers(specs.append)

    assert specs == [SPEC]
    assert SPEC.name == "tencent-v5"
    assert isinstance(SPEC.build(config), TencentV5)
    assert isinstance(SPEC.sandbox(config), TencentV5Side)
    assert (TencentV5Config, TencentV5Options, "19") == (SPEC.config, SPEC.options, SPEC.template_id(19))


def test_the_entry_point_names_the_package():
    [entry] = importlib.metadata.entry_points(group="smsway.providers", name="tencent-v5")

    assert entry.load() is smsway_tencent_v5

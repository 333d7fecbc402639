"""Settings, options, template ids and registration."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from smsway.provider import Sharing
from smsway_usms import register_providers
from smsway_usms._codes import DELIVERIES
from smsway_usms._config import UsmsConfig, UsmsOptions, template_id
from smsway_usms._provider import Usms
from smsway_usms._sandbox import UsmsSide
from smsway_usms._signatures import SignatureOptions
from smsway_usms._templates import TemplateOptions

SECRETS = ("public_key", "private_key", "security_token")
KEYS = {"public_key": "public-canary", "private_key": "private-canary"}


@pytest.fixture
def spec():
    specs = []
    register_providers(specs.append)
    (spec,) = specs
    return spec


def test_the_plugin_registers_one_provider(spec, config):
    assert spec.name == "usms"
    assert isinstance(spec.build(config), Usms)
    assert isinstance(spec.sandbox(config), UsmsSide)


def test_the_capabilities_are_those_of_the_batch_call(spec):
    capabilities = spec.capabilities

    assert capabilities.max_batch == 200
    assert capabilities.sharing is Sharing.OWN
    assert (capabilities.text, capabilities.template) == (False, True)
    assert (capabilities.echo, capabilities.rate) == (False, None)
    assert capabilities.apart == {"CN"}
    assert capabilities.serves("CN")
    assert capabilities.serves("MY")


def test_a_text_to_the_mainland_counts_70_then_67_characters_with_the_signature(spec):
    rule = spec.capabilities.segment_rule("CN")

    assert (rule.gsm, rule.ucs2, rule.signature) == (None, (70, 67), "【{}】")


def test_a_text_abroad_counts_as_the_standard_says_with_the_signature(spec):
    rule = spec.capabilities.segment_rule("MY")

    assert (rule.gsm, rule.ucs2, rule.signature) == ((160, 153), (70, 67), "[{}]")


def test_no_secret_is_in_the_repr_of_the_settings_or_of_the_provider():
    config = UsmsConfig(project_id="org-1", security_token="token-canary", **KEYS)

    assert "canary" not in repr(config) + repr(Usms(config)) + repr(UsmsSide(config))


@pytest.mark.parametrize("wrong", [{"project_id": ""}, {"project_id": "org 1"}, {"region": ""}, {"projectid": "org-1"}])
def test_a_wrong_setting_is_refused_without_quoting_the_keys(wrong):
    with pytest.raises(ValidationError) as error:
        UsmsConfig(**{"project_id": "org-1", **KEYS, **wrong})

    assert "canary" not in str(error.value)


@pytest.mark.parametrize("value", ["", " ", "\tcanary", "canary\n", "can ary", "canary\u3000", "c\u00e1nary"])
@pytest.mark.parametrize("setting", SECRETS)
def test_a_key_that_is_empty_or_was_copied_with_something_else_is_refused_and_not_shown(setting, value):
    with pytest.raises(ValidationError, match=r"copy it|remove it") as error:
        UsmsConfig(**{"project_id": "org-1", **KEYS, setting: value})

    assert [setting] == [each["loc"][0] for each in error.value.errors()]
    assert not value.strip() or value.strip() not in str(error.value)


@pytest.mark.parametrize("code", ["", "12a", "\uff11\uff12", "1 2", "12\n"])
def test_an_extend_code_is_ascii_digits(code):
    with pytest.raises(ValidationError):
        UsmsOptions(extend_code=code)


def test_a_template_id_is_stripped():
    assert template_id(" UTA20212831C85C ") == "UTA20212831C85C"


@pytest.mark.parametrize("value", [19, "", "  ", None, ["UTA1"]])
def test_trap_24_a_template_id_of_another_vendor_is_refused(value):
    with pytest.raises(ValueError, match="write it as text, such as 'UTA20212831C85C'") as error:
        template_id(value)

    assert repr(value) in str(error.value)


def test_the_readme_describes_every_setting():
    readme = Path(__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")
    table = readme.partition("| setting | meaning | default |")[2].partition("\n\n")[0]

    described = {name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.partition(" | ")[0])}

    assert described == set(UsmsConfig.model_fields)


README = Path(__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("kind", "model"), [("template", TemplateOptions), ("signature", SignatureOptions)])
def test_the_readme_describes_every_option_of_a_draft(kind, model):
    table = README.partition(f"| option of a {kind} | meaning |")[2].partition("\n\n")[0]

    described = {name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.split(" | ")[0])}

    assert described == set(model.model_fields)


def test_the_readme_lists_every_word_of_a_receipt():
    table = README.partition("| `ReceiptResult` | delivery |")[2].partition("\n\n")[0]
    rows = [row.strip("| ").split(" | ") for row in table.splitlines() if "`" in row]

    listed = {word.strip("` "): re.findall(r"`(\w+)`", told)[0] for words, told in rows for word in words.split(",")}

    assert listed == DELIVERIES

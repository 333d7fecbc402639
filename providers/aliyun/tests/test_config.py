"""The settings of an account."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from smsway_aliyun._config import template_id


def test_the_address_is_the_vendors_own(make_config):
    assert make_config().base_url == "https://dysmsapi.aliyuncs.com"


def test_no_key_is_shown(make_config):
    config = make_config(access_key_id="LTAI-canary", access_key_secret="secret-canary", security_token="token-canary")

    assert "canary" not in repr(config)
    assert "canary" not in str(config)


@pytest.mark.parametrize("name", ["access_key_id", "access_key_secret", "security_token"])
@pytest.mark.parametrize("value", ["", " key", "key\n", "k ey"])
def test_a_key_that_was_copied_badly_is_refused(make_config, name, value):
    with pytest.raises(ValidationError, match=name):
        make_config(**{name: value})


def test_a_template_code_is_as_the_vendor_writes_it():
    assert template_id("SMS_154950909") == "SMS_154950909"


@pytest.mark.parametrize("value", [154950909, "154950909", "sms_154950909", "SMS_", "SMS_1 ", "SMS_1a", None])
def test_another_template_code_is_refused_with_its_value(value):
    with pytest.raises(ValueError, match="copy it from the console") as caught:
        template_id(value)

    assert repr(value) in str(caught.value)

"""What an account can set."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from smsway_twilio._config import TwilioConfig, TwilioOptions, template_id

ACCOUNT = "AC" + "a1" * 16
KEY = {"api_key_sid": "SK" + "b2" * 16, "api_key_secret": "a-secret"}
TOKEN = {"auth_token": "a-token"}
HOOK = "https://hooks.example/sms/world/" + "s" * 32


@pytest.mark.parametrize("given", [TOKEN, KEY, {**TOKEN, **KEY}, {**TOKEN, "status_callback": f"{HOOK}#rc=5&rp=all"}])
def test_a_token_or_a_key_is_enough(given):
    made = TwilioConfig.model_validate({"account_sid": ACCOUNT, **given})

    assert made.base_url == "https://api.twilio.com"
    assert made.account_sid == ACCOUNT


@pytest.mark.parametrize(
    ("setting", "given"),
    [
        ("account_sid", {**TOKEN, "account_sid": "SK" + "a1" * 16}),
        ("account_sid", {**TOKEN, "account_sid": ACCOUNT + "a"}),
        ("api_key_sid", {**KEY, "api_key_sid": ACCOUNT}),
        ("api_key_secret", {"api_key_secret": "a-secret"}),
        ("api_key_secret", {**TOKEN, "api_key_sid": KEY["api_key_sid"]}),
        ("auth_token", {}),
        ("auth_token", {"auth_token": "a token"}),
        ("status_callback", {**TOKEN, "status_callback": HOOK.replace("https", "http")}),
        ("status_callback", {**TOKEN, "status_callback": HOOK.replace("hooks.", "hooks_of.")}),
        ("status_callback", {**TOKEN, "status_callback": f"{HOOK}?{'x' * 4000}"}),
        ("status_callback", {**TOKEN, "status_callback": "https://[::1"}),
    ],
)
def test_a_setting_that_cannot_work_is_refused_without_repeating_it(setting, given):
    with pytest.raises(ValidationError) as caught:
        TwilioConfig.model_validate({"account_sid": ACCOUNT, **given})

    assert {error["loc"] for error in caught.value.errors()} == {(setting,)}
    assert str(given.get(setting, "nothing of it")) not in str(caught.value)


def test_no_secret_is_in_what_a_configuration_shows():
    made = TwilioConfig.model_validate({"account_sid": ACCOUNT, **TOKEN, **KEY, "status_callback": HOOK})

    assert not any(secret in repr(made) for secret in ("a-token", "a-secret", "s" * 32))


def test_a_template_id_is_the_sid_of_a_content_template():
    assert template_id("HX" + "0f" * 16) == "HX" + "0f" * 16


@pytest.mark.parametrize("value", ["", "HX", "MG" + "0f" * 16, "HX" + "0g" * 16, "HX" + "0f" * 17, 19, None])
def test_a_template_id_of_another_form_is_refused_with_the_way_out(value):
    with pytest.raises(ValueError, match="is not a template id of twilio; write the SID"):
        template_id(value)


@pytest.mark.parametrize(
    "given",
    [{"validity_period": 0}, {"validity_period": 36_001}, {"validity_period": True}, {"risk_check": "off"}],
)
def test_an_extra_that_the_vendor_would_refuse_is_refused_here(given):
    with pytest.raises(ValidationError):
        TwilioOptions(**given)

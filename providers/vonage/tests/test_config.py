"""The settings of an account."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

SECRET = "1234qwerasdfzxcv"


def test_an_account_has_the_vendors_address_and_its_default_signature(make_config):
    config = make_config()

    assert (config.base_url, config.signature_method) == ("https://rest.nexmo.com", "md5hash")
    assert config.signed_callbacks is False


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"api_secret": None}, "has neither api_secret nor signature_secret"),
        ({"signed_callbacks": True}, "signed_callbacks needs signature_secret"),
        ({"signature_method": "MD5"}, "signature_method"),
        ({"api_secret": f"{SECRET} "}, "has white space before or after it"),
        ({"apikey": "abcd1234"}, "apikey"),
    ],
)
def test_settings_that_cannot_work_are_refused_and_quote_no_secret(make_config, settings, words):
    with pytest.raises(ValidationError) as caught:
        make_config(**settings)

    assert words in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_signature_secret_alone_is_enough(make_config):
    config = make_config(api_secret=None, signature_secret=SECRET, signed_callbacks=True)

    assert SECRET not in repr(config)

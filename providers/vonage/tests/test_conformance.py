"""The rules that hold for every provider."""

from smsway.testing import ProviderConformance


class TestVonage(ProviderConformance):
    provider = "vonage"
    settings = {
        "api_key": "literal:abcd1234",
        "api_secret": "literal:abcdef0123456789",
        "signature_secret": "literal:my_secret_key_for_testing",
        "signed_callbacks": True,
    }
    # North America takes numbers only.
    sender = "447700900000"

"""Signatures: both sides of this package against the vectors of the vendor's SDKs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import SecretStr
from smsway_vonage._sandbox_signature import signature, signs
from smsway_vonage._signing import is_signed, sign

METHODS = ("md5hash", "md5", "sha1", "sha256", "sha512")
SIGNATURE_SECRET = "my_secret_key_for_testing"

# From test/Client/SignatureTest.php of vonage-php-sdk-core at 9c6bc46.
INBOUND = {
    "message-timestamp": "2013-11-21 15:27:30",
    "messageId": "020000001B0FE827",
    "msisdn": "14843472194",
    "text": "Test again",
    "timestamp": "1385047698",
    "to": "13239877404",
    "type": "text",
}
OUTBOUND = {
    "api_key": "fake_api_key",
    "to": "14155550100",
    "from": "AcmeInc",
    "text": "Test From Nexmo",
    "type": "text",
    "timestamp": "1540924779",
}
OUTBOUND_SECRET = "71efab63122f1d179f51c46bac838fb5"
SIGNS = {
    **INBOUND,
    "keyword": "TEST",
    "message-timestamp": "2017-04-04 22:57:47",
    "messageId": "0B00000042AC53BD",
    "nonce": "929d6744-bd28-42c8-b6cf-31d5b4f43732",
    "text": "Test with & and =",
    "timestamp": "1491346667",
    "to": "12192259404",
}
# From http_client/tests/test_auth.py of vonage-python-sdk at b308cb1.
PAIR = {"param1": "value1", "param2": "value2", "timestamp": "1234567890"}
VECTORS = [
    ("md5hash", INBOUND, SIGNATURE_SECRET, "d2e7b1dc968737c5998ad624e02f90b7"),
    ("md5", INBOUND, SIGNATURE_SECRET, "DDEBD46008C2D4E93CCE578A332A52D5"),
    ("sha1", INBOUND, SIGNATURE_SECRET, "27D0D05C2876C7CB1720DBCDBA4D492E1E55C09A"),
    ("sha256", INBOUND, SIGNATURE_SECRET, "DDB8397C2B90AAC7F3882D306475C9A5058C92322EEF43C92B298B6E0FC0D330"),
    ("md5", OUTBOUND, OUTBOUND_SECRET, "51CDAFEBB4BBCE9525B195C1617CB8D2"),
    ("sha256", OUTBOUND, OUTBOUND_SECRET, "9FEC5EF6D0F2B3D2BB7558B6E4042569823CAB9EA0DD30503472B7B304601975"),
    (
        "sha512",
        OUTBOUND,
        OUTBOUND_SECRET,
        "40BD12B9A4B6000AD1138EEFD24FFE9FBD72AEE13C3FA04B32BB69DBC256AD0A"  # noqa: ISC004  # one digest on two lines
        "04A463B1A9AF6660D10F6E1E769EE14B9CFF6A635502E93AFCD0BFAB29F38F87",
    ),
    ("md5hash", SIGNS, SIGNATURE_SECRET, "e06d9763e3fd0b9c31beb5fc2fcb011c"),
    ("sha256", PAIR, "signature_secret", "280C4320703DBC98BFA22DB676655ED2ACFBFE8792B062FF7622E67F1183C287"),
    ("md5", PAIR, "signature_secret", "724C2BF6CA423C36E20631B11D1C5753"),
]


@pytest.mark.parametrize(("method", "params", "secret", "due"), VECTORS)
def test_a_signature_is_the_one_that_the_sdks_expect(method, params, secret, due):
    assert signature(params, secret, method) == due
    assert sign(params, SecretStr(secret), method) == due.lower()


@pytest.mark.parametrize(("method", "params", "secret", "due"), VECTORS)
def test_a_signature_is_checked_without_regard_to_case(method, params, secret, due):
    signed = {**params, "sig": due.swapcase()}

    assert signs(signed, secret, method)
    assert is_signed(signed, SecretStr(secret), method)


@pytest.mark.parametrize(("method", "params", "secret", "due"), VECTORS)
@pytest.mark.parametrize("change", [{"to": "1"}, {"more": ""}, {"sig": ""}, {"sig": "\u3053"}])
def test_what_was_changed_is_not_signed(method, params, secret, due, change):
    changed = {**params, "sig": due, **change}

    assert not signs(changed, secret, method)
    assert not is_signed(changed, SecretStr(secret), method)


def test_what_has_no_signature_is_not_signed():
    assert not is_signed(INBOUND, SecretStr(SIGNATURE_SECRET), "md5hash")


PARAMS = st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=10), max_size=6)


@given(params=PARAMS, method=st.sampled_from(METHODS))
def test_both_sides_sign_alike(params, method):
    signed = {**params, "sig": sign(params, SecretStr("a-secret"), method)}

    assert signs(signed, "a-secret", method)
    assert not signs(signed, "another", method)

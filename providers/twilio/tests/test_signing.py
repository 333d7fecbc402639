"""The signature of callbacks: published vectors, the vendor's own SDK, and every spelling of a port."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import MultiDict
from twilio.request_validator import RequestValidator

from smsway.provider import Callback, MalformedCallback, SecretStr
from smsway_twilio._signing import check_signature, signature

TOKEN = "12345"
CALL = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}


# twilio-python, tests/unit/test_request_validator.py; the last is hexdocs.pm/twilio_signature_plug.
@pytest.mark.parametrize(
    ("address", "form", "expected"),
    [
        ("https://mycompany.com/myapp.php?foo=1&bar=2", CALL.items(), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com:443/myapp.php?foo=1&bar=2", CALL.items(), "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com:1234/myapp.php?foo=1&bar=2", CALL.items(), "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        ("http://mycompany.com:80/myapp.php?foo=1&bar=2", CALL.items(), "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        (
            "https://mycompany.com/myapp.php?foo=1&bar=2",
            [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")],
            "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
        ),
        (
            "https://mycompany.com/myapp.php?foo=1&bar=2",
            {**CALL, "From": "+12349013030", "Caller": "+12349013030"}.items(),
            "0/KCTR6DLpKmkAf8muzZqo1nDgQ=",
        ),
    ],
)
def test_the_published_vectors_are_reproduced(address, form, expected):
    assert signature(address, list(form), TOKEN) == expected


@given(st.lists(st.tuples(st.text(min_size=1, max_size=3), st.text(max_size=4)), max_size=6))
def test_any_form_is_signed_as_the_vendors_sdk_signs_it(pairs):
    address = "https://hooks.example/sms/world/secret?ref=1"

    expected = RequestValidator(TOKEN).compute_signature(address, MultiDict(pairs))

    assert signature(address, pairs, TOKEN) == expected


def _callback(called, signed, **headers):
    body = urlencode({"MessageStatus": "sent", "FromCity": ""})
    given = signature(signed, parse_qsl(body, keep_blank_values=True), TOKEN)
    return Callback(body.encode(), {"x-twilio-signature": given, **headers}, {}, called)


def _check(callback, token=TOKEN):
    check_signature(callback, parse_qsl(callback.body.decode(), keep_blank_values=True), SecretStr(token))


@pytest.mark.parametrize(
    ("called", "signed"),
    [
        ("https://hooks.example/a?ref=1", "https://hooks.example/a?ref=1"),
        ("https://hooks.example/a?ref=1", "https://hooks.example:443/a?ref=1"),
        ("https://hooks.example:443/a", "https://hooks.example/a"),
        ("https://hooks.example:8443/a", "https://hooks.example:8443/a"),
        ("https://hooks.example:8443/a", "https://hooks.example/a"),
        ("http://hooks.example/a", "http://hooks.example:80/a"),
        ("https://[2001:db8::1]/a", "https://[2001:db8::1]:443/a"),
        ("https://[2001:db8::1]:8443/a", "https://[2001:db8::1]/a"),
        ("https://name:word@hooks.example/a", "https://hooks.example/a"),
        ("https://hooks.example/a?", "https://hooks.example/a?"),
        ("https://hooks.example/a?b=%2f%2F+c#rc=5", "https://hooks.example/a?b=%2f%2F+c"),
    ],
)
def test_the_address_may_be_signed_with_its_port_or_without(called, signed):
    _check(_callback(called, signed))


@pytest.mark.parametrize(
    ("called", "signed"),
    [
        ("https://hooks.example/a", "http://hooks.example/a"),
        ("https://hooks.example/a", "https://hooks.example/b"),
        ("https://hooks.example/a?ref=1", "https://hooks.example/a?ref=2"),
        ("https://hooks.example/a", "https://hooks.example:444/a"),
        ("https://hooks.example/a", "https://hooks.example.evil/a"),
        ("", ""),
    ],
)
def test_the_signature_of_another_address_is_refused_with_the_way_out(called, signed):
    with pytest.raises(MalformedCallback, match=r"webhooks\.public_url"):
        _check(_callback(called, signed))


@pytest.mark.parametrize("given", ["", "ÿ", "RSOYDt4T1cUTdK1PDd93/VVr8B8="])
def test_a_signature_that_does_not_fit_is_refused(given):
    address = "https://hooks.example/a"

    with pytest.raises(MalformedCallback):
        _check(_callback(address, address, **{"x-twilio-signature": given}))


def test_a_signature_under_another_token_is_refused():
    address = "https://hooks.example/a"

    with pytest.raises(MalformedCallback):
        _check(_callback(address, address), token="12346")


def test_a_callback_that_names_another_key_is_not_checked_with_the_wrong_one():
    address = "https://hooks.example/a"
    settings = {"x-twilio-webhooks-signature-settings": "key=SharedKey,algorithm=HMAC_SHA256"}

    with pytest.raises(MalformedCallback, match="shared key"):
        _check(_callback(address, address, **settings))

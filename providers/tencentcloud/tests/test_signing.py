"""The published TC3-HMAC-SHA256 examples, with the values between the steps.

They are on the pages "Signature v3" of several products and editions, among them
tencentcloud.com/document/product/1294/76500 and, before 2021, tencentcloud.com/document/product/267/37447.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from smsway.provider import SandboxCall
from smsway_tencentcloud._sandbox_gateway import _tc3
from smsway_tencentcloud._signing import Signer, canonical_request, chain, signed_names, string_to_sign, utc_date

KEY = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"
STARS = "*" * 32
HOST = "cvm.tencentcloudapi.com"
JSON = {"content-type": "application/json; charset=utf-8", "host": HOST}
JSON_AND_ACTION = {**JSON, "x-tc-action": "DescribeInstances"}
FORM = {"content-type": "application/x-www-form-urlencoded", "host": HOST}
# The backslashes are sent, and signed, as they stand.
BODY = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'


@dataclass(frozen=True)
class Vector:
    method: str
    query: str
    headers: dict[str, str]
    body: bytes
    timestamp: int
    secret_key: str
    scope: str
    names: str
    payload_hash: str
    request_hash: str
    signature: str


VECTORS = {
    "post": Vector(
        "POST",
        "",
        JSON,
        BODY,
        1551113065,
        KEY,
        "2019-02-25/cvm/tc3_request",
        "content-type;host",
        "35e9c5b0e3ae67532d3c9f17ead6c90222632e5b1ff7f6e89887f1398934f064",
        "5ffe6a04c0664d6b969fab9a13bdab201d63ee709638e2749d62a09ca18d7031",
        "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168",
    ),
    "post with the action signed": Vector(
        "POST",
        "",
        JSON_AND_ACTION,
        BODY,
        1551113065,
        STARS,
        "2019-02-25/cvm/tc3_request",
        "content-type;host;x-tc-action",
        "35e9c5b0e3ae67532d3c9f17ead6c90222632e5b1ff7f6e89887f1398934f064",
        "7019a55be8395899b900fb5564e4200d984910f34794a27cb3fb7d10ff6a1e84",
        "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f",
    ),
    "get": Vector(
        "GET",
        "Limit=10&Offset=0",
        FORM,
        b"",
        1539084154,
        KEY,
        "2018-10-09/cvm/tc3_request",
        "content-type;host",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "91c9c192c14460df6c1ffc69e34e6c5e90708de2a6d282cccf957dbf1aa7f3a7",
        "5da7a33f6993f0614b047e5df4582db9e9bf4672ba50567dba16c6ccf174c474",
    ),
}


@pytest.fixture(params=VECTORS.values(), ids=VECTORS.keys())
def vector(request):
    return request.param


def canonical(vector: Vector) -> str:
    return canonical_request(vector.method, vector.query, vector.headers, vector.body)


def test_the_hash_of_the_payload_is_the_last_line_of_the_canonical_request(vector):
    assert canonical(vector).splitlines()[-1] == vector.payload_hash


def test_the_signed_headers_are_listed_by_name(vector):
    assert signed_names(vector.headers) == vector.names


def test_the_canonical_request_has_the_published_hash(vector):
    assert sha256(canonical(vector).encode()).hexdigest() == vector.request_hash


def test_the_string_to_sign_is_the_published_one(vector):
    expected = f"TC3-HMAC-SHA256\n{vector.timestamp}\n{vector.scope}\n{vector.request_hash}"

    assert string_to_sign(vector.timestamp, vector.scope, canonical(vector)) == expected


def test_the_scope_has_the_utc_date_of_the_timestamp(vector):
    assert utc_date(vector.timestamp) == vector.scope.split("/")[0]


def test_the_signature_is_the_published_one(vector):
    key = chain(b"TC3" + vector.secret_key.encode(), *vector.scope.split("/"))

    signature = chain(key, string_to_sign(vector.timestamp, vector.scope, canonical(vector)))

    assert signature.hex() == vector.signature


@pytest.mark.parametrize(
    ("secret_key", "steps", "derived"),
    [
        (KEY, 1, "d1308c81fe71cfd4e06437bbc067b2b8a3d2d8c0e375d547f15c41d5214b395a"),
        (KEY, 2, "3c7cb7c7795393edc14fd2e0e6434a518564b4504b88e94f5d11bf59ba3e7050"),
        (KEY, 3, "ac658d5dde49e9bfdd14e04e062f66b05d9f637d44b8a8d845327d4a77f666b1"),
        (STARS, 1, "da98fb70dcf6b112dc21038d1eeeb3a95c74b4dcb12c1131f864f6066bd02be0"),
        (STARS, 2, "8d70cbefb03939f929db64d32dc2ba89b1095620119fe3e050e2b18c5bd2752f"),
        (STARS, 3, "b596b923aad85185e2d1f6659d2a062e0a86731226e021e61bfe06f7ed05f5af"),
    ],
    ids=["date", "service", "signing", "date of stars", "service of stars", "signing of stars"],
)
def test_each_step_of_the_key_derivation_gives_the_published_key(secret_key, steps, derived):
    parts = ("2019-02-25", "cvm", "tc3_request")[:steps]

    assert chain(b"TC3" + secret_key.encode(), *parts).hex() == derived


@pytest.mark.parametrize(
    ("name", "begins"),
    [("\u672a\u547d\u540d", "57ed31a3"), ("unnamed", "63eae8f4"), ("Unnamed", "a5fac509")],
    ids=["real characters", "translated", "translated with a capital"],
)
def test_the_bytes_are_signed_as_they_are_sent_not_as_what_they_mean(name, begins):
    body = BODY.replace(rb"\u672a\u547d\u540d", name.encode())
    vector = VECTORS["post"]
    text = canonical_request("POST", "", JSON, body)

    key = chain(b"TC3" + KEY.encode(), *vector.scope.split("/"))
    signature = chain(key, string_to_sign(vector.timestamp, vector.scope, text)).hex()

    assert signature.startswith(begins)
    assert signature != vector.signature


@pytest.mark.parametrize("name", ["post", "post with the action signed"])
def test_the_authorization_header_has_the_published_form(name):
    vector = VECTORS[name]
    signer = Signer("cvm", SecretStr("AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE"), SecretStr(vector.secret_key))

    authorization = signer.authorization(vector.headers, vector.body, vector.timestamp)

    assert authorization == (
        "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, "
        f"SignedHeaders={vector.names}, Signature={vector.signature}"
    )


def test_the_key_that_is_kept_for_a_date_is_not_used_for_the_next():
    seconds = 1551139199  # 23:59:59 UTC
    kept = Signer("sms", SecretStr("id"), SecretStr("key"))
    kept.authorization(JSON, b"", seconds)

    after_midnight = kept.authorization(JSON, b"", seconds + 1)

    assert after_midnight == Signer("sms", SecretStr("id"), SecretStr("key")).authorization(JSON, b"", seconds + 1)
    assert "/2019-02-26/" in after_midnight


def test_a_signer_does_not_show_its_key():
    signer = Signer("sms", SecretStr("id-canary"), SecretStr("key-canary"))

    signer.authorization(JSON, b"", 1551113065)

    assert "canary" not in repr(signer)


def test_headers_are_in_the_order_of_their_names_even_if_one_begins_with_another():
    text = canonical_request("POST", "", {"x-tc-b": "2", "x-tc": "1", "host": "h"}, b"")

    assert text.splitlines()[3:6] == ["host:h", "x-tc:1", "x-tc-b:2"]


@given(
    body=st.binary(max_size=64),
    timestamp=st.integers(0, 4_000_000_000),
    secret_key=st.text("abcXYZ019+/=", min_size=1, max_size=40),
    host=st.sampled_from(["sms.intl.tencentcloudapi.com", "127.0.0.1:8080", "LocalHost"]),
)
def test_client_and_server_compute_the_signature_independently_and_agree(body, timestamp, secret_key, host):
    headers = {"content-type": "application/json", "host": host, "x-tc-action": "SendMultiGlobalSms"}
    call = SandboxCall("POST", "/", {}, headers, body)
    scope = f"{utc_date(timestamp)}/sms/tc3_request"

    ours = Signer("sms", SecretStr("id"), SecretStr(secret_key)).authorization(headers, body, timestamp)

    assert ours.endswith(f"Signature={_tc3(secret_key, call, sorted(headers), timestamp, scope)}")

"""The bytes that go out."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from smsway.provider import Batch, Filled, Parcel, Stamp, parse_phone

FIRST = "+60198890000"


@pytest.fixture(scope="module")
def mixed():
    """Two recipients with contents of their own: all members, and only those that are always there."""
    return Batch(
        [
            Parcel(parse_phone(FIRST), Filled(template="1800308", params=("190191",), sender="Qsms")),
            Parcel(parse_phone("+85298765432"), Filled(template="1800309")),
        ]
    )


def test_a_text_says_that_it_can_be_sent_with_it(client, make_batch):
    assert client.encode(make_batch(1)).sends is True


def test_the_request_is_these_bytes(client, mixed):
    request = client.encode(mixed)

    assert (request.method, request.url) == ("POST", "https://sms.intl.tencentcloudapi.com/")
    assert request.body == (
        b'{"SmsSdkAppId":"2400006666","MultiSmsInfoSet":['
        b'{"PhoneNumber":"+60198890000","TemplateId":"1800308","TemplateParamSet":["190191"],"SenderId":"Qsms",'
        b'"SessionContext":"a84166ff8c6c41f7923b-0"},'
        b'{"PhoneNumber":"+85298765432","TemplateId":"1800309","SessionContext":"a84166ff8c6c41f7923b-1"}]}'
    )
    assert request.headers == {
        "Content-Type": "application/json; charset=utf-8",
        "Host": "sms.intl.tencentcloudapi.com",
        "X-TC-Action": "SendMultiGlobalSms",
        "X-TC-Version": "2021-01-11",
        "X-TC-Timestamp": "1776313405",
        "X-TC-Region": "ap-singapore",
        # Computed from the body above with `openssl dgst`.
        "Authorization": (
            "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2026-04-16/sms/tc3_request, "
            "SignedHeaders=content-type;host;x-tc-action, "
            "Signature=0f3e43882c6014c2f0cacdc96102f546b50659de17108dd323f6e5a57e2ee595"
        ),
    }


def test_the_same_batch_and_stamp_give_the_same_bytes(client, mixed):
    first, second = client.encode(mixed), client.encode(mixed)

    assert (first.url, first.headers, first.body) == (second.url, second.headers, second.body)


def test_another_attempt_has_another_time_and_other_references(client, make_client, mixed, stamp):
    later = make_client(at=Stamp(stamp.now + 1, stamp.nonce + 1)).encode(mixed)

    assert later.headers["X-TC-Timestamp"] == "1776313406"
    assert b"a84166ff8c6c41f7923c-0" in later.body
    assert later.headers["Authorization"] != client.encode(mixed).headers["Authorization"]


def test_a_temporary_pair_of_keys_brings_its_token(make_client, mixed):
    request = make_client(token="temporary").encode(mixed)

    assert request.headers["X-TC-Token"] == "temporary"


def test_every_reference_is_shorter_than_the_512_bytes_a_session_context_may_have(make_client, make_batch):
    request = make_client(at=Stamp(0.0, 2**80 - 1)).encode(make_batch(200))

    contexts = [info["SessionContext"] for info in json.loads(request.body)["MultiSmsInfoSet"]]
    assert len(set(contexts)) == 200
    assert max(map(len, contexts)) <= 32


@pytest.mark.parametrize("text", ["\u672a\u547d\u540d", "\U0001f600", 'a"b\\c', "\u2028", "a\nb"])
def test_any_param_reaches_the_body_unharmed(client, make_batch, text):
    request = client.encode(make_batch(1, params=(text,)))

    assert request.body.isascii()
    assert json.loads(request.body)["MultiSmsInfoSet"][0]["TemplateParamSet"] == [text]


def test_a_secret_or_phone_is_not_in_the_url_or_in_what_a_request_shows(make_client, mixed):
    account = make_client(secret_id="canary-id", secret_key="canary-key", token="canary-token")

    request = account.encode(mixed)

    assert "canary" not in request.url + repr(request)
    assert FIRST not in request.url + repr(request)
    assert "canary-key" not in str(request.headers)


def test_contents_that_are_made_as_they_are_asked_for_go_to_whom_they_are_for(client):
    class Made(Sequence):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            if index >= 3:
                raise IndexError
            return Parcel(parse_phone(f"+6019889000{index}"), Filled(template="1800308", params=(f"code{index}",)))

    body = json.loads(client.encode(Batch(Made())).body)

    assert [info["TemplateParamSet"] for info in body["MultiSmsInfoSet"]] == [["code0"], ["code1"], ["code2"]]

"""The signature, against the vendor's published example and the requests of its SDK."""

from __future__ import annotations

from hashlib import sha256

import pytest

from smsway_aliyun._signing import authorization, canonical_query

NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def signed(query: dict[str, str], headers: dict[str, str]) -> str:
    return authorization("YourAccessKeyId", "YourAccessKeySecret", canonical_query(query), headers)


def test_the_published_example_is_signed_as_published():
    # help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature
    query = {"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}
    headers = {
        "x-acs-version": "2014-05-26",
        "x-acs-action": "RunInstances",
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-content-sha256": NOTHING,
        "host": "ecs.cn-shanghai.aliyuncs.com",
    }

    assert signed(query, headers) == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,"
        "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


# Both made with alibabacloud-tea-openapi 0.4.6, `utils.py`.
HEADERS = {
    "host": "dysmsapi.aliyuncs.com",
    "x-acs-version": "2017-05-25",
    "x-acs-date": "2026-11-22T10:00:00Z",
}


def test_a_query_is_signed_as_the_sdk_signs_it():
    query = {
        "PhoneNumbers": "13700000001,13700000002",
        "SignName": "\u963f\u91cc\u4e91",
        "TemplateCode": "SMS_154950909",
        "TemplateParam": '{"code":"12 34~*"}',
        "OutId": "our name/+~*",
    }
    headers = {
        **HEADERS,
        "x-acs-action": "SendSms",
        "x-acs-signature-nonce": "00000000000000000002",
        "x-acs-content-sha256": NOTHING,
    }

    signature = signed(query, headers).rpartition("Signature=")[2]

    assert signature == "b7d1c2f7d3b17f40e812eb4584ce8206dd3f6d8360e63e8d1aca417d3eb9c23e"


def test_a_form_is_signed_as_the_sdk_signs_it():
    body = (
        b"PhoneNumberJson=%5B%2213700000001%22%2C%2213700000002%22%5D"
        b"&SignNameJson=%5B%22%E9%98%BF%E9%87%8C%E4%BA%91%22%2C%22Acme%22%5D"
        b"&TemplateParamJson=%5B%7B%22code%22%3A%221111%22%7D%2C%7B%22code%22%3A%222+2~%2A%22%7D%5D"
    )
    headers = {
        **HEADERS,
        "content-type": "application/x-www-form-urlencoded",
        "x-acs-action": "SendBatchSms",
        "x-acs-signature-nonce": "00000000000000000001",
        "x-acs-content-sha256": sha256(body).hexdigest(),
    }

    signature = signed({"TemplateCode": "SMS_154950909", "OutId": "our name/+~*"}, headers).rpartition("Signature=")[2]

    assert signature == "8cd687dbfa3c1ee21a177b9b0442ac4e766abb57f8bfe720992511b0b38ea746"


@pytest.mark.parametrize(
    ("value", "encoded"), [("a b+c", "a%20b%2Bc"), ("~-_.*/", "~-_.%2A%2F"), ("\u963f", "%E9%98%BF"), ("", "")]
)
def test_a_query_is_encoded_by_the_rfc(value, encoded):
    assert canonical_query({"b": "1", "a": value}) == f"a={encoded}&b=1"

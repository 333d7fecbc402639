"""The signature of a request, against the published example and the vendor's own SDK."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ucloud.core.auth._cfg import verify_ac

from smsway_usms._signing import sign

PUBLIC_KEY = "ucloudsomeone@example.com1296235120854146120"
PRIVATE_KEY = "46f09bb9fab4f12dfc160dae12273d5332b5debe"
TASK_CONTENT = (Path(__file__).parent / "samples/task_content.b64").read_text().strip()

HOST = {
    "Action": "CreateUHostInstance",
    "CPU": "2",
    "ChargeType": "Month",
    "DiskSpace": "10",
    "ImageId": "f43736e1-65a5-4bea-ad2e-8a46e18883c2",
    "LoginMode": "Password",
    "Memory": "2048",
    "Name": "Host01",
    "PublicKey": PUBLIC_KEY,
    "Quantity": "1",
}

VECTORS = [
    pytest.param(
        {"Action": "DescribeUHostInstance", "Region": "cn-bj2", "Limit": "10", "PublicKey": PUBLIC_KEY},
        PRIVATE_KEY,
        "cba5cf5ec4d4233d206b1b54951e3787350a642f",
        id="docs.ucloud.cn/api/summary/signature",
    ),
    pytest.param(
        HOST | {"Region": "cn-bj2", "Zone": "cn-bj2-04", "Password": "VUNsb3VkLmNu"},
        PRIVATE_KEY,
        "4f9ef5df2abab2c6fccd1e9515cb7e2df8c6bb65",
        id="an older edition of the page, and the SDK's unit test",
    ),
    pytest.param(
        HOST | {"Region": "cn-north-01", "Password": "UCloudexample01"},
        PRIVATE_KEY,
        "7a517649e4e9da3b6c82c932d667daa1599ae3a1",
        id="third-party code",
    ),
    pytest.param(
        HOST | {"Region": "cn-north-01", "Password": "VUNsb3VkLmNu"},
        PRIVATE_KEY,
        "64e0fe58642b75db052d50fd7380f79e6a0211bd",
        id="the oldest edition of the page",
    ),
    pytest.param(
        {"foo": "bar"}, "my_private_key", "634edc1bb957c0d65e5ab5494cf3b7784fbc87af", id="the Python SDK's docstring"
    ),
    pytest.param(
        {"foo": "bar", "PublicKey": "my_public_key"},
        "my_private_key",
        "d4411ab30953fb0bbcb1e7313081f05e4e91a394",
        id="the Python SDK's docstring, with a public key",
    ),
    pytest.param(
        {"PublicKey": "foo", "SecurityToken": "42"},
        "bar",
        "9d6d7cb14e8aeda887369ff22371788ae06c5ea4",
        id="the Go SDK's unit test, with a token",
    ),
    pytest.param(
        {
            "Action": "foo",
            "Name": "foo",
            "ProjectId": "bar",
            "PublicKey": "foo",
            "Region": "cn-bj2",
            "SecurityToken": "42",
            "Zone": "cn-bj2-02",
        },
        "bar",
        "170de002e3ca3acdc3a790badc4d14b09d183e4b",
        id="the Go SDK's unit test, with token and project",
    ),
    pytest.param(
        {
            "Action": "SendBatchUSMSMessage",
            "PublicKey": PUBLIC_KEY,
            "ProjectId": "org1234",
            "TaskContent": TASK_CONTENT,
        },
        PRIVATE_KEY,
        "5edc0af1b1b28e7e8ba63e10f745f4328c1bbb8c",
        id="the published TaskContent",
    ),
]


@pytest.mark.parametrize(("params", "private_key", "signature"), VECTORS)
def test_a_published_signature_verifies(params, private_key, signature):
    assert signature == sign(params, private_key)


def test_the_signature_in_the_readme_of_the_uspeedo_brand_does_not_verify():
    """The sister brand prints the string to sign, but a signature that the formula does not give."""
    params = {"Action": "SendBatchUSMSMessage", "Limit": "10", "Region": "cn-bj2"}

    signature = sign(params, "MjI3YmYyMjItNmM4Mi00ZGM5LWEwNDQtN2EzZjM0Yzk2OWE1")

    assert signature != "575fd93b539c4eb9837c8de6651e92389456adfa"
    assert signature == "11c9b182cce545ef03fb1eebd129885cd1ed192d"


def test_names_sort_by_their_bytes_not_by_their_numbers():
    """Arrays are written as Name.0, Name.1, and Name.10 stands before Name.2."""
    params = {"N.2": "c", "N.10": "b", "N.1": "a"}

    assert hashlib.sha1(b"N.1aN.10bN.2ckey").hexdigest() == sign(params, "key")


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), st.text(st.characters(codec="utf-8"))))
def test_the_official_sdk_signs_alike(params):
    assert verify_ac("key", params) == sign(params, "key")

"""ucloud-sdk-python3, the SDK of USMS, against the sandbox, over a socket."""

from __future__ import annotations

import json
import logging
from base64 import b64encode

import pytest
from ucloud.client import Client
from ucloud.core.exc import RetCodeException

PUBLIC_KEY = "ucloudsomeone@example.com1296235120854146120"
PRIVATE_KEY = "46f09bb9fab4f12dfc160dae12273d5332b5debe"
PHONES = ["(86)13788888888", "13788888889", "(60)198890000"]
E164 = ["+8613788888888", "+8613788888889", "+60198890000"]


def target(phone="13788888888", **other):
    return {"Phone": phone, "TemplateParams": ["1234", "4"], **other}


def task(*targets, template="UTA20212831C85C", signature="SCloud"):
    items = [{"TemplateId": template, "SigContent": signature, "Target": targets}]
    return b64encode(json.dumps(items).encode()).decode()


@pytest.fixture
def send(sandbox):
    """Send a TaskContent with the SDK; returns the SDK's answer."""

    def send_with_sdk(content, **settings):
        own = {
            "public_key": PUBLIC_KEY,
            "private_key": PRIVATE_KEY,
            "project_id": "org-1",
            "base_url": sandbox.urls["backup"],
            **settings,
        }
        logger = logging.getLogger("ucloud-sdk-under-test")  # the SDK's own would print every refusal
        logger.propagate = False
        return Client(own, logger=logger).usms().send_batch_usms_message({"TaskContent": content})

    return send_with_sdk


@pytest.fixture
def refusal_of(send, sandbox):
    """Send with the SDK what must be refused as a whole; returns the code of the exception that the SDK raises."""

    def code(*arguments, **settings):
        with pytest.raises(RetCodeException) as caught:
            send(*arguments, **settings)
        assert sandbox.requests()["backup"] == 1
        return caught.value.code

    return code


def test_a_text_each_is_accepted(send, sandbox):
    answer = send(task(*(target(phone, UserId=f"mine-{phone[-4:]}") for phone in PHONES)))

    assert (answer["SuccessCount"], answer.get("FailContent")) == (3, [])
    assert answer["SessionNo"] == sandbox.submissions("backup")[0].message_id
    assert sandbox.texts() == dict.fromkeys(E164, 1)


def test_a_full_batch_is_accepted(send, sandbox):
    phones = [f"13788{number:06d}" for number in range(200)]

    answer = send(task(*map(target, phones)))

    assert answer["SuccessCount"] == 200
    assert sandbox.texts() == {f"+86{phone}": 1 for phone in phones}


def test_a_region_and_text_beyond_ascii_are_under_the_signature_too(send):
    answer = send(task(target(TemplateParams=["未命名", "4"])), region="cn-bj2")

    assert answer["SuccessCount"] == 1


def test_one_blocked_phone_of_many_is_told_apart(send, sandbox):
    answer = send(task(target(), target("13788990002", UserId="blocked")))

    assert answer["SuccessCount"] == 1
    assert [each["Phone"] for item in answer["FailContent"] for each in item["Target"]] == ["13788990002"]
    assert sandbox.texts() == {"+8613788888888": 1}


def test_some_failures_among_others_raise_18046_though_texts_were_sent(refusal_of, sandbox):
    code = refusal_of(task(target(), target("123")))

    assert (code, sandbox.texts()) == (18046, {"+8613788888888": 1})


def test_a_wrong_private_key_is_171(refusal_of, sandbox):
    code = refusal_of(task(target()), private_key=PRIVATE_KEY[::-1])

    assert (code, sandbox.texts()) == (171, {})


def test_a_wrong_public_key_is_172(refusal_of):
    assert refusal_of(task(target()), public_key="nobody") == 172


def test_another_project_is_292(refusal_of):
    assert refusal_of(task(target()), project_id="org-2") == 292


@pytest.mark.parametrize("offset", [86_400, -86_400])
def test_a_stale_clock_is_no_fault_for_no_time_is_under_the_signature(offset, send, sandbox):
    sandbox.set_clock(offset, "backup")

    answer = send(task(target()))

    assert answer["SuccessCount"] == 1


@pytest.mark.parametrize(
    ("code", "content"),
    [
        (18000, "not base64!"),
        (18000, b64encode(b"[{").decode()),
        (18001, task()),
        (18001, task({"TemplateParams": ["1234", "4"]})),
        (18002, task(target(TemplateParams=[1234, 4]))),
        (18003, task(target(UserId="a" * 33))),
        (18014, task(target("123"))),
        (18016, task(target(), signature="Somebody else")),
        (18017, task(target(), template="UTA1")),
        (18018, task(target(TemplateParams=["1234"]))),
        (18019, task(*(target(f"13788{number:06d}") for number in range(201)))),
    ],
)
def test_a_task_that_is_not_in_order_gets_the_documented_code(code, content, refusal_of, sandbox):
    assert refusal_of(content) == code

    assert sandbox.texts() == {}

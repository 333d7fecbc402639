"""The bytes that go out."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from time import perf_counter
from urllib.parse import parse_qsl, quote_plus, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import Batch
from smsway_usms._calls import _escape
from smsway_usms._config import UsmsConfig
from smsway_usms._wire import encode_send

SAMPLE = (Path(__file__).parent / "samples/task_content.b64").read_text().strip()


def params_of(request):
    return dict(parse_qsl(request.body.decode(), strict_parsing=True))


def items_of(request):
    return json.loads(b64decode(params_of(request)["TaskContent"], validate=True))


def test_golden_bytes(config, stamp, parcel_of):
    batch = Batch([parcel_of("+8618500000507"), parcel_of("+8618500000608", extend_code="123")])

    request = encode_send(config, batch, stamp)

    assert (request.method, request.url) == ("POST", "https://api.ucloud.cn/")
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.body == (
        b"Action=SendBatchUSMSMessage&ProjectId=org1234&PublicKey=ucloudsomeone%40example.com1296235120854146120"
        b"&TaskContent=W3siVGVtcGxhdGVJZCI6IlVUQTIwMjEyODMxQzg1QyIsIlNpZ0NvbnRlbnQiOiJTQ2xvdWQiLCJUYXJnZXQiOlt7IlBob25l"
        b"IjoiKDg2KTE4NTAwMDAwNTA3IiwiVXNlcklkIjoiMDEyMzQ1Njc4OWFiY2RlZjAxMjMtMCIsIlRlbXBsYXRlUGFyYW1zIjpbIjI0NjgwIl19"
        b"LHsiUGhvbmUiOiIoODYpMTg1MDAwMDA2MDgiLCJVc2VySWQiOiIwMTIzNDU2Nzg5YWJjZGVmMDEyMy0xIiwiVGVtcGxhdGVQYXJhbXMiOlsi"
        b"MjQ2ODAiXSwiRXh0ZW5kQ29kZSI6IjEyMyJ9XX1d&Signature=7d03756becda947a1d2c536ddcc436ae985a6f7c"
    )


def test_the_same_batch_and_stamp_give_the_same_bytes(config, stamp, batch_of):
    batch = batch_of("+8618500000507", "+60198890000")

    assert encode_send(config, batch, stamp).body == encode_send(config, batch, stamp).body


def test_region_and_token_are_sent_and_signed_when_configured(config, stamp, batch_of):
    full = UsmsConfig(**{**dict(config), "region": "cn-bj2", "security_token": "st/+=:canary"})

    plain, signed = (params_of(encode_send(each, batch_of("+60198890000"), stamp)) for each in (config, full))

    assert not {"Region", "SecurityToken"} & plain.keys()
    assert (signed["Region"], signed["SecurityToken"]) == ("cn-bj2", "st/+=:canary")
    assert plain["Signature"] != signed["Signature"]


def test_a_host_of_scloud_may_be_configured_with_or_without_a_slash(config, stamp, batch_of):
    for base_url in ("https://api.scloudsg.com", "https://api.scloudsg.com/"):
        other = UsmsConfig(**{**dict(config), "base_url": base_url})

        assert encode_send(other, batch_of("+60198890000"), stamp).url == "https://api.scloudsg.com/"


def test_recipients_that_share_template_and_signature_share_an_item(config, stamp, parcel_of):
    batch = Batch(
        [
            parcel_of("+8618500000001"),
            parcel_of("+8618500000002", template="UTB2", params=("a", "b")),
            parcel_of("+8618500000003"),
            parcel_of("+8618500000004", signature="UCloud"),
            parcel_of("+8618500000005", template="UTB2", params=("c", "d")),
        ]
    )

    items = items_of(encode_send(config, batch, stamp))

    assert [(item["TemplateId"], item["SigContent"]) for item in items] == [
        ("UTA20212831C85C", "SCloud"),
        ("UTB2", "SCloud"),
        ("UTA20212831C85C", "UCloud"),
    ]
    assert [[target["UserId"].rpartition("-")[2] for target in item["Target"]] for item in items] == [
        ["0", "2"],
        ["1", "4"],
        ["3"],
    ]
    assert items[1]["Target"][1]["TemplateParams"] == ["c", "d"]


def test_task_content_is_utf_8(config, stamp, parcel_of):
    batch = Batch([parcel_of("+8618500000001", params=("顶级钻石用户", "é", "\U0001f600"))])

    task = b64decode(params_of(encode_send(config, batch, stamp))["TaskContent"]).decode()

    assert "顶级钻石用户" in task
    assert json.loads(task)[0]["Target"][0]["TemplateParams"] == ["顶级钻石用户", "é", "\U0001f600"]


@pytest.mark.parametrize(
    ("phone", "written"),
    [
        ("+8618500000507", "(86)18500000507"),
        ("+60198890000", "(60)198890000"),
        ("+85251234567", "(852)51234567"),
        ("+12025550123", "(1)2025550123"),
        ("+390612345678", "(39)0612345678"),
    ],
)
def test_trap_32_a_phone_never_goes_out_without_its_calling_code(config, stamp, batch_of, phone, written):
    (item,) = items_of(encode_send(config, batch_of(phone), stamp))

    assert item["Target"][0]["Phone"] == written


def test_trap_26_a_full_batch_is_200_recipients_not_1000(config, stamp, batch_of):
    batch = batch_of(*(f"+86185{number:08}" for number in range(200)))

    request = encode_send(config, batch, stamp)

    assert len(items_of(request)[0]["Target"]) == 200


def test_trap_27_and_33_the_request_is_a_form_and_its_url_holds_nothing(config, stamp, batch_of):
    request = encode_send(config, batch_of("+60198890000"), stamp)

    assert request.method == "POST"
    assert (urlsplit(request.url).path, urlsplit(request.url).query) == ("/", "")
    assert "46f09bb9fab4f12dfc160dae12273d5332b5debe" not in request.body.decode()


def test_trap_28_template_params_are_absent_when_there_are_none(config, stamp, parcel_of):
    batch = Batch([parcel_of("+60198890000", template="UTB0", params=())])

    (item,) = items_of(encode_send(config, batch, stamp))

    assert set(item["Target"][0]) == {"Phone", "UserId"}


def test_trap_29_the_key_of_the_signature_is_always_there(config, stamp, parcel_of):
    batch = Batch([parcel_of("+60198890000", signature="")])

    (item,) = items_of(encode_send(config, batch, stamp))

    assert item["SigContent"] == ""


def test_trap_31_a_user_id_has_at_most_32_characters(config, stamp, batch_of):
    batch = batch_of(*(f"+86185{number:08}" for number in range(200)))

    targets = items_of(encode_send(config, batch, stamp))[0]["Target"]

    assert len({target["UserId"] for target in targets}) == 200
    assert max(len(target["UserId"]) for target in targets) <= 32


class TestPublishedSample:
    """What the base64 text of the vendor's page really holds."""

    def test_it_is_the_untranslated_original_of_655_bytes(self):
        text = b64decode(SAMPLE, validate=True)

        (item,) = json.loads(text)
        assert (len(text), b"\r" in text) == (655, False)
        assert (item["TemplateId"], item["SigContent"]) == ("UTA20212831C85C", "UCloud")
        assert [target["Phone"] for target in item["Target"]] == ["185XXXX0507", "185XXXX0608"]
        assert item["Target"][0]["TemplateParams"] == ["顶级钻石用户刘大锤", "24680"]

    def test_trap_31_its_first_user_id_is_longer_than_the_limit_beside_it(self):
        first, second = json.loads(b64decode(SAMPLE))[0]["Target"]

        assert len(first["UserId"]) == 38
        assert len(second["UserId"]) <= 32

    def test_trap_27_in_a_url_it_must_be_escaped(self):
        """The published GET example has it unescaped, so that a server would read spaces for its plus signs."""
        assert (SAMPLE.count("+"), SAMPLE.count("=")) == (2, 2)
        assert dict(parse_qsl(f"TaskContent={SAMPLE}"))["TaskContent"] != SAMPLE
        assert dict(parse_qsl(f"TaskContent={_escape(SAMPLE)}"))["TaskContent"] == SAMPLE


@given(st.text(st.characters(codec="utf-8")) | st.text("ABab09+/="))
def test_escaping_is_that_of_the_standard_library(value):
    assert quote_plus(value) == _escape(value)


def test_escaping_a_full_batch_takes_a_fraction_of_the_standard_librarys_time():
    task = SAMPLE * 30

    def best(escape):
        times = []
        for _ in range(5):
            start = perf_counter()
            escape(task)
            times.append(perf_counter() - start)
        return min(times)

    assert best(_escape) < best(quote_plus)

"""What the vendor tells us, in each of its three formats, and what nobody should believe."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import (
    Callback,
    Delivery,
    Inbound,
    MalformedCallback,
    Reason,
    Report,
    SandboxInbound,
    SandboxReport,
    SecretStr,
)
from smsway_vonage._codes import RECEIPT_REASONS
from smsway_vonage._config import VonageConfig
from smsway_vonage._provider import Vonage
from smsway_vonage._sandbox import VonageSide
from smsway_vonage._signing import sign

# From test/SMS/requests of vonage-php-sdk-core at 9c6bc46: dlr-get.txt, inbound.txt, inbound-long.txt and
# inbound-binary.txt.
RECEIPT = dict(
    parse_qsl(
        "msisdn=14845552121&to=16105553939&network-code=310004&messageId=14000000F9DBBBBB&price=0.00845000&"
        "status=delivered&scts=1234567890&err-code=0&api-key=a1234567&client-ref=my-ref&"
        "message-timestamp=2020-07-17+02%3A34%3A35"
    )
)
MESSAGE = dict(
    parse_qsl(
        "msisdn=14845552121&to=16105553939&messageId=02000000DA7C52E7&text=Test+this.&type=text&keyword=TEST&"
        "message-timestamp=2016-05-24+11%3A12%3A01&timestamp=1464088321&nonce=51a87f47-476f-447c-bffe-c18600fd12ad&"
        "sig=8cfbb03967d8d6339c82736d7781a7fd"
    )
)
LONG = dict(
    parse_qsl(
        "msisdn=14845552121&to=16105553939&messageId=02000000DA7C52E7&concat=true&concat-ref=4&concat-total=4&"
        "concat-part=3&text=y+for+a+&type=text&keyword=Y&api-key=a1234567&message-timestamp=2020-07-01+15%3A53%3A25"
    )
)
BINARY = dict(
    parse_qsl(
        "msisdn=14845552121&to=16105553939&messageId=02000000DA7C52E7&text=Binary+message&type=binary&keyword=BINARY&"
        "message-timestamp=2016-05-24+11%3A12%3A01&timestamp=1464088321&data=EA0601AE02056A&udh=0605040B8423F0"
    )
)
SECRET = "my_secret_key_for_testing"
FORM = "application/x-www-form-urlencoded; charset=UTF-8"
FORMATS = {
    "GET": lambda told: Callback(b"", query=told),
    "POST": lambda told: Callback(urlencode(told).encode(), {"content-type": FORM}),
    "POST-JSON": lambda told: Callback(json.dumps(told).encode(), {"content-type": "application/json"}),
}


@pytest.fixture(params=FORMATS)
def write(request):
    """Write what is told in each of the vendor's formats."""
    return FORMATS[request.param]


@pytest.fixture
def read(make_config):
    """Read a callback with the account's settings."""
    return lambda callback, **settings: Vonage(make_config(**settings)).read_callback(callback)


@pytest.fixture
def read_signed(read):
    """Read a callback for an account whose callbacks are signed."""
    return lambda callback, **settings: read(callback, signature_secret=SECRET, signed_callbacks=True, **settings)


def test_a_receipt_is_a_report_in_each_format(read, write):
    (report,) = read(write(RECEIPT))

    assert report == Report(
        recipient="+14845552121",
        delivery=Delivery.DELIVERED,
        provider_message_id="14000000F9DBBBBB",
        reference="my-ref",
        code="0",
        # 2020-07-17 02:34:35 UTC; `scts`, which would be another time, counts for nothing.
        at=1_594_953_275.0,
        raw=RECEIPT,
    )


def test_a_message_is_a_message_in_each_format(read, write):
    (message,) = read(write(MESSAGE))

    assert message == Inbound(
        sender="+14845552121", text="Test this.", at=1_464_088_321.0, extension="16105553939", raw=MESSAGE
    )


def test_a_part_of_a_long_message_is_a_message_of_its_own(read, write):
    (message,) = read(write(LONG))

    assert message.text == "y for a "
    assert (message.raw["concat-ref"], message.raw["concat-part"], message.raw["concat-total"]) == ("4", "3", "4")


def test_a_binary_message_keeps_its_data_and_needs_no_text(read, write):
    without = {name: value for name, value in BINARY.items() if name != "text"}

    ((shown,), (bare,)) = read(write(BINARY)), read(write(without))

    assert (shown.text, bare.text) == ("Binary message", "")
    assert bare.raw["data"] == "EA0601AE02056A"


def test_an_empty_message_is_one(read, write):
    (message,) = read(write({**MESSAGE, "text": ""}))

    assert (message.sender, message.text) == ("+14845552121", "")


@pytest.mark.parametrize("sender", ["12345", "AcmeInc", ""])
def test_a_message_whose_sender_is_no_phone_is_kept(read, write, sender):
    (message,) = read(write({**MESSAGE, "msisdn": sender}))

    assert (message.sender, message.text, message.raw["msisdn"]) == ("", "Test this.", sender)


@pytest.mark.parametrize(
    ("status", "delivery", "reason"),
    [
        ("delivered", Delivery.DELIVERED, None),
        ("accepted", Delivery.ACCEPTED, None),
        ("buffered", Delivery.ACCEPTED, None),
        ("expired", Delivery.UNDELIVERED, Reason.BLOCKED_RECIPIENT),
        ("failed", Delivery.UNDELIVERED, Reason.BLOCKED_RECIPIENT),
        ("rejected", Delivery.UNDELIVERED, Reason.BLOCKED_RECIPIENT),
        ("unknown", Delivery.UNKNOWN, None),
        ("Delivered", Delivery.UNKNOWN, None),
        ("", Delivery.UNKNOWN, None),
    ],
)
def test_the_status_decides_and_the_code_is_a_hint(read, write, status, delivery, reason):
    (report,) = read(write({**RECEIPT, "status": status, "err-code": "9"}))

    assert (report.delivery, report.reason, report.code) == (delivery, reason, "9")


def test_what_did_not_arrive_says_how(read, write):
    (report,) = read(write({**RECEIPT, "status": "expired", "err-code": "2"}))

    assert (report.reason, report.detail) == (Reason.UNREACHABLE_RECIPIENT, "expired")


@pytest.mark.parametrize("code", ["77", "", "14845552121", "a"])
def test_a_code_that_is_not_listed_is_the_carriers_failure_and_one_that_may_be_a_phone_is_not_kept(read, write, code):
    (report,) = read(write({**RECEIPT, "status": "failed", "err-code": code}))

    assert (report.reason, report.code) == (Reason.CARRIER_FAILURE, "77" if code == "77" else None)


def test_a_receipt_without_a_code_is_one(read, write):
    without = {name: value for name, value in RECEIPT.items() if name != "err-code"}

    (report,) = read(write({**without, "status": "failed"}))

    assert (report.reason, report.code) == (Reason.CARRIER_FAILURE, None)


def test_success_is_no_reason_of_a_receipt():
    assert "0" not in RECEIPT_REASONS


@pytest.mark.parametrize("moment", ["", "now", "2020-07-17T02:34:35Z", "2020-13-17 02:34:35", "1594953275"])
def test_a_time_that_is_none_is_left_out(read, write, moment):
    (report,) = read(write({**RECEIPT, "message-timestamp": moment}))

    assert (report.at, report.delivery) == (None, Delivery.DELIVERED)


def test_a_number_in_json_is_the_text_that_it_would_be_and_nothing_else_is_read(read):
    told = {**RECEIPT, "msisdn": 14845552121, "err-code": 0, "client-ref": None, "price": ["0.1"], "status": "failed"}

    (report,) = read(FORMATS["POST-JSON"](told))

    assert (report.recipient, report.code, report.reference) == ("+14845552121", "0", None)
    assert "price" not in report.raw


@pytest.mark.parametrize(
    "changes",
    [
        {"status": None},
        {"msisdn": None},
        {"msisdn": ""},
        {"msisdn": "123"},
        {"msisdn": "14845552121;ext=5"},
        {"status": None, "type": "text", "text": None},
        {"status": None, "type": "text", "text": "Hello", "msisdn": None},
    ],
)
def test_what_says_nothing_of_anybody_is_malformed(read, write, changes):
    told = {name: value for name, value in {**RECEIPT, **changes}.items() if value is not None}

    with pytest.raises(MalformedCallback):
        read(write(told))


def test_a_form_that_names_a_member_twice_is_malformed(read):
    body = f"{urlencode(RECEIPT)}&status=failed".encode()

    with pytest.raises(MalformedCallback, match="twice"):
        read(Callback(body, {"content-type": FORM}))


def test_a_body_counts_and_not_the_query_beside_it(read):
    callback = Callback(json.dumps({**RECEIPT, "status": "failed"}).encode(), query=RECEIPT)

    (report,) = read(callback)

    assert report.delivery is Delivery.UNDELIVERED


@given(body=st.binary(max_size=60), kind=st.sampled_from(["", "application/json", FORM]))
def test_whatever_is_posted_is_malformed_and_nothing_else(body, kind):
    account = Vonage(VonageConfig(api_key=SecretStr("abcd1234"), api_secret=SecretStr("a-secret")))

    with pytest.raises(MalformedCallback):
        account.read_callback(Callback(body, {"content-type": kind}))


# Signed callbacks

# From test/Client/SignatureTest.php of vonage-php-sdk-core at 9c6bc46.
SIGNED = {
    "message-timestamp": "2017-04-04 22:57:47",
    "messageId": "0B00000042AC53BD",
    "msisdn": "14843472194",
    "text": "Test with & and =",
    "timestamp": "1491346667",
    "to": "12192259404",
    "type": "text",
    "keyword": "TEST",
    "nonce": "929d6744-bd28-42c8-b6cf-31d5b4f43732",
    "sig": "e06d9763e3fd0b9c31beb5fc2fcb011c",
}


def test_a_callback_that_the_vendor_signed_is_read_in_each_format(read_signed, write):
    (message,) = read_signed(write(SIGNED))

    assert (message.sender, message.text) == ("+14843472194", "Test with & and =")


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Test with & and +"},
        {"msisdn": "14843472195"},
        {"type": "unicode"},
        {"status": "delivered"},
        {"sig": "e06d9763e3fd0b9c31beb5fc2fcb011d"},
        {"sig": ""},
        {"sig": "\u3053"},
    ],
)
def test_a_callback_that_was_changed_on_its_way_is_refused(read_signed, write, change):
    with pytest.raises(MalformedCallback, match="sig is missing"):
        read_signed(write({**SIGNED, **change}))


@pytest.mark.parametrize("missing", SIGNED)
def test_a_signed_callback_that_lacks_anything_is_refused(read_signed, write, missing):
    told = {name: value for name, value in SIGNED.items() if name != missing}

    with pytest.raises(MalformedCallback, match="sig is missing"):
        read_signed(write(told))


def test_a_member_that_is_not_signed_is_not_read(read_signed):
    (message,) = read_signed(FORMATS["POST-JSON"]({**SIGNED, "status": ["delivered"]}))

    assert isinstance(message, Inbound)
    assert "status" not in message.raw


def test_the_method_of_the_account_counts(read_signed, write):
    with pytest.raises(MalformedCallback, match="sig is missing"):
        read_signed(write(SIGNED), signature_method="sha256")


def test_an_account_whose_callbacks_are_not_signed_does_not_look_at_sig(read, write):
    (message,) = read(write({**SIGNED, "sig": "0" * 32}), signature_secret=SECRET)

    assert message.text == "Test with & and ="


def test_an_error_quotes_neither_the_callback_nor_the_secret(read_signed, write):
    with pytest.raises(MalformedCallback) as caught:
        read_signed(write({**SIGNED, "text": "739150"}))

    for quoted in ("739150", "14843472194", SECRET, sign(SIGNED, SecretStr(SECRET), "md5hash")):
        assert quoted not in str(caught.value)


@pytest.mark.parametrize("webhook_format", FORMATS)
@pytest.mark.parametrize("method", ["md5hash", "md5", "sha1", "sha256", "sha512"])
def test_what_the_side_says_is_read_whatever_the_format_and_the_method(make_config, webhook_format, method):
    config = make_config(signature_secret=SECRET, signature_method=method, signed_callbacks=True)
    side, account = VonageSide(config, webhook_format), Vonage(config)
    said = SandboxInbound("+14845552121", "STOP 退订 é & x=y", 1_600_000_000.0)
    ended = SandboxReport("0A01", "+14845552121", "my-ref", 1_600_000_000.0, 1_600_000_001.0, Delivery.DELIVERED)

    (message,), (report,) = (account.read_callback(received(side.push([each]))) for each in (said, ended))

    assert (message.sender, message.text, message.at) == (said.phone, said.text, said.at)
    assert (report.recipient, report.provider_message_id, report.at) == (ended.phone, ended.message_id, ended.at)


def received(push):
    """Return a push as it arrives."""
    return Callback(push.body, {"content-type": push.content_type}, dict(parse_qsl(push.query)))


def test_an_answer_is_its_status(make_config):
    account = Vonage(make_config())

    assert [account.answer_callback(taken=taken).status for taken in (True, False)] == [200, 503]

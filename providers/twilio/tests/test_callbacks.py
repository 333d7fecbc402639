"""What Twilio posts to us: how it is read, and what of it is believed."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import pytest

from smsway.provider import Callback, Delivery, MalformedCallback, Reason
from smsway_twilio._provider import Twilio
from smsway_twilio._signing import signature

ACCOUNT = "AC" + "a1" * 16
SID = "SM1342fe1b2c904d1ab04f0fc7a58abca9"
KEY = {"auth_token": None, "api_key_sid": "SK" + "b2" * 16, "api_key_secret": "a-secret"}
ADDRESS = "https://hooks.example/sms/world/secret?ref=00000000000000000abc"

# twilio.com/docs/messaging/guides/track-outbound-message-status, with a recipient.
STATUS = {
    "AccountSid": ACCOUNT,
    "ApiVersion": "2010-04-01",
    "From": "+15017250604",
    "MessageSid": SID,
    "MessageStatus": "delivered",
    "RawDlrDoneDate": "2604161422",
    "SmsSid": SID,
    "SmsStatus": "delivered",
    "To": "+14155552345",
}
# twilio.com/docs/messaging/guides/webhook-request.
MESSAGE = {
    "AccountSid": ACCOUNT,
    "ApiVersion": "2010-04-01",
    "Body": "STOP é & 退订",
    "From": "+14155552345",
    "FromCity": "",
    "FromCountry": "US",
    "MessageSid": SID,
    "NumMedia": "0",
    "NumSegments": "1",
    "OptOutType": "STOP",
    "SmsMessageSid": SID,
    "SmsSid": SID,
    "SmsStatus": "received",
    "To": "+15017250604",
}


@pytest.fixture
def unsigned(make_config):
    """A provider that has an API key only, and so nothing to check signatures with."""
    return Twilio(make_config(**KEY))


@pytest.fixture
def signed(config):
    return Twilio(config)


def posted(fields, *, token=None, query=None):
    body = urlencode(fields)
    headers = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
    if token is not None:
        headers["x-twilio-signature"] = signature(ADDRESS, parse_qsl(body, keep_blank_values=True), token)
    return Callback(body.encode(), headers, query or {}, ADDRESS)


def read(provider, fields, **how):
    (item,) = provider.read_callback(posted(fields, **how))
    return item


def test_a_status_names_its_text_and_keeps_the_vendors_record(unsigned):
    report = read(unsigned, STATUS)

    assert (report.recipient, report.delivery, report.provider_message_id) == (
        "+14155552345",
        Delivery.DELIVERED,
        SID,
    )
    assert (report.reason, report.code, report.at, report.reference) == (None, None, None, None)
    assert report.raw == STATUS


@pytest.mark.parametrize(
    ("status", "delivery"),
    [
        ("queued", Delivery.ACCEPTED),
        ("sending", Delivery.ACCEPTED),
        ("sent", Delivery.ACCEPTED),
        ("delivered", Delivery.DELIVERED),
        ("read", Delivery.DELIVERED),
        ("undelivered", Delivery.UNDELIVERED),
        ("failed", Delivery.UNDELIVERED),
        ("canceled", Delivery.UNDELIVERED),
        ("partially_delivered", Delivery.UNKNOWN),
        ("Delivered", Delivery.UNKNOWN),
        ("", Delivery.UNKNOWN),
    ],
)
def test_each_status_says_how_far_it_came(unsigned, status, delivery):
    assert read(unsigned, {**STATUS, "MessageStatus": status}).delivery is delivery


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("30003", Reason.UNREACHABLE_RECIPIENT),
        ("30005", Reason.INVALID_RECIPIENT),
        ("30007", Reason.INVALID_CONTENT),
        ("30008", Reason.CARRIER_FAILURE),
        ("30500", Reason.CARRIER_FAILURE),
        ("30002", Reason.INSUFFICIENT_BALANCE),
        ("21610", Reason.BLOCKED_RECIPIENT),
        ("39999", Reason.CARRIER_FAILURE),
    ],
)
def test_a_text_that_did_not_arrive_has_a_reason_and_keeps_its_code(unsigned, code, reason):
    report = read(unsigned, {**STATUS, "MessageStatus": "undelivered", "ErrorCode": code})

    assert (report.reason, report.code) == (reason, code)


def test_what_is_no_code_is_not_kept_as_one(unsigned):
    report = read(unsigned, {**STATUS, "MessageStatus": "failed", "ErrorCode": "+14155552345"})

    assert (report.reason, report.code) == (Reason.CARRIER_FAILURE, None)


@pytest.mark.parametrize(
    ("query", "reference"),
    [
        ({"ref": "00000000000000000abc"}, "00000000000000000abc"),
        ({"ref": "00000000000000000ABC"}, None),
        ({"ref": "+14155552345"}, None),
        ({}, None),
    ],
)
def test_our_reference_comes_back_in_the_address(unsigned, query, reference):
    assert read(unsigned, STATUS, query=query).reference == reference


@pytest.mark.parametrize(
    ("fields", "dropped", "what"),
    [
        (STATUS, "To", "no phone"),
        (STATUS, "MessageStatus", "neither"),
        (MESSAGE, "Body", "neither"),
        (MESSAGE, "From", "no sender"),
    ],
)
def test_a_callback_without_what_it_is_about_is_malformed(unsigned, fields, dropped, what):
    rest = {name: value for name, value in fields.items() if name != dropped}

    with pytest.raises(MalformedCallback, match=what):
        unsigned.read_callback(posted(rest))


@pytest.mark.parametrize("recipient", ["", "whatsapp:+14155552345", "14155552345", "+1415"])
def test_a_status_of_no_phone_is_malformed(unsigned, recipient):
    with pytest.raises(MalformedCallback):
        unsigned.read_callback(posted({**STATUS, "To": recipient}))


@pytest.mark.parametrize("dropped", sorted(STATUS.keys() - {"To", "MessageStatus"}))
def test_anything_else_may_be_missing_from_a_status(unsigned, dropped):
    report = read(unsigned, {name: value for name, value in STATUS.items() if name != dropped})

    assert (report.recipient, report.delivery) == ("+14155552345", Delivery.DELIVERED)


def test_a_message_from_a_phone_keeps_its_words_and_fields(unsigned):
    message = read(unsigned, MESSAGE)

    assert (message.sender, message.text, message.at) == ("+14155552345", "STOP é & 退订", None)
    assert message.raw == MESSAGE


@pytest.mark.parametrize("sender", ["12345", "ACME", ""])
def test_a_sender_that_is_no_phone_is_no_mistake(unsigned, sender):
    message = read(unsigned, {**MESSAGE, "From": sender})

    assert (message.sender, message.raw["From"]) == ("", sender)


def test_an_empty_message_is_one(unsigned):
    assert read(unsigned, {**MESSAGE, "Body": ""}).text == ""


@pytest.mark.parametrize("fields", [STATUS, MESSAGE])
def test_with_an_auth_token_what_is_signed_is_read(signed, fields):
    assert read(signed, fields, token="a-token").raw == fields


@pytest.mark.parametrize("token", [None, "another"])
@pytest.mark.parametrize("fields", [STATUS, MESSAGE])
def test_with_an_auth_token_nothing_else_is(signed, fields, token):
    with pytest.raises(MalformedCallback, match="signature"):
        signed.read_callback(posted(fields, token=token))


@pytest.mark.parametrize("name", sorted(STATUS))
def test_no_field_of_a_signed_status_can_be_changed_or_dropped(signed, name):
    good = posted(STATUS, token="a-token")
    changed = urlencode({**STATUS, name: f"{STATUS[name]}0"}).encode()
    dropped = urlencode({other: value for other, value in STATUS.items() if other != name}).encode()

    for body in (changed, dropped):
        with pytest.raises(MalformedCallback, match="signature"):
            signed.read_callback(Callback(body, good.headers, {}, good.url))


def test_the_receipt_is_twiml_that_says_nothing(unsigned):
    taken, again = (unsigned.answer_callback(taken=taken) for taken in (True, False))

    assert (taken.status, taken.body, taken.content_type) == (200, b"<Response/>", "text/xml")
    assert (again.status, again.content_type) == (503, "text/xml")

"""The bytes of sending: what is asked for, and what each answer proves."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import (
    Batch,
    Filled,
    Kind,
    Parcel,
    Reason,
    Response,
    Stamp,
    Status,
    UnexpectedResponse,
    parse_phone,
)
from smsway_twilio import _codes
from smsway_twilio._codes import CODES
from smsway_twilio._config import TwilioOptions
from smsway_twilio._wire import decode_send, encode_send

ACCOUNT = "AC" + "a1" * 16
KEY = {"auth_token": None, "api_key_sid": "SK" + "b2" * 16, "api_key_secret": "a-secret"}
SERVICE = "MG" + "c3" * 16
TEMPLATE = "HX" + "d4" * 16
SID = "SM" + "e5" * 16
PHONE = parse_phone("+14155552345")
STAMP = Stamp(now=1_776_313_405.0, nonce=0xABC)
HOOK = "https://hooks.example/sms/world/" + "s" * 32


def batch_of(content=None, kind=Kind.OTP, options=None):
    return Batch([Parcel(PHONE, content or Filled(text="Hello", sender="+15017122661"), options)], kind)


def form_of(config, batch):
    return dict(parse_qsl(encode_send(config, batch, STAMP).body.decode(), keep_blank_values=True, strict_parsing=True))


def created(**changes):
    """Answer as twilio-oai 2.6.7 does in its sample `create`, with some members changed."""
    message = {
        "account_sid": ACCOUNT,
        "api_version": "2010-04-01",
        "body": "Hello! \U0001f44d",
        "date_created": "Thu, 24 Aug 2023 05:01:45 +0000",
        "date_sent": "Thu, 24 Aug 2023 05:01:45 +0000",
        "date_updated": "Thu, 24 Aug 2023 05:01:45 +0000",
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": "+14155552345",
        "messaging_service_sid": SERVICE,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": SID,
        "status": "queued",
        "subresource_uris": {"media": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{SID}/Media.json"},
        "to": "+14155552345",
        "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{SID}.json",
        **changes,
    }
    return Response(201, json.dumps(message).encode())


def refused(code, status=400):
    told = {"code": code, "message": "No", "more_info": f"https://www.twilio.com/docs/errors/{code}", "status": status}
    return Response(status, json.dumps(told).encode())


def outcome_of(response):
    (outcome,) = decode_send(batch_of(), response)
    return outcome


class TestAsking:
    def test_a_text_is_a_form_below_the_account(self, config):
        request = encode_send(config, batch_of(), STAMP)

        assert (request.method, request.url) == (
            "POST",
            f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        )
        assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert request.body == b"To=%2B14155552345&From=%2B15017122661&Body=Hello&MessageIntent=otp"

    @pytest.mark.parametrize(
        ("settings", "authorization"),
        [
            ({}, "Basic QUNhMWExYTFhMWExYTFhMWExYTFhMWExYTFhMWExYTFhMTphLXRva2Vu"),
            (KEY, "Basic U0tiMmIyYjJiMmIyYjJiMmIyYjJiMmIyYjJiMmIyYjJiMjphLXNlY3JldA=="),
            (
                {**KEY, "auth_token": "a-token"},
                "Basic U0tiMmIyYjJiMmIyYjJiMmIyYjJiMmIyYjJiMmIyYjJiMjphLXNlY3JldA==",
            ),
        ],
    )
    def test_a_key_goes_before_the_token(self, make_config, settings, authorization):
        request = encode_send(make_config(**settings), batch_of(), STAMP)

        assert request.headers["Authorization"] == authorization

    @pytest.mark.parametrize(
        ("sender", "told"),
        [
            (SERVICE, {"MessagingServiceSid": SERVICE}),
            ("+15017122661", {"From": "+15017122661"}),
            ("12345", {"From": "12345"}),
            ("MG Shop", {"From": "MG Shop"}),
            ("", {}),
        ],
    )
    def test_a_service_sends_by_its_sid_and_anything_else_by_its_name(self, config, sender, told):
        form = form_of(config, batch_of(Filled(text="Hello", sender=sender)))

        assert {name: form[name] for name in ("From", "MessagingServiceSid") if name in form} == told

    @pytest.mark.parametrize(
        ("params", "told"),
        [
            ((), {"ContentSid": TEMPLATE}),
            (("1234",), {"ContentSid": TEMPLATE, "ContentVariables": '{"1": "1234"}'}),
            (("b", "a"), {"ContentSid": TEMPLATE, "ContentVariables": '{"1": "b", "2": "a"}'}),
        ],
    )
    def test_a_template_is_filled_by_number_whatever_its_params_are_called(self, config, params, told):
        content = Filled(template=TEMPLATE, params=params, sender=SERVICE, names=("code", "minutes")[: len(params)])

        form = form_of(config, batch_of(content))

        assert {
            name: value for name, value in form.items() if name in {"ContentSid", "ContentVariables", "Body"}
        } == told

    @pytest.mark.parametrize(
        ("kind", "intent"), [(Kind.OTP, "otp"), (Kind.NOTIFICATION, "notifications"), (Kind.MARKETING, "marketing")]
    )
    def test_each_kind_has_its_intent(self, config, kind, intent):
        assert form_of(config, batch_of(kind=kind))["MessageIntent"] == intent

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({}, {}),
            ({"validity_period": 300}, {"ValidityPeriod": "300"}),
            (
                {"smart_encoded": True, "risk_check": "disable"},
                {"SmartEncoded": "true", "RiskCheck": "disable"},
            ),
            ({"smart_encoded": False}, {"SmartEncoded": "false"}),
        ],
    )
    def test_extras_go_along_if_they_are_set(self, config, given, told):
        form = form_of(config, batch_of(options=TwilioOptions(**given)))

        assert {name: form[name] for name in ("ValidityPeriod", "SmartEncoded", "RiskCheck") if name in form} == told

    @pytest.mark.parametrize(
        ("registered", "told"),
        [
            (HOOK, f"{HOOK}?ref=00000000000000000abc#rc=5&rp=all"),
            (f"{HOOK}?a=1", f"{HOOK}?a=1&ref=00000000000000000abc#rc=5&rp=all"),
            (f"{HOOK}#rc=2", f"{HOOK}?ref=00000000000000000abc#rc=2"),
        ],
    )
    def test_statuses_are_called_for_with_our_reference_and_all_tries(self, make_config, registered, told):
        assert form_of(make_config(status_callback=registered), batch_of())["StatusCallback"] == told

    def test_the_longest_address_that_can_be_set_is_one_that_is_taken(self, make_config):
        longest = HOOK.ljust(3960, "x")

        assert len(form_of(make_config(status_callback=longest), batch_of())["StatusCallback"]) <= 4000
        with pytest.raises(ValueError, match="status_callback"):
            make_config(status_callback=f"{longest}x")


class TestAnswers:
    def test_a_message_that_was_created_is_accepted(self):
        outcome = outcome_of(created())

        assert (outcome.status, outcome.provider_message_id, outcome.fee) == (Status.ACCEPTED, SID, 1)

    @pytest.mark.parametrize(("segments", "fee"), [("3", 3), ("0", None), (None, None), ("many", None)])
    def test_the_fee_is_the_segments_as_far_as_they_are_known(self, segments, fee):
        assert outcome_of(created(num_segments=segments)).fee == fee

    @pytest.mark.parametrize("status", ["accepted", "scheduled", "queued", "sending", "sent", "delivered"])
    def test_a_status_on_the_way_to_a_phone_is_success(self, status):
        assert outcome_of(created(status=status)).status is Status.ACCEPTED

    @pytest.mark.parametrize(
        ("changes", "reason", "code"),
        [
            ({"status": "failed", "error_code": 14107}, Reason.RECIPIENT_RATE_LIMITED, "14107"),
            ({"status": "failed", "error_code": 30001}, Reason.RATE_LIMITED, "30001"),
            ({"status": "canceled", "error_code": 21610}, Reason.BLOCKED_RECIPIENT, "21610"),
            ({"status": "failed"}, Reason.OTHER, "failed"),
            ({"status": "canceled"}, Reason.OTHER, "canceled"),
        ],
    )
    def test_a_message_that_failed_at_once_is_rejected_for_its_code(self, changes, reason, code):
        outcome = outcome_of(created(**changes))

        assert (outcome.status, outcome.reason, outcome.code) == (Status.REJECTED, reason, code)

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"status": "undelivered", "error_code": 30003}, "30003"),
            ({"status": "failed", "error_code": 30008}, "30008"),
            ({"status": "failed", "error_code": 39999}, "39999"),
            ({"status": "queued", "error_code": 21610}, "21610"),
            ({"status": "received"}, "received"),
            ({"status": "read"}, "read"),
        ],
    )
    def test_a_message_that_says_neither_leaves_its_recipient_unknown(self, changes, code):
        outcome = outcome_of(created(**changes))

        assert (outcome.status, outcome.reason, outcome.code) == (Status.UNKNOWN, Reason.AMBIGUOUS, code)

    @pytest.mark.parametrize(
        "response",
        [
            created(to="+14155552346"),
            created(to=None),
            created(sid=None),
            created(sid=""),
            created(status=None),
            created(error_code="14107"),
            Response(200, created().body),
            Response(200, refused(21610).body),
            Response(302, refused(21610).body),
            Response(400, b"<html>"),
            Response(400, b'{"message": "No", "status": 400}'),
            Response(429, b""),
            refused("21610"),
            refused(None),
        ],
    )
    def test_what_is_not_documented_is_no_answer(self, response):
        with pytest.raises(UnexpectedResponse):
            decode_send(batch_of(), response)

    @pytest.mark.parametrize(
        ("code", "status", "reason"),
        [
            (21211, 400, Reason.INVALID_RECIPIENT),
            (21610, 400, Reason.BLOCKED_RECIPIENT),
            (20003, 401, Reason.AUTHENTICATION),
            (20404, 404, Reason.CONFIGURATION),
            (20429, 429, Reason.RATE_LIMITED),
            (63038, 429, Reason.QUOTA_EXCEEDED),
            (39999, 429, Reason.RATE_LIMITED),
        ],
    )
    def test_a_refusal_is_read_by_its_code_before_its_status(self, code, status, reason):
        outcome = outcome_of(refused(code, status))

        assert (outcome.status, outcome.reason, outcome.code) == (Status.REJECTED, reason, str(code))

    @given(code=st.sampled_from([int(code) for code in CODES if code.isdigit()]), status=st.integers(500, 599))
    def test_an_error_of_the_server_proves_nothing_whatever_its_code(self, code, status):
        outcome = outcome_of(refused(code, status))

        assert (outcome.status, outcome.reason) == (Status.UNKNOWN, Reason.AMBIGUOUS)

    @pytest.mark.parametrize("code", [30003, 30008, 39999, 63036, 20500])
    def test_a_code_of_later_or_of_other_channels_refuses_nothing(self, code):
        assert outcome_of(refused(code)).status is Status.UNKNOWN


def test_no_code_stands_in_the_table_twice():
    written = " ".join(_codes._TABLE.values()).split()

    assert sorted(set(written)) == sorted(written)
    assert set(written) <= CODES.keys()

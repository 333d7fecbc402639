"""The rules that hold for every provider, and the answers that the vendor's SDKs have kept."""

from __future__ import annotations

import json

from smsway.provider import Batch, Filled, Parcel, parse_phone
from smsway.testing import ProviderConformance, Sample, frozen_stamp

PY = "github.com/Vonage/vonage-python-sdk at b308cb1, sms/tests/data"
PHP = "github.com/Vonage/vonage-php-sdk-core at 9c6bc46, test/SMS/responses"

# The samples name somebody else's phones and references, in whose place ours stand.
TO = "447700900000"
NAMED = {"to": TO, "client-ref": frozen_stamp().reference}
PRICED = {"remaining-balance": "37.43563628", "message-price": "0.04120000", "network": "23420"}
BATCH = Batch([Parcel(parse_phone(f"+{TO}"), Filled(text="Hello", sender=TO))])
PLEASE_WAIT = "Throughput Rate Exceeded - please wait [ 702 ] and retry"


def sample(source: str, status: str, code: str | None, *parts: dict[str, str]) -> Sample:
    told = json.dumps({"message-count": str(len(parts)), "messages": parts}).encode()
    return Sample(name=source, source=source, batch=BATCH, answers=[told], statuses=[status], codes=[code])


def refusal(status: str, text: str, **more: str) -> dict[str, str]:
    return {"status": status, "error-text": text, **more}


class TestVonage(ProviderConformance):
    provider = "vonage"
    settings = {
        "api_key": "literal:abcd1234",
        "api_secret": "literal:abcdef0123456789",
        "signature_secret": "literal:my_secret_key_for_testing",
        "signed_callbacks": True,
    }
    # North America takes numbers only.
    sender = TO
    samples = [
        sample(
            f"{PHP}/send-success.json",
            "accepted",
            None,
            {**NAMED, **PRICED, "message-id": "0A0000000123ABCD1", "status": "0", "account-ref": "customer1234"},
        ),
        sample(
            f"{PY}/send_long_sms.json",
            "accepted",
            None,
            {**NAMED, **PRICED, "message-id": "62dfdf68-6c7c-479a-a190-5c52f798a787", "status": "0"},
            {**NAMED, **PRICED, "message-id": "72ff9536-62d6-455a-9f0b-65f3c265b423", "status": "0"},
        ),
        sample(
            f"{PY}/send_sms_partial_error.json",
            "unknown",
            "1",
            {"to": TO, **PRICED, "message-id": "3295d748-4e14-4681-af78-166dca3c5aab", "status": "0"},
            refusal("1", "Throttled"),
        ),
        sample(f"{PHP}/fail.json", "rejected", "2", refusal("2", "Missing from param")),
        sample(f"{PHP}/fail-server.json", "unknown", "5", refusal("5", "Server Error")),
        sample(f"{PHP}/fail-shortcode.json", "rejected", "101", refusal("101", "Invalid Account for Campaign")),
        sample(f"{PHP}/ratelimit.json", "rejected", "1", refusal("1", PLEASE_WAIT, to=TO, network="310260")),
        sample(f"{PY}/send_sms_error.json", "rejected", "7", refusal("7", "Number barred.")),
        sample("github.com/Vonage/vonage-ruby-sdk issue 25", "rejected", "4", refusal("4", "Bad Credentials")),
        sample(
            "an answer that a public repository has kept",
            "rejected",
            "9",
            {"to": TO, **refusal("9", "Quota Exceeded - rejected"), **PRICED},
        ),
    ]

"""The vendor's statuses and receipt codes, and what each of them proves."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from smsway.provider import Delivery, Reason

ACCEPTED: Final = "0"
"""The status of a part that the vendor took."""

REASONS: Mapping[str, Reason] = MappingProxyType(
    {
        # developer.vonage.com/en/api-errors/sms; under each of these but 5 the vendor says that nothing was sent.
        "1": Reason.RATE_LIMITED,
        "2": Reason.INVALID_REQUEST,  # a parameter is missing, such as the sender
        "3": Reason.INVALID_REQUEST,
        "4": Reason.AUTHENTICATION,
        "5": Reason.AMBIGUOUS,  # an error whilst processing the message
        "6": Reason.UNSUPPORTED_DESTINATION,  # no route, or an unknown prefix
        "7": Reason.BLOCKED_RECIPIENT,
        "8": Reason.PERMISSION,  # the account is suspended
        "9": Reason.INSUFFICIENT_BALANCE,
        "10": Reason.RATE_LIMITED,  # too many connections at once
        "11": Reason.PERMISSION,  # the account is not for HTTP
        "12": Reason.INVALID_CONTENT,
        "14": Reason.AUTHENTICATION,
        "15": Reason.SIGNATURE_REFUSED,  # the sender is not allowed
        "22": Reason.INVALID_REQUEST,
        "23": Reason.INVALID_REQUEST,  # `callback` is too long or no address
        "29": Reason.PERMISSION,  # a demo account, and the number is not on its list
        "32": Reason.AUTHENTICATION,  # a signature and a secret
        "33": Reason.INVALID_RECIPIENT,
        # The vendor's table before 2018, in its first SDK for Java (com.nexmo.messaging.sdk); 34 and 101 as libraries
        # of others quote it.
        "13": Reason.PROVIDER_FAILURE,  # "not submitted", for a communication failure
        "16": Reason.INVALID_REQUEST,
        "17": Reason.UNSUPPORTED_DESTINATION,
        "18": Reason.INVALID_BATCH,
        "19": Reason.PERMISSION,
        "20": Reason.INVALID_REQUEST,
        "34": Reason.INVALID_RECIPIENT,
        "101": Reason.BLOCKED_RECIPIENT,  # opted out of a short code's programme
    }
)
"""`status` -> reason. `Reason.AMBIGUOUS` says that it may have been sent; under every other one nothing was sent."""

CODES: Mapping[str, Reason | None] = MappingProxyType({ACCEPTED: None, **REASONS})
"""The same with the status under which a part was taken."""

SOURCES = (
    "https://developer.vonage.com/en/api-errors/sms",
    "https://developer.vonage.com/en/messaging/sms/guides/troubleshooting-sms",
    "https://developer.vonage.com/en/messaging/sms/guides/concatenation-and-encoding",
    "https://developer.vonage.com/en/getting-started/concepts/signing-messages",
    "https://github.com/Nexmo/api-specification",
    "vonage-sms 1.2.0",
)
"""The pages that the wire facts of sending come from."""


def reason_of(status: str) -> Reason:
    """Return the reason of a *status* that is not `ACCEPTED`; one that is not listed is ambiguous."""
    return REASONS.get(status, Reason.AMBIGUOUS)


DELIVERIES: Mapping[str, Delivery] = MappingProxyType(
    {
        "delivered": Delivery.DELIVERED,
        "accepted": Delivery.ACCEPTED,
        "buffered": Delivery.ACCEPTED,
        "expired": Delivery.UNDELIVERED,
        "failed": Delivery.UNDELIVERED,
        "rejected": Delivery.UNDELIVERED,  # by the carrier: the vendor had sent it
        "unknown": Delivery.UNKNOWN,
    }
)
"""`status` of a receipt -> how far the text came (developer.vonage.com/messaging/sms/guides/delivery-receipts)."""

RECEIPT_REASONS: Mapping[str, Reason] = MappingProxyType(
    {
        "1": Reason.CARRIER_FAILURE,  # unknown
        "2": Reason.UNREACHABLE_RECIPIENT,  # absent for a while
        "3": Reason.INVALID_RECIPIENT,  # absent for ever
        "4": Reason.BLOCKED_RECIPIENT,  # barred by the user
        "5": Reason.CARRIER_FAILURE,  # portability
        "6": Reason.INVALID_CONTENT,  # taken for spam
        "7": Reason.UNREACHABLE_RECIPIENT,  # busy
        "8": Reason.CARRIER_FAILURE,  # network
        "9": Reason.BLOCKED_RECIPIENT,  # the user asked not to be texted
        "10": Reason.INVALID_CONTENT,  # illegal, such as a wrong encoding
        "11": Reason.UNSUPPORTED_DESTINATION,  # no route
        "12": Reason.INVALID_RECIPIENT,  # cannot be reached; "confirm the number"
        "13": Reason.BLOCKED_RECIPIENT,  # age
        "14": Reason.UNREACHABLE_RECIPIENT,  # SMS is not in the plan
        "15": Reason.UNREACHABLE_RECIPIENT,  # no prepaid credit
        "16": Reason.CARRIER_FAILURE,  # quota of a gateway
        "50": Reason.TEMPLATE_REFUSED,  # India: entity, header, content, consent
        "51": Reason.SIGNATURE_REFUSED,
        "52": Reason.INVALID_CONTENT,
        "53": Reason.BLOCKED_RECIPIENT,
        "54": Reason.CARRIER_FAILURE,  # regulation
        "99": Reason.CARRIER_FAILURE,  # general
    }
)
"""`err-code` of a receipt -> why a text did not arrive (api.support.vonage.com/hc/en-us/articles/204014733)."""


def receipt_reason_of(code: str | None) -> Reason:
    """Return why a text did not arrive; a code that is not listed, or is missing, is a failure of the carrier."""
    return RECEIPT_REASONS.get(code or "", Reason.CARRIER_FAILURE)

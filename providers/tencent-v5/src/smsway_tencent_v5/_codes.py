"""The vendor's error codes, report codes and enums, and what each of them proves."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from smsway.provider import Delivery, Kind, Reason, Review
from smsway_tencentcloud import MAINLAND_RECEIPTS

REASONS: Mapping[int, Reason] = MappingProxyType(
    {
        # cloud.tencent.com/document/product/382/3771: codes of the SMS calls.
        1001: Reason.AUTHENTICATION,
        1002: Reason.INVALID_CONTENT,
        1003: Reason.INVALID_REQUEST,
        1004: Reason.INVALID_REQUEST,
        1006: Reason.PERMISSION,
        1007: Reason.AMBIGUOUS,  # "other", explained by errmsg only
        1008: Reason.AMBIGUOUS,  # the channel timed out
        1009: Reason.PERMISSION,
        1011: Reason.INVALID_REQUEST,
        1012: Reason.SIGNATURE_REFUSED,
        1013: Reason.RECIPIENT_RATE_LIMITED,
        1014: Reason.TEMPLATE_REFUSED,
        1015: Reason.BLOCKED_RECIPIENT,
        1016: Reason.INVALID_RECIPIENT,
        1017: Reason.INVALID_CONTENT,
        1018: Reason.INVALID_CONTENT,  # voice calls
        1019: Reason.CONFIGURATION,
        1020: Reason.PERMISSION,
        1021: Reason.CLOCK_SKEW,
        1022: Reason.QUOTA_EXCEEDED,
        1023: Reason.RECIPIENT_RATE_LIMITED,
        1024: Reason.RECIPIENT_RATE_LIMITED,
        1025: Reason.RECIPIENT_RATE_LIMITED,
        1026: Reason.RECIPIENT_RATE_LIMITED,
        1029: Reason.QUIET_HOURS,  # marketing goes out from 8:00 to 22:00
        1030: Reason.INVALID_REQUEST,
        1031: Reason.INSUFFICIENT_BALANCE,
        1032: Reason.PERMISSION,  # an individual's account may not send marketing
        1033: Reason.INSUFFICIENT_BALANCE,
        1034: Reason.INVALID_BATCH,  # mainland and other numbers in one request
        1036: Reason.INVALID_CONTENT,
        1038: Reason.INVALID_CONTENT,
        1045: Reason.UNSUPPORTED_DESTINATION,
        1046: Reason.INVALID_BATCH,  # more than 200 numbers
        1047: Reason.QUOTA_EXCEEDED,
        1048: Reason.INVALID_CONTENT,
        # cloud.tencent.com/document/product/1128/37531: codes of the voice calls on the same gateway.
        3001: Reason.AMBIGUOUS,
        3002: Reason.AMBIGUOUS,
        3003: Reason.INVALID_REQUEST,
        3004: Reason.INVALID_REQUEST,
        3011: Reason.AMBIGUOUS,
        3014: Reason.CONFIGURATION,
        # The access layer in front of *.tim.qq.com (github.com/tencentyun/qcloud-documents).
        60002: Reason.INVALID_REQUEST,
        60003: Reason.INVALID_REQUEST,
        60006: Reason.CONFIGURATION,
        60007: Reason.RATE_LIMITED,
        60008: Reason.AMBIGUOUS,  # one code for "timed out" and "badly formed"
        60009: Reason.INVALID_REQUEST,
        60012: Reason.INVALID_REQUEST,
        60013: Reason.AMBIGUOUS,  # the service answered, the gateway could not read it
    }
)
"""Code -> reason. `Reason.AMBIGUOUS` says that it may have been sent; under every other code nothing was sent."""

CODES: Mapping[str, Reason | None] = MappingProxyType({"0": None, **{str(code): REASONS[code] for code in REASONS}})
"""The same by the text of the code, with 0, under which a text was taken."""

SOURCES = (
    "https://cloud.tencent.com/document/product/382/5976",
    "https://cloud.tencent.com/document/product/382/5977",
    "https://cloud.tencent.com/document/product/382/3771",
    "https://github.com/tencentyun/qcloud-documents",
)
"""The pages that the wire facts of sending come from."""


def reason_of(code: int) -> Reason:
    """Return the reason of an error *code*; one that is not listed, 60000 and up included, is ambiguous."""
    return REASONS.get(code, Reason.AMBIGUOUS)


DELIVERIES: Mapping[str, Delivery] = MappingProxyType({"SUCCESS": Delivery.DELIVERED, "FAIL": Delivery.UNDELIVERED})
"""`report_status` -> how far the text came (cloud.tencent.com/document/product/382/5807)."""


def report_reason_of(errmsg: str) -> Reason:
    """Return why a text did not arrive; a code that is not listed is a failure of the carrier."""
    return MAINLAND_RECEIPTS.get(errmsg.replace(" ", ""), Reason.CARRIER_FAILURE)


FAILURES: Mapping[str, Reason] = MappingProxyType(
    {
        "status_fail_0": Reason.CARRIER_FAILURE,
        "status_fail_1": Reason.INVALID_RECIPIENT,
        "status_fail_2": Reason.UNREACHABLE_RECIPIENT,
        "status_fail_3": Reason.BLOCKED_RECIPIENT,
        "status_fail_4": Reason.RECIPIENT_RATE_LIMITED,
    }
)
"""A count of `pullcallbackstatus` -> the reason that it counts (cloud.tencent.com/document/product/382/7756)."""

REVIEWS: Mapping[int, Review] = MappingProxyType({0: Review.APPROVED, 1: Review.PENDING, 2: Review.REJECTED})
"""`status` of a template or signature (cloud.tencent.com/document/product/382/5819 and 6040)."""

TEMPLATE_TYPES: Mapping[Kind, int] = MappingProxyType({Kind.OTP: 0, Kind.NOTIFICATION: 0, Kind.MARKETING: 1})
"""Kind -> `type` of a template (cloud.tencent.com/document/product/382/5817)."""

TEMPLATE_KINDS: Mapping[int, Kind] = MappingProxyType({0: Kind.NOTIFICATION, 1: Kind.MARKETING})
"""`type` of a template -> kind; 2 is a voice template, which is of no kind here."""

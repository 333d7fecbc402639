"""USMS's RetCodes and FailureDetails as neutral reasons, and what each of them proves.

RetCodes below 1000 are the gateway's (docs.ucloud.cn/api/summary/public), the others the product's
(docs.ucloud.cn/usms/api_docs/error_code/error_code); both pages were read in August 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from smsway.provider import Delivery, Kind, Reason, Review, clean

SUCCESS: Final = 0
PARTLY_INVALID: Final = 18014
"""Some of the numbers are invalid, and the others may have been sent."""
PARTLY_FAILED: Final = 18046
"""FailContent names those that failed; the others were sent."""

REASONS: Mapping[int, Reason] = MappingProxyType(
    {
        110: Reason.AMBIGUOUS,  # the gateway gave up on the product after 60 s
        130: Reason.AMBIGUOUS,  # a fault of the gateway
        150: Reason.AMBIGUOUS,  # likewise
        151: Reason.AMBIGUOUS,  # likewise
        153: Reason.RATE_LIMITED,
        160: Reason.INVALID_REQUEST,  # Action missing
        161: Reason.INVALID_REQUEST,  # Action unknown
        170: Reason.INVALID_REQUEST,  # Signature missing
        171: Reason.AUTHENTICATION,  # Signature wrong
        172: Reason.AUTHENTICATION,  # account unknown
        173: Reason.PERMISSION,  # account restricted
        174: Reason.AUTHENTICATION,  # token missing
        180: Reason.INVALID_REQUEST,  # API version missing
        200: Reason.AMBIGUOUS,  # a fault of the gateway
        290: Reason.PERMISSION,  # project not authorized
        291: Reason.PERMISSION,  # action not allowed
        292: Reason.CONFIGURATION,  # project unknown
        293: Reason.PERMISSION,  # zone
        294: Reason.PERMISSION,  # IP address
        295: Reason.PERMISSION,  # security lock
        299: Reason.PERMISSION,  # access management
        18000: Reason.INVALID_REQUEST,  # TaskContent is not JSON
        18001: Reason.INVALID_REQUEST,  # parameter missing
        18002: Reason.INVALID_REQUEST,  # parameter of the wrong type
        18003: Reason.INVALID_REQUEST,  # parameter not valid
        18004: Reason.PROVIDER_FAILURE,  # a fault of the service, "not submitted"
        18007: Reason.PROVIDER_FAILURE,  # likewise
        18013: Reason.INSUFFICIENT_BALANCE,
        PARTLY_INVALID: Reason.AMBIGUOUS,
        18016: Reason.SIGNATURE_REFUSED,
        18017: Reason.TEMPLATE_REFUSED,
        18018: Reason.TEMPLATE_REFUSED,  # params do not fit
        18019: Reason.INVALID_BATCH,  # too many numbers
        18023: Reason.INVALID_CONTENT,  # a carrier's keyword
        18033: Reason.INVALID_CONTENT,  # a variable breaks the rules
        18048: Reason.INVALID_BATCH,  # too many numbers, console
        18049: Reason.INVALID_BATCH,  # file too large, console
    }
)
"""RetCode -> reason. `Reason.AMBIGUOUS` says that it may have been sent; under every other code nothing was sent.

`SUCCESS` and `PARTLY_FAILED` are not among them, for each recipient has a fate of its own under these.
"""

CODES: Mapping[str, Reason | None] = MappingProxyType(
    {
        **{str(code): REASONS[code] for code in REASONS},
        str(SUCCESS): None,
        str(PARTLY_FAILED): Reason.OTHER,
        str(PARTLY_INVALID): Reason.INVALID_RECIPIENT,
    }
)
"""The same by the text of the code. Under the last three each recipient has a fate of its own: that of the named."""

SOURCES = (
    "https://docs.ucloud.cn/api/summary/public",
    "https://docs.ucloud.cn/usms/api_docs/error_code/error_code",
    "https://docs.ucloud.cn/usms/api_docs/send_message/sendBatchUSMSMessage",
)
"""The pages that the wire facts of sending come from."""

_OF_NAMED: Mapping[int, Reason] = MappingProxyType(
    {SUCCESS: Reason.OTHER, PARTLY_FAILED: Reason.OTHER, PARTLY_INVALID: Reason.INVALID_RECIPIENT}
)

# "phone in the black list" is the only text of FailureDetails that the vendor has published
# (docs.ucloud.cn/api/usms-api/send_batch_usms_message). The others are words that can mean one thing only, for the
# first that is found counts: those that protect a recipient stand before those after which another account is asked.
_WORDS = (
    ("black list", Reason.BLOCKED_RECIPIENT),
    ("blacklist", Reason.BLOCKED_RECIPIENT),
    ("黑名单", Reason.BLOCKED_RECIPIENT),
    ("unsubscri", Reason.BLOCKED_RECIPIENT),
    ("opted out", Reason.BLOCKED_RECIPIENT),
    ("opt out", Reason.BLOCKED_RECIPIENT),
    ("opt-out", Reason.BLOCKED_RECIPIENT),
    ("退订", Reason.BLOCKED_RECIPIENT),
    # A limit of what, the words do not tell; it may be that of the recipient.
    ("limit", Reason.OTHER),
    ("frequen", Reason.OTHER),
    ("频率", Reason.OTHER),
    ("频次", Reason.OTHER),
    ("超限", Reason.OTHER),
    ("上限", Reason.OTHER),
    ("invalid phone", Reason.INVALID_RECIPIENT),
    ("号码无效", Reason.INVALID_RECIPIENT),
    ("insufficient balance", Reason.INSUFFICIENT_BALANCE),
    ("余额不足", Reason.INSUFFICIENT_BALANCE),
    ("剩余量不足", Reason.INSUFFICIENT_BALANCE),
)

# The details of an item, rather than of its targets, are meant for a template or signature that failed; on a target the
# same words could stand in any sentence.
_WORDS_OF_ITEM = (
    *_WORDS,
    ("template", Reason.TEMPLATE_REFUSED),
    ("模板", Reason.TEMPLATE_REFUSED),
    ("signature", Reason.SIGNATURE_REFUSED),
    ("签名", Reason.SIGNATURE_REFUSED),
)


def reason_of(code: int) -> Reason:
    """Return the reason of a RetCode that refuses; one that is not listed is ambiguous."""
    return REASONS.get(code, Reason.AMBIGUOUS)


def reason_of_named(code: int) -> Reason:
    """Return why a recipient that FailContent names was refused under a RetCode, where the details do not tell.

    Under an ambiguous one nothing is known of anybody.
    """
    return _OF_NAMED.get(code) or reason_of(code)


def reason_of_details(of_target: str | None, of_item: str | None) -> Reason | None:
    """Return what FailureDetails say about a target, its own before its item's; `None` if no known word is in them."""
    text, words = (of_target, _WORDS) if of_target else (of_item or "", _WORDS_OF_ITEM)
    text = text.casefold()
    return next((reason for word, reason in words if word in text), None)


DELIVERIES: Mapping[str, Delivery] = MappingProxyType(
    {
        "发送成功": Delivery.DELIVERED,
        "Success": Delivery.DELIVERED,
        "Sent successfully": Delivery.DELIVERED,
        "发送失败": Delivery.UNDELIVERED,
        "Fail": Delivery.UNDELIVERED,
        "Sending failed": Delivery.UNDELIVERED,
        # The carrier has not reported: the vendor has the text, and does not know.
        "状态未知": Delivery.ACCEPTED,
        "Unknow": Delivery.ACCEPTED,
        "Unknown state": Delivery.ACCEPTED,
    }
)
"""ReceiptResult -> delivery (docs.ucloud.cn/usms/api_docs/ret_message/retStatus).

The spelling of two words is that of docs.scloudsg.com/en/docs/usms/api_docs/ret_message/retStatus.
"""

REVIEWS: Mapping[int, Review] = MappingProxyType(
    {
        0: Review.PENDING,  # waiting
        1: Review.PENDING,  # under review
        2: Review.APPROVED,
        3: Review.REJECTED,
        4: Review.DISABLED,
    }
)
"""Status of a template (docs.ucloud.cn/api/usms-api/query_usms_template) and of a signature -> review."""

KINDS: Mapping[int, Kind] = MappingProxyType({1: Kind.OTP, 2: Kind.NOTIFICATION, 3: Kind.MARKETING})
"""Purpose of a template (docs.ucloud.cn/api/usms-api/create_usms_template) -> kind."""

PURPOSES: Mapping[Kind, int] = MappingProxyType({kind: purpose for purpose, kind in KINDS.items()})
"""Kind -> Purpose of a template."""


def review_of(status: int, words: str | None) -> tuple[Review, str | None]:
    """Return the review that a Status means, and the reviewer's *words* or, for one that is not listed, that it is not.

    It is pending then, for such a template or signature may not be usable, and must not hide the others.
    """
    review = REVIEWS.get(status)
    return (Review.PENDING, clean(f"unknown status {status}")) if review is None else (review, clean(words))


NO_TEMPLATE: Final = "18017"
"""The template does not exist or is not approved."""
NO_SIGNATURE: Final = "18016"
"""The signature was never submitted or is not approved."""

"""The words and numbers with which the vendor tells what became of texts, templates and signatures.

Other vendors have the same numbers with other meanings, so these tables are for nobody else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from smsway.provider import Delivery, Kind, Reason, Review, clean

DELIVERIES: Mapping[str, Delivery] = MappingProxyType({"SUCCESS": Delivery.DELIVERED, "FAIL": Delivery.UNDELIVERED})
"""`ReportStatus` and `report_status`, tencentcloud.com/document/product/382/40519 and 43547."""

Receipts: TypeAlias = Mapping[str, Reason]
"""Why a text did not arrive, by the code of its receipt; under any other code the carrier failed."""

GLOBAL_RECEIPTS: Receipts = MappingProxyType(
    {
        "UNDELIV": Reason.UNREACHABLE_RECIPIENT,  # off, out of service, or the number is in an abnormal state
        "EXPIRED": Reason.UNREACHABLE_RECIPIENT,  # the phone was not found, or its signal is weak
        "DELETED": Reason.UNREACHABLE_RECIPIENT,  # trouble with the phone
        "REJECTD": Reason.INVALID_CONTENT,  # forbidden words, or a text or sender that was not registered beforehand
        "SUBFAIL": Reason.INVALID_RECIPIENT,  # the carrier does not take the number
        "COMFAIL": Reason.CARRIER_FAILURE,  # no connection to the carrier
        "WTNFAIL": Reason.CARRIER_FAILURE,  # jitter in the carrier's network
        "UNKNOWN": Reason.CARRIER_FAILURE,
    }
)
"""Receipt codes of texts that did not arrive abroad, tencentcloud.com/document/product/382/35462; hints, for carriers
differ.

One that arrived has `DELIVRD`.
"""

REVIEWS: Mapping[int, Review] = MappingProxyType(
    # 2 is approved but not yet in effect, and only 0 can be used.
    {0: Review.APPROVED, 1: Review.PENDING, 2: Review.PENDING, -1: Review.REJECTED}
)
"""`StatusCode` of templates and signatures, tencentcloud.com/document/product/382/40473."""


def reviewed(status: int, reply: str | None) -> tuple[Review, str | None]:
    """Return what a `StatusCode` means and the reviewer's words; one that is not documented cannot be used yet."""
    review = REVIEWS.get(status)
    if review is not None:
        return review, clean(reply)
    return Review.PENDING, clean(f"unknown status {status}{f': {reply}' if reply else ''}")


SMS_TYPES: Mapping[Kind, int] = MappingProxyType({Kind.MARKETING: 1, Kind.NOTIFICATION: 2, Kind.OTP: 3})
"""`SmsType` of templates, tencentcloud.com/document/product/382/40526."""

_RECEIPT = re.compile(r"(?!.*(?:\d\D*){7})[A-Za-z0-9_.:-]{1,32}")


def receipt_code(text: str | None) -> str | None:
    """Return *text* if it has the form of a receipt code; anything else may be words that repeat a phone."""
    return text if text and _RECEIPT.fullmatch(text) else None


def cause(receipts: Receipts, delivery: Delivery, code: str | None) -> Reason | None:
    """Return why a text did not arrive, as far as *receipts* tells by its *code*; `None` if it did, or nobody says."""
    if delivery is not Delivery.UNDELIVERED:
        return None
    return receipts.get(code or "", Reason.CARRIER_FAILURE)

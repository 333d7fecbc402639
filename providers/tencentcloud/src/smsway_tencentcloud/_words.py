"""The words and numbers with which the vendor tells what became of texts, templates and signatures.

Other vendors have the same numbers with other meanings, so these tables are for nobody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from smsway.provider import Delivery, Kind, Review, clean

DELIVERIES: Mapping[str, Delivery] = MappingProxyType({"SUCCESS": Delivery.DELIVERED, "FAIL": Delivery.UNDELIVERED})
"""`ReportStatus` and `report_status`, tencentcloud.com/document/product/382/40519 and 43547."""

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

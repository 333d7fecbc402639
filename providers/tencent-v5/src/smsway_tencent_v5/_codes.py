"""The vendor's error codes, report codes and enums, and what each of them proves."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from smsway.provider import Delivery, Kind, Reason, Review

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

# The codes of status reports, `errmsg`, from an earlier edition of cloud.tencent.com/document/product/382/3771 (in
# github.com/tencentyun/qcloud-documents); all of them are the mainland's carriers'. Those that it calls internal errors
# or does not explain are not listed here. Two have a space in them, which is left out.
_REPORT_CODES: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.UNREACHABLE_RECIPIENT: """
            EXPIRED MI00000 EXPIRED_010 EXPIRED_619 EXPIRED_999
            UNDELIVRD UNDELIV MI:0000 MI:0004 MI:0005 MI:0011 MI:0013 MI:0017 MI:0020 MI:0024 MI:0029 MI:0054 MI:0055
            MI:0059 MI:0084 MN:0001 MN:0012 MN:0022 MN:0029 MN:0041 MN:0050 MN:0054 MN0013 MK:0004 MK:0010 MK:0011
            MK:0024 MK:0029 MK:0075 MK:0090 MC:0151 IC:0001 IC:0151 IB:0064
            4 5 10 12 20 24 36 45 50 51 53 54 56 93 95 98 99 105 124 182 213 219 -37
            UNDELIV_001 UNDELIV_601 UNDELIV_602 UNDELIV_613 UNDELIV_614 UNDELIV_619 UNDELIV_620 UNDELIV_627 UNDELIV_634
            UNDELIV_636 UNDELIV_640 UNDELIV_660 UNDELIV_680 UNDELIV_701 UNDELIV_702 UNDELIV_705 UNDELIV_711 UNDELIV_718
            UNDELIV_726 UNDELIV_771 UNDELIV_801 UNDELIV_802 UNDELIV_814 UNDELIV_815 UNDELIV_869 UNDELIV_880
            EXPIRED_601 EXPIRED_602 EXPIRED_640 EXPIRED_660 EXPIRED_702 EXPIRED_760
            MN:0059 MK:0008 MK:0009 MC:0055 MC:0055_000 MC:0055_006 LT:0002 15 55 64 70 86 88 89
            MK:0017 MI00022 MB:1031 MB:1042 43 -43 79
            MK:0003 MK:0005 MK:0015 MK:0019 MI:0012 MI:0052 13 18 19 27 29 31 44 52 75 118
            """,
        Reason.INVALID_RECIPIENT: """
            MK:0000 MK:0001 MK:0012 MK:0013 MK00001 MI:0010 XL:169 TA:169 ERR_NUM ERR_NUM_006 1 61 67 72 101
            """,
        Reason.BLOCKED_RECIPIENT: """
            MX:0012 TD:0001 TD:19 TC:0001 HD:19 BWLIST BWLIST_006 DB:0141 DB:0144 DB:0164 DB00144 MB:1077 TUIDING
            HIGRISK W-BLACK MOBILEBLACK 69
            """,
        Reason.INVALID_CONTENT: "TC:0007 TD:0004 TE:0014 -106",
        Reason.RECIPIENT_RATE_LIMITED: "MX:0003 TE:0003",
    }
)
REPORT_REASONS: Mapping[str, Reason] = MappingProxyType(
    {code: reason for reason, codes in _REPORT_CODES.items() for code in codes.split()}
)
"""The code of a status report, without spaces -> why the text did not arrive."""


def report_reason_of(errmsg: str) -> Reason:
    """Return why a text did not arrive; a code that is not listed is a failure of the carrier."""
    return REPORT_REASONS.get(errmsg.replace(" ", ""), Reason.CARRIER_FAILURE)


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

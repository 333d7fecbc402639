"""The codes of receipts: why a text did not arrive.

Other vendors have the same codes with other meanings, so these tables are for nobody else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from smsway.provider import Delivery, Reason

Receipts: TypeAlias = Mapping[str, Reason]
"""Why a text did not arrive, by the code of its receipt; under any other code the carrier failed."""

# The codes of status reports, `errmsg`, from an earlier edition of cloud.tencent.com/document/product/382/3771 (in
# github.com/tencentyun/qcloud-documents); all of them are the mainland's carriers'. Those that it calls internal errors
# or does not explain are not listed here. Two have a space in them, which is left out.
_MAINLAND: Mapping[Reason, str] = MappingProxyType(
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
MAINLAND_RECEIPTS: Receipts = MappingProxyType(
    {code: reason for reason, codes in _MAINLAND.items() for code in codes.split()}
)
"""Receipt codes of texts that did not arrive in the mainland, without spaces."""

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
"""Receipt codes of texts that did not arrive abroad, tencentcloud.com/document/product/382/35462.

They are hints, for carriers differ. A text that arrived has `DELIVRD`.
"""

_RECEIPT = re.compile(r"(?!.*(?:\d\D*){7})[A-Za-z0-9_.:-]{1,32}")


def receipt_code(text: str | None) -> str | None:
    """Return *text* if it has the form of a receipt code; anything else may be words that repeat a phone."""
    return text if text and _RECEIPT.fullmatch(text) else None


def cause(receipts: Receipts, delivery: Delivery, code: str | None) -> Reason | None:
    """Return why a text did not arrive, as far as *receipts* tells by its *code*; `None` if it did, or nobody says."""
    if delivery is not Delivery.UNDELIVERED:
        return None
    return receipts.get((code or "").replace(" ", ""), Reason.CARRIER_FAILURE)

"""The tables of receipt codes against lists that were written from the vendor's pages."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import Delivery, Reason
from smsway_tencentcloud import GLOBAL_RECEIPTS, MAINLAND_RECEIPTS
from smsway_tencentcloud._receipts import _MAINLAND, cause, receipt_code

# By the explanations on the earlier edition of cloud.tencent.com/document/product/382/3771.
MANY = {
    Reason.UNREACHABLE_RECIPIENT: 131,
    Reason.INVALID_RECIPIENT: 15,
    Reason.BLOCKED_RECIPIENT: 17,
    Reason.INVALID_CONTENT: 4,
    Reason.RECIPIENT_RATE_LIMITED: 2,
}
EXPLAINED = {
    "expired": (Reason.UNREACHABLE_RECIPIENT, "EXPIRED MI00000 EXPIRED_010 EXPIRED_619 EXPIRED_999"),
    "invalid, out of service or powered off": (
        Reason.UNREACHABLE_RECIPIENT,
        "UNDELIVRD UNDELIV MI:0000 MI:0004 MI:0084 MN:0001 MN:0054 MC:0151 IC:0151 UNDELIV_701 UNDELIV_802",
    ),
    "out of service or powered off": (Reason.UNREACHABLE_RECIPIENT, "MI:0013 MI:0024 MI:0029 IC:0001 MK:0004 MN0013"),
    "powered off": (Reason.UNREACHABLE_RECIPIENT, "IB:0064 4 51 53 54 -37 105 124 213 219"),
    "out of service, suspended or else": (Reason.UNREACHABLE_RECIPIENT, "UNDELIV_001 UNDELIV_880 EXPIRED_760 182"),
    "temporarily unavailable": (Reason.UNREACHABLE_RECIPIENT, "MK:0010 MK:0029 MN:0041 MK:0090"),
    "out of the service area": (Reason.UNREACHABLE_RECIPIENT, "MN:0059 MK:0009 MC:0055 MC:0055_006 15 55 89"),
    "poor signal": (Reason.UNREACHABLE_RECIPIENT, "MK:0008 LT:0002"),
    "the memory is full": (Reason.UNREACHABLE_RECIPIENT, "MK:0017 MI00022 MB:1031 43 -43 79"),
    "too many texts wait for the phone": (Reason.UNREACHABLE_RECIPIENT, "MB:1042"),
    "no SMS on this phone": (Reason.UNREACHABLE_RECIPIENT, "MK:0003 MK:0005 MK:0019 MI:0012 MI:0052 13 18 27 44 118"),
    "no such number": (Reason.INVALID_RECIPIENT, "MK:0000 MK:0001 MK00001 XL:169 TA:169 ERR_NUM 1 61 67 72 101"),
    "the number has expired": (Reason.INVALID_RECIPIENT, "MI:0010"),
    "unsubscribed": (Reason.BLOCKED_RECIPIENT, "MX:0012"),
    "on a blacklist": (Reason.BLOCKED_RECIPIENT, "BWLIST TD:19 HD:19 DB:0141 DB00144 MB:1077 TUIDING W-BLACK 69"),
    "sensitive words, or fishing": (Reason.INVALID_CONTENT, "TC:0007 TD:0004 TE:0014 -106"),
    "too many to one phone a day": (Reason.RECIPIENT_RATE_LIMITED, "MX:0003 TE:0003"),
    "the carrier's own, or not explained": (
        Reason.CARRIER_FAILURE,
        "MI:0022 MN:0020 MB:1026 MK:0020 ID:0070 NOROUTE TE:0002 MX:0002 TD:18 REJECTD MN:0017 IA:0054 UNDELIV_999 -1",
    ),
}


def test_the_table_of_the_mainland_has_as_many_codes_for_each_reason_as_the_vendor_explains_so():
    assert Counter(MAINLAND_RECEIPTS.values()) == MANY


@pytest.mark.parametrize(("reason", "codes"), EXPLAINED.values(), ids=EXPLAINED)
def test_a_code_means_what_the_vendor_explains(reason, codes):
    reasons = {code: cause(MAINLAND_RECEIPTS, Delivery.UNDELIVERED, code) for code in codes.split()}

    assert reasons == dict.fromkeys(codes.split(), reason)


def test_no_code_of_the_mainland_has_two_reasons():
    codes = [code for listed in _MAINLAND.values() for code in listed.split()]

    assert len(codes) == len(set(codes)) == len(MAINLAND_RECEIPTS)
    assert not {"DELIVRD", "UNKNOWN", "REJECTD"} & set(codes)


@pytest.mark.parametrize(("written", "code"), [("BWLIST _006", "BWLIST_006"), ("MOBILE BLACK", "MOBILEBLACK")])
def test_a_code_is_known_with_the_space_that_the_vendor_writes_into_it(written, code):
    reason = cause(MAINLAND_RECEIPTS, Delivery.UNDELIVERED, written)

    assert reason is MAINLAND_RECEIPTS[code] is Reason.BLOCKED_RECIPIENT


@pytest.mark.parametrize("code", ["NEW", "", None])
def test_under_any_other_code_the_carrier_failed(code):
    assert cause(GLOBAL_RECEIPTS, Delivery.UNDELIVERED, code) is Reason.CARRIER_FAILURE


def test_the_receipt_codes_are_those_of_the_vendors_page():
    assert set(GLOBAL_RECEIPTS) == {
        "UNDELIV",
        "EXPIRED",
        "REJECTD",
        "DELETED",
        "SUBFAIL",
        "UNKNOWN",
        "COMFAIL",
        "WTNFAIL",
    }


@pytest.mark.parametrize("delivery", sorted(set(Delivery) - {Delivery.UNDELIVERED}))
@pytest.mark.parametrize("code", [*GLOBAL_RECEIPTS, None])
def test_only_a_text_that_did_not_arrive_has_a_cause(delivery, code):
    assert cause(GLOBAL_RECEIPTS, delivery, code) is None


@given(text=st.text() | st.from_regex(r"[A-Za-z0-9_.:-]{1,40}", fullmatch=True))
def test_a_receipt_code_never_holds_a_phone(text):
    code = receipt_code(text)

    assert code is None or (code == text and sum(character.isdigit() for character in code) < 7)

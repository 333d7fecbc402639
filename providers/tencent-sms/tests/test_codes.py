"""The vendor's codes, as its own SDK has them and as the README tells them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tencentcloud.sms.v20190711 import errorcodes as earlier
from tencentcloud.sms.v20210111 import errorcodes as present

from smsway.provider import Delivery, Reason, Status
from smsway_tencent_sms._provider import SCOPE
from smsway_tencentcloud import GLOBAL_RECEIPTS, MAINLAND_RECEIPTS, REASONS
from smsway_tencentcloud.sandbox import CODES

PHONE = "+8618501234444"


def codes_of(module):
    return {code for name, code in vars(module).items() if name.isupper()}


@pytest.mark.parametrize("module", [present, earlier], ids=["2021-01-11", "2019-07-11"])
def test_every_code_of_the_sdk_is_in_the_table(module):
    codes = codes_of(module)

    assert len(codes) > 60
    assert codes - REASONS.keys() == set()


# The explanations in the SDK's list that leave open what became of a text, or blame nothing in particular.
OPEN = {
    "FailedOperation.OtherError",
    "FailedOperation.ParametersOtherError",
    "InternalError.OtherError",
    "InternalError.ParseBackendResponseFail",
    "InternalError.SendAndRecvFail",
    "InternalError.Timeout",
    "InternalError.UnknownError",
}


def test_the_codes_of_the_sdk_that_leave_it_open_whether_a_text_went_out_are_ambiguous():
    ambiguous = {code for code in codes_of(present) if REASONS[code] is Reason.AMBIGUOUS}

    assert ambiguous == OPEN


@pytest.mark.parametrize("code", sorted(codes_of(present)))
@pytest.mark.parametrize("whole", [True, False])
def test_a_code_means_the_same_for_the_request_and_for_a_recipient(
    provider, stamp, batch_of, replay, answer, code, whole
):
    result = {"PhoneNumber": PHONE, "Code": code, "SessionContext": stamp.reference, "SerialNo": "5000:1", "Fee": 0}
    content = {"Error": {"Code": code, "Message": ""}} if whole else {"SendStatusSet": [result]}

    (outcome,) = replay(provider.submit(batch_of(PHONE), stamp), answer(content))[1]

    assert (outcome.reason, outcome.code) == (REASONS[code], code)
    assert outcome.status is (Status.UNKNOWN if REASONS[code] is Reason.AMBIGUOUS else Status.REJECTED)


def test_the_server_answers_documented_codes_only():
    assert set(CODES.values()) <= REASONS.keys()


def test_a_receipt_of_both_tables_has_one_meaning():
    both = MAINLAND_RECEIPTS.keys() & GLOBAL_RECEIPTS.keys()

    assert {code: MAINLAND_RECEIPTS[code] for code in both} == {code: GLOBAL_RECEIPTS[code] for code in both}
    assert SCOPE.receipts == {**MAINLAND_RECEIPTS, **GLOBAL_RECEIPTS}


@pytest.mark.parametrize(
    ("errmsg", "reason"),
    [
        ("MK:0001", Reason.INVALID_RECIPIENT),
        ("MX:0012", Reason.BLOCKED_RECIPIENT),
        ("MOBILE BLACK", Reason.BLOCKED_RECIPIENT),
        ("SUBFAIL", Reason.INVALID_RECIPIENT),
        ("UNDELIV", Reason.UNREACHABLE_RECIPIENT),
        ("MI:0022", Reason.CARRIER_FAILURE),
    ],
)
def test_a_receipt_of_either_table_tells_why_a_text_did_not_arrive(provider, post, errmsg, reason):
    record = {"nationcode": "86", "mobile": "18501234444", "report_status": "FAIL", "errmsg": errmsg, "sid": "5000:1"}

    (report,) = provider.read_callback(post([record]))

    assert (report.recipient, report.delivery, report.reason) == (PHONE, Delivery.UNDELIVERED, reason)


def test_the_readme_gives_each_receipt_its_reason():
    readme = Path(__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[^|]*`(?:, any other|, \.\.\.)?) \| `(\w+_\w+)` \|$", readme, re.MULTILINE)

    shown = {code: Reason(reason) for codes, reason in rows for code in re.findall(r"`(.*?)`", codes)}

    assert set(shown.values()) == set(SCOPE.receipts.values())
    assert shown == {code: SCOPE.receipts[code] for code in shown}

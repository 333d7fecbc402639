"""Every documented code, with what it means and whether something may have been sent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from smsway.provider import Reason
from smsway_aliyun._codes import ABOUT_ONE_PHONE, CODES, reason_of, reason_of_call, reason_of_receipt
from smsway_aliyun._sandbox_body import GATEWAY
from smsway_aliyun._sandbox_records import RECEIPTS
from smsway_aliyun._sandbox_send import CODES as TOLD


def test_every_code_that_the_server_side_knows_is_in_the_table():
    assert {*TOLD.values(), *GATEWAY} <= set(CODES)
    assert set(CODES) >= ABOUT_ONE_PHONE


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("MissingTemplateName", Reason.INVALID_REQUEST),
        ("InvalidPageSize", Reason.INVALID_REQUEST),
        ("InvalidSecurityToken.Anything", Reason.AUTHENTICATION),
        ("isv.SOMETHING_NEW", Reason.AMBIGUOUS),
        ("isp.SOMETHING_NEW", Reason.AMBIGUOUS),
        ("Missing", Reason.AMBIGUOUS),
        ("InvalidSomething.Else", Reason.AMBIGUOUS),
        ("", Reason.AMBIGUOUS),
    ],
)
def test_a_code_that_is_not_listed_is_certain_only_if_the_gateway_names_a_parameter_or_the_token(code, reason):
    assert reason_of(code) is reason


@pytest.mark.parametrize("code", ["isp.SYSTEM_ERROR", "isp.GATEWAY_ERROR", "SignatureNonceUsed", "InternalError"])
def test_a_code_that_does_not_say_whether_it_was_sent_is_ambiguous(code):
    assert reason_of(code) is Reason.AMBIGUOUS


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("isv.TEMPLATE_COUNT_OVER_LIMIT", Reason.QUOTA_EXCEEDED),
        ("isv.SMS_OVER_LIMIT", Reason.QUOTA_EXCEEDED),
        ("isv.ERROR_TEMPLATE_NOT_DELETE", Reason.INVALID_REQUEST),
        ("isv.SMS_SIGNATURE_ILLEGAL", Reason.SIGNATURE_REFUSED),
    ],
)
def test_a_code_of_the_calls_beside_sending_has_a_reason_there(code, reason):
    assert reason_of_call(code) is reason


@pytest.mark.parametrize(("reason", "code"), [*RECEIPTS.items(), (Reason.CARRIER_FAILURE, "SP_UNKNOWN_ERROR")])
def test_a_receipt_of_the_server_side_is_read_as_it_is_meant(reason, code):
    assert reason_of_receipt(code) is reason


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        # A phone can be refused after OK, under a code of sending.
        ("isv.BUSINESS_LIMIT_CONTROL", Reason.RECIPIENT_RATE_LIMITED),
        ("PORT_NOT_REGISTERED", Reason.SIGNATURE_REFUSED),
        ("MOBLLE_TERMINAL_ERROR", Reason.UNREACHABLE_RECIPIENT),
        ("isp.SYSTEM_ERROR", Reason.CARRIER_FAILURE),
        ("isv.SMS_OVER_LIMIT", Reason.CARRIER_FAILURE),
        ("MK:0001", Reason.CARRIER_FAILURE),
        ("", Reason.CARRIER_FAILURE),
    ],
)
def test_a_receipt_under_any_other_code_has_the_reason_of_sending_or_is_the_carriers(code, reason):
    assert reason_of_receipt(code) is reason


PAGE = Path(__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")
ERRORS = PAGE.partition("## Errors")[2].partition("## Limits")[0]


def test_the_page_has_every_code_that_refuses_a_send_with_its_reason():
    rows = re.findall(r"^\| (`.*) \| `(\w+)`.*\|$", ERRORS, re.MULTILINE)
    shown = {code: reason for codes, reason in rows for code in re.findall(r"`([\w.]+)`", codes)}
    unsure = ERRORS.partition("also everybody under ")[2].partition(", a refusal")[0]
    shown |= dict.fromkeys(re.findall(r"`([\w.]+)`", unsure), "ambiguous")

    told = {code: str(reason) for code, reason in CODES.items() if reason not in {None, Reason.NOT_APPLICABLE}}
    # The page tells what these begin with.
    begun = {code for code in told if code.startswith(("Missing", "InvalidSecurityToken."))}
    assert {code: reason for code, reason in told.items() if code not in begun} == {
        code: reason for code, reason in shown.items() if code not in {"Missing", "Invalid"}
    }


def test_the_page_marks_the_codes_about_one_phone():
    assert set(re.findall(r"`([^`]+)` \*", ERRORS)) == ABOUT_ONE_PHONE

"""The tables of the vendor's words against lists that were written from the vendor's pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import Delivery, Kind, Reason, Review
from smsway_tencentcloud._codes import CALL_REASONS, REASONS, call_failure
from smsway_tencentcloud._words import DELIVERIES, REVIEWS, SMS_TYPES

# The codes that sending never answers, as they are described among the error codes of the product.
EXPECTED = dict(
    line.split()
    for line in """\
FailedOperation.ForbidAddMarketingTemplates               permission
FailedOperation.MissingSignature                          signature_refused
FailedOperation.MissingSignatureList                      signature_refused
FailedOperation.MissingSignatureToModify                  signature_refused
FailedOperation.MissingTemplateList                       template_refused
FailedOperation.MissingTemplateToModify                   template_refused
FailedOperation.NotEnterpriseCertification                permission
FailedOperation.ProhibitSubAccountUse                     permission
FailedOperation.QualificationIdNotApproved                signature_refused
FailedOperation.SignNumberLimit                           quota_exceeded
FailedOperation.TemplateAlreadyPassedCheck                template_refused
FailedOperation.TemplateNumberLimit                       quota_exceeded
InvalidParameterValue.BeginTimeVerifyFail                 invalid_request
InvalidParameterValue.EndTimeVerifyFail                   invalid_request
InvalidParameterValue.ImageInvalid                        invalid_content
InvalidParameterValue.InvalidDocumentType                 invalid_request
InvalidParameterValue.InvalidInternational                invalid_request
InvalidParameterValue.InvalidSignPurpose                  invalid_request
InvalidParameterValue.InvalidSmsType                      invalid_request
InvalidParameterValue.InvalidStartTime                    invalid_request
InvalidParameterValue.InvalidTemplateFormat               invalid_content
InvalidParameterValue.InvalidUsedMethod                   invalid_request
InvalidParameterValue.LimitVerifyFail                     invalid_request
InvalidParameterValue.MarketingTemplateWithoutUnsubscribe invalid_content
InvalidParameterValue.MissingSignatureList                signature_refused
InvalidParameterValue.OffsetVerifyFail                    invalid_request
InvalidParameterValue.QualificationIdNotFound             signature_refused
InvalidParameterValue.SignAlreadyPassedCheck              signature_refused
InvalidParameterValue.SignExistAndUnapproved              signature_refused
InvalidParameterValue.SignNameLengthTooLong               invalid_content
InvalidParameterValue.TemplateWithDirtyWords              invalid_content
InvalidParameterValue.UnsupportedTemplateVariable         invalid_content
MissingParameter.MissingSignatureList                     signature_refused
""".splitlines()
)


def test_the_table_of_the_calls_has_these_codes_and_no_other():
    assert {code: str(reason) for code, reason in CALL_REASONS.items()} == EXPECTED


def test_the_codes_of_the_calls_are_those_that_sending_never_answers():
    assert set(CALL_REASONS) == {code for code, reason in REASONS.items() if reason is Reason.NOT_APPLICABLE}


@pytest.mark.parametrize(("code", "reason"), EXPECTED.items())
def test_a_call_is_refused_with_what_its_code_means(code, reason):
    failure = call_failure(code, "a text")

    assert (failure.reason, failure.code, failure.detail, failure.maybe_done) == (reason, code, "a text", False)


@pytest.mark.parametrize(("code", "reason"), REASONS.items())
def test_every_code_of_sending_is_read_in_answer_to_a_call_as_well(code, reason):
    failure = call_failure(code, None)

    assert failure.reason is not Reason.NOT_APPLICABLE
    assert failure.maybe_done is (reason is Reason.AMBIGUOUS)


@given(code=st.text(), message=st.none() | st.text())
def test_no_code_passes_a_long_number_on(code, message):
    failure = call_failure(f"{code}60198890000", f"{message} +60198890000")

    assert "60198890000" not in str(failure)


def test_a_status_of_a_report_is_one_of_two():
    assert DELIVERIES == {"SUCCESS": Delivery.DELIVERED, "FAIL": Delivery.UNDELIVERED}


def test_the_numbers_of_reviews_and_kinds_are_those_of_the_vendors_pages():
    assert REVIEWS == {0: Review.APPROVED, 1: Review.PENDING, 2: Review.PENDING, -1: Review.REJECTED}
    assert SMS_TYPES == {Kind.MARKETING: 1, Kind.NOTIFICATION: 2, Kind.OTP: 3}

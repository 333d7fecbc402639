"""The table of the vendor's codes against a list that was written from the vendor's pages, not from the table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import Filled, Parcel, Reason, Status, parse_phone
from smsway_tencentcloud._codes import REASONS, SUCCESS, reason_of, refusal

# Every code of the page of SendMultiGlobalSms, of the common codes and of the code lists of both API versions.
EXPECTED = dict(
    line.split()
    for line in """\
ActionOffline                                                   invalid_request
AuthFailure.InvalidAuthorization                                authentication
AuthFailure.InvalidSecretId                                     authentication
AuthFailure.MFAFailure                                          authentication
AuthFailure.SecretIdNotFound                                    authentication
AuthFailure.SignatureExpire                                     clock_skew
AuthFailure.SignatureFailure                                    authentication
AuthFailure.TokenFailure                                        authentication
AuthFailure.UnauthorizedOperation                               permission
DryRunOperation                                                 invalid_request
FailedOperation                                                 ambiguous
FailedOperation.ContainSensitiveWord                            invalid_content
FailedOperation.FailResolvePacket                               invalid_request
FailedOperation.ForbidAddMarketingTemplates                     not_applicable
FailedOperation.InsufficientBalanceInSmsPackage                 insufficient_balance
FailedOperation.JsonParseFail                                   invalid_request
FailedOperation.MarketingSendTimeConstraint                     quiet_hours
FailedOperation.MissingSignature                                not_applicable
FailedOperation.MissingSignatureList                            not_applicable
FailedOperation.MissingSignatureToModify                        not_applicable
FailedOperation.MissingTemplateList                             not_applicable
FailedOperation.MissingTemplateToModify                         not_applicable
FailedOperation.NotEnterpriseCertification                      not_applicable
FailedOperation.OtherError                                      ambiguous
FailedOperation.ParametersOtherError                            ambiguous
FailedOperation.PhoneNumberInBlacklist                          blocked_recipient
FailedOperation.PhoneNumberOnBlacklist                          blocked_recipient
FailedOperation.PhoneNumberParseFail                            invalid_recipient
FailedOperation.ProhibitSubAccountUse                           not_applicable
FailedOperation.QualificationIdNotApproved                      not_applicable
FailedOperation.SignIdNotExist                                  signature_refused
FailedOperation.SignNumberLimit                                 not_applicable
FailedOperation.SignatureIncorrectOrUnapproved                  signature_refused
FailedOperation.TemplateAlreadyPassedCheck                      not_applicable
FailedOperation.TemplateIdNotExist                              template_refused
FailedOperation.TemplateIncorrectOrUnapproved                   template_refused
FailedOperation.TemplateNumberLimit                             not_applicable
FailedOperation.TemplateParamSetNotMatchApprovedTemplate        template_refused
FailedOperation.TemplateUnapprovedOrNotExist                    template_refused
InternalError                                                   ambiguous
InternalError.ConstructUserDataFail                             invalid_request
InternalError.JsonParseFail                                     invalid_request
InternalError.OtherError                                        ambiguous
InternalError.ParseBackendResponseFail                          ambiguous
InternalError.RequestTimeException                              clock_skew
InternalError.RestApiInterfaceNotExist                          invalid_request
InternalError.SendAndRecvFail                                   ambiguous
InternalError.SigFieldMissing                                   authentication
InternalError.SigVerificationFail                               authentication
InternalError.Timeout                                           ambiguous
InternalError.UnknownError                                      ambiguous
InvalidAction                                                   invalid_request
InvalidParameter                                                invalid_request
InvalidParameter.AppidAndBizId                                  configuration
InvalidParameter.DirtyWordFound                                 invalid_content
InvalidParameter.InvalidParameters                              invalid_request
InvalidParameterValue                                           invalid_request
InvalidParameterValue.BeginTimeVerifyFail                       not_applicable
InvalidParameterValue.ContentLengthLimit                        invalid_content
InvalidParameterValue.EndTimeVerifyFail                         not_applicable
InvalidParameterValue.ImageInvalid                              not_applicable
InvalidParameterValue.IncorrectPhoneNumber                      invalid_recipient
InvalidParameterValue.InvalidDocumentType                       not_applicable
InvalidParameterValue.InvalidInternational                      not_applicable
InvalidParameterValue.InvalidSignPurpose                        not_applicable
InvalidParameterValue.InvalidSmsType                            not_applicable
InvalidParameterValue.InvalidStartTime                          not_applicable
InvalidParameterValue.InvalidTemplateFormat                     not_applicable
InvalidParameterValue.InvalidUsedMethod                         not_applicable
InvalidParameterValue.LimitVerifyFail                           not_applicable
InvalidParameterValue.MarketingTemplateWithoutUnsubscribe       not_applicable
InvalidParameterValue.MissingSignatureList                      not_applicable
InvalidParameterValue.MultiSmsInfoSetEmpty                      invalid_batch
InvalidParameterValue.OffsetVerifyFail                          not_applicable
InvalidParameterValue.ProhibitedUseUrlInTemplateParameter       invalid_content
InvalidParameterValue.QualificationIdNotFound                   not_applicable
InvalidParameterValue.SdkAppIdNotExist                          configuration
InvalidParameterValue.SdkAppidNotExist                          configuration
InvalidParameterValue.SignAlreadyPassedCheck                    not_applicable
InvalidParameterValue.SignExistAndUnapproved                    not_applicable
InvalidParameterValue.SignNameLengthTooLong                     not_applicable
InvalidParameterValue.TemplateParameterFormatError              invalid_content
InvalidParameterValue.TemplateParameterLengthLimit              invalid_content
InvalidParameterValue.TemplateWithDirtyWords                    not_applicable
InvalidParameterValue.UnsupportedTemplateVariable               not_applicable
InvalidRequest                                                  invalid_request
IpInBlacklist                                                   permission
IpNotInWhitelist                                                permission
LimitExceeded                                                   quota_exceeded
LimitExceeded.AppCountryOrRegionDailyLimit                      quota_exceeded
LimitExceeded.AppCountryOrRegionInBlacklist                     unsupported_destination
LimitExceeded.AppDailyLimit                                     quota_exceeded
LimitExceeded.AppGlobalDailyLimit                               quota_exceeded
LimitExceeded.AppMainlandChinaDailyLimit                        quota_exceeded
LimitExceeded.DailyLimit                                        quota_exceeded
LimitExceeded.DeliveryFrequencyLimit                            recipient_rate_limited
LimitExceeded.GlobalSmsSendingRateLimit                         rate_limited
LimitExceeded.PhoneNumberCountLimit                             invalid_batch
LimitExceeded.PhoneNumberDailyLimit                             recipient_rate_limited
LimitExceeded.PhoneNumberOneHourLimit                           recipient_rate_limited
LimitExceeded.PhoneNumberSameContentDailyLimit                  recipient_rate_limited
LimitExceeded.PhoneNumberThirtySecondLimit                      recipient_rate_limited
MissingParameter                                                invalid_request
MissingParameter.EmptyPhoneNumberSet                            invalid_batch
MissingParameter.MissingSignatureList                           not_applicable
NoSuchProduct                                                   invalid_request
NoSuchVersion                                                   invalid_request
RequestLimitExceeded                                            rate_limited
RequestLimitExceeded.GlobalRegionUinLimitExceeded               rate_limited
RequestLimitExceeded.IPLimitExceeded                            rate_limited
RequestLimitExceeded.UinLimitExceeded                           rate_limited
RequestSizeLimitExceeded                                        invalid_request
ResourceInUse                                                   provider_failure
ResourceInsufficient                                            ambiguous
ResourceNotFound                                                provider_failure
ResourceUnavailable                                             ambiguous
ResponseSizeLimitExceeded                                       ambiguous
ServiceUnavailable                                              ambiguous
UnauthorizedOperation                                           permission
UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny  permission
UnauthorizedOperation.RequestIpNotInWhitelist                   permission
UnauthorizedOperation.RequestPermissionDeny                     permission
UnauthorizedOperation.SdkAppIdIsDisabled                        permission
UnauthorizedOperation.SdkAppidIsDisabled                        permission
UnauthorizedOperation.SerivceSuspendDueToArrears                insufficient_balance
UnauthorizedOperation.ServiceSuspendDueToArrears                insufficient_balance
UnauthorizedOperation.SmsSdkAppIdVerifyFail                     configuration
UnauthorizedOperation.SmsSdkAppidVerifyFail                     configuration
UnknownParameter                                                invalid_request
UnsupportedOperation                                            invalid_request
UnsupportedOperation.                                           invalid_request
UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone       unsupported_destination
UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber invalid_batch
UnsupportedOperation.ContainDomesticPhoneNumber                 unsupported_destination
UnsupportedOperation.GlobalTemplateToChineseMainlandPhone       unsupported_destination
UnsupportedOperation.UnsuportedRegion                           unsupported_destination
UnsupportedOperation.UnsupportedRegion                          unsupported_destination
UnsupportedProtocol                                             invalid_request
UnsupportedRegion                                               invalid_request
""".splitlines()
)


@pytest.fixture(scope="module")
def parcel():
    return Parcel(parse_phone("+60198890000"), Filled(template="1800308"))


def test_the_list_of_codes_is_complete():
    assert len(EXPECTED) == 139


def test_the_table_has_these_codes_and_no_other():
    assert {code: str(reason) for code, reason in REASONS.items()} == EXPECTED


@pytest.mark.parametrize(("code", "reason"), EXPECTED.items(), ids=EXPECTED.keys())
def test_a_code_is_a_refusal_unless_it_may_have_been_sent(parcel, code, reason):
    outcome = refusal(parcel, code, "a text")

    assert outcome.reason == reason
    assert outcome.status == ("unknown" if reason == "ambiguous" else "rejected")
    assert (outcome.code, outcome.detail) == (code, "a text")


def test_success_is_not_in_the_table_of_refusals(parcel):
    assert SUCCESS not in REASONS
    assert refusal(parcel, SUCCESS, None).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("AuthFailure.New", Reason.AUTHENTICATION),
        ("UnauthorizedOperation.New", Reason.PERMISSION),
        ("LimitExceeded.PhoneNumberNew", Reason.RECIPIENT_RATE_LIMITED),
        ("LimitExceeded.New", Reason.QUOTA_EXCEEDED),
        ("RequestLimitExceeded.New", Reason.RATE_LIMITED),
        ("InvalidParameter.New", Reason.INVALID_REQUEST),
        ("InvalidParameterValue.New", Reason.INVALID_REQUEST),
        ("MissingParameter.New", Reason.INVALID_REQUEST),
        ("UnsupportedOperation.New", Reason.UNSUPPORTED_DESTINATION),
    ],
)
def test_an_unseen_code_of_a_family_that_proves_that_nothing_was_sent_is_a_refusal(parcel, code, reason):
    outcome = refusal(parcel, code, None)

    assert (outcome.status, outcome.reason, outcome.code) == (Status.REJECTED, reason, code)


@pytest.mark.parametrize(
    "code", ["FailedOperation.New", "InternalError.New", "ResourceUnavailable.New", "New", "New.New", "ok", "OK"]
)
def test_any_other_unseen_code_may_have_been_sent(parcel, code):
    outcome = refusal(parcel, code, None)

    assert (outcome.status, outcome.reason, outcome.code) == (Status.UNKNOWN, Reason.AMBIGUOUS, code)


def test_the_longer_prefix_wins():
    assert reason_of("RequestLimitExceeded.PhoneNumberNew") is Reason.RATE_LIMITED
    assert reason_of("LimitExceeded.PhoneNumberNew") is not reason_of("LimitExceeded.New")


@pytest.mark.parametrize("code", ["", "+60198890000", "190191", "Failed\r\nOperation", "\u672a", "A" * 129])
def test_what_has_not_the_form_of_a_code_is_not_passed_on(parcel, code):
    outcome = refusal(parcel, code, None)

    assert (outcome.status, outcome.code) == (Status.UNKNOWN, None)


@given(code=st.one_of(st.text(), st.sampled_from(sorted(EXPECTED)), st.from_regex(r"[A-Za-z]+\.[A-Za-z]+")))
def test_no_code_makes_a_refusal_an_acceptance(code):
    parcel = Parcel(parse_phone("+60198890000"), Filled(template="1800308"))

    outcome = refusal(parcel, code, None)

    assert outcome.status in {Status.REJECTED, Status.UNKNOWN}
    assert (outcome.status is Status.UNKNOWN) == (outcome.reason is Reason.AMBIGUOUS)

"""The codes of TencentCloud API 3.0 for SMS, and what each proves.

They come from the page of `SendMultiGlobalSms`, from the common codes (cloud.tencent.com/document/product/382/38780)
and from the code lists of both published API versions, 2019-07-11 and 2021-01-11, whose spellings differ. A code stands
for the whole request in `Response.Error.Code`, or for one recipient in `SendStatusSet` or `SendMultiStatusSet`. What
the vendor writes into reports, templates and signatures is in `_words`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from smsway.provider import CallFailed, Outcome, Parcel, Reason, refused, rejected, unknown

SUCCESS = "Ok"
"""The one code that says that a recipient's text was taken, in exactly these letters."""

_TABLE: Mapping[Reason, str] = {
    Reason.AUTHENTICATION: """
        AuthFailure.InvalidAuthorization AuthFailure.InvalidSecretId AuthFailure.MFAFailure
        AuthFailure.SecretIdNotFound AuthFailure.SignatureFailure AuthFailure.TokenFailure
        InternalError.SigFieldMissing InternalError.SigVerificationFail
    """,
    # Documented as a difference of 5 minutes for the signature and of 10 behind the gateway.
    Reason.CLOCK_SKEW: "AuthFailure.SignatureExpire InternalError.RequestTimeException",
    Reason.PERMISSION: """
        AuthFailure.UnauthorizedOperation IpInBlacklist IpNotInWhitelist UnauthorizedOperation
        UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny UnauthorizedOperation.RequestIpNotInWhitelist
        UnauthorizedOperation.RequestPermissionDeny UnauthorizedOperation.SdkAppIdIsDisabled
        UnauthorizedOperation.SdkAppidIsDisabled
    """,
    Reason.CONFIGURATION: """
        InvalidParameter.AppidAndBizId InvalidParameterValue.SdkAppIdNotExist InvalidParameterValue.SdkAppidNotExist
        UnauthorizedOperation.SmsSdkAppIdVerifyFail UnauthorizedOperation.SmsSdkAppidVerifyFail
    """,
    Reason.INSUFFICIENT_BALANCE: """
        FailedOperation.InsufficientBalanceInSmsPackage UnauthorizedOperation.SerivceSuspendDueToArrears
        UnauthorizedOperation.ServiceSuspendDueToArrears
    """,
    Reason.QUOTA_EXCEEDED: """
        LimitExceeded LimitExceeded.AppCountryOrRegionDailyLimit LimitExceeded.AppDailyLimit
        LimitExceeded.AppGlobalDailyLimit LimitExceeded.AppMainlandChinaDailyLimit LimitExceeded.DailyLimit
    """,
    Reason.RATE_LIMITED: """
        LimitExceeded.GlobalSmsSendingRateLimit RequestLimitExceeded
        RequestLimitExceeded.GlobalRegionUinLimitExceeded RequestLimitExceeded.IPLimitExceeded
        RequestLimitExceeded.UinLimitExceeded
    """,
    Reason.TEMPLATE_REFUSED: """
        FailedOperation.TemplateIdNotExist FailedOperation.TemplateIncorrectOrUnapproved
        FailedOperation.TemplateParamSetNotMatchApprovedTemplate FailedOperation.TemplateUnapprovedOrNotExist
    """,
    Reason.SIGNATURE_REFUSED: "FailedOperation.SignIdNotExist FailedOperation.SignatureIncorrectOrUnapproved",
    Reason.INVALID_RECIPIENT: "FailedOperation.PhoneNumberParseFail InvalidParameterValue.IncorrectPhoneNumber",
    Reason.BLOCKED_RECIPIENT: "FailedOperation.PhoneNumberInBlacklist FailedOperation.PhoneNumberOnBlacklist",
    Reason.RECIPIENT_RATE_LIMITED: """
        LimitExceeded.DeliveryFrequencyLimit LimitExceeded.PhoneNumberDailyLimit LimitExceeded.PhoneNumberOneHourLimit
        LimitExceeded.PhoneNumberSameContentDailyLimit LimitExceeded.PhoneNumberThirtySecondLimit
    """,
    Reason.UNSUPPORTED_DESTINATION: """
        LimitExceeded.AppCountryOrRegionInBlacklist UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone
        UnsupportedOperation.ContainDomesticPhoneNumber UnsupportedOperation.GlobalTemplateToChineseMainlandPhone
        UnsupportedOperation.UnsuportedRegion UnsupportedOperation.UnsupportedRegion
    """,
    Reason.INVALID_CONTENT: """
        FailedOperation.ContainSensitiveWord InvalidParameter.DirtyWordFound InvalidParameterValue.ContentLengthLimit
        InvalidParameterValue.ProhibitedUseUrlInTemplateParameter InvalidParameterValue.TemplateParameterFormatError
        InvalidParameterValue.TemplateParameterLengthLimit
    """,
    Reason.QUIET_HOURS: "FailedOperation.MarketingSendTimeConstraint",
    Reason.INVALID_REQUEST: """
        ActionOffline DryRunOperation FailedOperation.FailResolvePacket FailedOperation.JsonParseFail
        InternalError.ConstructUserDataFail InternalError.JsonParseFail InternalError.RestApiInterfaceNotExist
        InvalidAction InvalidParameter InvalidParameter.InvalidParameters InvalidParameterValue InvalidRequest
        MissingParameter NoSuchProduct NoSuchVersion RequestSizeLimitExceeded UnknownParameter UnsupportedOperation
        UnsupportedOperation. UnsupportedProtocol UnsupportedRegion
    """,
    Reason.INVALID_BATCH: """
        InvalidParameterValue.MultiSmsInfoSetEmpty LimitExceeded.PhoneNumberCountLimit
        MissingParameter.EmptyPhoneNumberSet UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber
    """,
    # A request to send names no resource but the application and its templates, which have codes of their own.
    Reason.PROVIDER_FAILURE: "ResourceInUse ResourceNotFound",
    # Of the calls that manage signatures and templates, and of those that query.
    Reason.NOT_APPLICABLE: """
        FailedOperation.ForbidAddMarketingTemplates FailedOperation.MissingSignature
        FailedOperation.MissingSignatureList FailedOperation.MissingSignatureToModify
        FailedOperation.MissingTemplateList FailedOperation.MissingTemplateToModify
        FailedOperation.NotEnterpriseCertification FailedOperation.ProhibitSubAccountUse
        FailedOperation.QualificationIdNotApproved FailedOperation.SignNumberLimit
        FailedOperation.TemplateAlreadyPassedCheck FailedOperation.TemplateNumberLimit
        InvalidParameterValue.BeginTimeVerifyFail InvalidParameterValue.EndTimeVerifyFail
        InvalidParameterValue.ImageInvalid InvalidParameterValue.InvalidDocumentType
        InvalidParameterValue.InvalidInternational InvalidParameterValue.InvalidSignPurpose
        InvalidParameterValue.InvalidSmsType InvalidParameterValue.InvalidStartTime
        InvalidParameterValue.InvalidTemplateFormat InvalidParameterValue.InvalidUsedMethod
        InvalidParameterValue.LimitVerifyFail InvalidParameterValue.MarketingTemplateWithoutUnsubscribe
        InvalidParameterValue.MissingSignatureList InvalidParameterValue.OffsetVerifyFail
        InvalidParameterValue.QualificationIdNotFound InvalidParameterValue.SignAlreadyPassedCheck
        InvalidParameterValue.SignExistAndUnapproved InvalidParameterValue.SignNameLengthTooLong
        InvalidParameterValue.TemplateWithDirtyWords InvalidParameterValue.UnsupportedTemplateVariable
        MissingParameter.MissingSignatureList
    """,
    # Everything above proves that nothing was sent; these do not.
    Reason.AMBIGUOUS: """
        FailedOperation FailedOperation.OtherError FailedOperation.ParametersOtherError
        InternalError InternalError.OtherError InternalError.ParseBackendResponseFail InternalError.SendAndRecvFail
        InternalError.Timeout InternalError.UnknownError
        ResourceInsufficient ResourceUnavailable ResponseSizeLimitExceeded ServiceUnavailable
    """,
}

REASONS: Mapping[str, Reason] = MappingProxyType(
    {code: reason for reason, codes in _TABLE.items() for code in codes.split()}
)
"""Every documented code that is not `SUCCESS`. `Reason.AMBIGUOUS`: it may have been sent; any other: it was not."""

CODES: Mapping[str, Reason | None] = MappingProxyType({SUCCESS: None, **REASONS})
"""The same with `SUCCESS`."""

SOURCES = (
    "https://www.tencentcloud.com/document/product/382/40465",
    "https://www.tencentcloud.com/document/product/382/40466",
    "https://www.tencentcloud.com/document/product/1294/76500",
    "https://cloud.tencent.com/document/product/382/38780",
)
"""The pages that the wire facts of sending come from."""

_CALLS: Mapping[Reason, str] = {
    Reason.PERMISSION: """
        FailedOperation.ForbidAddMarketingTemplates FailedOperation.NotEnterpriseCertification
        FailedOperation.ProhibitSubAccountUse
    """,
    Reason.QUOTA_EXCEEDED: "FailedOperation.SignNumberLimit FailedOperation.TemplateNumberLimit",
    Reason.TEMPLATE_REFUSED: """
        FailedOperation.MissingTemplateList FailedOperation.MissingTemplateToModify
        FailedOperation.TemplateAlreadyPassedCheck
    """,
    Reason.SIGNATURE_REFUSED: """
        FailedOperation.MissingSignature FailedOperation.MissingSignatureList FailedOperation.MissingSignatureToModify
        FailedOperation.QualificationIdNotApproved InvalidParameterValue.MissingSignatureList
        InvalidParameterValue.QualificationIdNotFound InvalidParameterValue.SignAlreadyPassedCheck
        InvalidParameterValue.SignExistAndUnapproved MissingParameter.MissingSignatureList
    """,
    Reason.INVALID_CONTENT: """
        InvalidParameterValue.ImageInvalid InvalidParameterValue.InvalidTemplateFormat
        InvalidParameterValue.MarketingTemplateWithoutUnsubscribe InvalidParameterValue.SignNameLengthTooLong
        InvalidParameterValue.TemplateWithDirtyWords InvalidParameterValue.UnsupportedTemplateVariable
    """,
    Reason.INVALID_REQUEST: """
        InvalidParameterValue.BeginTimeVerifyFail InvalidParameterValue.EndTimeVerifyFail
        InvalidParameterValue.InvalidDocumentType InvalidParameterValue.InvalidInternational
        InvalidParameterValue.InvalidSignPurpose InvalidParameterValue.InvalidSmsType
        InvalidParameterValue.InvalidStartTime InvalidParameterValue.InvalidUsedMethod
        InvalidParameterValue.LimitVerifyFail InvalidParameterValue.OffsetVerifyFail
    """,
}

CALL_REASONS: Mapping[str, Reason] = MappingProxyType(
    {code: reason for reason, codes in _CALLS.items() for code in codes.split()}
)
"""What the codes mean that are `Reason.NOT_APPLICABLE` to sending, in answer to the calls that they belong to."""

# For codes that are not in the table, in this order. What fits none of them may have been sent.
_FAMILIES = (
    ("AuthFailure.", Reason.AUTHENTICATION),
    ("UnauthorizedOperation.", Reason.PERMISSION),
    ("LimitExceeded.PhoneNumber", Reason.RECIPIENT_RATE_LIMITED),
    ("LimitExceeded.", Reason.QUOTA_EXCEEDED),
    ("RequestLimitExceeded.", Reason.RATE_LIMITED),
    ("InvalidParameter", Reason.INVALID_REQUEST),
    ("MissingParameter", Reason.INVALID_REQUEST),
    ("UnsupportedOperation.", Reason.UNSUPPORTED_DESTINATION),
)

# All documented codes are of this form. Anything else could repeat a phone or a code, and is not passed on.
_CODE = re.compile(r"[A-Za-z.]{1,128}")


def reason_of(code: str) -> Reason:
    """Return the cause that *code* names; `Reason.AMBIGUOUS` if it may have been sent all the same."""
    known = REASONS.get(code)
    if known is not None:
        return known
    return next((reason for family, reason in _FAMILIES if code.startswith(family)), Reason.AMBIGUOUS)


def refusal(parcel: Parcel, code: str, message: str | None, reason: Reason | None = None) -> Outcome:
    """Return the outcome of *parcel* under any *code* but `SUCCESS`: rejected, or unknown if it is ambiguous.

    *reason* is that of the code, unless another is given.
    """
    if not _CODE.fullmatch(code):
        return unknown(parcel, Reason.AMBIGUOUS, None, message)
    reason = reason or reason_of(code)
    conclude = unknown if reason is Reason.AMBIGUOUS else rejected
    return conclude(parcel, reason, code, message)


def call_failure(code: str, message: str | None) -> CallFailed:
    """Return the exception for a call beside sending that was refused under *code*.

    Under an ambiguous code it may have been done all the same.
    """
    if not _CODE.fullmatch(code):
        return refused(Reason.AMBIGUOUS, None, message)
    return refused(CALL_REASONS.get(code) or reason_of(code), code, message)

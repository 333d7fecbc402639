"""API 3.0 as the sandbox plays it, its product: SendMultiGlobalSms once the gateway has let it through.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, TypedDict

from pydantic import AfterValidator, Field

from smsway.provider import Phone, Reason, SandboxDesk
from smsway_tencent_global._sandbox_body import (
    Admitted,
    Refused,
    Shape,
    check_application,
    id_of,
    phone_of,
    read,
    words_of,
)

_MAX_NUMBERS = 200
_MAINLAND = "+86"
_URL = re.compile(r"https?://|\bwww\.", re.IGNORECASE)

_TEMPLATE = "FailedOperation.TemplateIncorrectOrUnapproved"
_SIGNATURE = "FailedOperation.SignatureIncorrectOrUnapproved"
_NUMBER = "InvalidParameterValue.IncorrectPhoneNumber"
_BALANCE = "FailedOperation.InsufficientBalanceInSmsPackage"

_CODES: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.INVALID_RECIPIENT: _NUMBER,
        Reason.BLOCKED_RECIPIENT: "FailedOperation.PhoneNumberInBlacklist",
        Reason.RECIPIENT_RATE_LIMITED: "LimitExceeded.PhoneNumberThirtySecondLimit",
        Reason.UNSUPPORTED_DESTINATION: "UnsupportedOperation.UnsupportedRegion",
        Reason.INVALID_CONTENT: "FailedOperation.ContainSensitiveWord",
        Reason.QUIET_HOURS: "FailedOperation.MarketingSendTimeConstraint",
        Reason.TEMPLATE_REFUSED: _TEMPLATE,
        Reason.SIGNATURE_REFUSED: _SIGNATURE,
        Reason.AUTHENTICATION: "InternalError.SigVerificationFail",
        Reason.PERMISSION: "UnauthorizedOperation.RequestPermissionDeny",
        Reason.CONFIGURATION: "InvalidParameterValue.SdkAppIdNotExist",
        Reason.INSUFFICIENT_BALANCE: _BALANCE,
        Reason.QUOTA_EXCEEDED: "LimitExceeded.AppGlobalDailyLimit",
        Reason.RATE_LIMITED: "LimitExceeded.GlobalSmsSendingRateLimit",
        Reason.CLOCK_SKEW: "InternalError.RequestTimeException",
        Reason.INVALID_REQUEST: "FailedOperation.FailResolvePacket",
        Reason.INVALID_BATCH: "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber",
        Reason.PROVIDER_FAILURE: "ResourceNotFound",
        Reason.NOT_APPLICABLE: "FailedOperation.TemplateNumberLimit",
        Reason.AMBIGUOUS: "InternalError.Timeout",
    }
)
"""What is answered for a phone that the desk refuses; `InternalError.OtherError` for reasons no vendor gives."""


def _short(context: str) -> str:
    # "Less than 512 bytes" by the page of the data type MultiSmsInfo.
    if len(context.encode()) >= 512:
        raise ValueError("too long")
    return context


class _Info(Shape):
    PhoneNumber: str
    TemplateId: str
    TemplateParamSet: list[str] = Field(default_factory=list)
    SenderId: str = ""
    SessionContext: Annotated[str, AfterValidator(_short)] = ""


class _Send(Shape):
    SmsSdkAppId: str
    MultiSmsInfoSet: list[_Info]


class _Status(TypedDict):
    Code: str
    Fee: int
    IsoCode: str
    Message: str
    PhoneNumber: str
    SerialNo: str
    SessionContext: str


def judge_send(call: Admitted) -> dict[str, object]:
    """Judge a request to send; returns what is inside the envelope, or raises `Refused`."""
    infos, desk = _read(call).MultiSmsInfoSet, call.desk
    results = [_result(info, f"{call.request} {index}", desk) for index, info in enumerate(infos)]
    return {"SendMultiStatusSet": desk.results(results)}


def _read(call: Admitted) -> _Send:
    """Check the body of the call: its shape, its application and its numbers as a set."""
    send = read(call.body, _Send)
    check_application(send.SmsSdkAppId, call.config)
    if not send.MultiSmsInfoSet:
        raise Refused("InvalidParameterValue.MultiSmsInfoSetEmpty")
    if len(send.MultiSmsInfoSet) > _MAX_NUMBERS:
        raise Refused("LimitExceeded.PhoneNumberCountLimit")
    if any(info.PhoneNumber.startswith(_MAINLAND) for info in send.MultiSmsInfoSet):
        raise Refused("UnsupportedOperation.ContainDomesticPhoneNumber")
    return send


def _result(info: _Info, seed: str, desk: SandboxDesk) -> _Status:
    phone = phone_of(info.PhoneNumber)
    code = _NUMBER if phone is None else _refusal(info, phone, desk)
    serial = None if code or phone is None else _accept(info, phone, desk)
    if code is None and serial is None:
        code = _BALANCE
    return {
        "Code": code or "Ok",
        "Fee": 0 if code else 1,
        "IsoCode": "DEF" if phone is None or phone.country == "001" else phone.country,
        "Message": words_of(code) if code else "send success",
        "PhoneNumber": info.PhoneNumber,
        # Failures have a number as well, which leads nowhere.
        "SerialNo": serial or id_of(seed),
        "SessionContext": info.SessionContext,
    }


def _accept(info: _Info, phone: Phone, desk: SandboxDesk) -> str | None:
    reference = info.SessionContext or None
    return desk.accept(phone, reference, template=info.TemplateId, params=info.TemplateParamSet)


def _refusal(info: _Info, phone: Phone, desk: SandboxDesk) -> str | None:
    template = desk.template(info.TemplateId)
    # The page's second example: too few params are answered with the code of an unapproved template.
    if template is None or template.params != len(info.TemplateParamSet):
        return _TEMPLATE
    if info.SenderId and not desk.knows_sender(info.SenderId):
        return _SIGNATURE
    if any(map(_URL.search, info.TemplateParamSet)):
        return "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter"
    reason = desk.refusal(phone)
    return None if reason is None else _CODES.get(reason, "InternalError.OtherError")

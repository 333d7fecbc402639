"""API 3.0 as the sandbox plays it: what is answered of each recipient, whichever action sends.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, TypeAlias, TypedDict

from pydantic import AfterValidator

from smsway.provider import Phone, Reason, SandboxDesk
from smsway_tencentcloud._sandbox_body import id_of, phone_of, words_of

_URL = re.compile(r"https?://|\bwww\.", re.IGNORECASE)

_TEMPLATE = "FailedOperation.TemplateIncorrectOrUnapproved"
_SIGNATURE = "FailedOperation.SignatureIncorrectOrUnapproved"
_NUMBER = "InvalidParameterValue.IncorrectPhoneNumber"
_BALANCE = "FailedOperation.InsufficientBalanceInSmsPackage"

CODES: Mapping[Reason, str] = MappingProxyType(
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
    # "Less than 512 bytes" by the pages of the data type MultiSmsInfo and of SendSms.
    if len(context.encode()) >= 512:
        raise ValueError("too long")
    return context


Context: TypeAlias = Annotated[str, AfterValidator(_short)]
"""`SessionContext` of a request."""


class Status(TypedDict):
    Code: str
    Fee: int
    IsoCode: str
    Message: str
    PhoneNumber: str
    SerialNo: str
    SessionContext: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text as a request asks for it, to *number*.

    *signature* is `None` where none is needed, and *context* what is echoed.
    """

    number: str
    template: str
    params: Sequence[str]
    signature: str | None = None
    sender: str = ""
    context: str = ""


def judge_text(text: Text, seed: str, desk: SandboxDesk) -> Status:
    """Judge one text, and let the desk accept it; *seed* is another one for every recipient of every request."""
    phone = phone_of(text.number)
    code = _NUMBER if phone is None else _refusal(text, phone, desk)
    serial = None if code or phone is None else _accept(text, phone, desk)
    if code is None and serial is None:
        code = _BALANCE
    return {
        "Code": code or "Ok",
        "Fee": 0 if code else 1,
        "IsoCode": "DEF" if phone is None or phone.country == "001" else phone.country,
        "Message": words_of(code) if code else "send success",
        "PhoneNumber": text.number,
        # Failures have a number as well, which leads nowhere.
        "SerialNo": serial or id_of(seed),
        "SessionContext": text.context,
    }


def _accept(text: Text, phone: Phone, desk: SandboxDesk) -> str | None:
    return desk.accept(phone, text.context or None, template=text.template, params=text.params)


def _refusal(text: Text, phone: Phone, desk: SandboxDesk) -> str | None:
    template = desk.template(text.template)
    # The second example of SendMultiGlobalSms: too few params are answered with the code of an unapproved template.
    if template is None or template.params != len(text.params):
        return _TEMPLATE
    if text.signature is not None and not desk.knows_signature(text.signature):
        return _SIGNATURE
    if text.sender and not desk.knows_sender(text.sender):
        return _SIGNATURE
    if any(map(_URL.search, text.params)):
        return "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter"
    reason = desk.refusal(phone)
    return None if reason is None else CODES.get(reason, "InternalError.OtherError")

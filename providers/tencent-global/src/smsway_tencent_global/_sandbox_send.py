"""API 3.0 as the sandbox plays it, its product: SendMultiGlobalSms once the gateway has let it through.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, TypedDict

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from smsway.provider import Phone, Reason, SandboxDesk, parse_phone
from smsway_tencent_global._config import TencentGlobalConfig

_MAX_NUMBERS = 200
_MAINLAND = "+86"
_MALFORMED = MappingProxyType({"missing": "MissingParameter", "extra_forbidden": "UnknownParameter"})
_E164 = re.compile(r"\+[0-9]+")
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


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


def _short(context: str) -> str:
    # "Less than 512 bytes" by the page of the data type MultiSmsInfo.
    if len(context.encode()) >= 512:
        raise ValueError("too long")
    return context


class _Info(_Shape):
    PhoneNumber: str
    TemplateId: str
    TemplateParamSet: list[str] = []
    SenderId: str = ""
    SessionContext: Annotated[str, AfterValidator(_short)] = ""


class _Send(_Shape):
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


class Refused(Exception):
    """Ends the judgement with an error for the whole request."""

    def __init__(self, code: str, what: str = "") -> None:
        self.code = code
        self.message = f"{_words(code)}: {what}" if what else _words(code)


def judge_send(body: bytes, config: TencentGlobalConfig, request: str, desk: SandboxDesk) -> list[_Status]:
    """Judge the body of the request with the id *request*; returns the results, or raises `Refused`."""
    infos = _read(body, config).MultiSmsInfoSet
    return desk.results([_result(info, f"{request} {index}", desk) for index, info in enumerate(infos)])


def _read(body: bytes, config: TencentGlobalConfig) -> _Send:
    """Check the body of the call: its shape, its application and its numbers as a set."""
    try:
        send = _Send.model_validate(json.loads(body))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise Refused(_MALFORMED.get(first["type"], "InvalidParameter"), where) from None
    except (ValueError, RecursionError):
        raise Refused("FailedOperation.FailResolvePacket", "the body is not JSON") from None
    if send.SmsSdkAppId != config.sdk_app_id:
        raise Refused("UnauthorizedOperation.SmsSdkAppIdVerifyFail")
    if not send.MultiSmsInfoSet:
        raise Refused("InvalidParameterValue.MultiSmsInfoSetEmpty")
    if len(send.MultiSmsInfoSet) > _MAX_NUMBERS:
        raise Refused("LimitExceeded.PhoneNumberCountLimit")
    if any(info.PhoneNumber.startswith(_MAINLAND) for info in send.MultiSmsInfoSet):
        raise Refused("UnsupportedOperation.ContainDomesticPhoneNumber")
    return send


def _result(info: _Info, seed: str, desk: SandboxDesk) -> _Status:
    phone = _phone(info.PhoneNumber)
    code = _NUMBER if phone is None else _refusal(info, phone, desk)
    serial = None if code or phone is None else desk.accept(phone, info.SessionContext or None, fee=1)
    if code is None and serial is None:
        code = _BALANCE
    return {
        "Code": code or "Ok",
        "Fee": 0 if code else 1,
        "IsoCode": "DEF" if phone is None or phone.country == "001" else phone.country,
        "Message": _words(code) if code else "send success",
        "PhoneNumber": info.PhoneNumber,
        # Failures have a number as well, which leads nowhere.
        "SerialNo": serial or id_of(seed),
        "SessionContext": info.SessionContext,
    }


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


def _phone(number: str) -> Phone | None:
    """Return *number* if it is in E.164 as it stands."""
    try:
        return parse_phone(number) if _E164.fullmatch(number) else None
    except ValueError:
        return None


def id_of(*seeds: str) -> str:
    """Return an id that is the same whenever the request is."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, " ".join(seeds)))


def _words(code: str) -> str:
    """Say *code* in words, `phone number in blacklist`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", code.rpartition(".")[2]).lower()

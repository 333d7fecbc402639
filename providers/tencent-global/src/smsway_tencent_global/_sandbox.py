"""The server side of `SendMultiGlobalSms`: judges a request as the vendor documents it.

It shares nothing with the client side but the settings; the signature in particular is computed here a second time,
so that the two sides cannot share a mistake.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, TypedDict

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from smsway.provider import Phone, Reason, SandboxCall, SandboxDesk, SandboxReply, parse_phone
from smsway_tencent_global._config import TencentGlobalConfig

_MAX_NUMBERS = 200
_MAX_SKEW = 300
_MAINLAND = "+86"

# Common headers with the values this API takes, and the code for any other.
_COMMON = (
    ("x-tc-action", frozenset({"SendMultiGlobalSms"}), "InvalidAction"),
    ("x-tc-version", frozenset({"2021-01-11"}), "NoSuchVersion"),
    ("x-tc-region", frozenset({"ap-singapore", "eu-frankfurt"}), "UnsupportedRegion"),
)
_AUTHORIZATION = re.compile(
    r"TC3-HMAC-SHA256 Credential=(?P<id>[^/,\s]+)/(?P<scope>[0-9-]+/[a-z]+/tc3_request), "
    r"SignedHeaders=(?P<names>[a-z0-9;-]+), Signature=(?P<signature>[0-9a-f]{64})"
)
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


class _Refused(Exception):
    """Ends the judgement with an error for the whole request."""

    def __init__(self, code: str, what: str = "") -> None:
        self.code = code
        self.message = f"{_words(code)}: {what}" if what else _words(code)


@dataclass(frozen=True, slots=True)
class TencentGlobalSide:
    """Plays API 3.0 for one application; marketing is taken at any hour, and params are of any length."""

    config: TencentGlobalConfig

    def judge(self, call: SandboxCall, desk: SandboxDesk) -> SandboxReply:
        """Answer one request; every answer of the API has HTTP status 200."""
        if call.path != "/":
            return SandboxReply(b"not found", 404, "text/plain")
        request = _uuid(call.headers.get("authorization", ""), hashlib.sha256(call.body).hexdigest())
        content: dict[str, object]
        try:
            self._admit(call, desk)
            send = self._read(call.body)
            results = [_result(info, f"{request} {index}", desk) for index, info in enumerate(send.MultiSmsInfoSet)]
            content = {"SendMultiStatusSet": desk.results(results)}
        except _Refused as refused:
            content = {"Error": {"Code": refused.code, "Message": refused.message}}
        answer = {"Response": {**content, "RequestId": request}}
        return SandboxReply(json.dumps(answer).encode())

    def _admit(self, call: SandboxCall, desk: SandboxDesk) -> None:
        """Check what is common to all calls: headers, time, keys, signature and request rate."""
        if call.method != "POST":
            raise _Refused("UnsupportedProtocol", "use POST")
        for name, known, code in _COMMON:
            if _header(call, name) not in known:
                raise _Refused(code, name)
        timestamp = _header(call, "x-tc-timestamp")
        if not re.fullmatch(r"[0-9]{1,11}", timestamp):
            raise _Refused("InvalidParameter", "x-tc-timestamp is not in whole seconds")
        self._authenticate(call, int(timestamp), desk.now)
        if desk.throttled():
            raise _Refused("RequestLimitExceeded")

    def _authenticate(self, call: SandboxCall, timestamp: int, now: float) -> None:
        claim = _AUTHORIZATION.fullmatch(call.headers.get("authorization", ""))
        if claim is None:
            raise _Refused("AuthFailure.InvalidAuthorization")
        if claim["id"] != self.config.secret_id.get_secret_value():
            raise _Refused("AuthFailure.SecretIdNotFound")
        if abs(now - timestamp) > _MAX_SKEW:
            raise _Refused("AuthFailure.SignatureExpire")
        scope = time.strftime("%Y-%m-%d", time.gmtime(timestamp)) + "/sms/tc3_request"
        names = claim["names"].split(";")
        if claim["scope"] != scope or names != sorted({"content-type", "host", *names}):
            raise _Refused("AuthFailure.SignatureFailure", "credential scope or signed headers")
        signature = _tc3(self.config.secret_key.get_secret_value(), call, names, timestamp, scope)
        if not hmac.compare_digest(signature, claim["signature"]):
            raise _Refused("AuthFailure.SignatureFailure")
        token = self.config.token.get_secret_value() if self.config.token else ""
        if not hmac.compare_digest(call.headers.get("x-tc-token", "").encode(), token.encode()):
            raise _Refused("AuthFailure.TokenFailure")

    def _read(self, body: bytes) -> _Send:
        """Check the body of the call: its shape, its application and its numbers as a set."""
        try:
            send = _Send.model_validate(json.loads(body))
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise _Refused(_MALFORMED.get(first["type"], "InvalidParameter"), where) from None
        except (ValueError, RecursionError):
            raise _Refused("FailedOperation.FailResolvePacket", "the body is not JSON") from None
        if send.SmsSdkAppId != self.config.sdk_app_id:
            raise _Refused("UnauthorizedOperation.SmsSdkAppIdVerifyFail")
        if not send.MultiSmsInfoSet:
            raise _Refused("InvalidParameterValue.MultiSmsInfoSetEmpty")
        if len(send.MultiSmsInfoSet) > _MAX_NUMBERS:
            raise _Refused("LimitExceeded.PhoneNumberCountLimit")
        if any(info.PhoneNumber.startswith(_MAINLAND) for info in send.MultiSmsInfoSet):
            raise _Refused("UnsupportedOperation.ContainDomesticPhoneNumber")
        return send


def _header(call: SandboxCall, name: str) -> str:
    value = call.headers.get(name, "")
    if not value:
        raise _Refused("MissingParameter", name)
    return value


def _tc3(secret_key: str, call: SandboxCall, names: list[str], timestamp: int, scope: str) -> str:
    """Return the signature that the request should have, in lower-case hexadecimal."""
    missing = [name for name in names if name not in call.headers]
    if missing:
        raise _Refused("AuthFailure.SignatureFailure", f"{missing[0]} is signed but not sent")
    # The common headers may say that the body is not under the signature.
    unsigned = call.headers.get("x-tc-content-sha256") == "UNSIGNED-PAYLOAD"
    payload = b"UNSIGNED-PAYLOAD" if unsigned else call.body
    canonical = "POST\n/\n\n"
    for name in names:
        canonical += f"{name}:{call.headers[name].strip().lower()}\n"
    canonical += "\n" + ";".join(names) + "\n" + hashlib.sha256(payload).hexdigest()
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"TC3{secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), "sha256").digest()
    return hmac.new(key, f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{digest}".encode(), "sha256").hexdigest()


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
        "SerialNo": serial or _uuid(seed),
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


def _uuid(*seeds: str) -> str:
    """Return an id that is the same whenever the request is."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, " ".join(seeds)))


def _words(code: str) -> str:
    """Say *code* in words, `phone number in blacklist`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", code.rpartition(".")[2]).lower()

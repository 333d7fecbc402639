"""Dysmsapi as the sandbox plays it, its sending: one code speaks for all phones of a request.

It shares no wire code with the client side of this package, so that a mistake in one of them shows. No page says what
becomes of the other phones if one is refused; here nobody is texted then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from smsway.provider import Phone, Reason, SandboxDesk, SandboxTemplate
from smsway_aliyun._sandbox_body import Admitted, Refused, phone_of, read_json

INTERNATIONAL = 3
"""`TemplateType` of a template for phones outside of the mainland."""

_MOST_TOGETHER = 1_000
_MOST_APART = 100
_LONGEST_PARAM = 35
_LONGEST_OUT_ID = 255
_URL = re.compile(r"https?://|\bwww\.", re.IGNORECASE)

_SYSTEM = "isp.SYSTEM_ERROR"
CODES: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.INVALID_RECIPIENT: "isv.MOBILE_NUMBER_ILLEGAL",
        Reason.BLOCKED_RECIPIENT: "isv.BLACK_KEY_CONTROL_LIMIT",
        Reason.RECIPIENT_RATE_LIMITED: "isv.BUSINESS_LIMIT_CONTROL",
        Reason.UNSUPPORTED_DESTINATION: "isv.DOMESTIC_NUMBER_NOT_SUPPORTED",
        Reason.INVALID_CONTENT: "isv.SMS_CONTENT_ILLEGAL",
        Reason.TEMPLATE_REFUSED: "isv.SMS_TEMPLATE_ILLEGAL",
        Reason.SIGNATURE_REFUSED: "isv.SMS_SIGNATURE_ILLEGAL",
        Reason.AUTHENTICATION: "SignatureDoesNotMatch",
        Reason.PERMISSION: "isp.RAM_PERMISSION_DENY",
        Reason.CONFIGURATION: "isv.ACCOUNT_NOT_EXISTS",
        Reason.INSUFFICIENT_BALANCE: "isv.AMOUNT_NOT_ENOUGH",
        Reason.QUOTA_EXCEEDED: "isv.DAY_LIMIT_CONTROL",
        Reason.RATE_LIMITED: "Throttling.User",
        Reason.CLOCK_SKEW: "InvalidTimeStamp.Expired",
        Reason.INVALID_REQUEST: "isv.INVALID_PARAMETERS",
        Reason.INVALID_BATCH: "isv.MOBILE_COUNT_OVER_LIMIT",
        Reason.NOT_APPLICABLE: "isv.SMS_OVER_LIMIT",
        Reason.AMBIGUOUS: _SYSTEM,
    }
)
"""What is answered for a phone that the desk refuses; `isp.SYSTEM_ERROR` for reasons that the vendor does not give."""


@dataclass(frozen=True, slots=True)
class _Text:
    number: str
    signature: str
    params: Mapping[str, str]


def judge_send(call: Admitted) -> dict[str, object]:
    """Judge SendSms: the same text for all phones."""
    numbers = call.text("PhoneNumbers").split(",")
    signature, written = call.text("SignName"), call.optional("TemplateParam")
    if len(numbers) > _MOST_TOGETHER:
        raise Refused("isv.MOBILE_COUNT_OVER_LIMIT")
    params = _params(read_json(written)) if written else {}
    return _sent(call, [_Text(number, signature, params) for number in numbers])


def judge_send_batch(call: Admitted) -> dict[str, object]:
    """Judge SendBatchSms: one template, with a signature and params of its own for each phone."""
    numbers = _strings(call.text("PhoneNumberJson"))
    signatures = _strings(call.text("SignNameJson"))
    written = call.optional("TemplateParamJson")
    params = read_json(written) if written else [{}] * len(numbers)
    codes = call.optional("SmsUpExtendCodeJson")
    if not isinstance(params, list):
        raise Refused("isv.INVALID_JSON_PARAM")
    if len(numbers) > _MOST_APART:
        raise Refused("isv.MOBILE_COUNT_OVER_LIMIT")
    if {len(signatures), len(params), len(_strings(codes) if codes else numbers)} != {len(numbers)} or not numbers:
        raise Refused("isv.INVALID_PARAMETERS", "the arrays are not of one length")
    texts = zip(numbers, signatures, map(_params, params), strict=True)
    return _sent(call, [_Text(*text) for text in texts])


def _strings(written: str) -> Sequence[str]:
    values = read_json(written)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Refused("isv.INVALID_JSON_PARAM")
    return values


def _params(values: object) -> Mapping[str, str]:
    # The values are strings: {"code": 123456} is refused.
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise Refused("isv.INVALID_JSON_PARAM")
    return values


def _sent(call: Admitted, texts: Sequence[_Text]) -> dict[str, object]:
    """Take all of the texts or none."""
    desk, reference = call.desk, call.optional("OutId")
    template = desk.template(call.text("TemplateCode"))
    if len(reference) > _LONGEST_OUT_ID:
        raise Refused("isv.INVALID_PARAMETERS", "OutId")
    phones = [_phone(text.number) for text in texts]
    for signature in {text.signature: None for text in texts}:
        if not desk.knows_signature(signature):
            raise Refused("isv.SMS_SIGNATURE_ILLEGAL")
    if template is None:
        raise Refused("isv.SMS_TEMPLATE_ILLEGAL")
    for text, phone in zip(texts, phones, strict=True):
        _check_params(template, text.params)
        _check_destination(template, phone)
    _check_recipients(phones, desk)
    receipt = f"9{desk.new_number():017}^0"
    for text, phone in zip(texts, phones, strict=True):
        said = _ordered(template, text.params)
        desk.accept(phone, reference or None, message_id=receipt, template=template.id, params=said)
    return {"BizId": receipt}


def _phone(number: str) -> Phone:
    phone = phone_of(number)
    if phone is None:
        raise Refused("isv.MOBILE_NUMBER_ILLEGAL")
    return phone


def _check_params(template: SandboxTemplate, params: Mapping[str, str]) -> None:
    if not set(template.names) <= set(params):
        raise Refused("isv.TEMPLATE_MISSING_PARAMETERS")
    # The number and the names of the values must be those of the variables, it says of this code.
    if len(params) != template.params:
        raise Refused("isv.SMS_TEMPLATE_ILLEGAL")
    for value in params.values():
        if not 1 <= len(value) <= _LONGEST_PARAM:
            raise Refused("isv.PARAM_LENGTH_LIMIT")
        if _URL.search(value):
            raise Refused("isv.PARAM_NOT_SUPPORT_URL")


def _ordered(template: SandboxTemplate, params: Mapping[str, str]) -> Sequence[str]:
    """Return the values in the order of the template's variables, or as they came if it does not name them."""
    return [params[name] for name in template.names or params]


def _check_destination(template: SandboxTemplate, phone: Phone) -> None:
    """Refuse a template of the other kind of destination; those that the sandbox began with serve both."""
    kind = template.extras.get("type")
    if kind == INTERNATIONAL and phone.country == "CN":
        raise Refused("isv.DOMESTIC_NUMBER_NOT_SUPPORTED")
    if kind not in {None, INTERNATIONAL} and phone.country != "CN":
        raise Refused("isv.SMS_TEMPLATE_ILLEGAL")


def _check_recipients(phones: Sequence[Phone], desk: SandboxDesk) -> None:
    reasons = [reason for phone in phones if (reason := desk.refusal(phone)) is not None]
    if reasons:
        raise Refused(CODES.get(reasons[0], _SYSTEM))
    if desk.balance is not None and desk.balance < len(phones):
        raise Refused(CODES[Reason.INSUFFICIENT_BALANCE])

"""The v5 API as the sandbox plays it, its calls: reads a package by the documented types, judges it and sends.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Literal, NoReturn, NotRequired, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from smsway.provider import Reason, SandboxDesk, parse_phone

Object: TypeAlias = dict[str, Any]
"""A JSON object of the wire, by field name."""


class Refused(Exception):
    """Ends the judgement with one of the vendor's codes."""

    def __init__(self, code: int, errmsg: str) -> None:
        self.code = code
        self.errmsg = errmsg


# Fields and their types, as documented (cloud.tencent.com/document/product/382/5976, 5977 and 5806).


class _Number(TypedDict):
    nationcode: str
    mobile: str


class _BulkNumber(TypedDict):
    # A string by the documents, but the vendor's own SDK (qcloudsms_py 0.1.4) passes on the integer it was given.
    nationcode: str | int
    mobile: str


class _Common(TypedDict):
    sig: str
    time: int
    extend: NotRequired[str]
    ext: NotRequired[str]


class _Templated(_Common):
    tpl_id: int
    params: list[str]
    sign: NotRequired[str]


class _FreeText(_Common):
    type: Literal[0, 1]
    msg: str


_TEMPLATED: TypeAdapter[_Templated] = TypeAdapter(_Templated)
_FREE_TEXT: TypeAdapter[_FreeText] = TypeAdapter(_FreeText)
_TELS: Mapping[str, TypeAdapter[Any]] = MappingProxyType(
    {
        "sendsms": TypeAdapter(_Number),
        "sendisms": TypeAdapter(str),
        "sendmultisms2": TypeAdapter(Annotated[list[_BulkNumber], Field(min_length=1)]),
    }
)


@dataclass(frozen=True, slots=True)
class To:
    """A recipient; *signed* is its number as the signature of the call names it."""

    nationcode: str
    mobile: str
    signed: str

    @property
    def phone(self) -> str:
        """The number in E.164, valid or not."""
        return f"+{self.nationcode}{self.mobile}"

    @property
    def is_mobile(self) -> bool:
        """True if there can be such a number; in the mainland, 11 digits that begin with 1."""
        if self.nationcode == "86":
            return re.fullmatch(r"1[0-9]{10}", self.mobile) is not None
        try:
            return re.fullmatch(r"[0-9]+", self.mobile) is not None and parse_phone(self.phone) == self.phone
        except ValueError:
            return False


def parse(data: bytes) -> Object:
    """Return the JSON object in *data*, its fields unchecked but for `ext`; raises `Refused` with 1004."""
    try:
        body = json.loads(data.decode(), parse_constant=_no_constant)
        json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        raise Refused(1004, "package format error, json parse fail") from None
    if not isinstance(body, dict) or not isinstance(body.get("ext", ""), str):
        raise Refused(1004, "package format error")
    return body


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def recipients_of(method: str, body: Object) -> list[To]:
    """Check that all fields are there with their types and the two shapes not mixed; return the recipients.

    Raises `Refused` with 1004, or with 1016 for a phone that is not in E.164 where it should be.
    """
    if ("msg" in body) == ("tpl_id" in body):
        raise Refused(1004, "package format error, either msg or tpl_id")
    try:
        (_FREE_TEXT if "msg" in body else _TEMPLATED).validate_python(body, strict=True)
        return _recipients(_TELS[method].validate_python(body.get("tel"), strict=True))
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or "tel"
        raise Refused(1004, f"package format error, {where}") from None


def _recipients(tel: Any) -> list[To]:
    if isinstance(tel, str):
        return [_from_e164(tel)]
    numbers = tel if isinstance(tel, list) else [tel]
    return [To(str(each["nationcode"]), each["mobile"], each["mobile"]) for each in numbers]


def _from_e164(tel: str) -> To:
    try:
        phone = parse_phone(tel)
    except ValueError:
        phone = None
    if phone is None or phone != tel:
        raise Refused(1016, "mobile format error")
    return To(phone.calling_code, phone.national, tel)


def check_content(body: Object, desk: SandboxDesk) -> None:
    """Judge what a package wants to say; raises `Refused`."""
    if "msg" in body:
        _check_text(body["msg"], desk)
    else:
        _check_template(body, desk)


def _check_text(msg: str, desk: SandboxDesk) -> None:
    if len(msg) > 450:
        raise Refused(1017, "content too long")
    inline = re.match(r"【([^】]*)】", msg)
    if inline:
        _check_signature(inline[1], desk)
    if not desk.approves_text(msg[inline.end() :] if inline else msg):
        raise Refused(1014, "content does not match an approved template")


def _check_template(body: Object, desk: SandboxDesk) -> None:
    if body.get("sign"):
        _check_signature(body["sign"], desk)
    template = desk.template(str(body["tpl_id"]))
    if template is None:
        raise Refused(1014, "package format error, sdkappid not have this tpl_id")
    if template.params != len(body["params"]):
        raise Refused(1014, "params do not match the template")
    for param in body["params"]:
        if re.search(r"https?://|www\.", param, re.IGNORECASE):
            raise Refused(1048, "url in a template param")
        if len(param) > 12:
            raise Refused(1036, "template param too long")


def _check_signature(signature: str, desk: SandboxDesk) -> None:
    # The account is in the strict mode: otherwise the vendor sends an unknown signature inside the default one.
    if not desk.knows_signature(signature):
        raise Refused(1012, "signature format error or not approved")


_CODES: Mapping[Reason, int] = MappingProxyType(
    {
        Reason.INVALID_RECIPIENT: 1016,
        Reason.BLOCKED_RECIPIENT: 1015,
        Reason.RECIPIENT_RATE_LIMITED: 1023,
        Reason.UNSUPPORTED_DESTINATION: 1045,
        Reason.INVALID_CONTENT: 1002,
        Reason.QUIET_HOURS: 1029,
        Reason.TEMPLATE_REFUSED: 1014,
        Reason.SIGNATURE_REFUSED: 1012,
        Reason.AUTHENTICATION: 1001,
        Reason.PERMISSION: 1006,
        Reason.CONFIGURATION: 1019,
        Reason.INSUFFICIENT_BALANCE: 1031,
        Reason.QUOTA_EXCEEDED: 1022,
        Reason.RATE_LIMITED: 60007,
        Reason.CLOCK_SKEW: 1021,
        Reason.INVALID_REQUEST: 1030,
        Reason.INVALID_BATCH: 1034,
        Reason.AMBIGUOUS: 1008,
    }
)
_OTHER = 1007


def _send_one(recipients: list[To], body: Object, desk: SandboxDesk) -> Object:
    return {"ext": body.get("ext", "")} | _send_to(recipients[0], body, desk)


def _send_international(recipients: list[To], body: Object, desk: SandboxDesk) -> Object:
    return _send_one(recipients, body, desk) | {"nationcode": recipients[0].nationcode}


def _send_many(recipients: list[To], body: Object, desk: SandboxDesk) -> Object:
    if len(recipients) > 200:
        raise Refused(1046, "more than 200 mobiles")
    if len({recipient.nationcode == "86" for recipient in recipients}) > 1:
        raise Refused(1034, "mainland and other mobiles in one request")
    items = [
        {"mobile": recipient.mobile, "nationcode": recipient.nationcode} | _send_to(recipient, body, desk)
        for recipient in recipients
    ]
    return {"result": 0, "errmsg": "OK", "ext": body.get("ext", ""), "detail": desk.results(items)}


SEND: Mapping[str, Callable[[list[To], Object, SandboxDesk], Object]] = MappingProxyType(
    {"sendsms": _send_one, "sendisms": _send_international, "sendmultisms2": _send_many}
)
"""The calls by name: each sends to its recipients and returns the answer, or raises `Refused`."""


def _send_to(recipient: To, body: Object, desk: SandboxDesk) -> Object:
    """Return the result for one recipient, with `sid` and `fee` only if it is accepted."""
    refusal = desk.refusal(recipient.phone) if recipient.is_mobile else Reason.INVALID_RECIPIENT
    if refusal is not None:
        return {"result": _CODES.get(refusal, _OTHER), "errmsg": str(refusal)}
    fee = _fee(body.get("msg", ""), recipient.nationcode)
    sid = desk.accept(recipient.phone, body.get("ext") or None, fee, **_said(body))
    if sid is None:
        return {"result": 1031, "errmsg": "package balance insufficient"}
    return {"result": 0, "errmsg": "OK", "sid": sid, "fee": fee}


class _Words(TypedDict, total=False):
    template: str
    params: list[str]
    text: str


def _said(body: Object) -> _Words:
    """Return what a package says, by the names that the desk has for it."""
    if "msg" in body:
        return {"text": body["msg"]}
    return {"template": str(body["tpl_id"]), "params": body["params"]}


def _fee(msg: str, nationcode: str) -> int:
    """Count the parts of a free text; what a template says is not on the wire, so it counts one.

    Billed are 70 characters, or 67 to the part; abroad 160 or 153 for English
    (tencentcloud.com/document/product/382/18052).
    """
    single, part = (160, 153) if nationcode != "86" and msg.isascii() else (70, 67)
    return 1 if len(msg) <= single else math.ceil(len(msg) / part)

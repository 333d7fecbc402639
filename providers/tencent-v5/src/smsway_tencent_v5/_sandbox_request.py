"""The server side of the sending calls, the package: reads a body's fields by their documented types.

It shares nothing with the client side, so that the two cannot share a mistake.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Literal, NoReturn, NotRequired, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from smsway.provider import parse_phone

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

"""API 3.0 as the sandbox plays it: what a body must look like, and how a request is refused.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from smsway.provider import Phone, Reason, SandboxDesk, parse_phone
from smsway_tencentcloud._config import TencentCloudConfig

_MALFORMED = MappingProxyType({"missing": "MissingParameter", "extra_forbidden": "UnknownParameter"})
_E164 = re.compile(r"\+[0-9]+")


class Refused(Exception):
    """Ends the judgement with an error for the whole request."""

    def __init__(self, code: str, what: str = "") -> None:
        self.code = code
        self.message = f"{words_of(code)}: {what}" if what else words_of(code)


@dataclass(frozen=True, slots=True)
class Admitted:
    """The *body* of a request with the id *request* that the gateway has let through, for the account of *config*."""

    body: bytes = field(repr=False)
    request: str
    config: TencentCloudConfig
    plays: Plays
    desk: SandboxDesk


Judge: TypeAlias = Callable[[Admitted], dict[str, object]]
"""Judges the body for one action: returns what is inside the envelope of the answer, or raises `Refused`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plays:
    """What the side of one provider plays: the action that *sends*, and its own *actions*, that one among them.

    *regions* are those that can be asked. *receipts* are the codes for texts that did not arrive, by the reason, and
    *other_receipt* is that for any other reason. *international* is that of the templates and signatures that the
    sandbox began with.
    """

    sends: str
    actions: Mapping[str, Judge]
    regions: frozenset[str]
    receipts: Mapping[Reason, str]
    other_receipt: str
    international: int


class Shape(BaseModel):
    """The parameters of an action, with the types that are documented and no other."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


ShapeT = TypeVar("ShapeT", bound=Shape)


def read(body: bytes, shape: type[ShapeT]) -> ShapeT:
    """Read the body of a request; raises `Refused`."""
    try:
        return shape.model_validate(json.loads(body))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise Refused(_MALFORMED.get(first["type"], "InvalidParameter"), where) from None
    except (ValueError, RecursionError):
        raise Refused("FailedOperation.FailResolvePacket", "the body is not JSON") from None


def check_application(named: str, config: TencentCloudConfig) -> None:
    """Raise `Refused` if the application that is *named* is not that of the account."""
    if named != config.sdk_app_id:
        raise Refused("UnauthorizedOperation.SmsSdkAppIdVerifyFail")


def phone_of(number: str) -> Phone | None:
    """Return *number* if it is in E.164 as it stands."""
    try:
        return parse_phone(number) if _E164.fullmatch(number) else None
    except ValueError:
        return None


def named(phone: str) -> Mapping[str, str]:
    """Return *phone* (E.164) as the records of this version name it, whole and in its two parts."""
    code, rest = Phone(phone).split_code()
    return {"CountryCode": code, "PhoneNumber": phone, "SubscriberNumber": rest}


def id_of(*seeds: str) -> str:
    """Return an id that is the same whenever the request is."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, " ".join(seeds)))


def words_of(code: str) -> str:
    """Say *code* in words, `phone number in blacklist`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", code.rpartition(".")[2]).lower()

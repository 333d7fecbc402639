"""The signed form in which USMS is asked, and the envelope of what it answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar
from urllib.parse import quote_plus

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.alias_generators import to_pascal

from smsway.provider import InvalidCall, Options, Request, Response, UnexpectedResponse, decode_json, decoding, refused
from smsway_usms._codes import SUCCESS, reason_of
from smsway_usms._config import UsmsConfig
from smsway_usms._signing import sign

T = TypeVar("T")
OptionsT = TypeVar("OptionsT", bound=Options)

Members: TypeAlias = dict[str, Any]
"""An object of an answer, as it came."""

_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


def write_call(config: UsmsConfig, action: str, own: Mapping[str, str], *, sends: bool = False) -> Request:
    """Write *action* with its *own* parameters as one signed POST; *sends* tells that it may send a text."""
    params = {
        "Action": action,
        "ProjectId": config.project_id,
        "PublicKey": config.public_key.get_secret_value(),
        **own,
    }
    if config.region is not None:
        params["Region"] = config.region
    if config.security_token is not None:
        params["SecurityToken"] = config.security_token.get_secret_value()
    params["Signature"] = sign(params, config.private_key.get_secret_value())
    # The product's page lists GET only, but the gateway takes forms too (docs.ucloud.cn/api/summary/public), the
    # official SDK sends them, and 200 recipients do not fit into a URL.
    return Request(f"{config.base_url.rstrip('/')}/", _HEADERS, _form(params), sends=sends)


def numbered(name: str, values: Iterable[str]) -> dict[str, str]:
    """Write an array as the parameters `name.0`, `name.1` and so on."""
    return {f"{name}.{index}": value for index, value in enumerate(values)}


def present(own: Mapping[str, str | None]) -> dict[str, str]:
    """Return the parameters that have a value."""
    return {name: value for name, value in own.items() if value}


_BASE64 = re.compile(r"[A-Za-z0-9+/=]*")


def _form(params: Mapping[str, str]) -> bytes:
    return "&".join(f"{name}={_escape(value)}" for name, value in params.items()).encode()


def _escape(value: str) -> str:
    # TaskContent of a full batch and a file are long, and quote_plus looks at each of their characters.
    if not _BASE64.fullmatch(value):
        return quote_plus(value)
    return value.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")


class Shape(BaseModel):
    """An object of an answer whose members are of the documented types; those that are not read are let through.

    Its `repr` tells none of them, for they may be phones, and what phones wrote.
    """

    model_config = ConfigDict(alias_generator=to_pascal, strict=True, frozen=True, hide_input_in_errors=True)

    def __repr_args__(self) -> tuple[()]:
        return ()


class _Envelope(Shape):
    ret_code: int
    action: str | None = None
    message: str | None = None


_MEMBERS = TypeAdapter(Members)


def read_answer(response: Response, action: str, read: Callable[[Members], T]) -> T:
    """Return what *read* makes of the members of the answer to *action*.

    Raises `CallFailed` if USMS refused, and `UnexpectedResponse` if the answer is not of the documented shape. The
    answers echo nothing of ours, so only one on a connection of its own is believed.
    """
    with decoding(response):
        response.require_fresh("an answer of USMS")
        members = decode_json(response, _MEMBERS)
        envelope = _Envelope.model_validate(members)
        if envelope.action and envelope.action != f"{action}Response":
            raise UnexpectedResponse("the answer is to another action")
        if envelope.ret_code != SUCCESS:
            raise refused(reason_of(envelope.ret_code), str(envelope.ret_code), envelope.message)
        return read(members)


def extras(model: type[OptionsT], options: Mapping[str, Any]) -> OptionsT:
    """Read the options of a draft; raises `InvalidCall`, which names each that is wrong and quotes none."""
    try:
        return model.model_validate(dict(options))
    except ValidationError as error:
        told = "; ".join(f"options.{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise InvalidCall(f"{told}; known: {', '.join(sorted(model.model_fields))}") from None


def at_most(what: str, text: str, most: int) -> None:
    """Raise `InvalidCall` if *text* has more than *most* characters."""
    if len(text) > most:
        raise InvalidCall(f"{what} has {len(text)} characters; USMS takes at most {most}, so shorten it")


def known_ids(what: str, ids: Sequence[str]) -> tuple[str, ...]:
    """Return *ids* without repetitions; raises `InvalidCall` for what can be no id of a *what*."""
    if isinstance(ids, str) or not isinstance(ids, Sequence):
        raise InvalidCall(f"{ids!r} is no list of ids; give the id of each {what} in a list")
    for each in ids:
        if not isinstance(each, str) or not each or any(map(str.isspace, each)):
            raise InvalidCall(f"{each!r} is not the id of a {what}; copy it from the vendor's console or answer")
    return tuple(dict.fromkeys(ids))

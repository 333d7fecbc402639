"""How every action of Dysmsapi is asked for: one signed POST, and the envelope of what is answered.

Parameters go where the vendor's metadata has them, into the query or a form, but for those that would put a phone or
a code into an address: these go into the form, from which the gateway takes the parameters of an RPC call as well. That
is how the vendor's older Node client sends every action (aliyun/openapi-core-nodejs-sdk, `lib/rpc.js`); for signature
V3 it is not documented, and assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, TypeAdapter
from pydantic.alias_generators import to_pascal

from smsway.provider import Exchange, Request, Response, Stamp, UnexpectedResponse, decode_json, decoding, refused
from smsway_aliyun._codes import SUCCESS, reason_of_call
from smsway_aliyun._config import AliyunConfig
from smsway_aliyun._signing import DIGEST, authorization, canonical_query

T = TypeVar("T")

Members: TypeAlias = dict[str, Any]
"""An object of an answer, as it came."""

VERSION = "2017-05-25"
_NOTHING: Mapping[str, str] = MappingProxyType({})


def write_call(
    config: AliyunConfig,
    action: str,
    stamp: Stamp,
    query: Mapping[str, str] = _NOTHING,
    form: Mapping[str, str] = _NOTHING,
    *,
    number: int = 1,
    sends: bool = False,
) -> Request:
    """Write *action* with its parameters as one signed POST, which is the request of this *number* in its exchange."""
    encoded, body = canonical_query(query), urlencode(form).encode()
    headers = {
        # Signed as it is sent, so it is sent as it is signed.
        "host": urlsplit(config.base_url).netloc,
        "x-acs-action": action,
        "x-acs-version": VERSION,
        "x-acs-date": datetime.fromtimestamp(int(stamp.now), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        # A nonce serves once, and a stamp is that of a whole exchange.
        "x-acs-signature-nonce": stamp.reference if number == 1 else f"{stamp.reference}-{number}",
        DIGEST: sha256(body).hexdigest(),
    }
    if body:
        headers["content-type"] = "application/x-www-form-urlencoded"
    if config.security_token is not None:
        headers["x-acs-security-token"] = config.security_token.get_secret_value()
    key_id, key_secret = config.access_key_id.get_secret_value(), config.access_key_secret.get_secret_value()
    headers["Authorization"] = authorization(key_id, key_secret, encoded, headers)
    url = f"{config.base_url.rstrip('/')}/{'?' if encoded else ''}{encoded}"
    return Request(url, headers, body, sends=sends)


class Shape(BaseModel):
    """An object of an answer whose members are of the documented types; those that are not read are let through.

    Its `repr` tells none of them, for they may be phones, and what was texted.
    """

    model_config = ConfigDict(alias_generator=to_pascal, strict=True, frozen=True, hide_input_in_errors=True)

    def __repr_args__(self) -> tuple[()]:
        return ()


class _Envelope(Shape):
    code: str
    message: str | None = None


_MEMBERS = TypeAdapter(Members)


def _content(response: Response) -> Members:
    """Return the members of an answer that says OK; call it inside `decoding`.

    The answers echo nothing of ours, so only one on a connection of its own is believed. The code stands above the
    status, which most refusals of the gateway share.
    """
    response.require_fresh("an answer of Alibaba Cloud")
    members = decode_json(response, _MEMBERS)
    envelope = _Envelope.model_validate(members)
    if envelope.code != SUCCESS:
        raise refused(reason_of_call(envelope.code), envelope.code, envelope.message)
    if response.status != 200:
        raise UnexpectedResponse(f"the answer says OK under HTTP status {response.status}")
    return members


@dataclass(slots=True)
class Caller:
    """Asks for actions beside sending, in one exchange; it counts the requests, each of which has its own nonce."""

    config: AliyunConfig
    stamp: Stamp
    asked: int = field(default=0, repr=False)

    def ask(
        self,
        action: str,
        read: Callable[[Members], T],
        query: Mapping[str, str] = _NOTHING,
        form: Mapping[str, str] = _NOTHING,
    ) -> Exchange[T]:
        """Ask for *action* and return what *read* makes of the members of its answer.

        Raises `CallFailed` if the vendor refuses, and `UnexpectedResponse` if *read* trips over the answer.
        """
        self.asked += 1
        response = yield write_call(self.config, action, self.stamp, query, form, number=self.asked)
        with decoding(response):
            return read(_content(response))

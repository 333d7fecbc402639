"""How everything is asked for: below the path of the account, with Basic authentication, and how a refusal looks.

The pages are twilio.com/docs/usage/twilios-response and twilio.com/docs/iam/api-keys.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, TypeAdapter

from smsway.provider import CallFailed, Exchange, Reason, Request, Response, decode_json, decoding, refused
from smsway_twilio._codes import reason_of
from smsway_twilio._config import TwilioConfig

T = TypeVar("T")

_OK = 200
_SERVER_ERROR = 500


def path_of(config: TwilioConfig, resource: str) -> str:
    """Return the path of a *resource* of the account, such as `Messages`; with its ending, the answer is JSON."""
    return f"/2010-04-01/Accounts/{config.account_sid}/{resource}.json"


def get(config: TwilioConfig, path: str) -> Request:
    """Return the request for what is at *path*, its query included."""
    return Request(f"{config.base_url.rstrip('/')}{path}", _headers(config), b"", "GET", sends=False)


def post(config: TwilioConfig, path: str, form: Mapping[str, str]) -> Request:
    """Return the request that posts *form* to *path*, and sends a text."""
    headers = {**_headers(config), "Content-Type": "application/x-www-form-urlencoded"}
    return Request(f"{config.base_url.rstrip('/')}{path}", headers, urlencode(form).encode())


def _headers(config: TwilioConfig) -> dict[str, str]:
    name, secret = config.account_sid, config.auth_token
    if config.api_key_sid is not None:
        name, secret = config.api_key_sid, config.api_key_secret
    password = "" if secret is None else secret.get_secret_value()
    return {
        "Accept": "application/json",
        "Authorization": f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}",
    }


class Shape(BaseModel):
    """An object of an answer whose members are of the documented types; its `repr` tells none of them."""

    model_config = ConfigDict(strict=True, frozen=True, hide_input_in_errors=True)

    def __repr_args__(self) -> tuple[()]:
        return ()


class Refusal(Shape):
    """Why a request was refused. Without a code, which is there "if available", the HTTP status speaks for itself."""

    code: int
    message: str | None = None


REFUSAL = TypeAdapter(Refusal)


def ask(config: TwilioConfig, path: str, read: Callable[[Response], T]) -> Exchange[T]:
    """Ask for what is at *path*, and return what *read* makes of the answer.

    Raises `CallFailed` if Twilio refuses, and `UnexpectedResponse` for an answer of another shape or one that may be
    meant for another request.
    """
    response = yield get(config, path)
    # `read` has frames of its own, so a traceback that shows the locals of this one shows nothing of the answer.
    with decoding(response):
        response.require_fresh("an answer of Twilio")
        if response.status != _OK:
            raise _failure(response)
        return read(response)


def _failure(response: Response) -> CallFailed:
    told = decode_json(response, REFUSAL)
    reason = reason_of(str(told.code), response.status)
    if reason is Reason.AMBIGUOUS:  # what only asks has done nothing
        reason = Reason.PROVIDER_FAILURE if response.status >= _SERVER_ERROR else Reason.OTHER
    return refused(reason, str(told.code), told.message)

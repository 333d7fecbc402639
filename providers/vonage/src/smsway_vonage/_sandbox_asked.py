"""The SMS API as the sandbox plays it: what a request says, who it says it is from, and how it is refused.

It shares no wire code with the client side of this package, so that a mistake in one of them shows. The texts of errors
are those of published answers where one is known; the vendor documents the statuses only.
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import parse_qsl

from smsway.provider import SandboxCall
from smsway_vonage._config import VonageConfig
from smsway_vonage._sandbox_signature import signs

THROTTLED = "1"
MISSING = "2"
INVALID = "3"
CREDENTIALS = "4"
INTERNAL = "5"
UNROUTABLE = "6"
QUOTA = "9"
TOO_LONG = "12"
SIGNATURE = "14"
SENDER = "15"
FACILITY = "19"
CALLBACK = "23"
BOTH_SECRETS = "32"

TEXTS: Mapping[str, str] = MappingProxyType(
    {
        THROTTLED: "Throughput Rate Exceeded - please wait and retry",
        CREDENTIALS: "Bad Credentials",
        INTERNAL: "Server Error",
        UNROUTABLE: "Invalid Message",
        "7": "Number barred.",
        "8": "Partner Account Barred",
        QUOTA: "Quota Exceeded - rejected",
        TOO_LONG: "Message Too Long",
        SIGNATURE: "Invalid Signature",
        SENDER: "Illegal Sender Address - rejected",
        FACILITY: "Facility not allowed",
        CALLBACK: "Invalid Callback Url",
        "29": "Non White-listed Destination - rejected",
        BOTH_SECRETS: "Signature And API Secret Disallowed",
        "33": "Number De-activated",
    }
)
"""The `error-text` of each status but 2 and 3, whose texts name the parameter."""


class Refused(Exception):
    """Ends the judgement with a *status* for the whole text, and says which *param* is at fault."""

    def __init__(self, status: str, param: str = "") -> None:
        self.status = status
        self.param = param

    @property
    def text(self) -> str:
        """The words of the status."""
        if self.param:
            return f"{'Missing' if self.status == MISSING else 'Invalid'} {self.param} param"
        return TEXTS[self.status]


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a request, and the key and secret of Basic authentication if it has them."""

    params: Mapping[str, str] = field(repr=False)
    basic: tuple[str, str] | None = field(default=None, repr=False)


def read(call: SandboxCall) -> Asked:
    """Read the form or the JSON object of *call*; what is neither has no parameters."""
    if call.headers.get("content-type", "").startswith("application/json"):
        return Asked(_members(call.body), _basic(call))
    form = call.body.decode("utf-8", "replace")
    return Asked(dict(parse_qsl(form, keep_blank_values=True)), _basic(call))


def _members(body: bytes) -> Mapping[str, str]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    members = told.items() if isinstance(told, dict) else ()
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in members}


def _basic(call: SandboxCall) -> tuple[str, str] | None:
    scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        key, _, secret = b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return key, secret


def check_account(asked: Asked, config: VonageConfig) -> None:
    """Raise `Refused` unless the request has the key of the account, and its secret or a signature."""
    params = asked.params
    if "sig" in params and ("api_secret" in params or asked.basic is not None):
        raise Refused(BOTH_SECRETS)
    if "sig" in params:
        _check_signature(params, config)
        return
    key, secret = asked.basic or (params.get("api_key", ""), params.get("api_secret", ""))
    if not key or not secret:
        raise Refused(MISSING, "api_secret" if key else "api_key")
    if not knows(key, secret, config):
        raise Refused(CREDENTIALS)


def knows(key: str, secret: str, config: VonageConfig) -> bool:
    """True if *key* and *secret* are those of the account."""
    known = config.api_secret.get_secret_value() if config.api_secret else None
    return (key, secret) == (config.api_key.get_secret_value(), known)


_SECONDS = re.compile(r"[0-9]{1,11}")


def _check_signature(params: Mapping[str, str], config: VonageConfig) -> None:
    if not params.get("api_key"):
        raise Refused(MISSING, "api_key")
    if params["api_key"] != config.api_key.get_secret_value():
        raise Refused(CREDENTIALS)
    secret = config.signature_secret
    # How old a signature may be is not documented, so any time is good.
    if secret is None or not _SECONDS.fullmatch(params.get("timestamp", "")):
        raise Refused(SIGNATURE)
    if not signs(params, secret.get_secret_value(), config.signature_method):
        raise Refused(SIGNATURE)

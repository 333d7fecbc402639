"""The SMS API as the sandbox plays it: its callbacks, one receipt or one message at a time, signed or not.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Literal, TypeAlias
from urllib.parse import urlencode

from smsway.provider import Delivery, PushRule, Reason, SandboxInbound, SandboxPush, SandboxReport, is_gsm
from smsway_vonage._config import VonageConfig
from smsway_vonage._sandbox_send import NETWORK, PRICE
from smsway_vonage._sandbox_signature import signature

WebhookFormat: TypeAlias = Literal["GET", "POST", "POST-JSON"]
"""How the vendor calls, as the dashboard names it: a query, a form or JSON."""

PUSH_RULE = PushRule(reports=1, inbound=1, tries=103, interval=(5, 10, 20, 40, 80, 160, 320, 640, 900))
"""First after 5 seconds, then after twice as long up to 15 minutes, for 24 hours.

That is 103 tries (api.support.vonage.com/hc/en-us/articles/360028543292). It says so of messages from phones; of
receipts nothing is documented, and the same is assumed.
"""

_NUMBER = "447700900000"
"""The account's number and the sender of its texts, for whoever does not say: the vendor's example."""

_FAILURES: Mapping[Reason, tuple[str, str]] = MappingProxyType(
    {
        Reason.UNREACHABLE_RECIPIENT: ("expired", "2"),
        Reason.INVALID_RECIPIENT: ("failed", "3"),
        Reason.BLOCKED_RECIPIENT: ("rejected", "9"),
        Reason.RECIPIENT_RATE_LIMITED: ("rejected", "6"),
        Reason.CARRIER_FAILURE: ("failed", "8"),
    }
)
"""The status and `err-code` of a text that did not arrive; for other reasons `failed` with 1, unknown."""


def push(
    items: Sequence[SandboxReport] | Sequence[SandboxInbound], config: VonageConfig, webhook_format: WebhookFormat
) -> SandboxPush:
    """Write a callback with the only one of *items*."""
    (item,) = items
    params = _receipt(item, config) if isinstance(item, SandboxReport) else _message(item, config)
    return _FORMATS[webhook_format](_signed(params, item.at, config))


def _receipt(report: SandboxReport, config: VonageConfig) -> dict[str, str]:
    arrived = report.delivery is Delivery.DELIVERED
    failure = _FAILURES.get(report.reason, ("failed", "1")) if report.reason else ("failed", "1")
    status, code = ("delivered", "0") if arrived else failure
    told = {
        "msisdn": report.phone.removeprefix("+"),
        "to": _NUMBER,
        "network-code": NETWORK,
        "messageId": report.message_id,
        "price": str(PRICE),
        "status": status,
        "scts": time.strftime("%y%m%d%H%M", time.gmtime(report.at)),
        "err-code": code,
        "api-key": config.api_key.get_secret_value(),
        "message-timestamp": _moment(report.at),
    }
    return {**told, "client-ref": report.reference} if report.reference else told


def _message(message: SandboxInbound, config: VonageConfig) -> dict[str, str]:
    words = message.text.split()
    return {
        "msisdn": message.phone.removeprefix("+"),
        "to": message.extension or _NUMBER,
        "messageId": _id(message),
        "text": message.text,
        "type": "text" if is_gsm(message.text) else "unicode",
        "keyword": words[0].upper() if words else "",
        "api-key": config.api_key.get_secret_value(),
        "message-timestamp": _moment(message.at),
    }


def _id(message: SandboxInbound) -> str:
    told = f"{message.phone} {message.at} {message.text}"
    return f"0B{hashlib.sha256(told.encode()).hexdigest()[:14]}".upper()


def _moment(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at))


def _signed(params: dict[str, str], at: float, config: VonageConfig) -> dict[str, str]:
    """Add what a signature needs and the signature itself, if the account's callbacks are signed."""
    secret = config.signature_secret
    if secret is None or not config.signed_callbacks:
        return params
    nonce = str(uuid.uuid5(uuid.NAMESPACE_OID, params["messageId"]))
    told = {**params, "timestamp": str(int(at)), "nonce": nonce}
    return {**told, "sig": signature(told, secret.get_secret_value(), config.signature_method)}


_FORMATS: Mapping[WebhookFormat, Callable[[dict[str, str]], SandboxPush]] = MappingProxyType(
    {
        "GET": lambda told: SandboxPush(method="GET", query=urlencode(told)),
        "POST": lambda told: SandboxPush(urlencode(told).encode(), "application/x-www-form-urlencoded; charset=UTF-8"),
        "POST-JSON": lambda told: SandboxPush(json.dumps(told).encode()),
    }
)


def acknowledged(status: int) -> bool:
    """True if an answer with this *status* is a receipt: 200 to 205, whatever its body says.

    developer.vonage.com/en/getting-started/concepts/webhooks
    """
    return HTTPStatus.OK <= status <= HTTPStatus.RESET_CONTENT

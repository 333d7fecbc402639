"""The SMS API as the sandbox plays it: which call it is, and the shape of the answer.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from smsway.provider import (
    PushRule,
    SandboxCall,
    SandboxDesk,
    SandboxInbound,
    SandboxPush,
    SandboxReply,
    SandboxReport,
)
from smsway_vonage._config import VonageConfig
from smsway_vonage._sandbox_asked import Asked, knows, read
from smsway_vonage._sandbox_push import PUSH_RULE, WebhookFormat, acknowledged, push
from smsway_vonage._sandbox_send import ENDLESS, PRICE, judge_send


class VonageSide:
    """The server side of the SMS API for the account of *config*.

    *webhook_format* is how its callbacks come, which the dashboard asks for.
    """

    def __init__(self, config: VonageConfig, webhook_format: WebhookFormat = "POST-JSON") -> None:
        self.config = config
        self.webhook_format: WebhookFormat = webhook_format

    def judge(self, call: SandboxCall, desk: SandboxDesk) -> SandboxReply:
        """Answer *call* as the vendor would; what is refused has HTTP status 200 as well, but for the balance."""
        match call.method, call.path:
            case "POST", "/sms/json":
                entries = judge_send(read(call), self.config, desk)
                return _json({"message-count": str(len(entries)), "messages": entries})
            case "GET", "/account/get-balance":
                return self._balance(call, read(call), desk)
        return SandboxReply(b"not found", 404, "text/plain")

    def _balance(self, call: SandboxCall, asked: Asked, desk: SandboxDesk) -> SandboxReply:
        key, secret = asked.basic or (call.query.get("api_key", ""), call.query.get("api_secret", ""))
        if not knows(key, secret, self.config):
            return _json({"error-code": "401", "error-code-label": "authentication failed"}, 401)
        left = ENDLESS if desk.balance is None else desk.balance * PRICE
        return _json({"value": float(left), "autoReload": False})

    @property
    def push_rule(self) -> PushRule:
        """One item each, again and again for a day."""
        return PUSH_RULE

    def push(self, items: Sequence[SandboxReport] | Sequence[SandboxInbound]) -> SandboxPush:
        """Write a callback."""
        return push(items, self.config, self.webhook_format)

    def acknowledged(self, status: int, body: bytes) -> bool:  # noqa: ARG002  # the vendor looks at the status only
        """True if the answer is a receipt."""
        return acknowledged(status)


def _json(told: object, status: int = 200) -> SandboxReply:
    return SandboxReply(json.dumps(told).encode(), status)

"""Twilio as the sandbox plays it, its gateway: who asks, for what, and with which key.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from smsway.provider import (
    PushRule,
    SandboxCall,
    SandboxDesk,
    SandboxInbound,
    SandboxPush,
    SandboxReply,
    SandboxReport,
)
from smsway_twilio._config import TwilioConfig
from smsway_twilio._sandbox_call import Admitted
from smsway_twilio._sandbox_push import PUSH_RULE, acknowledged, push, sign
from smsway_twilio._sandbox_records import judge_balance, judge_fetch, judge_list
from smsway_twilio._sandbox_refusals import Refused
from smsway_twilio._sandbox_send import judge_send

_PATH = re.compile(
    r"/2010-04-01/Accounts/(?P<account>[^/]+)/(?:(?P<resource>Messages|Balance)|(?P<owner>Messages)/(?P<sid>[^/.]+))\.json"
)

_MESSAGE = "one message"
ACTIONS: Mapping[str, Mapping[str, Callable[[Admitted], SandboxReply]]] = MappingProxyType(
    {
        "Messages": {"POST": judge_send, "GET": judge_list},
        _MESSAGE: {"GET": judge_fetch},
        "Balance": {"GET": judge_balance},
    }
)
"""Every resource that is played, and what judges each of its methods."""


@dataclass(frozen=True, slots=True)
class TwilioSide:
    """Plays the REST API 2010-04-01 for one account: text messages, and neither media nor other channels."""

    config: TwilioConfig

    @property
    def push_rule(self) -> PushRule:
        """How many items go into one callback, and what follows if it is not acknowledged."""
        return PUSH_RULE

    def push(self, items: Sequence[SandboxReport] | Sequence[SandboxInbound]) -> SandboxPush:
        """Write a callback with one status report, or one message from a phone."""
        return push(items[0], self.config)

    def sign(self, push: SandboxPush, url: str) -> Mapping[str, str]:
        """Return the signature over the address and the form."""
        return sign(push, url, self.config)

    def acknowledged(self, status: int, body: bytes) -> bool:
        """True for a status of success, and nothing or TwiML in the body."""
        return acknowledged(status, body)

    def judge(self, call: SandboxCall, desk: SandboxDesk) -> SandboxReply:
        """Answer one request."""
        try:
            return self._answer(call, desk)
        except Refused as refused:
            return refused.reply()

    def _answer(self, call: SandboxCall, desk: SandboxDesk) -> SandboxReply:
        self._authenticate(call.headers.get("authorization", ""))
        if desk.throttled():
            raise Refused(20429)
        named = _PATH.fullmatch(call.path)
        if named is None or named["account"] != self.config.account_sid:
            raise Refused(20404, call.path)
        methods = ACTIONS[named["resource"] or _MESSAGE]
        if call.method not in methods:
            raise Refused(20004)
        return methods[call.method](Admitted(call, desk, self.config, named["sid"] or ""))

    def _authenticate(self, authorization: str) -> None:
        given = _credentials(authorization)
        if not any(hmac.compare_digest(given, known) for known in self._known()):
            raise Refused(20003)

    def _known(self) -> Iterator[bytes]:
        """Yield every pair of a name and a password that is accepted, as it stands in the header."""
        config = self.config
        if config.auth_token is not None:
            yield f"{config.account_sid}:{config.auth_token.get_secret_value()}".encode()
        if config.api_key_sid is not None and config.api_key_secret is not None:
            yield f"{config.api_key_sid}:{config.api_key_secret.get_secret_value()}".encode()


def _credentials(authorization: str) -> bytes:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(token.strip().encode("latin-1"), validate=True)
    except binascii.Error:
        return b""

"""The v5 API as the sandbox plays it, its gateway: who asks, for what, and whether that is signed.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
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
from smsway_tencent_v5 import _sandbox_management, _sandbox_reports, _sandbox_statistics
from smsway_tencent_v5._config import TencentV5Config
from smsway_tencent_v5._sandbox_calls import Call
from smsway_tencent_v5._sandbox_send import SEND, Object, Refused, To, check_content, parse, recipients_of

_PATH = "/v5/tlssmssvr/"
_FORMAT_ERROR = "service timeout or request format error,please check and try again"
_CALLS: Mapping[str, Call] = MappingProxyType(
    {**_sandbox_reports.CALLS, **_sandbox_management.CALLS, **_sandbox_statistics.CALLS}
)


@dataclass(frozen=True, slots=True)
class TencentV5Side:
    """Plays the v5 API for one application.

    Marketing is taken at any hour, `extend` and pulling are enabled, and status reports do not repeat `ext`, which
    support would have to enable.
    """

    config: TencentV5Config

    def judge(self, call: SandboxCall, desk: SandboxDesk) -> SandboxReply:
        """Answer one request; every answer has HTTP status 200."""
        method = call.path.removeprefix(_PATH)
        body: Object = {}
        try:
            _check_method(call, method)
            if desk.throttled():
                return _reply({"ActionStatus": "FAIL", "ErrorInfo": "request rate limited", "ErrorCode": 60007})
            self._check_application(call)
            body.update(parse(call.body))
            _check_signed(body)
            answer = self._call if method in _CALLS else self._send
            return _reply(answer(method, call.query["random"], body, desk))
        except Refused as refused:
            return _reply(_refusal(method, refused, body))

    def _check_application(self, call: SandboxCall) -> None:
        if call.query.get("sdkappid") != str(self.config.sdk_app_id):
            raise Refused(1019, "sdkappid not exist")
        if not re.fullmatch(r"[0-9]+", call.query.get("random", "")):
            raise Refused(1004, "package format error, random missing")

    def _send(self, method: str, random: str, body: Object, desk: SandboxDesk) -> Object:
        recipients = recipients_of(method, body)
        self._check_signature(random, body, desk.now, _numbers(method, recipients))
        check_content(body, desk)
        return SEND[method](recipients, body, desk)

    def _call(self, method: str, random: str, body: Object, desk: SandboxDesk) -> Object:
        call = _CALLS[method]
        call.check(body)
        self._check_signature(random, body, desk.now)
        return call.answer(body, desk, self.config.zone)

    def _check_signature(self, random: str, body: Object, now: float, numbers: str = "") -> None:
        """Check what is signed, *numbers* last, and when."""
        key = self.config.app_key.get_secret_value()
        signed = f"appkey={key}&random={random}&time={body['time']}{numbers}"
        expected = hashlib.sha256(signed.encode()).hexdigest()
        if not hmac.compare_digest(expected.encode(), body["sig"].encode()):
            raise Refused(1001, "sig check fail")
        if abs(now - body["time"]) > 600:
            raise Refused(1021, "time differs by more than 10 minutes")

    @property
    def push_rule(self) -> PushRule:
        """How the vendor posts to its customers."""
        return _sandbox_reports.PUSH_RULE

    def push(self, items: Sequence[SandboxReport] | Sequence[SandboxInbound]) -> SandboxPush:
        """Write what is posted."""
        return _sandbox_reports.push(items, self.config.zone)

    def acknowledged(self, status: int, body: bytes) -> bool:
        """True if the customer's answer is the documented receipt."""
        return _sandbox_reports.acknowledged(status, body)


def _check_method(call: SandboxCall, method: str) -> None:
    if method == call.path or (method not in SEND and method not in _CALLS):
        raise Refused(1011, "rest api interface not exist")
    if call.method != "POST":
        # Observed for requests by GET: the access layer's code in the envelope of the SMS calls.
        raise Refused(60008, _FORMAT_ERROR)


def _check_signed(body: Object) -> None:
    if not body.get("sig"):
        raise Refused(1003, "sig missing")


def _numbers(method: str, recipients: list[To]) -> str:
    """Return the end of what a sending call signs."""
    name = "tel" if method == "sendisms" else "mobile"
    return f"&{name}={','.join(recipient.signed for recipient in recipients)}"


def _refusal(method: str, refused: Refused, body: Object) -> Object:
    if method in _CALLS:
        return {"result": refused.code, _CALLS[method].words: refused.errmsg}
    return {"result": refused.code, "errmsg": refused.errmsg, "ext": body.get("ext", "")}


def _reply(answer: Object) -> SandboxReply:
    return SandboxReply(json.dumps(answer, ensure_ascii=False).encode())

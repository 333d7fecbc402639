"""The v5 API as the sandbox plays it, its gateway: who asks, for what, and whether that is signed.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass

from smsway.provider import SandboxCall, SandboxDesk, SandboxReply
from smsway_tencent_v5._config import TencentV5Config
from smsway_tencent_v5._sandbox_send import SEND, Object, Refused, To, check_content, parse, recipients_of

_PATH = "/v5/tlssmssvr/"
_FORMAT_ERROR = "service timeout or request format error,please check and try again"


@dataclass(frozen=True, slots=True)
class TencentV5Side:
    """Plays the v5 API for one application.

    Marketing is taken at any hour, and `extend` is enabled.
    """

    config: TencentV5Config

    def judge(self, call: SandboxCall, desk: SandboxDesk) -> SandboxReply:
        """Answer one request; every answer has HTTP status 200."""
        body: Object = {}
        try:
            method = _method(call)
            if desk.throttled():
                return _reply({"ActionStatus": "FAIL", "ErrorInfo": "request rate limited", "ErrorCode": 60007})
            self._check_application(call)
            body.update(parse(call.body))
            recipients = self._authenticated(method, call.query["random"], body, desk)
            check_content(body, desk)
            return _reply(SEND[method](recipients, body, desk))
        except Refused as refused:
            return _reply({"result": refused.code, "errmsg": refused.errmsg, "ext": body.get("ext", "")})

    def _check_application(self, call: SandboxCall) -> None:
        if call.query.get("sdkappid") != str(self.config.sdk_app_id):
            raise Refused(1019, "sdkappid not exist")
        if not re.fullmatch(r"[0-9]+", call.query.get("random", "")):
            raise Refused(1004, "package format error, random missing")

    def _authenticated(self, method: str, random: str, body: Object, desk: SandboxDesk) -> list[To]:
        """Check fields, signature and time; return the recipients."""
        if not body.get("sig"):
            raise Refused(1003, "sig missing")
        recipients = recipients_of(method, body)
        name = "tel" if method == "sendisms" else "mobile"
        numbers = ",".join(recipient.signed for recipient in recipients)
        key = self.config.app_key.get_secret_value()
        signed = f"appkey={key}&random={random}&time={body['time']}&{name}={numbers}"
        expected = hashlib.sha256(signed.encode()).hexdigest()
        if not hmac.compare_digest(expected.encode(), body["sig"].encode()):
            raise Refused(1001, "sig check fail")
        if abs(desk.now - body["time"]) > 600:
            raise Refused(1021, "time differs by more than 10 minutes")
        return recipients


def _method(call: SandboxCall) -> str:
    method = call.path.removeprefix(_PATH)
    if method == call.path or method not in SEND:
        raise Refused(1011, "rest api interface not exist")
    if call.method != "POST":
        # Observed for requests by GET: the access layer's code in the envelope of the SMS calls.
        raise Refused(60008, _FORMAT_ERROR)
    return method


def _reply(answer: Object) -> SandboxReply:
    return SandboxReply(json.dumps(answer, ensure_ascii=False).encode())

"""API 3.0 as the sandbox plays it, its gateway: who asks, for what, and whether that is signed.

It shares no wire code with the client side of this package; the signature in particular is computed here a second time,
so that a mistake in one of them shows.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Container, Mapping, Sequence
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
from smsway_tencentcloud._config import TencentCloudConfig
from smsway_tencentcloud._sandbox_body import Admitted, Judge, Plays, Refused, id_of
from smsway_tencentcloud._sandbox_push import PUSH_RULE, acknowledged, push
from smsway_tencentcloud._sandbox_reports import (
    judge_replies,
    judge_replies_of_phone,
    judge_reports,
    judge_reports_of_phone,
)
from smsway_tencentcloud._sandbox_signatures import (
    judge_add_sign,
    judge_delete_sign,
    judge_list_signs,
    judge_modify_sign,
)
from smsway_tencentcloud._sandbox_statistics import judge_callback_statistics, judge_send_statistics
from smsway_tencentcloud._sandbox_templates import (
    judge_add_template,
    judge_delete_template,
    judge_list_templates,
    judge_modify_template,
)

_MAX_SKEW = 300
_VERSIONS = frozenset({"2021-01-11"})

ACTIONS: Mapping[str, Judge] = MappingProxyType(
    {
        "PullSmsSendStatus": judge_reports,
        "PullSmsSendStatusByPhoneNumber": judge_reports_of_phone,
        "PullSmsReplyStatus": judge_replies,
        "PullSmsReplyStatusByPhoneNumber": judge_replies_of_phone,
        "AddSmsTemplate": judge_add_template,
        "ModifySmsTemplate": judge_modify_template,
        "DeleteSmsTemplate": judge_delete_template,
        "DescribeSmsTemplateList": judge_list_templates,
        "AddSmsSign": judge_add_sign,
        "ModifySmsSign": judge_modify_sign,
        "DeleteSmsSign": judge_delete_sign,
        "DescribeSmsSignList": judge_list_signs,
        "SendStatusStatistics": judge_send_statistics,
        "CallbackStatusStatistics": judge_callback_statistics,
    }
)
"""Every action that is played for all providers, and what judges its body."""

_AUTHORIZATION = re.compile(
    r"TC3-HMAC-SHA256 Credential=(?P<id>[^/,\s]+)/(?P<scope>[0-9-]+/[a-z]+/tc3_request), "
    r"SignedHeaders=(?P<names>[a-z0-9;-]+), Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class Side:
    """Plays API 3.0 for one application, with what *plays* adds; marketing is taken at any hour.

    Params are of any length.
    """

    config: TencentCloudConfig
    plays: Plays

    @property
    def push_rule(self) -> PushRule:
        """How many items go into one callback, and what follows if it is not acknowledged."""
        return PUSH_RULE

    def push(self, items: Sequence[SandboxReport] | Sequence[SandboxInbound]) -> SandboxPush:
        """Write a callback with *items*: status reports, or one message from a phone."""
        return push(items, self.plays, self.config.zone)

    def acknowledged(self, status: int, body: bytes) -> bool:
        """True if the customer answered `{"result":0}`."""
        return acknowledged(status, body)

    @property
    def actions(self) -> Mapping[str, Judge]:
        """Every action that is played, and what judges its body."""
        return {**ACTIONS, **self.plays.actions}

    def judge(self, call: SandboxCall, desk: SandboxDesk) -> SandboxReply:
        """Answer one request; every answer of the API has HTTP status 200."""
        if call.path != "/":
            return SandboxReply(b"not found", 404, "text/plain")
        request = id_of(call.headers.get("authorization", ""), hashlib.sha256(call.body).hexdigest())
        content: dict[str, object]
        try:
            action = self._admit(call, desk)
            content = self.actions[action](Admitted(call.body, request, self.config, self.plays, desk))
        except Refused as refused:
            content = {"Error": {"Code": refused.code, "Message": refused.message}}
        answer = {"Response": {**content, "RequestId": request}}
        return SandboxReply(json.dumps(answer).encode())

    def _admit(self, call: SandboxCall, desk: SandboxDesk) -> str:
        """Check what is common to all calls: headers, time, keys, signature and rate; return the action."""
        if call.method != "POST":
            raise Refused("UnsupportedProtocol", "use POST")
        # Common headers with the values this API takes, and the code for any other.
        common: tuple[tuple[str, Container[str], str], ...] = (
            ("x-tc-action", self.actions, "InvalidAction"),
            ("x-tc-version", _VERSIONS, "NoSuchVersion"),
            ("x-tc-region", self.plays.regions, "UnsupportedRegion"),
        )
        for name, known, code in common:
            if _header(call, name) not in known:
                raise Refused(code, name)
        timestamp = _header(call, "x-tc-timestamp")
        if not re.fullmatch(r"[0-9]{1,11}", timestamp):
            raise Refused("InvalidParameter", "x-tc-timestamp is not in whole seconds")
        self._authenticate(call, int(timestamp), desk.now)
        action = call.headers["x-tc-action"]
        # The account's rate is that of sending; every other action has one of its own, which the desk does not keep.
        if action == self.plays.sends and desk.throttled():
            raise Refused("RequestLimitExceeded")
        return action

    def _authenticate(self, call: SandboxCall, timestamp: int, now: float) -> None:
        claim = _AUTHORIZATION.fullmatch(call.headers.get("authorization", ""))
        if claim is None:
            raise Refused("AuthFailure.InvalidAuthorization")
        if claim["id"] != self.config.secret_id.get_secret_value():
            raise Refused("AuthFailure.SecretIdNotFound")
        if abs(now - timestamp) > _MAX_SKEW:
            raise Refused("AuthFailure.SignatureExpire")
        scope = time.strftime("%Y-%m-%d", time.gmtime(timestamp)) + "/sms/tc3_request"
        names = claim["names"].split(";")
        if claim["scope"] != scope or names != sorted({"content-type", "host", *names}):
            raise Refused("AuthFailure.SignatureFailure", "credential scope or signed headers")
        signature = _tc3(self.config.secret_key.get_secret_value(), call, names, timestamp, scope)
        if not hmac.compare_digest(signature, claim["signature"]):
            raise Refused("AuthFailure.SignatureFailure")
        token = self.config.token.get_secret_value() if self.config.token else ""
        if not hmac.compare_digest(call.headers.get("x-tc-token", "").encode(), token.encode()):
            raise Refused("AuthFailure.TokenFailure")


def _header(call: SandboxCall, name: str) -> str:
    value = call.headers.get(name, "")
    if not value:
        raise Refused("MissingParameter", name)
    return value


def _tc3(secret_key: str, call: SandboxCall, names: list[str], timestamp: int, scope: str) -> str:
    """Return the signature that the request should have, in lower-case hexadecimal."""
    missing = [name for name in names if name not in call.headers]
    if missing:
        raise Refused("AuthFailure.SignatureFailure", f"{missing[0]} is signed but not sent")
    # The common headers may say that the body is not under the signature.
    unsigned = call.headers.get("x-tc-content-sha256") == "UNSIGNED-PAYLOAD"
    payload = b"UNSIGNED-PAYLOAD" if unsigned else call.body
    canonical = "POST\n/\n\n"
    for name in names:
        canonical += f"{name}:{call.headers[name].strip().lower()}\n"
    canonical += "\n" + ";".join(names) + "\n" + hashlib.sha256(payload).hexdigest()
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"TC3{secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), "sha256").digest()
    return hmac.new(key, f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{digest}".encode(), "sha256").hexdigest()

"""Dysmsapi as the sandbox plays it, its gateway: who asks, for what, and whether that is signed.

It shares no wire code with the client side of this package; the signature in particular is computed here a second time,
so that a mistake in one of them shows.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from urllib.parse import parse_qsl, quote

from smsway.provider import (
    PushRule,
    SandboxCall,
    SandboxDesk,
    SandboxInbound,
    SandboxPush,
    SandboxReply,
    SandboxReport,
)
from smsway_aliyun._config import AliyunConfig
from smsway_aliyun._sandbox_body import Admitted, Refused
from smsway_aliyun._sandbox_push import PUSH_RULE, acknowledged, push
from smsway_aliyun._sandbox_records import judge_send_details, judge_send_statistics
from smsway_aliyun._sandbox_send import judge_send, judge_send_batch
from smsway_aliyun._sandbox_signatures import judge_get_sign, judge_list_signs
from smsway_aliyun._sandbox_templates import (
    judge_create_template,
    judge_delete_template,
    judge_get_template,
    judge_list_templates,
    judge_update_template,
)

_VERSION = "2017-05-25"
_MAX_SKEW = 15 * 60
_FORM = "application/x-www-form-urlencoded"

ACTIONS: Mapping[str, Callable[[Admitted], dict[str, object]]] = MappingProxyType(
    {
        "SendSms": judge_send,
        "SendBatchSms": judge_send_batch,
        "QuerySendDetails": judge_send_details,
        "QuerySendStatistics": judge_send_statistics,
        "CreateSmsTemplate": judge_create_template,
        "UpdateSmsTemplate": judge_update_template,
        "DeleteSmsTemplate": judge_delete_template,
        "GetSmsTemplate": judge_get_template,
        "QuerySmsTemplateList": judge_list_templates,
        "GetSmsSign": judge_get_sign,
        "QuerySmsSignList": judge_list_signs,
    }
)
"""Every action that is played, and what judges its parameters."""

_SENDS = frozenset({"SendSms", "SendBatchSms"})
_AUTHORIZATION = re.compile(
    r"ACS3-HMAC-SHA256 Credential=(?P<id>[^,\s]+), ?"
    r"SignedHeaders=(?P<names>[a-z0-9;-]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class AliyunSide:
    """Plays Dysmsapi for one account; a nonce may come again, and promotions are taken at any hour."""

    config: AliyunConfig

    @property
    def push_rule(self) -> PushRule:
        """How many items go into one callback, and what follows if it is not acknowledged."""
        return PUSH_RULE

    def push(self, items: Sequence[SandboxReport] | Sequence[SandboxInbound]) -> SandboxPush:
        """Write a callback with *items*: status reports, or messages from phones."""
        return push(items)

    def acknowledged(self, status: int, body: bytes) -> bool:
        """True if the customer answered with status 200 and a number as `code`."""
        return acknowledged(status, body)

    def judge(self, call: SandboxCall, desk: SandboxDesk) -> SandboxReply:
        """Answer one request: an error of the gateway has an HTTP status of its own, one of the service has 200."""
        if call.path != "/":
            return SandboxReply(b"not found", 404, "text/plain")
        seed = f"{call.headers.get('authorization')} {hashlib.sha256(call.body).hexdigest()}"
        answer: dict[str, object] = {"RequestId": str(uuid.uuid5(uuid.NAMESPACE_OID, seed)).upper()}
        status = 200
        try:
            action = self._admit(call, desk)
            answer |= {"Code": "OK", "Message": "OK", **ACTIONS[action](Admitted(_parameters(call), desk))}
        except Refused as refused:
            status = refused.status
            answer |= {"Code": refused.code, "Message": refused.message}
        if status != 200:
            answer["HostId"] = call.headers.get("host", "")
            answer["Recommend"] = f"https://api.aliyun.com/troubleshoot?q={answer['Code']}&product=Dysmsapi"
        return SandboxReply(json.dumps(answer, ensure_ascii=False).encode(), status, "application/json;charset=utf-8")

    def _admit(self, call: SandboxCall, desk: SandboxDesk) -> str:
        """Check what is common to all calls: action, time, key, signature and rate; return the action."""
        if call.method not in {"GET", "POST"}:
            raise Refused("UnsupportedHTTPMethod")
        action = call.headers.get("x-acs-action", "")
        if action not in ACTIONS:
            raise Refused("InvalidAction.NotFound", "Specified api is not found, please check your url and method.")
        if call.headers.get("x-acs-version") != _VERSION:
            raise Refused("InvalidVersion", "Specified parameter Version is not valid.")
        self._authenticate(call, desk.now)
        # The account's rate is that of sending; every other action has one of its own, which the desk does not keep.
        if action in _SENDS and desk.throttled():
            raise Refused("Throttling.User", "Request was denied due to user flow control.")
        return action

    def _authenticate(self, call: SandboxCall, now: float) -> None:
        claim = _AUTHORIZATION.fullmatch(call.headers.get("authorization", ""))
        if claim is None or not call.headers.get("x-acs-signature-nonce"):
            raise Refused("IncompleteSignature", "The request signature does not conform to Aliyun standards.")
        if abs(now - _time(call.headers.get("x-acs-date", ""))) > _MAX_SKEW:
            raise Refused("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")
        if claim["id"] != self.config.access_key_id.get_secret_value():
            raise Refused("InvalidAccessKeyId.NotFound", "Specified access key is not found.")
        names = claim["names"].split(";")
        payload = hashlib.sha256(call.body).hexdigest()
        signature = _signature(self.config.access_key_secret.get_secret_value(), call, names, payload)
        whole = names == sorted(_to_sign(call) | set(names)) and call.headers.get("x-acs-content-sha256") == payload
        if not whole or not hmac.compare_digest(signature, claim["signature"]):
            raise Refused("SignatureDoesNotMatch", "Specified signature is not matched with our calculation.")
        token = self.config.security_token.get_secret_value() if self.config.security_token else ""
        if not hmac.compare_digest(call.headers.get("x-acs-security-token", "").encode(), token.encode()):
            raise Refused("InvalidSecurityToken.MismatchWithAccessKey", "Specified SecurityToken mismatch.")


def _time(written: str) -> float:
    try:
        return datetime.strptime(written, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise Refused("InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.") from None


def _to_sign(call: SandboxCall) -> set[str]:
    """Return the headers that must be signed: the host, the type of a body, and all of the vendor's own."""
    own = {name for name in call.headers if name.startswith("x-acs-")}
    return {"host", *own} | ({"content-type"} & call.headers.keys())


def _signature(secret: str, call: SandboxCall, names: Sequence[str], payload: str) -> str:
    """Return the signature that the request should have, in lower-case hexadecimal; *payload* is the body's digest."""
    query = "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in sorted(call.query.items()))
    headers = "".join(f"{name}:{call.headers.get(name, '').strip()}\n" for name in names)
    canonical = "\n".join([call.method, call.path, query, headers, ";".join(names), payload])
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return hmac.new(secret.encode(), f"ACS3-HMAC-SHA256\n{digest}".encode(), "sha256").hexdigest()


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")


def _parameters(call: SandboxCall) -> Mapping[str, str]:
    """Return the parameters; the gateway takes them from the query and from a form alike."""
    if call.headers.get("content-type", "").partition(";")[0].strip() != _FORM:
        return call.query
    return {**dict(parse_qsl(call.body.decode(errors="replace"), keep_blank_values=True)), **call.query}

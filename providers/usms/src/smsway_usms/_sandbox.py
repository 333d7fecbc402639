"""USMS as the sandbox plays it, its gateway: who asks, for what, and whether that is signed.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias
from urllib.parse import parse_qsl
from uuid import UUID

from smsway.provider import SandboxCall, SandboxDesk, SandboxReply
from smsway_usms._config import UsmsConfig
from smsway_usms._sandbox_send import MESSAGES, Verdict, judge_task

ACTION: Final = "SendBatchUSMSMessage"

Params: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class UsmsSide:
    """The server side of one USMS account, a `SandboxSide`."""

    config: UsmsConfig

    def judge(self, call: SandboxCall, desk: SandboxDesk) -> SandboxReply:
        """Answer a form, a JSON body or a query string; business errors come with HTTP status 200."""
        read = _READERS.get(call.method)
        if call.path != "/" or read is None:
            return SandboxReply(b"not found", status=404, content_type="text/plain")
        params = read(call)
        code = next(self._objections_of_gateway(params, desk), None) or next(self._objections(params), None)
        return _reply(call, params, (code, {}) if code else judge_task(params["TaskContent"], desk))

    def _objections_of_gateway(self, params: Params, desk: SandboxDesk) -> Iterator[int]:
        token = self.config.security_token.get_secret_value() if self.config.security_token else ""
        if not params.get("Action"):
            yield 160
        if params.get("Action") != ACTION:
            yield 161
        if not params.get("Signature"):
            yield 170
        if params.get("PublicKey") != self.config.public_key.get_secret_value():
            yield 172
        if params.get("SecurityToken", "") != token:
            yield 174
        if not self._signed(params):
            yield 171
        if desk.throttled():
            yield 153

    def _objections(self, params: Params) -> Iterator[int]:
        # An empty ProjectId means the default project for the owner of the account, and is an error for everybody
        # else; the table of SendBatchUSMSMessage marks it as required.
        if not params.get("ProjectId"):
            yield 18001
        if params.get("ProjectId") != self.config.project_id:
            yield 292
        if not params.get("TaskContent"):
            yield 18001

    def _signed(self, params: Params) -> bool:
        """True if Signature is the SHA-1 of the other parameters in the order of their names' bytes."""
        digest = hashlib.sha1(usedforsecurity=False)
        for name in sorted(params.keys() - {"Signature"}, key=_bytes):
            digest.update(_bytes(name) + _bytes(params[name]))
        digest.update(self.config.private_key.get_secret_value().encode())
        return hmac.compare_digest(digest.hexdigest().encode(), _bytes(params["Signature"]))


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")  # a JSON body may hold half a pair


def _from_body(call: SandboxCall) -> Params:
    if call.headers.get("content-type", "").startswith("application/json"):
        return _from_json(call.body)
    return dict(parse_qsl(call.body.decode(errors="replace"), keep_blank_values=True))


def _from_json(body: bytes) -> Params:
    try:
        members = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return {name: _scalar(value) for name, value in members.items()} if isinstance(members, dict) else {}


def _scalar(value: object) -> str:
    """Write a JSON value as it is signed (docs.ucloud.cn/api/summary/signature)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


# docs.ucloud.cn/api/summary/public: GET and POST, application/json and application/x-www-form-urlencoded.
_READERS: Mapping[str, Callable[[SandboxCall], Params]] = MappingProxyType(
    {"POST": _from_body, "GET": lambda call: call.query}
)


def _reply(call: SandboxCall, params: Params, verdict: Verdict) -> SandboxReply:
    code, members = verdict
    seed = call.body or repr(sorted(call.query.items())).encode()
    head = {
        "RetCode": code,
        "Action": f"{params.get('Action', '')}Response",
        "Message": MESSAGES[code],
        "ReqUuid": str(UUID(bytes=hashlib.sha256(seed).digest()[:16])),
    }
    return SandboxReply(json.dumps({**head, **members}).encode())

"""USMS as the sandbox plays it, its gateway: who asks, for what, and whether that is signed.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias
from urllib.parse import parse_qsl
from uuid import UUID

from smsway.provider import (
    PushRule,
    SandboxCall,
    SandboxDesk,
    SandboxInbound,
    SandboxPush,
    SandboxReply,
    SandboxReport,
)
from smsway_usms import _sandbox_reports as reports
from smsway_usms import _sandbox_signatures as signatures
from smsway_usms import _sandbox_statistics as statistics
from smsway_usms import _sandbox_templates as templates
from smsway_usms._config import UsmsConfig
from smsway_usms._sandbox_form import MESSAGES, MISSING, Flaw, Form, Verdict
from smsway_usms._sandbox_send import send

Params: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class UsmsSide:
    """The server side of one USMS account, a `SandboxSide` and a `SandboxPusher`."""

    config: UsmsConfig

    def judge(self, call: SandboxCall, desk: SandboxDesk) -> SandboxReply:
        """Answer a form, a JSON body or a query string; business errors come with HTTP status 200."""
        read = _READERS.get(call.method)
        if call.path != "/" or read is None:
            return SandboxReply(b"not found", status=404, content_type="text/plain")
        params = read(call)
        code = next(self._objections_of_gateway(params, desk), None) or next(self._objections(params), None)
        return _reply(call, params, (code, {}) if code else _judged(params, desk))

    @property
    def push_rule(self) -> PushRule:
        """How USMS posts receipts and messages."""
        return reports.PUSH_RULE

    def push(self, items: Sequence[SandboxReport] | Sequence[SandboxInbound]) -> SandboxPush:
        """Write a push."""
        return reports.push(items)

    def acknowledged(self, status: int, body: bytes) -> bool:
        """True if the customer says that it took a push."""
        return reports.acknowledged(status, body)

    def _objections_of_gateway(self, params: Params, desk: SandboxDesk) -> Iterator[int]:
        token = self.config.security_token.get_secret_value() if self.config.security_token else ""
        if not params.get("Action"):
            yield 160
        if params.get("Action") not in _ACTIONS:
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
        # else; the tables of most actions mark it as required.
        project = params.get("ProjectId")
        if not project and params["Action"] not in _PROJECT_OPTIONAL:
            yield MISSING
        if project and project != self.config.project_id:
            yield 292

    def _signed(self, params: Params) -> bool:
        """True if Signature is the SHA-1 of the other parameters in the order of their names' bytes."""
        digest = hashlib.sha1(usedforsecurity=False)
        for name in sorted(params.keys() - {"Signature"}, key=_bytes):
            digest.update(_bytes(name) + _bytes(params[name]))
        digest.update(self.config.private_key.get_secret_value().encode())
        return hmac.compare_digest(digest.hexdigest().encode(), _bytes(params["Signature"]))


_ACTIONS: Mapping[str, Callable[[Form, SandboxDesk], Verdict]] = MappingProxyType(
    {
        "SendBatchUSMSMessage": send,
        "PullUSMSReport": reports.pull,
        "GetUSMSSendReceipt": reports.find,
        "CreateUSMSTemplate": templates.create,
        "UpdateUSMSTemplate": templates.update,
        "DeleteUSMSTemplate": templates.delete,
        "QueryUSMSTemplate": templates.query,
        "CreateUSMSSignature": signatures.create,
        "UpdateUSMSSignature": signatures.update,
        "DeleteUSMSSignature": signatures.delete,
        "QueryUSMSSignature": signatures.query,
        "GetUSMSSendStatistics": statistics.count,
        "GetUSMSTemplateSendStatistics": statistics.count_by_template,
    }
)

_PROJECT_OPTIONAL = frozenset({"GetUSMSSendReceipt", "QueryUSMSSignature"})

# What a success says; the pages show nothing for the others.
_SUCCESS = MappingProxyType({"SendBatchUSMSMessage": "submit success", "PullUSMSReport": "pull success"})


def _judged(params: Params, desk: SandboxDesk) -> Verdict:
    try:
        return _ACTIONS[params["Action"]](Form(params), desk)
    except Flaw as flaw:
        return flaw.code, {}


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
    return dict(_flat(members)) if isinstance(members, dict) else {}


def _flat(members: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in members.items():
        if isinstance(value, list):
            yield from ((f"{name}.{index}", _scalar(each)) for index, each in enumerate(value))
        else:
            yield name, _scalar(value)


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
        "Message": MESSAGES[code] if code else _SUCCESS.get(params["Action"], ""),
        "ReqUuid": str(UUID(bytes=hashlib.sha256(seed).digest()[:16])),
    }
    return SandboxReply(json.dumps({**head, **members}).encode())

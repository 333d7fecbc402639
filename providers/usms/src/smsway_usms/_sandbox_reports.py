"""USMS as the sandbox plays it, its receipts: PullUSMSReport, GetUSMSSendReceipt and the push.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from smsway.provider import (
    Delivery,
    Phone,
    PushRule,
    Reason,
    SandboxDesk,
    SandboxInbound,
    SandboxPush,
    SandboxReport,
)
from smsway_usms._sandbox_form import NOT_VALID, Flaw, Form, Verdict

# docs.ucloud.cn/usms/api_docs/ret_message/retStatus: after the first push, three more, a second apart. How many items
# go into one is not said; this is as many as PullUSMSReport gives at most.
PUSH_RULE: Final = PushRule(reports=200, inbound=200, tries=4, interval=1.0)

_SESSIONS_BELOW: Final = 100

# From docs.ucloud.cn/usms/api_docs/ret_message/retStatus and docs.ucloud.cn/usms/api_docs/error_code/receipt_code.
_DELIVERED = ("Delivrd", "用户接收成功")
_WHY: Mapping[Reason, tuple[str, str]] = MappingProxyType(
    {
        Reason.BLOCKED_RECIPIENT: ("MSBLACK", "手机在运营商防骚扰黑名单"),
        Reason.INVALID_RECIPIENT: ("MK:0001", "空号"),
        Reason.UNREACHABLE_RECIPIENT: ("MK:0010", "关机、停机或空号的"),
        Reason.RECIPIENT_RATE_LIMITED: ("MX:0003", "发送超限被运营商拦截"),
        Reason.INVALID_CONTENT: ("TC:0007", "短信内容含有敏感词被运营商网关拦截"),
        Reason.SIGNATURE_REFUSED: ("SIGNERR", "短信签名无效"),
        Reason.TEMPLATE_REFUSED: ("YX:9417", "不符合用户模板"),
    }
)
_UNTOLD = ("MI:0099", "运营商未告知的原因拦截")


def pull(form: Form, desk: SandboxDesk) -> Verdict:
    """Give the oldest reports, which are never given again."""
    limit = form.number("Limit", 1, 200)
    return 0, {"ReportSet": [_session_first(report) for report in desk.take_reports(limit)]}


def find(form: Form, desk: SandboxDesk) -> Verdict:
    """Give the reports of some sessions, as far as they are there."""
    asked = form.texts("SessionNoSet")
    if len(asked) >= _SESSIONS_BELOW:
        raise Flaw(NOT_VALID)
    sets: dict[str, list[dict[str, object]]] = {session: [] for session in asked}
    for report in desk.reports(-math.inf, math.inf):
        if report.message_id in sets:
            sets[report.message_id].append({**_receipt(report), "UserId": report.reference or ""})
    return 0, {"Data": [{"SessionNo": session, "ReceiptSet": found} for session, found in sets.items() if found]}


def push(items: Sequence[SandboxReport] | Sequence[SandboxInbound]) -> SandboxPush:
    """Write a push: `MsgType` 2 with receipts, or 0 with messages from phones."""
    receipts = [_session_first(item) for item in items if isinstance(item, SandboxReport)]
    replies = [_reply(item) for item in items if isinstance(item, SandboxInbound)]
    told: dict[str, object] = {"MsgType": 2, "Data": receipts} if receipts else {"MsgType": 0, "Data": replies}
    return SandboxPush(json.dumps(told, ensure_ascii=False).encode())


def acknowledged(status: int, body: bytes) -> bool:
    """True for a success whose JSON says code 0."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return 200 <= status < 300 and isinstance(answer, dict) and answer.get("code") == 0


def _session_first(report: SandboxReport) -> dict[str, object]:
    """Write a receipt that names its session; without a UserId of the customer's it has none."""
    named = {"UserId": report.reference} if report.reference else {}
    return {"SessionNo": report.message_id, **_receipt(report), **named}


def _receipt(report: SandboxReport) -> dict[str, object]:
    delivered = report.delivery is Delivery.DELIVERED
    code, description = _DELIVERED if delivered else _WHY.get(report.reason or Reason.OTHER, _UNTOLD)
    mainland = report.phone.startswith("+86")
    return {
        "Phone": _written(report.phone),
        "CostCount": report.fee,
        "ReceiptTime": int(report.at),
        # The pages list both spellings, and not which is whose.
        "ReceiptResult": ("发送成功" if delivered else "发送失败")
        if mainland
        else ("Success" if delivered else "Fail"),
        "ReceiptCode": code,
        "ReceiptDesc": description,
    }


def _reply(message: SandboxInbound) -> dict[str, object]:
    extended = {"ExtendCode": message.extension} if message.extension else {}
    return {
        **extended,
        "Phone": _written(message.phone),
        "ReplyContent": message.text,
        "ReplyTime": int(message.at),
    }


def _written(phone: str) -> str:
    """Write a mainland phone bare, as the pages do, and another as it is to be sent to; its form is not published."""
    if phone.startswith("+86"):
        return phone[3:]
    code, national = Phone(phone).split_code()
    return f"({code}){national}"

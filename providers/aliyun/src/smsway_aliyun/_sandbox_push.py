"""Dysmsapi as the sandbox plays it, what it posts: SmsReport and SmsUp, by its "HTTP batch push".

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from smsway.provider import Delivery, PushRule, SandboxInbound, SandboxPush, SandboxReport
from smsway_aliyun._sandbox_body import moment, number_of
from smsway_aliyun._sandbox_records import receipt

PUSH_RULE = PushRule(reports=100, inbound=100, tries=4, interval=(60.0, 300.0, 600.0))
"""After a failure it is tried again in 1, 5 and 10 minutes (help.aliyun.com/document_detail/101867.html).

That a request holds 100 items at most is ours, for the vendor only says that there may be several.
"""


def push(items: Sequence[SandboxReport] | Sequence[SandboxInbound]) -> SandboxPush:
    """Write a callback with *items*; nothing in it is signed."""
    told = [_report(item) if isinstance(item, SandboxReport) else _reply(item) for item in items]
    return SandboxPush(json.dumps(told, ensure_ascii=False).encode(), "application/json;charset=utf-8")


def acknowledged(status: int, body: bytes) -> bool:
    """True for HTTP 200 with a `code` that is a number; which number does not matter."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return status == 200 and isinstance(said, dict) and type(said.get("code")) in {int, float}


def _report(report: SandboxReport) -> dict[str, object]:
    success = report.delivery is Delivery.DELIVERED
    return {
        "phone_number": number_of(report.phone),
        "send_time": moment(report.sent_at),
        "report_time": moment(report.at),
        "success": success,
        "err_code": receipt(report),
        "err_msg": "delivered" if success else "not delivered",
        "sms_size": str(report.fee),
        "biz_id": report.message_id,
        "out_id": report.reference or "",
    }


def _reply(message: SandboxInbound) -> dict[str, object]:
    return {
        "phone_number": number_of(message.phone),
        "content": message.text,
        "send_time": moment(message.at),
        "dest_code": message.extension,
        "sequence_id": str(int(message.at * 1000)),
    }

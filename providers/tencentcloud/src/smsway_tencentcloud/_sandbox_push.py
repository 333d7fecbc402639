"""API 3.0 as the sandbox plays it, its callbacks: status reports in an array, messages from phones one by one.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, tzinfo

from smsway.provider import Delivery, Phone, PushRule, SandboxInbound, SandboxPush, SandboxReport
from smsway_tencentcloud._sandbox_body import Plays
from smsway_tencentcloud._sandbox_reports import receipt

PUSH_RULE = PushRule(reports=100, inbound=1, tries=3, interval=60)
"""At most 100 reports, and two more tries, as cloud.tencent.com/document/api/382/59178 says.

The interval is ours, for the vendor documents none.
"""


def push(items: Sequence[SandboxReport] | Sequence[SandboxInbound], plays: Plays, zone: tzinfo) -> SandboxPush:
    """Write a callback with *items*; times without a zone are in *zone*."""
    reports = [_report(item, plays, zone) for item in items if isinstance(item, SandboxReport)]
    messages = [_message(item) for item in items if isinstance(item, SandboxInbound)]
    return SandboxPush(json.dumps(messages[0] if messages else reports).encode())


def _report(report: SandboxReport, plays: Plays, zone: tzinfo) -> dict[str, object]:
    code, mobile = Phone(report.phone).split_code()
    arrived = report.delivery is Delivery.DELIVERED
    told: dict[str, object] = {
        "user_receive_time": datetime.fromtimestamp(report.at, zone).strftime("%Y-%m-%d %H:%M:%S"),
        "nationcode": code,
        "mobile": mobile,
        "report_status": "SUCCESS" if arrived else "FAIL",
        "errmsg": receipt(report, plays),
        "description": "delivered" if arrived else "not delivered",
        "sid": report.message_id,
    }
    return {**told, "ext": report.reference} if report.reference else told


def _message(message: SandboxInbound) -> dict[str, object]:
    code, mobile = Phone(message.phone).split_code()
    return {
        "extend": message.extension,
        "mobile": mobile,
        "nationcode": code,
        "sign": message.signature,
        "text": message.text,
        "time": int(message.at),
    }


def acknowledged(status: int, body: bytes) -> bool:
    """True if an answer with this *status* and *body* is a receipt: a `result` of 0."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return False
    result = told.get("result") if isinstance(told, dict) else None
    return status == 200 and type(result) is int and result == 0

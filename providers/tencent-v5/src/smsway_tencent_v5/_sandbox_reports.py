"""The v5 API as the sandbox plays it, what comes back: status reports and replies, pulled, found and posted.

Sources: cloud.tencent.com/document/product/382/5807, 5809, 5810 and 5811. Pulling is enabled.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from types import MappingProxyType
from typing import Annotated

from pydantic import Field, TypeAdapter

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
from smsway_tencent_v5._sandbox_calls import Call, Signed, local_time
from smsway_tencent_v5._sandbox_send import Object, Refused, To

PUSH_RULE = PushRule(reports=100, inbound=1, tries=3, interval=10)
"""At most 100 reports are posted at once, and twice more after a failure (cloud.tencent.com/document/api/382/59178).

How long the vendor waits in between is not documented; the interval is the sandbox's own.
"""


class _Pull(Signed):
    type: Annotated[int, Field(ge=0, le=1)]
    max: Annotated[int, Field(ge=1, le=100)]


class _Find(_Pull):
    begin_time: Annotated[int, Field(ge=0)]
    end_time: int
    nationcode: str
    mobile: str


def _pullstatus(body: Object, desk: SandboxDesk, zone: tzinfo) -> Object:
    if body["type"] == 0:
        return _listed([_status(report, zone) for report in desk.take_reports(body["max"])])
    return _listed([_reply(message) for message in desk.take_inbound(body["max"])])


def _pullstatus4mobile(body: Object, desk: SandboxDesk, zone: tzinfo) -> Object:
    to = To(body["nationcode"], body["mobile"], "")
    if not to.is_mobile:
        raise Refused(1016, "mobile format error")
    since, until, most = body["begin_time"], body["end_time"], body["max"]
    if since > until:
        raise Refused(1004, "package format error, begin_time")
    if body["type"] == 0:
        reports = [report for report in desk.reports(since, until) if report.phone == to.phone]
        return _listed([_status(report, zone) for report in reports[:most]])
    messages = [message for message in desk.inbound(since, until) if message.phone == to.phone]
    return _listed([_reply(message) for message in messages[:most]])


def _listed(items: list[Object]) -> Object:
    return {"result": 0, "errmsg": "ok", "count": len(items), "data": items}


CALLS: Mapping[str, Call] = MappingProxyType(
    {
        "pullstatus": Call(TypeAdapter(_Pull), _pullstatus),
        "pullstatus4mobile": Call(TypeAdapter(_Find), _pullstatus4mobile),
    }
)
"""The calls by name."""

_CODES: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.INVALID_RECIPIENT: "MK:0001",
        Reason.UNREACHABLE_RECIPIENT: "MI:0013",
        Reason.BLOCKED_RECIPIENT: "MX:0012",
        Reason.RECIPIENT_RATE_LIMITED: "MX:0003",
        Reason.INVALID_CONTENT: "TC:0007",
    }
)
_UNEXPLAINED = "UNKNOWN"


def _status(report: SandboxReport, zone: tzinfo) -> Object:
    nationcode, mobile = Phone(report.phone).split_code()
    delivered = report.delivery is Delivery.DELIVERED
    return {
        "user_receive_time": local_time(report.at, zone),
        "nationcode": nationcode,
        "mobile": mobile,
        "report_status": "SUCCESS" if delivered else "FAIL",
        "errmsg": "DELIVRD" if delivered else _CODES.get(report.reason or Reason.OTHER, _UNEXPLAINED),
        "description": "the phone has it" if delivered else str(report.reason or "no cause is known"),
        "sid": report.message_id,
    }


def _reply(message: SandboxInbound) -> Object:
    nationcode, mobile = Phone(message.phone).split_code()
    return {
        "nationcode": nationcode,
        "mobile": mobile,
        "text": message.text,
        "sign": message.signature,
        "time": int(message.at),
        "extend": message.extension,
    }


def push(items: Sequence[SandboxReport] | Sequence[SandboxInbound], zone: tzinfo) -> SandboxPush:
    """Write what is posted: a list of status reports, or one reply by itself."""
    posted = [_status(item, zone) if isinstance(item, SandboxReport) else _reply(item) for item in items]
    whole = posted[0] if isinstance(items[0], SandboxInbound) else posted
    return SandboxPush(json.dumps(whole, ensure_ascii=False).encode())


def acknowledged(status: int, body: bytes) -> bool:
    """True if the answer is the documented receipt, whose `result` is 0."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return status == 200 and isinstance(answer, dict) and type(answer.get("result")) is int and answer["result"] == 0

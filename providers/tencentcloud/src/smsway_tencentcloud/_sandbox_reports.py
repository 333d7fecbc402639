"""API 3.0 as the sandbox plays it, its pulls: reports and messages from phones, off the queue or of one phone.

It shares no wire code with the client side of this package, so that a mistake in one of them shows. `SessionContext` is
repeated, as the vendor does where its support has switched that on.
"""

from __future__ import annotations

from functools import partial
from math import inf, nextafter

from smsway.provider import Delivery, Phone, Reason, SandboxInbound, SandboxReport
from smsway_tencentcloud._sandbox_body import Admitted, Plays, Refused, Shape, check_application, named, phone_of, read

_MOST = 100
_KEPT = 7 * 86_400
_SKEW = 300  # by as much may the customer's clock be behind


class _Pull(Shape):
    Limit: int
    SmsSdkAppId: str


class _OfPhone(Shape):
    BeginTime: int
    Offset: int
    Limit: int
    PhoneNumber: str
    SmsSdkAppId: str
    EndTime: int | None = None


def judge_reports(call: Admitted) -> dict[str, object]:
    """Judge PullSmsSendStatus."""
    return {"PullSmsSendStatusSet": list(map(partial(_report, call.plays), call.desk.take_reports(_limit(call))))}


def judge_replies(call: Admitted) -> dict[str, object]:
    """Judge PullSmsReplyStatus."""
    return {"PullSmsReplyStatusSet": list(map(_reply, call.desk.take_inbound(_limit(call))))}


def judge_reports_of_phone(call: Admitted) -> dict[str, object]:
    """Judge PullSmsSendStatusByPhoneNumber."""
    phone, since, until, limit = _asked(call)
    reports = [report for report in call.desk.reports(since, until) if report.phone == phone]
    return {"PullSmsSendStatusSet": list(map(partial(_report, call.plays), reports[:limit]))}


def judge_replies_of_phone(call: Admitted) -> dict[str, object]:
    """Judge PullSmsReplyStatusByPhoneNumber."""
    phone, since, until, limit = _asked(call)
    messages = [message for message in call.desk.inbound(since, until) if message.phone == phone]
    return {"PullSmsReplyStatusSet": list(map(_reply, messages[:limit]))}


def _limit(call: Admitted) -> int:
    asked = read(call.body, _Pull)
    check_application(asked.SmsSdkAppId, call.config)
    if not 1 <= asked.Limit <= _MOST:
        raise Refused("InvalidParameter", "Limit")
    return asked.Limit


def _asked(call: Admitted) -> tuple[Phone, float, float, int]:
    """Return the phone, the span with both ends included, and the limit."""
    asked = read(call.body, _OfPhone)
    check_application(asked.SmsSdkAppId, call.config)
    now = call.desk.now
    end = int(now) if asked.EndTime is None else asked.EndTime
    phone = phone_of(asked.PhoneNumber)
    if phone is None:
        raise Refused("InvalidParameterValue.IncorrectPhoneNumber")
    if asked.BeginTime < now - _KEPT - _SKEW:
        raise Refused("InvalidParameterValue.BeginTimeVerifyFail")
    if end < asked.BeginTime:
        raise Refused("InvalidParameterValue.InvalidStartTime")
    if asked.Offset != 0 or not 1 <= asked.Limit <= _MOST:
        raise Refused("InvalidParameter", "Offset is fixed at 0, and Limit goes up to 100")
    # The last second belongs to the span.
    return phone, float(asked.BeginTime), nextafter(end + 1.0, -inf), asked.Limit


def _report(plays: Plays, report: SandboxReport) -> dict[str, object]:
    return {
        **named(report.phone),
        "UserReceiveTime": int(report.at),
        "SerialNo": report.message_id,
        "ReportStatus": "SUCCESS" if report.delivery is Delivery.DELIVERED else "FAIL",
        "Description": receipt(report, plays),
        "SessionContext": report.reference or "",
    }


def receipt(report: SandboxReport, plays: Plays) -> str:
    """Return the receipt code of *report*."""
    if report.delivery is Delivery.DELIVERED:
        return "DELIVRD"
    return plays.receipts.get(report.reason or Reason.OTHER, plays.other_receipt)


def _reply(message: SandboxInbound) -> dict[str, object]:
    return {
        **named(message.phone),
        "ExtendCode": message.extension,
        "SignName": message.signature,
        "ReplyContent": message.text,
        "ReplyTime": int(message.at),
    }

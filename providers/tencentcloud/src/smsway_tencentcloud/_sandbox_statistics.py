"""API 3.0 as the sandbox plays it, its counts by whole hours.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from math import inf, nextafter
from types import MappingProxyType

from smsway.provider import Reason, SandboxTally
from smsway_tencentcloud._sandbox_body import Admitted, Refused, Shape, check_application, read

_LONGEST = timedelta(days=32)
_FAILURES: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.INVALID_RECIPIENT: "InvalidNumberCount",
        Reason.UNREACHABLE_RECIPIENT: "ShutdownErrorCount",
        Reason.BLOCKED_RECIPIENT: "BlackListCount",
        Reason.RECIPIENT_RATE_LIMITED: "FrequencyLimitCount",
    }
)
_OTHER = "InternalErrorCount"


class _Span(Shape):
    BeginTime: str
    EndTime: str
    SmsSdkAppId: str
    Limit: int
    Offset: int


def judge_send_statistics(call: Admitted) -> dict[str, object]:
    """Judge SendStatusStatistics."""
    tally = _tally(call)
    counts = {
        "FeeCount": tally.billed,
        "RequestCount": tally.requested,
        "RequestSuccessCount": tally.accepted,
    }
    return {"SendStatusStatistics": counts}


def judge_callback_statistics(call: Admitted) -> dict[str, object]:
    """Judge CallbackStatusStatistics."""
    tally = _tally(call, _LONGEST)
    counts = {
        "CallbackCount": tally.delivered + tally.undelivered,
        "RequestSuccessCount": tally.accepted,
        "CallbackFailCount": tally.undelivered,
        "CallbackSuccessCount": tally.delivered,
        **dict.fromkeys([_OTHER, *_FAILURES.values()], 0),
    }
    for reason, count in tally.failures.items():
        counts[_FAILURES.get(reason, _OTHER)] += count
    return {"CallbackStatusStatistics": counts}


def _tally(call: Admitted, longest: timedelta | None = None) -> SandboxTally:
    asked = read(call.body, _Span)
    check_application(asked.SmsSdkAppId, call.config)
    begin = hour_of(asked.BeginTime, call, "InvalidParameterValue.BeginTimeVerifyFail")
    end = hour_of(asked.EndTime, call, "InvalidParameterValue.EndTimeVerifyFail")
    if end < begin or (longest is not None and end - begin > longest):
        raise Refused("InvalidParameterValue.EndTimeVerifyFail")
    if asked.Limit != 0:
        raise Refused("InvalidParameterValue.LimitVerifyFail")
    if asked.Offset != 0:
        raise Refused("InvalidParameterValue.OffsetVerifyFail")
    # The hour that the span ends with is counted, to its last moment.
    return call.desk.tally(begin.timestamp(), nextafter(end.timestamp() + 3600, -inf))


def hour_of(text: str, call: Admitted, code: str) -> datetime:
    """Return the beginning of the hour that *text*, `2021050113`, names; raises `Refused` under *code* if none."""
    if not re.fullmatch("[0-9]{10}", text):
        raise Refused(code)
    try:
        return datetime(int(text[:4]), int(text[4:6]), int(text[6:8]), int(text[8:]), tzinfo=call.config.zone)
    except ValueError:
        raise Refused(code) from None

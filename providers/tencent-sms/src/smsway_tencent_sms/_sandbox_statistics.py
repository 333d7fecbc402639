"""API 3.0 as the sandbox plays it, its packages of texts.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

from datetime import timedelta

from smsway_tencentcloud.sandbox import Admitted, Refused, Shape, check_application, hour_of, read

_MOST = 500
_BOTTOMLESS = 1_000_000
_MONTH, _YEAR = (timedelta(days=days).total_seconds() for days in (30, 365))


class _Packages(Shape):
    SmsSdkAppId: str
    Limit: int
    Offset: int
    BeginTime: str
    EndTime: str


def judge_packages(call: Admitted) -> dict[str, object]:
    """Judge SmsPackagesStatistics: the balance is one package, beside another that is past."""
    asked = read(call.body, _Packages)
    check_application(asked.SmsSdkAppId, call.config)
    begin, end = _span(asked, call)
    if not 0 < asked.Limit <= _MOST:
        raise Refused("InvalidParameterValue.LimitVerifyFail")
    if asked.Offset < 0:
        raise Refused("InvalidParameterValue.OffsetVerifyFail")
    now = call.desk.now
    used = call.desk.tally(0, now).billed
    left = _BOTTOMLESS if call.desk.balance is None else call.desk.balance
    packages = [
        _package(2, 1, used + left, used, now - _MONTH, now + _YEAR),
        _package(1, 0, 100, 5, now - 2 * _MONTH, now - _MONTH),
    ]
    created = [each for each in packages if begin <= each["PackageCreateTime"] < end]
    return {"SmsPackagesStatisticsSet": created[asked.Offset : asked.Offset + asked.Limit]}


def _span(asked: _Packages, call: Admitted) -> tuple[float, float]:
    """Return when packages have to be created; `EndTime` "must be later than BeginTime and before the present"."""
    begin = hour_of(asked.BeginTime, call, "InvalidParameterValue.BeginTimeVerifyFail").timestamp()
    end = hour_of(asked.EndTime, call, "InvalidParameterValue.EndTimeVerifyFail").timestamp()
    if not begin < end < call.desk.now:
        raise Refused("InvalidParameterValue.EndTimeVerifyFail")
    return begin, end


def _package(id_: int, kind: int, amount: int, used: int, begin: float, end: float) -> dict[str, int]:
    return {
        "PackageCreateTime": int(begin),
        "PackageEffectiveTime": int(begin),
        "PackageExpiredTime": int(end),
        "PackageAmount": amount,
        "PackageType": kind,
        "PackageId": id_,
        "CurrentUsage": used,
    }

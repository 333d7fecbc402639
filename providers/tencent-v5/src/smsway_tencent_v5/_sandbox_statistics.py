"""The v5 API as the sandbox plays it, what is counted: texts sent, their reports, and packages.

Sources: cloud.tencent.com/document/product/382/7755, 7756 and 18324. The hour that a span ends with counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import Annotated, NotRequired

from pydantic import Field, TypeAdapter

from smsway.provider import Reason, SandboxDesk, SandboxTally
from smsway_tencent_v5._sandbox_calls import Call, Signed, local_time
from smsway_tencent_v5._sandbox_send import Object, Refused


class _Hours(Signed):
    begin_date: int
    end_date: int


class _Packages(Signed):
    offset: NotRequired[Annotated[int, Field(ge=0)]]
    length: Annotated[int, Field(ge=1)]


def _pullsendstatus(body: Object, desk: SandboxDesk, zone: tzinfo) -> Object:
    tally = _tally(body, desk, zone)
    data = {"request": tally.requested, "success": tally.accepted, "bill_number": tally.billed}
    return {"result": 0, "errmsg": "OK", "data": data}


_FAILURES = (
    Reason.CARRIER_FAILURE,
    Reason.INVALID_RECIPIENT,
    Reason.UNREACHABLE_RECIPIENT,
    Reason.BLOCKED_RECIPIENT,
    Reason.RECIPIENT_RATE_LIMITED,
)


def _pullcallbackstatus(body: Object, desk: SandboxDesk, zone: tzinfo) -> Object:
    tally = _tally(body, desk, zone)
    counts = [tally.failures.get(reason, 0) for reason in _FAILURES]
    counts[0] += tally.undelivered - sum(counts)  # whatever has no count of its own is the carrier's
    data = {
        "success": tally.accepted,
        "status": tally.delivered + tally.undelivered,
        "status_success": tally.delivered,
        "status_fail": tally.undelivered,
        **{f"status_fail_{number}": count for number, count in enumerate(counts)},
    }
    return {"result": 0, "errmsg": "OK", "data": data}


def _tally(body: Object, desk: SandboxDesk, zone: tzinfo) -> SandboxTally:
    begin, end = _hour(body["begin_date"], zone), _hour(body["end_date"], zone)
    if begin > end:
        raise Refused(1004, "package format error, begin_date")
    return desk.tally(begin, end + 3600 - 0.001)


def _hour(name: int, zone: tzinfo) -> float:
    try:
        return datetime.strptime(f"{name:010}", "%Y%m%d%H").replace(tzinfo=zone).timestamp()
    except (ValueError, OverflowError):
        raise Refused(1004, "package format error, yyyymmddhh") from None


_BOTTOMLESS = 1_000_000


def _getsmspackages(body: Object, desk: SandboxDesk, zone: tzinfo) -> Object:
    """Show the balance as one package, beside another that is past, of which something was left."""
    used = desk.tally(0, desk.now).billed
    left = _BOTTOMLESS if desk.balance is None else desk.balance
    month, year = timedelta(days=30).total_seconds(), timedelta(days=365).total_seconds()
    packages = [
        _package(2, 1, used + left, used, desk.now - month, desk.now + year, zone),
        _package(1, 0, 100, 5, desk.now - 2 * month, desk.now - month, zone),
    ]
    offset = body.get("offset", 0)
    return {"total": len(packages), "data": packages[offset : offset + body["length"]]}


def _package(id_: int, type_: int, amount: int, used: int, begin: float, end: float, zone: tzinfo) -> Object:
    return {
        "from_time": local_time(begin, zone),
        "to_time": local_time(end, zone),
        "create_time": local_time(begin, zone),
        "amount": amount,
        "type": type_,
        "package_id": id_,
        "used": used,
    }


CALLS: Mapping[str, Call] = MappingProxyType(
    {
        "pullsendstatus": Call(TypeAdapter(_Hours), _pullsendstatus),
        "pullcallbackstatus": Call(TypeAdapter(_Hours), _pullcallbackstatus),
        "getsmspackages": Call(TypeAdapter(_Packages), _getsmspackages),
    }
)
"""The calls by name."""

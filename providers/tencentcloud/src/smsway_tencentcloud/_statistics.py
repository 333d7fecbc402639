"""The vendor's counts, by whole hours: what was handed to it, and what became of it.

The pages are tencentcloud.com/document/product/382/40528 (SendStatusStatistics) and 40529 (CallbackStatusStatistics).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import Annotated

from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

from smsway.provider import DeliveryStatistics, Exchange, Reason, Response, SendStatistics, Stamp
from smsway_tencentcloud._api import Api, content_of
from smsway_tencentcloud._times import Hours, hours_of

_LONGEST = timedelta(days=32)


def send_statistics(api: Api, since: float, until: float, stamp: Stamp) -> Exchange[SendStatistics]:
    """Count what was sent in every hour that the span touches."""
    hours = hours_of(since, until, api.config.zone)
    return (yield from api.ask("SendStatusStatistics", _content(api, hours), stamp, partial(_sent, hours)))


def delivery_statistics(api: Api, since: float, until: float, stamp: Stamp) -> Exchange[DeliveryStatistics]:
    """Count the reports on what was sent in every hour that the span touches, 32 days at most."""
    hours = hours_of(since, until, api.config.zone, _LONGEST)
    return (yield from api.ask("CallbackStatusStatistics", _content(api, hours), stamp, partial(_delivered, hours)))


def _content(api: Api, hours: Hours) -> dict[str, object]:
    # Limit and Offset are required, and fixed at 0.
    return {
        "BeginTime": hours.begin,
        "EndTime": hours.end,
        "SmsSdkAppId": api.config.sdk_app_id,
        "Limit": 0,
        "Offset": 0,
    }


_Count = Annotated[int, Field(strict=True, ge=0)]


class _Sends(TypedDict):
    FeeCount: _Count
    RequestCount: _Count
    RequestSuccessCount: _Count


class _Sent(TypedDict):
    SendStatusStatistics: dict[str, object]


class _Callbacks(TypedDict):
    CallbackCount: _Count
    RequestSuccessCount: _Count
    CallbackFailCount: _Count
    CallbackSuccessCount: _Count
    InternalErrorCount: _Count
    InvalidNumberCount: _Count
    ShutdownErrorCount: _Count
    BlackListCount: _Count
    FrequencyLimitCount: _Count


class _Delivered(TypedDict):
    CallbackStatusStatistics: dict[str, object]


_SENT = TypeAdapter(_Sent)
_SENDS = TypeAdapter(_Sends)
_DELIVERED = TypeAdapter(_Delivered)
_CALLBACKS = TypeAdapter(_Callbacks)

FAILURES: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.CARRIER_FAILURE: "InternalErrorCount",
        Reason.INVALID_RECIPIENT: "InvalidNumberCount",
        Reason.UNREACHABLE_RECIPIENT: "ShutdownErrorCount",
        Reason.BLOCKED_RECIPIENT: "BlackListCount",
        Reason.RECIPIENT_RATE_LIMITED: "FrequencyLimitCount",
    }
)
"""Why texts did not arrive, and the member that counts them, tencentcloud.com/document/product/382/40473."""


def _sent(hours: Hours, response: Response) -> SendStatistics:
    record = content_of(response, _SENT)["SendStatusStatistics"]
    counts = _SENDS.validate_python(record)
    return SendStatistics(
        since=hours.since,
        until=hours.until,
        requested=counts["RequestCount"],
        accepted=counts["RequestSuccessCount"],
        billed=counts["FeeCount"],
        raw=record,
    )


def _delivered(hours: Hours, response: Response) -> DeliveryStatistics:
    record = content_of(response, _DELIVERED)["CallbackStatusStatistics"]
    counts = _CALLBACKS.validate_python(record)
    numbers: Mapping[str, object] = counts
    failures = {reason: numbers[member] for reason, member in FAILURES.items()}
    return DeliveryStatistics(
        since=hours.since,
        until=hours.until,
        accepted=counts["RequestSuccessCount"],
        reported=counts["CallbackCount"],
        delivered=counts["CallbackSuccessCount"],
        undelivered=counts["CallbackFailCount"],
        failures={reason: count for reason, count in failures.items() if isinstance(count, int) and count},
        raw=record,
    )

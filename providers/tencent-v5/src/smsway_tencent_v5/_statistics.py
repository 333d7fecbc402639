"""The calls that count: what was sent, what became of it, and what is left of the packages."""

from __future__ import annotations

from datetime import tzinfo
from typing import Annotated, Any

from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

from smsway.provider import (
    Balance,
    DeliveryStatistics,
    Exchange,
    Request,
    Response,
    SendStatistics,
    Stamp,
    UnexpectedResponse,
    clean,
    decoding,
)
from smsway_tencent_v5._calls import encode_call, read_answer
from smsway_tencent_v5._codes import FAILURES
from smsway_tencent_v5._config import TencentV5Config
from smsway_tencent_v5._envelope import Answer, Integer, Text
from smsway_tencent_v5._times import Hours, hours, moment

_Count = Annotated[Integer, Field(ge=0)]


def encode_pullsendstatus(config: TencentV5Config, span: Hours, stamp: Stamp) -> Request:
    """Encode the question for what was sent (cloud.tencent.com/document/product/382/7755)."""
    return encode_call(config, stamp, "pullsendstatus", {"begin_date": span.first, "end_date": span.last})


def encode_pullcallbackstatus(config: TencentV5Config, span: Hours, stamp: Stamp) -> Request:
    """Encode the question for what became of what was sent (cloud.tencent.com/document/product/382/7756)."""
    return encode_call(config, stamp, "pullcallbackstatus", {"begin_date": span.first, "end_date": span.last})


def encode_getsmspackages(config: TencentV5Config, offset: int, stamp: Stamp, turn: int = 0) -> Request:
    """Encode the question for a page of packages, request number *turn* of *stamp*.

    Source: cloud.tencent.com/document/product/382/18324, which tells no limit of `length`.
    """
    return encode_call(config, stamp, "getsmspackages", {"offset": offset, "length": _PAGE}, turn)


def send_statistics(config: TencentV5Config, since: float, until: float, stamp: Stamp) -> Exchange[SendStatistics]:
    """Count what was sent in the whole hours around a span."""
    span = hours(since, until, config.zone)
    response = yield encode_pullsendstatus(config, span, stamp)
    return decode_send_statistics(span, response)


def delivery_statistics(
    config: TencentV5Config, since: float, until: float, stamp: Stamp
) -> Exchange[DeliveryStatistics]:
    """Count what became of what was sent in the whole hours around a span."""
    span = hours(since, until, config.zone)
    response = yield encode_pullcallbackstatus(config, span, stamp)
    return decode_delivery_statistics(span, response)


class _Counts(Answer, total=False):
    data: dict[str, Any] | None


_COUNTS: TypeAdapter[_Counts] = TypeAdapter(_Counts)
_COUNT: TypeAdapter[int | None] = TypeAdapter(_Count | None)


def decode_send_statistics(span: Hours, response: Response) -> SendStatistics:
    """Read how many texts were sent; raises `UnexpectedResponse` and `CallFailed`."""
    with decoding(response):
        data = read_answer(response, _COUNTS).get("data") or {}
        return SendStatistics(
            since=span.begin,
            until=span.end,
            requested=_count(data, "request"),
            accepted=_count(data, "success"),
            billed=_count(data, "bill_number"),
            raw=data,
        )


def decode_delivery_statistics(span: Hours, response: Response) -> DeliveryStatistics:
    """Read what became of the texts; raises `UnexpectedResponse` and `CallFailed`."""
    with decoding(response):
        data = read_answer(response, _COUNTS).get("data") or {}
        failures = {reason: _count(data, name) for name, reason in FAILURES.items()}
        return DeliveryStatistics(
            since=span.begin,
            until=span.end,
            accepted=_count(data, "success"),
            reported=_count(data, "status"),
            delivered=_count(data, "status_success"),
            undelivered=_count(data, "status_fail"),
            failures={reason: count for reason, count in failures.items() if count},
            raw=data,
        )


def _count(data: dict[str, Any], name: str) -> int | None:
    return _COUNT.validate_python(data.get(name))


class _Package(TypedDict):
    package_id: Text
    amount: _Count
    used: _Count
    to_time: str


class _Packages(Answer, total=False):
    total: _Count
    data: list[dict[str, Any]] | None


_PACKAGE: TypeAdapter[_Package] = TypeAdapter(_Package)
_PACKAGES: TypeAdapter[_Packages] = TypeAdapter(_Packages)
_PAGE, _MOST_PAGES = 50, 100


def get_balance(config: TencentV5Config, stamp: Stamp) -> Exchange[Balance]:
    """Add up what is left of the packages that are not past."""
    packages: dict[str, dict[str, Any]] = {}
    for turn in range(_MOST_PAGES):
        response = yield encode_getsmspackages(config, len(packages), stamp, turn)
        page, total = decode_packages(response)
        if packages.keys() & page.keys():
            raise UnexpectedResponse("a page of the packages repeats what another has, which would count twice")
        packages |= page
        if len(packages) >= total:
            every = list(packages.values())
            with decoding(response):
                remaining = sum(_left(package, stamp.now, config.zone) for package in every)
            return Balance(remaining=remaining, unit="texts", raw={"total": total, "data": every})
    raise UnexpectedResponse(f"the packages do not end after {_MOST_PAGES} pages")


def decode_packages(response: Response) -> tuple[dict[str, dict[str, Any]], int]:
    """Read a page of packages, by their ids, and how many there are in all.

    Raises `UnexpectedResponse`, also if it has one twice, and `CallFailed`.
    """
    with decoding(response):
        # The documented answer has no `result`.
        answer = read_answer(response, _PACKAGES, says_result=False)
        records, total = answer.get("data") or [], answer["total"]
        if total and not records:
            raise UnexpectedResponse(f"the answer counts {clean(str(total))} packages and lists none")
        page = {_PACKAGE.validate_python(record)["package_id"]: record for record in records}
        if len(page) < len(records):
            raise UnexpectedResponse("the answer lists a package twice")
        return page, total


def _left(package: dict[str, Any], now: float, zone: tzinfo) -> int:
    said = _PACKAGE.validate_python(package)
    end = moment(said["to_time"], zone)
    if end is None:
        raise UnexpectedResponse("a package does not say when it ends")
    return said["amount"] - said["used"] if end >= now else 0

"""What is left of the packages of texts.

Source: cloud.tencent.com/document/api/382/55964 (SmsPackagesStatistics).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

from smsway.provider import Balance, Exchange, Response, Stamp, UnexpectedResponse
from smsway_tencentcloud import Api, content_of, hours_of

_PAGE, _MOST_PAGES = 500, 100

_FIRST = 1_262_304_000.0
"""2010, before the first package was sold. The span of one request has no documented limit."""

_Number = Annotated[int, Field(strict=True, ge=0)]


class _Package(TypedDict):
    PackageId: _Number
    PackageExpiredTime: _Number
    PackageAmount: _Number
    CurrentUsage: _Number


class _Packages(TypedDict):
    SmsPackagesStatisticsSet: list[dict[str, object]] | None


_PACKAGE = TypeAdapter(_Package)
_PACKAGES = TypeAdapter(_Packages)


def get_balance(api: Api, stamp: Stamp) -> Exchange[Balance]:
    """Add up what is left of the packages that are not past.

    Raises `UnexpectedResponse` if the pages repeat a package, which would count twice, or do not come to an end.
    """
    # The vendor wants an end before the present time; the hour that ran a second ago began before it.
    hours = hours_of(_FIRST, stamp.now, api.config.zone)
    remaining: dict[int, int] = {}
    records: list[Mapping[str, object]] = []
    for page in range(_MOST_PAGES):
        content = {
            "SmsSdkAppId": api.config.sdk_app_id,
            "Limit": _PAGE,
            "Offset": page * _PAGE,
            "BeginTime": hours.begin,
            "EndTime": hours.end,
        }
        found = yield from api.ask("SmsPackagesStatistics", content, stamp, _read)
        told = {package["PackageId"]: _left(package, stamp.now) for _, package in found}
        if len(told) < len(found) or remaining.keys() & told.keys():
            raise UnexpectedResponse("the answer has a package twice, which would count twice")
        remaining |= told
        records += [record for record, _ in found]
        # The vendor does not tell how many there are in all, so only a page that is not full is the last.
        if len(found) < _PAGE:
            return Balance(remaining=sum(remaining.values()), unit="texts", raw={"SmsPackagesStatisticsSet": records})
    raise UnexpectedResponse(f"the packages do not end after {_MOST_PAGES} pages")


def _read(response: Response) -> list[tuple[Mapping[str, object], _Package]]:
    records = content_of(response, _PACKAGES)["SmsPackagesStatisticsSet"] or ()
    return [(record, _PACKAGE.validate_python(record)) for record in records]


def _left(package: _Package, now: float) -> int:
    return package["PackageAmount"] - package["CurrentUsage"] if package["PackageExpiredTime"] >= now else 0

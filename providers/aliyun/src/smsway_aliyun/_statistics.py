"""QuerySendStatistics: what became of the texts of whole days (help.aliyun.com/document_detail/419276.html)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pydantic import NonNegativeInt

from smsway.provider import DeliveryStatistics, Exchange, Stamp, UnexpectedResponse
from smsway_aliyun._calls import Caller, Members, Shape
from smsway_aliyun._config import AliyunConfig
from smsway_aliyun._times import Days, written_day

STATISTICS: Final = "QuerySendStatistics"

PER_PAGE: Final = 50
_MOST_PAGES = 100
"""How many pages may be asked for: years, with a row for each day."""

_DESTINATIONS: Mapping[str, str] = MappingProxyType({"mainland": "1", "elsewhere": "2"})
"""`IsGlobe`, by the name that the records have in `raw`."""


def delivery_statistics(config: AliyunConfig, since: float, until: float, stamp: Stamp) -> Exchange[DeliveryStatistics]:
    """Count by whole days in China; every count is of billed parts, mainland and elsewhere added up."""
    days, caller = Days.touched(since, until), Caller(config, stamp)
    raw: dict[str, list[Members]] = {}
    rows: list[_Row] = []
    for name, globe in _DESTINATIONS.items():
        raw[name] = yield from _walked(caller, days, globe, rows)
    delivered = sum(row.responded_success_count for row in rows)
    undelivered = sum(row.responded_fail_count for row in rows)
    return DeliveryStatistics(
        since=days.since,
        until=days.until,
        accepted=sum(row.total_count for row in rows),
        reported=delivered + undelivered,
        delivered=delivered,
        undelivered=undelivered,
        raw=raw,
    )


class _Row(Shape):
    """The counts of one day."""

    send_date: str
    total_count: NonNegativeInt
    responded_success_count: NonNegativeInt
    responded_fail_count: NonNegativeInt


class _Data(Shape):
    target_list: list[_Row] | None = None


class _Counted(Shape):
    data: _Data


def _walked(caller: Caller, days: Days, globe: str, rows: list[_Row]) -> Exchange[list[Members]]:
    """Walk the pages until one is not full, and add what stands on them to *rows*; return the answers."""
    answers: list[Members] = []
    seen: list[str] = []
    asked = {"IsGlobe": globe, "StartDate": written_day(days.first), "EndDate": written_day(days.last)}
    for page in range(1, _MOST_PAGES + 1):
        query = {**asked, "PageIndex": str(page), "PageSize": str(PER_PAGE)}
        answer, found = yield from caller.ask(STATISTICS, _read, query)
        answers.append(answer)
        rows += found
        seen += [row.send_date for row in found]
        if len(set(seen)) < len(seen):
            raise UnexpectedResponse("the statistics have a day twice, as if a page was repeated")
        if len(found) < PER_PAGE:
            return answers
    raise UnexpectedResponse(f"the statistics have no end after {_MOST_PAGES} pages")


def _read(members: Members) -> tuple[Members, list[_Row]]:
    return members, _Counted.model_validate(members).data.target_list or []

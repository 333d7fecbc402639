"""Statistics by day and country, of all texts or for each template.

Pages: get_usms_send_statistics and get_usms_template_send_statistics under docs.ucloud.cn/api/usms-api.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, Final

from pydantic import NonNegativeInt

from smsway.provider import (
    DeliveryStatistics,
    Exchange,
    InvalidCall,
    SendStatistics,
    TemplateStatistics,
    UnexpectedResponse,
)
from smsway_usms._calls import Members, Shape, read_answer, write_call
from smsway_usms._config import UsmsConfig

COUNT: Final = "GetUSMSSendStatistics"
COUNT_BY_TEMPLATE: Final = "GetUSMSTemplateSendStatistics"

# The vendor does not say by whose clock its days begin; its office hours and quiet hours go by this one.
CHINA: Final = timezone(timedelta(hours=8))
# The page names no largest page; this holds a month of three countries.
PER_PAGE: Final = 100
_MOST_PAGES: Final = 1000
_DOMESTIC: Final = {"mainland": "1", "international": "0"}

# Which counts of a row make up one of ours. SendCount is not among them, for the page does not say whether it takes
# those in that could not be submitted.
_REPORTED: Final = ("success_count", "failed_count")
_ACCEPTED: Final = (*_REPORTED, "unknown_count")
_REQUESTED: Final = (*_ACCEPTED, "submit_failed_count")
_BILLED: Final = ("success_cost_count", "failed_cost_count", "unknown_cost_count")


def send_statistics(config: UsmsConfig, since: float, until: float) -> Exchange[SendStatistics]:
    """Count what was handed over on the days that *since* to *until* touches."""
    days = _Days.touched(since, until)
    counts = yield from _counted(config, COUNT, days)
    return SendStatistics(
        since=days.since,
        until=days.until,
        requested=counts.sum(*_REQUESTED),
        accepted=counts.sum(*_ACCEPTED),
        billed=counts.sum(*_BILLED),
        raw=counts.raw,
    )


def delivery_statistics(config: UsmsConfig, since: float, until: float) -> Exchange[DeliveryStatistics]:
    """Count what became of the texts of the days that *since* to *until* touches; USMS does not count by cause."""
    days = _Days.touched(since, until)
    counts = yield from _counted(config, COUNT, days)
    return DeliveryStatistics(
        since=days.since,
        until=days.until,
        accepted=counts.sum(*_ACCEPTED),
        reported=counts.sum(*_REPORTED),
        delivered=counts.sum("success_count"),
        undelivered=counts.sum("failed_count"),
        raw=counts.raw,
    )


def template_statistics(config: UsmsConfig, since: float, until: float) -> Exchange[list[TemplateStatistics]]:
    """Count the texts of each template on the days that *since* to *until* touches."""
    days = _Days.touched(since, until)
    counts = yield from _counted(config, COUNT_BY_TEMPLATE, days)
    return [
        TemplateStatistics(
            template_id=template,
            since=days.since,
            until=days.until,
            requested=own.sum(*_REQUESTED),
            accepted=own.sum(*_ACCEPTED),
            billed=own.sum(*_BILLED),
            reported=own.sum(*_REPORTED),
            delivered=own.sum("success_count"),
            undelivered=own.sum("failed_count"),
            raw=own.raw,
        )
        for template, own in counts.by_template().items()
    ]


@dataclass(frozen=True, slots=True)
class _Days:
    """Whole days, both ends included, and the seconds from the beginning of the first to the end of the last."""

    first: date
    last: date
    since: float
    until: float

    @classmethod
    def touched(cls, since: float, until: float) -> _Days:
        """Return the days that a span touches; raises `InvalidCall` for one that is empty or beyond the calendar."""
        if not since < until:
            raise InvalidCall(f"since {since:.0f} is not before until {until:.0f}; both are seconds since the epoch")
        try:
            begin, end = (datetime.fromtimestamp(each, CHINA) for each in (since, until))
            # The end is no longer part of the span, so at midnight it touches no further day.
            last = end.date() if end.time() > time.min else end.date() - timedelta(days=1)
            return cls(begin.date(), last, _midnight(begin.date()), _midnight(last + timedelta(days=1)))
        except (ValueError, OverflowError, OSError):
            raise InvalidCall(f"since {since:g}, until {until:g}: not seconds since the epoch") from None


def _midnight(day: date) -> float:
    return datetime.combine(day, time.min, CHINA).timestamp()


class _Row(Shape):
    """The counts of one day and country; a text of several parts counts once, and in the cost once for each part."""

    send_date: Any = None
    brevity_code: Any = None
    user_id: Any = None
    template_id: str | None = None
    success_count: NonNegativeInt | None = None
    failed_count: NonNegativeInt | None = None
    unknown_count: NonNegativeInt | None = None
    submit_failed_count: NonNegativeInt | None = None
    success_cost_count: NonNegativeInt | None = None
    failed_cost_count: NonNegativeInt | None = None
    unknown_cost_count: NonNegativeInt | None = None

    @property
    def about(self) -> str:
        """What the counts are of, which no other row of the list is about."""
        return repr((self.send_date, self.brevity_code, self.user_id, self.template_id))


class _Page(Shape):
    total: NonNegativeInt | None = None
    data: list[_Row] | None = None


@dataclass(frozen=True, slots=True)
class _Counts:
    """All rows, and the answers that they stood in, by kind of destination."""

    rows: list[_Row]
    raw: dict[str, list[Members]]

    def sum(self, *names: str) -> int | None:
        """Add the members with these *names* up; `None` if any row does not have them all."""
        counts: list[int | None] = [getattr(row, name) for row in self.rows for name in names]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None

    def by_template(self) -> dict[str, _Counts]:
        """Sort the rows by template; their *raw* are the records of the answers."""
        found: dict[str, _Counts] = {}
        records = (
            (name, record)
            for name, answers in self.raw.items()
            for answer in answers
            for record in answer.get("Data") or ()
        )
        for row, (name, record) in zip(self.rows, records, strict=True):
            if not row.template_id:
                raise UnexpectedResponse("the statistics by template have a row that names none")
            own = found.setdefault(row.template_id, _Counts([], {}))
            own.rows.append(row)
            own.raw.setdefault(name, []).append(record)
        return found


def _counted(config: UsmsConfig, action: str, days: _Days) -> Exchange[_Counts]:
    """Walk the pages of both kinds of destinations."""
    counts = _Counts([], {})
    for name, domestic in _DOMESTIC.items():
        counts.raw[name] = yield from _walked(config, action, days, domestic, counts.rows)
    return counts


def _walked(config: UsmsConfig, action: str, days: _Days, domestic: str, rows: list[_Row]) -> Exchange[list[Members]]:
    """Walk all pages, and add what stands on them to *rows*."""
    answers: list[Members] = []
    seen: set[str] = set()
    for number in range(_MOST_PAGES):
        own = {
            "Domestic": domestic,
            "StartDate": days.first.isoformat(),
            "EndDate": days.last.isoformat(),
            "OrderBy": "SendDate",
            "OrderType": "asc",
            "Page": str(number),
            "NumPerPage": str(PER_PAGE),
        }
        response = yield write_call(config, action, own)
        answer, page = read_answer(response, action, _page)
        found = page.data or []
        answers.append(answer)
        rows += found
        before = len(seen)
        seen.update(row.about for row in found)
        if len(seen) < before + len(found):
            raise UnexpectedResponse("the statistics have a row twice, as if a page was repeated")
        # Total may be that of all rows or that of the page, as the page of the documentation can be read both ways.
        if len(found) < PER_PAGE and len(seen) >= (page.total or 0):
            return answers
        if not found:
            raise UnexpectedResponse("the statistics count more rows than they list")
    raise UnexpectedResponse(f"the statistics have no end after {_MOST_PAGES} pages")


def _page(members: Members) -> tuple[Members, _Page]:
    return members, _Page.model_validate(members)

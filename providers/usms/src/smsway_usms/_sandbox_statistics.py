"""USMS as the sandbox plays it, its statistics.

Pages: get_usms_send_statistics and get_usms_template_send_statistics under docs.ucloud.cn/api/usms-api.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Final, TypeAlias

from smsway.provider import Delivery, Phone, SandboxDesk, SandboxReport
from smsway_usms._sandbox_form import NOT_VALID, WRONG_TYPE, Flaw, Form, Verdict

_BEIJING: Final = timezone(timedelta(hours=8))
_DAY: Final = 86_400

_Row: TypeAlias = dict[str, object]


def count(form: Form, desk: SandboxDesk) -> Verdict:
    """Count the texts of whole days, a row for each day and country."""

    def rows_of(day: int) -> Iterator[_Row]:
        for row in _rows(desk, day):
            texts = int(str(row["Count"]))
            yield {**row, "UserId": "", "SuccessRate": int(str(row["SuccessCount"])) / texts if texts else 0.0}

    return _count(form, desk, rows_of)


def count_by_template(form: Form, desk: SandboxDesk) -> Verdict:
    """Count the texts of whole days, a row for each day, template and country."""
    only = form.optional_text("TemplateId")

    def rows_of(day: int) -> Iterator[_Row]:
        used = {report.template for report in desk.reports(day, _end(day)) if report.template}
        for template in sorted(used | {each.id for each in desk.templates()}):
            if only in {"", template}:
                for row in _rows(desk, day, template):
                    yield {**row, "TemplateId": template}

    return _count(form, desk, rows_of)


def _count(form: Form, desk: SandboxDesk, rows_of: Callable[[int], Iterator[_Row]]) -> Verdict:
    domestic = form.number("Domestic", 0, 1)
    first, last = _midnight(form.text("StartDate")), _midnight(form.text("EndDate"))
    page, size = form.number("Page", 0), form.number("NumPerPage", 1)
    column = form.one_of("OrderBy", "SendDate", "BrevityCode")
    descending = form.one_of("OrderType", "asc", "desc") == "desc"
    if first > last:
        raise Flaw(NOT_VALID)
    days = _busy(desk, range(first, last + 1, _DAY))
    rows = [row for day in days for row in rows_of(day) if (row["BrevityCode"] == "CN") == bool(domestic)]
    rows.sort(key=lambda row: str(row[column]), reverse=descending)
    found = rows[page * size : (page + 1) * size]
    return 0, {"Total": len(rows), "StatisticsData": _sums(rows), "Data": found}


def _midnight(written: str) -> int:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", written):
        raise Flaw(WRONG_TYPE)
    try:
        return int(datetime.strptime(written, "%Y-%m-%d").replace(tzinfo=_BEIJING).timestamp())
    except (ValueError, OverflowError):
        raise Flaw(NOT_VALID) from None


def _busy(desk: SandboxDesk, days: range) -> Iterator[int]:
    """Yield the *days* with texts; of a century, nearly all have none."""
    if not days or not desk.tally(days[0], _end(days[-1])).requested:
        return
    if len(days) == 1:
        yield days[0]
        return
    middle = len(days) // 2
    yield from _busy(desk, days[:middle])
    yield from _busy(desk, days[middle:])


def _end(day: int) -> float:
    return math.nextafter(day + _DAY, 0)


def _rows(desk: SandboxDesk, day: int, template: str | None = None) -> Iterator[_Row]:
    """Write the rows of a day, by country; of all texts, or of those with one *template*."""
    since, until = float(day), _end(day)
    reports: dict[str, list[SandboxReport]] = {}
    for report in desk.reports(since, until):
        if template in {None, report.template}:
            reports.setdefault(Phone(report.phone).country, []).append(report)
    tally = desk.tally(since, until, template)
    # The desk does not tell of which countries those are that have no report; the mainland is where most are.
    unknown = tally.accepted - tally.delivered - tally.undelivered
    refused = tally.requested - tally.accepted
    if unknown or refused:
        reports.setdefault("CN", [])
    known = sum(report.fee for each in reports.values() for report in each)
    date = datetime.fromtimestamp(day, _BEIJING).date().isoformat()
    for country, each in reports.items():
        rest = (unknown, tally.billed - known, refused) if country == "CN" else (0, 0, 0)
        yield {"SendDate": date, "BrevityCode": country, **_counts(each, rest)}


def _counts(reports: list[SandboxReport], rest: tuple[int, int, int]) -> dict[str, int]:
    """Count texts; *rest* are those without a report, their parts, and those that were not taken."""
    unknown, unknown_parts, refused = rest
    texts, parts = Counter[Delivery](), Counter[Delivery]()
    for report in reports:
        texts[report.delivery] += 1
        parts[report.delivery] += report.fee
    good, bad = Delivery.DELIVERED, Delivery.UNDELIVERED
    return {
        "Count": texts.total() + unknown,
        "CostCount": parts.total() + unknown_parts,
        "SuccessCount": texts[good],
        "SuccessCostCount": parts[good],
        "FailedCount": texts[bad],
        "FailedCostCount": parts[bad],
        "UnknownCount": unknown,
        "UnknownCostCount": unknown_parts,
        "SubmitFailedCount": refused,
        "SubmitFailedCostCount": refused,
    }


# The sums have names of their own for some of the columns.
_SUMS: Final = {
    "SendCount": "Count",
    "SendCostCount": "CostCount",
    "SuccessCount": "SuccessCount",
    "SuccessCostCount": "SuccessCostCount",
    "FailCount": "FailedCount",
    "FailCostCount": "FailedCostCount",
    "UnknownCount": "UnknownCount",
    "UnknownCostCount": "UnknownCostCount",
    "SubmitFailCount": "SubmitFailedCount",
    "SubmitFailCostCount": "SubmitFailedCostCount",
}


def _sums(rows: list[_Row]) -> dict[str, object]:
    return {name: sum(int(str(row[column])) for row in rows) for name, column in _SUMS.items()}

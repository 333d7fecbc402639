"""USMS as the sandbox plays it, its statistics (docs.ucloud.cn/api/usms-api/get_usms_send_statistics).

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Final

from smsway.provider import Delivery, Phone, SandboxDesk, SandboxReport
from smsway_usms._sandbox_form import NOT_VALID, WRONG_TYPE, Flaw, Form, Verdict

_BEIJING: Final = timezone(timedelta(hours=8))
_DAY: Final = 86_400


def count(form: Form, desk: SandboxDesk) -> Verdict:
    """Count the texts of whole days, a row for each day and country."""
    domestic = form.number("Domestic", 0, 1)
    first, last = _midnight(form.text("StartDate")), _midnight(form.text("EndDate"))
    page, size = form.number("Page", 0), form.number("NumPerPage", 1)
    column = form.one_of("OrderBy", "SendDate", "BrevityCode")
    descending = form.one_of("OrderType", "asc", "desc") == "desc"
    if first > last:
        raise Flaw(NOT_VALID)
    days = _busy(desk, range(first, last + 1, _DAY))
    rows = [row for day in days for row in _rows(desk, day) if (row["BrevityCode"] == "CN") == bool(domestic)]
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


def _rows(desk: SandboxDesk, day: int) -> Iterator[dict[str, object]]:
    since, until = float(day), _end(day)
    date = datetime.fromtimestamp(day, _BEIJING).date().isoformat()
    reports: dict[str, list[SandboxReport]] = {}
    for report in desk.reports(since, until):
        reports.setdefault(Phone(report.phone).country, []).append(report)
    tally = desk.tally(since, until)
    # The desk does not tell of which countries those are that have no report; the mainland is where most are.
    unknown = tally.accepted - tally.delivered - tally.undelivered
    refused = tally.requested - tally.accepted
    if unknown or refused:
        reports.setdefault("CN", [])
    known = sum(report.fee for each in reports.values() for report in each)
    for country, own in reports.items():
        rest = (unknown, tally.billed - known, refused) if country == "CN" else (0, 0, 0)
        yield _row(date, country, own, rest)


def _row(date: str, country: str, reports: list[SandboxReport], rest: tuple[int, int, int]) -> dict[str, object]:
    """Write a row; *rest* are the texts without a report, their parts, and those that were not taken."""
    unknown, unknown_parts, refused = rest
    texts, parts = Counter[Delivery](), Counter[Delivery]()
    for report in reports:
        texts[report.delivery] += 1
        parts[report.delivery] += report.fee
    good, bad = Delivery.DELIVERED, Delivery.UNDELIVERED
    sent = texts.total() + unknown
    return {
        "SendDate": date,
        "BrevityCode": country,
        "UserId": "",
        "Count": sent,
        "CostCount": parts.total() + unknown_parts,
        "SuccessCount": texts[good],
        "SuccessCostCount": parts[good],
        "FailedCount": texts[bad],
        "FailedCostCount": parts[bad],
        "UnknownCount": unknown,
        "UnknownCostCount": unknown_parts,
        "SubmitFailedCount": refused,
        "SubmitFailedCostCount": refused,
        "SuccessRate": texts[good] / sent if sent else 0.0,
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


def _sums(rows: list[dict[str, object]]) -> dict[str, object]:
    return {name: sum(int(str(row[column])) for row in rows) for name, column in _SUMS.items()}

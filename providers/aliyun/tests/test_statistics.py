"""QuerySendStatistics: whole days, at home and elsewhere added up."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smsway.provider import Stamp, UnexpectedResponse

STAMP = Stamp(0.0, 1)
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC).timestamp()
MIDNIGHT = NOON - 12 * 3600.0


def row(day: str, total: int = 0, success: int = 0, failed: int = 0) -> dict[str, object]:
    return {
        "SendDate": day,
        "TotalCount": total,
        "RespondedSuccessCount": success,
        "RespondedFailCount": failed,
        "NoRespondedCount": total - success - failed,
    }


def answer(*rows: object) -> dict[str, object]:
    return {"Data": {"TotalSize": len(rows), "TargetList": list(rows)}}


@pytest.fixture
def count(provider, replay):
    return lambda *answers, since=NOON, until=NOON + 1: replay(
        provider.delivery_statistics(since, until, STAMP), *answers
    )


def test_both_kinds_of_destinations_are_asked_about_and_added_up(count, told):
    at_home, elsewhere = answer(row("20261122", 10, 5, 2)), answer(row("20261122", 3, 1, 1))

    requests, counted = count(at_home, elsewhere)

    days = {"StartDate": "20261122", "EndDate": "20261122", "PageIndex": "1", "PageSize": "50"}
    assert [told(request) for request in requests] == [
        ("QuerySendStatistics", {"IsGlobe": "1", **days}, {}),
        ("QuerySendStatistics", {"IsGlobe": "2", **days}, {}),
    ]
    assert (counted.accepted, counted.reported, counted.delivered, counted.undelivered) == (13, 9, 6, 3)
    assert (counted.since, counted.until) == (MIDNIGHT, MIDNIGHT + 86_400)
    assert [answers[0]["Data"] for answers in counted.raw.values()] == [at_home["Data"], elsewhere["Data"]]


def test_a_span_that_ends_at_midnight_touches_no_further_day(count, told):
    requests, counted = count(answer(), answer(), since=MIDNIGHT, until=MIDNIGHT + 86_400)

    assert told(requests[0])[1]["EndDate"] == "20261122"
    assert counted.until == MIDNIGHT + 86_400


def test_a_full_page_is_followed_by_another(count, told):
    first = [row(f"2026{month:02}{day:02}", 1) for month in (1, 2) for day in range(1, 26)]

    requests, counted = count(answer(*first), answer(row("20261122", 1)), answer())

    assert [told(request)[1]["PageIndex"] for request in requests] == ["1", "2", "1"]
    assert counted.accepted == 51


@pytest.mark.parametrize(
    "rows",
    [
        [row("20261122"), row("20261122")],
        [{**row("20261122"), "TotalCount": "1"}],
        [{**row("20261122"), "TotalCount": -1}],
        ["x"],
    ],
)
def test_counts_that_make_no_sense_are_not_added_up(count, rows):
    with pytest.raises(UnexpectedResponse):
        count(answer(*rows), answer())


def test_pages_without_an_end_are_not_walked_for_ever(count):
    pages = [answer(*[row(f"{page}-{number}") for number in range(50)]) for page in range(100)]

    with pytest.raises(UnexpectedResponse, match="no end"):
        count(*pages)

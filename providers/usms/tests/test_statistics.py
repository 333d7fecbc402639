"""Statistics: whole days, both kinds of destinations, page by page."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import InvalidCall, Response, Stamp, UnexpectedResponse
from smsway_usms._provider import Usms

SAMPLES = Path(__file__).parent / "samples"
STAMP = Stamp(now=1_700_000_000.0, nonce=1)
DAY = 86_400.0
NOTHING = {"Data": [], "Total": 0}


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()


MIDNIGHT = at("2026-08-02T00:00:00")


@pytest.fixture(scope="session")
def usms(config):
    return Usms(config)


NUMBERS = count()


def row(good=0, bad=0, open_=0, refused=0, parts=1):
    return {
        "SendDate": f"day-{next(NUMBERS)}",
        "BrevityCode": "CN",
        "UserId": "",
        "SuccessCount": good,
        "FailedCount": bad,
        "UnknownCount": open_,
        "SubmitFailedCount": refused,
        "SuccessCostCount": good * parts,
        "FailedCostCount": bad * parts,
        "UnknownCostCount": open_ * parts,
    }


def test_the_published_example_lacks_those_that_could_not_be_submitted(usms, asked):
    answer = json.loads((SAMPLES / "get_usms_send_statistics.json").read_text(encoding="utf-8"))
    # Its Total says that there is more, so the pages are walked until one is empty.
    answers = [answer, NOTHING, NOTHING]

    _, counts = asked(usms.send_statistics(MIDNIGHT, MIDNIGHT + DAY, STAMP), *answers)
    _, fates = asked(usms.delivery_statistics(MIDNIGHT, MIDNIGHT + DAY, STAMP), *answers)

    assert (counts.requested, counts.accepted, counts.billed) == (None, 7 + 5 + 1, 9 + 4 + 2)
    assert (fates.accepted, fates.reported, fates.delivered, fates.undelivered) == (13, 12, 7, 5)
    assert fates.failures == {}
    assert counts.raw["mainland"][0]["Data"] == answer["Data"]


def test_both_kinds_of_destinations_are_added_up(usms, asked):
    answers = [{"Data": [row(5, 2, 1, 1), row(1)], "Total": 2}, {"Data": [row(10, parts=3)], "Total": 1}]

    forms, counts = asked(usms.send_statistics(MIDNIGHT, MIDNIGHT + DAY, STAMP), *answers)
    _, fates = asked(usms.delivery_statistics(MIDNIGHT, MIDNIGHT + DAY, STAMP), *answers)

    assert [form["Domestic"] for form in forms] == ["1", "0"]
    assert (counts.requested, counts.accepted, counts.billed) == (20, 19, 9 + 30)
    assert (fates.accepted, fates.reported, fates.delivered, fates.undelivered) == (19, 18, 16, 2)
    assert set(counts.raw) == {"mainland", "international"}


@pytest.mark.parametrize(("total", "pages"), [(0, 1), (99, 1), (100, 2), (101, 2), (250, 3)])
def test_pages_are_walked_from_0(usms, asked, total, pages):
    rows = [row(1) for _ in range(total)]
    answers = [{"Data": rows[start : start + 100], "Total": total} for start in range(0, pages * 100, 100)]

    forms, counts = asked(usms.send_statistics(MIDNIGHT, MIDNIGHT + DAY, STAMP), *answers, NOTHING)

    assert [form["Page"] for form in forms] == [*map(str, range(pages)), "0"]
    assert {form["NumPerPage"] for form in forms} == {"100"}
    assert counts.accepted == total


def test_a_vendor_that_gives_less_on_a_page_than_asked_for_is_asked_on(usms, asked):
    answers = [{"Data": [row(1) for _ in range(size)], "Total": 120} for size in (50, 50, 20)] + [NOTHING]

    _, counts = asked(usms.send_statistics(MIDNIGHT, MIDNIGHT + DAY, STAMP), *answers)

    assert counts.accepted == 120


@pytest.mark.parametrize("before", [0, 1, 100])
def test_a_page_without_rows_that_counts_more_is_not_taken_for_the_end(usms, asked, before):
    pages = [{"Data": [row(1) for _ in range(before)], "Total": 120}] if before else []

    with pytest.raises(UnexpectedResponse, match="count more rows than they list"):
        asked(usms.send_statistics(MIDNIGHT, MIDNIGHT + DAY, STAMP), *pages, {"Data": [], "Total": 120})


def test_a_list_without_end_is_unexpected(usms, converse):
    def answer(_):
        return Response(200, json.dumps({"RetCode": 0, "Data": [row(1)], "Total": 10**9}).encode())

    with pytest.raises(UnexpectedResponse, match="no end"):
        converse(usms.send_statistics(MIDNIGHT, MIDNIGHT + DAY, STAMP), answer)


def test_the_published_example_of_statistics_by_template(usms, asked):
    answer = json.loads((SAMPLES / "get_usms_template_send_statistics.json").read_text(encoding="utf-8"))
    # Its Total says that there is more, so the pages are walked until one is empty.
    forms, (counts,) = asked(usms.template_statistics(MIDNIGHT, MIDNIGHT + DAY, STAMP), answer, NOTHING, NOTHING)

    assert {form["Action"] for form in forms} == {"GetUSMSTemplateSendStatistics"}
    assert [(form["Domestic"], form["Page"]) for form in forms] == [("1", "0"), ("1", "1"), ("0", "0")]
    assert (counts.template_id, counts.since, counts.until) == ("JelSfPNU", MIDNIGHT, MIDNIGHT + DAY)
    assert (counts.requested, counts.accepted, counts.billed) == (4 + 7 + 3 + 7, 4 + 7 + 3, 4 + 3 + 6)
    assert (counts.reported, counts.delivered, counts.undelivered) == (11, 4, 7)
    assert counts.raw == {"mainland": answer["Data"]}


def test_each_template_is_counted_for_itself(usms, asked):
    first, second, third = row(1, parts=2), row(5, 1), row(2, 0, 3)
    mainland = {"Data": [{**first, "TemplateId": "UTA1"}, {**second, "TemplateId": "UTB2"}], "Total": 2}
    abroad = {"Data": [{**third, "TemplateId": "UTA1"}], "Total": 1}

    _, counts = asked(usms.template_statistics(MIDNIGHT, MIDNIGHT + 2 * DAY, STAMP), mainland, abroad)

    told = {each.template_id: (each.requested, each.accepted, each.billed, each.reported) for each in counts}
    assert told == {"UTA1": (6, 6, 7, 3), "UTB2": (6, 6, 6, 6)}
    assert counts[0].raw == {"mainland": [{**first, "TemplateId": "UTA1"}], "international": abroad["Data"]}


def test_the_records_of_a_template_are_in_the_order_of_the_answers(usms, asked):
    rows = [{**row(1), "TemplateId": f"UT{number % 2}"} for number in range(103)]
    pages = [{"Data": rows[:100], "Total": 103}, {"Data": rows[100:], "Total": 103}]

    _, counts = asked(usms.template_statistics(MIDNIGHT, MIDNIGHT + DAY, STAMP), *pages, NOTHING)

    assert {each.template_id: each.raw["mainland"] for each in counts} == {"UT0": rows[::2], "UT1": rows[1::2]}


def test_whole_days_are_counted_by_template_as_well(usms, asked):
    page = {"Data": [{**row(1), "TemplateId": "UTA1"}], "Total": 1}

    forms, (counts,) = asked(usms.template_statistics(MIDNIGHT + 60, MIDNIGHT + DAY + 60, STAMP), page, NOTHING)

    assert (forms[0]["StartDate"], forms[0]["EndDate"]) == ("2026-08-02", "2026-08-03")
    assert (counts.since, counts.until) == (MIDNIGHT, MIDNIGHT + 2 * DAY)


@pytest.mark.parametrize("missing", ["SuccessCount", "FailedCount", "UnknownCount", "SubmitFailedCount"])
def test_a_count_that_is_missing_costs_no_other_template_anything(usms, asked, missing):
    bad = {name: value for name, value in {**row(4, 3, 2, 1), "TemplateId": "UTA1"}.items() if name != missing}
    page = {"Data": [bad, {**row(4, 3, 2, 1), "TemplateId": "UTB2"}], "Total": 2}

    _, (partly, whole) = asked(usms.template_statistics(MIDNIGHT, MIDNIGHT + DAY, STAMP), page, NOTHING)

    assert (partly.requested, partly.billed) == (None, 4 + 3 + 2)
    assert (whole.requested, whole.accepted, whole.reported) == (10, 9, 7)
    assert (partly.accepted is None) is (missing != "SubmitFailedCount")
    assert (partly.reported is None) is (missing in {"SuccessCount", "FailedCount"})


def test_templates_share_days_and_countries(usms, asked):
    same = {**row(1), "SendDate": "2026-08-02"}
    page = {"Data": [{**same, "TemplateId": "UTA1"}, {**same, "TemplateId": "UTB2"}], "Total": 2}

    _, counts = asked(usms.template_statistics(MIDNIGHT, MIDNIGHT + DAY, STAMP), page, NOTHING)

    assert [each.accepted for each in counts] == [1, 1]


@pytest.mark.parametrize("changes", [{}, {"TemplateId": None}, {"TemplateId": ""}, {"TemplateId": 7}])
def test_a_row_of_no_template_is_unexpected(usms, asked, changes):
    page = {"Data": [{**row(1), **changes}], "Total": 1}

    with pytest.raises(UnexpectedResponse):
        asked(usms.template_statistics(MIDNIGHT, MIDNIGHT + DAY, STAMP), page, NOTHING)


@pytest.mark.parametrize("size", [1, 100])
def test_a_page_that_comes_again_is_not_counted_again_but_unexpected(usms, asked, size):
    page = {"Data": [row(1) for _ in range(size)], "Total": 200}

    with pytest.raises(UnexpectedResponse, match="a row twice"):
        asked(usms.send_statistics(MIDNIGHT, MIDNIGHT + DAY, STAMP), page, page)


@pytest.mark.parametrize("name", ["SendDate", "BrevityCode", "UserId"])
def test_rows_of_other_days_countries_or_users_are_counted(usms, asked, name):
    first = row(1)
    page = {"Data": [first, {**first, name: "other"}], "Total": 2}

    # A row of the mainland may stand among the others, too.
    _, counts = asked(usms.send_statistics(MIDNIGHT, MIDNIGHT + DAY, STAMP), page, page)

    assert counts.accepted == 4


@pytest.mark.parametrize("total", [None, 0])
def test_without_a_total_the_pages_end_with_one_that_is_not_full(usms, asked, total):
    rows = [row(1) for _ in range(150)]
    answers = [{"Data": rows[:100], "Total": total}, {"Data": rows[100:], "Total": total}]

    _, counts = asked(usms.send_statistics(MIDNIGHT, MIDNIGHT + DAY, STAMP), *answers, {"Data": None, "Total": None})

    assert counts.accepted == 150


@pytest.mark.parametrize(
    ("since", "until", "start", "end"),
    [
        ("2026-08-02T00:00:00", "2026-08-03T00:00:00", "2026-08-02", "2026-08-02"),
        ("2026-08-02T00:00:00", "2026-08-03T00:00:01", "2026-08-02", "2026-08-03"),
        ("2026-08-01T23:59:59", "2026-08-02T00:00:01", "2026-08-01", "2026-08-02"),
        ("2026-08-02T12:00:00", "2026-08-02T12:00:01", "2026-08-02", "2026-08-02"),
        ("2026-02-28T00:00:00", "2026-03-02T00:00:00", "2026-02-28", "2026-03-01"),
    ],
)
def test_days_are_whole_days_of_china_and_the_answer_says_which(usms, asked, since, until, start, end):
    forms, counts = asked(usms.send_statistics(at(since), at(until), STAMP), NOTHING, NOTHING)

    assert (forms[0]["StartDate"], forms[0]["EndDate"]) == (start, end)
    assert counts.since == at(f"{start}T00:00:00")
    assert counts.until == at(f"{end}T00:00:00") + DAY
    assert (counts.requested, counts.accepted, counts.billed) == (0, 0, 0)


@given(st.floats(0, 4e9), st.floats(1, 4e7))
def test_the_days_hold_the_span_and_no_day_beside_it(usms, asked, since, length):
    _, counts = asked(usms.delivery_statistics(since, since + length, STAMP), NOTHING, NOTHING)

    assert counts.since <= since < counts.since + DAY
    assert counts.until - DAY < since + length <= counts.until


@pytest.mark.parametrize(("since", "until"), [(DAY, DAY), (DAY, 0.0), (0.0, float("nan"))])
def test_a_span_without_length_is_refused(usms, since, until):
    for counts in (usms.send_statistics, usms.delivery_statistics, usms.template_statistics):
        with pytest.raises(InvalidCall, match="is not before until"):
            next(counts(since, until, STAMP))


@pytest.mark.parametrize(("since", "until"), [(0.0, 1e18), (-1e18, 0.0), (0.0, float("inf")), (0.0, 253_402_214_401.0)])
def test_what_is_beyond_the_calendar_is_refused(usms, since, until):
    with pytest.raises(InvalidCall, match="not seconds since the epoch"):
        next(usms.send_statistics(since, until, STAMP))


@pytest.mark.parametrize(
    "answer",
    [
        {"Data": {}},
        {"Data": [7]},
        {"Data": [{"SuccessCount": -1}]},
        {"Data": [{"SuccessCount": "7"}]},
        {"Data": [], "Total": "9"},
    ],
)
def test_an_answer_that_is_not_of_the_documented_shape_is_unexpected(usms, asked, answer):
    with pytest.raises(UnexpectedResponse):
        asked(usms.send_statistics(MIDNIGHT, MIDNIGHT + DAY, STAMP), answer)

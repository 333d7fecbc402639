"""Points in time on the command line."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.cli._failure import Failure
from smsway.cli._moments import moment, shown, span_of

ZONES = ("Asia/Shanghai", "America/St_Johns")


@pytest.fixture(params=ZONES)
def zone(request, in_zone):
    """Let this machine be elsewhere."""
    in_zone(request.param)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1800), ("24h", 86_400), ("7d", 604_800), ("2w", 1_209_600), (" 1h ", 3600)],
)
def test_a_span_goes_back_from_now(text, seconds):
    assert moment("--since", text) == pytest.approx(time.time() - seconds, abs=5)


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize(
    "text", ["2026-11-22T10:00+08:00", "2026-11-22T02:00Z", "2026-11-22 02:00:00+00:00", "20261122T100000+0800"]
)
def test_a_time_with_a_zone_is_the_same_everywhere(text):
    assert moment("--since", text) == datetime(2026, 11, 22, 2, tzinfo=UTC).timestamp()


@pytest.mark.usefixtures("zone")
def test_a_time_without_a_zone_is_one_of_this_machine():
    expected = datetime(2026, 11, 22, 10).astimezone()

    assert moment("--since", "2026-11-22T10:00") == expected.timestamp()
    assert moment("--since", "2026-11-22") == expected.replace(hour=0).timestamp()


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "24", "h", "-1h", "1.5h", "1y", "2026-13-01", "10:00", "99999999999w", "1969-12-31T00:00Z"],
)
def test_what_is_no_time_is_named_with_its_option(text):
    with pytest.raises(Failure, match="--until"):
        moment("--until", text)


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_a_failure(text):
    try:
        seconds = moment("--since", text)
    except Failure as failure:
        assert repr(text) in str(failure)  # noqa: PT017  # either is right
    else:
        assert seconds >= 0


@pytest.mark.parametrize(("since", "until"), [("1h", "2h"), ("2999-01-01T00:00Z", None), ("1h", "1h")])
def test_a_span_ends_after_it_begins(since, until):
    with pytest.raises(Failure, match="is not before"):
        span_of(since, until)


@pytest.mark.usefixtures("zone")
def test_a_time_is_shown_in_the_zone_of_this_machine():
    seconds = datetime(2026, 11, 22, 10).astimezone().timestamp()

    assert shown(seconds).startswith("2026-11-22 10:00:00")
    assert moment("--since", shown(seconds)) == seconds


@pytest.mark.parametrize("seconds", [1e30, -1e30, float("inf"), float("nan")])
def test_a_time_beyond_the_calendar_is_shown_as_it_is(seconds):
    assert shown(seconds) == f"{seconds:g} s"

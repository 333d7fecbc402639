"""A limit is never exceeded in any window, and holds nobody back for more than a sixtieth of it too long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.guards import Ask, Limit, Party, admit

KEY, ME = b"key", b"me"


def passes(limit, times):
    """Return those of *times* that one limit lets pass."""
    known = {}
    return [time for time in times if not admit([Party([Ask(KEY, limit)])], known, time)[0]]


LIMITS = st.builds(Limit, st.integers(1, 5), st.sampled_from([1, 30, 60, 600, 3_600, 86_400]))
STEPS = st.lists(st.floats(0, 3, allow_nan=False), min_size=1, max_size=60)


@given(limit=LIMITS, steps=STEPS, start=st.floats(1e9, 2e9))
def test_no_window_ever_holds_more_than_the_limit(limit, steps, start):
    times = [start]
    for step in steps:
        times.append(times[-1] + step * limit.seconds / limit.count)

    passed = passes(limit, times)

    # Every window that could hold the most ends with one that passed.
    for last in passed:
        assert sum(last - limit.seconds < each <= last for each in passed) <= limit.count


@given(limit=LIMITS, steps=STEPS, start=st.floats(1e9, 2e9))
def test_nobody_is_stopped_whom_a_window_a_sixtieth_longer_would_let_pass(limit, steps, start):
    known, passed, now = {}, [], start
    for step in steps:
        now += step * limit.seconds / limit.count
        longer = sum(now - limit.seconds * (61 / 60) - 1e-3 < each for each in passed)

        stopped = bool(admit([Party([Ask(KEY, limit)])], known, now)[0])

        assert not stopped or longer >= limit.count
        if not stopped:
            passed.append(now)


@given(limit=LIMITS, steps=STEPS)
def test_what_is_kept_stays_small(limit, steps):
    known, now = {}, 1e9
    for step in steps:
        now += step
        admit([Party([Ask(KEY, Limit(10**6, limit.seconds))])], known, now)

    assert len(known[KEY].tally) <= 62


def test_whoever_is_stopped_by_one_limit_counts_against_none():
    often, seldom = Ask(b"often", Limit(100, 60)), Ask(b"seldom", Limit(1, 60))
    known = {}

    over = [admit([Party([often, seldom])], known, 1e9)[0] for _ in range(5)]

    assert over == [[], *[[seldom]] * 4]
    assert known[b"often"].tally[0][1] == 1


def test_a_limit_that_only_watches_stops_nobody_and_is_told():
    watching, binding = Ask(b"watching", Limit(1, 60), binding=False), Ask(b"binding", Limit(3, 60))
    known = {}

    over = [admit([Party([watching, binding])], known, 1e9)[0] for _ in range(4)]

    assert over == [[], [watching], [watching], [watching, binding]]


def test_whoever_comes_again_is_counted_once():
    known, party = {}, Party([Ask(KEY, Limit(1, 60))], ME)

    over = [admit([party], known, 1e9 + seconds)[0] for seconds in (0, 1, 59)]

    assert over == [[], [], []]
    assert admit([Party([Ask(KEY, Limit(1, 60))])], known, 1e9 + 59)[0]


def test_a_clock_that_is_set_back_lets_nobody_pass_too_early():
    assert passes(Limit(1, 60), [1e9 + 3_600, 1e9]) == [1e9 + 3_600]


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("1/30s", Limit(1, 30), "1 in 30 s"),
        ("5/10m", Limit(5, 600), "5 in 10 m"),
        ("10/d", Limit(10, 86_400), "10 in 1 d"),
        ("7/90m", Limit(7, 5_400), "7 in 90 m"),
    ],
)
def test_a_limit_is_written_as_a_number_and_a_time(text, limit, shown):
    assert Limit.of(text) == limit
    assert str(limit) == shown


@pytest.mark.parametrize("text", ["", "5", "0/10m", "5/0m", "5/10", "5/m10", "-1/10m", "5/10w", "5/10m\n"])
def test_anything_else_is_no_limit(text):
    with pytest.raises(ValueError, match="is not a limit such as 5/10m"):
        Limit.of(text)

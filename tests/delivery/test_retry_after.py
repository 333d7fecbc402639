"""How long a vendor asks to be left alone."""

import math

import pytest

from smsway.delivery._retry_after import rest_of, retry_after

NOON = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("4000", 4000),
        ("Tue, 14 Nov 2023 22:14:20 GMT", 60),
        ("Tuesday, 14-Nov-23 22:14:20 GMT", 60),
        ("Tue, 14 Nov 2023 22:14:20 -0000", 60),
        ("Tue, 14 Nov 2023 22:13:00 GMT", 0),
        ("-1", math.inf),
        ("1.5", math.inf),
        ("soon", math.inf),
        ("²", math.inf),
        ("9" * 400, math.inf),
        ("Tue, 99 Nov 2023 22:14:20 GMT", math.inf),
        ("", math.inf),
    ],
)
def test_seconds_and_dates_are_read_and_nonsense_is_too_long(value, seconds):
    assert retry_after({"retry-after": value}, NOON) == seconds


def test_an_answer_that_asks_for_nothing_asks_for_nothing():
    assert retry_after({"date": "Tue, 14 Nov 2023 22:13:20 GMT"}, NOON) is None


@pytest.mark.parametrize("skew", [-3600.0, 0.0, 3600.0])
def test_a_date_is_by_the_clock_of_the_vendor_if_that_is_told(skew):
    headers = {"retry-after": "Tue, 14 Nov 2023 22:14:20 GMT", "date": "Tue, 14 Nov 2023 22:13:20 GMT"}

    assert retry_after(headers, NOON + skew) == 60


@pytest.mark.parametrize(("asked", "rest"), [(None, 0), (math.inf, 0), (20.0, 20), (301.0, 300)])
def test_a_vendor_can_make_an_account_rest_five_minutes_at_most(asked, rest):
    assert rest_of(asked) == rest

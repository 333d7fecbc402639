"""The examples that the vendor publishes, and those that do not hold."""

from __future__ import annotations

import pytest

from smsway_tencent_v5._signing import sign

KEY = "5f03a35d00ee52a21327ab048186a2c4"
RANDOM = 7226249334
TIME = 1457336869
SENDSMS = "ecab4881ee80ad3d76bb1da68387428ca752eb885e52621a3129dcf4d9bc4fd4"


@pytest.mark.parametrize(
    ("last", "published"),
    [
        # the calls that name no number: pulled reports, templates, signatures, statistics
        ({}, "c13e54f047ed75e821e698730c72d030dc30e5b510b3f8a0fb6fb7605283d7df"),
        # cloud.tencent.com/document/product/382/5976
        ({"mobile": "13788888888"}, SENDSMS),
        # cloud.tencent.com/document/product/382/5977 and 5806
        (
            {"mobile": "13788888888,13788888889"},
            "be66bb4aeb54701ed0637d0996a0b75111d5b8eda9b3a71bdc579a3d26f3edfb",
        ),
        # the ISMS page, late Chinese edition
        ({"tel": "+8613788888888"}, "f272b136949f9e6faa5fae01cfc240caf5e6d89f2e18e8d47adf3d87ea0715fb"),
    ],
)
def test_the_published_examples_verify(last, published):
    assert published == sign(KEY, RANDOM, TIME, **last)


@pytest.mark.parametrize(
    "last",
    [{"tel": "+8613788888888"}, {"mobile": "+8613788888888"}, {"tel": "13788888888"}, {"mobile": "8613788888888"}],
)
def test_the_example_of_the_english_isms_page_is_that_of_sendsms_and_does_not_verify(last):
    assert sign(KEY, RANDOM, TIME, **last) != SENDSMS


@pytest.mark.parametrize("key", [KEY, "dffdfd6029698a5fdf4"])
@pytest.mark.parametrize("name", ["tel", "mobile"])
@pytest.mark.parametrize(
    "number", ["+8613711112222", "13711112222", "8613711112222", "+8613788888888", "13788888888", "8613788888888"]
)
def test_the_example_of_the_early_isms_page_cannot_be_reproduced(key, name, number):
    published = "30db206bfd3fea7ef0db929998642c8ea54cc7042a779c5a0d9897358f6e9505"

    assert sign(key, RANDOM, TIME, **{name: number}) != published


def test_the_ampersand_of_the_formula_is_no_html_and_nothing_is_url_encoded():
    by_hand = "be66bb4aeb54701ed0637d0996a0b75111d5b8eda9b3a71bdc579a3d26f3edfb"

    assert sign(KEY, RANDOM, TIME, mobile="13788888888%2C13788888889") != by_hand
    assert sign(KEY, RANDOM, TIME, **{"amp;mobile": "13788888888,13788888889"}) != by_hand

"""What is wrong with `[guards]` is told with its place and the way out, and without a phone."""

from __future__ import annotations

from datetime import time

import pytest

from smsway.config import load
from smsway.guards import Limit, Mode
from smsway.model import ConfigError

A = "+8613788888888"


@pytest.mark.parametrize(
    ("guards", "where", "what"),
    [
        ({"numbers": {"block": ["13788888888"]}}, "numbers.block[0]", "is not in E.164, such as +8613712345678"),
        ({"numbers": {"allow": [A], "block": [A]}}, "numbers", "allows and blocks the same number"),
        ({"destinations": {"allow": ["+86"], "block": ["+86"]}}, "destinations", "allows and blocks +86"),
        ({"destinations": {"countries": ["XX"]}}, "destinations.countries[0]", "is not an ISO 3166-1"),
        ({"phones": {"otp": ["5 per m"]}}, "phones.otp[0]", "is not a limit: a number, a slash, and a time"),
        ({"optouts": {"scope": "sales"}}, "optouts.scope", "is none of otp, notification, marketing, all"),
        ({"optouts": {"mode": "watch"}}, "optouts.mode", "should be 'block', 'monitor' or 'off'"),
        (
            {"caps": {"accounts": {"cm": ["1/h"]}}},
            "caps.accounts.cm",
            "account 'cm' is not configured; there are: backup, cn, world",
        ),
        ({"caps": {"accounts": {"cn": ["1 a day"]}}}, "caps.accounts.cn[0]", "is not a limit"),
        ({"key": "literal:short"}, "key", "is shorter than 16 characters"),
        ({"key": "env:SMSWAY_TEST_NO_SUCH"}, "key", "is not set"),
        (
            {"quiet_hours": {"default": {"from": time(9), "to": time(8)}}},
            "quiet_hours.default",
            "ends at 08:00, before it begins at 09:00",
        ),
        (
            {"quiet_hours": {"countries": {"CN": {"from": time(9), "to": time(9)}}}},
            "quiet_hours.countries.CN",
            "ends at 09:00, before it begins at 09:00",
        ),
        (
            {"quiet_hours": {"default": {"from": time(0), "to": time(0)}}},
            "quiet_hours.default",
            "ends at 00:00, before it begins at 00:00",
        ),
        (
            {"quiet_hours": {"default": {"from": "09:00Z", "to": "20:00"}}},
            "quiet_hours.default.from",
            "names a time zone",
        ),
        (
            {"quiet_hours": {"default": {"from": 9, "to": time(20)}}},
            "quiet_hours.default.from",
            "9 is not a time of day such as 09:00",
        ),
        ({"quiet": {}}, "quiet", "unknown key"),
    ],
)
def test_what_is_wrong_is_told(configuration, guards, where, what):
    with pytest.raises(ConfigError) as caught:
        load(configuration | {"guards": guards})

    (problem,) = caught.value.problems
    assert problem.where == f"guards.{where}"
    assert what in problem.what
    assert "88888" not in str(caught.value)


def test_nothing_is_on_that_is_not_in_the_file(configuration):
    assert not load(configuration).guards
    assert not load(configuration | {"guards": {"phones": {"mode": "off"}, "content": {"mode": "off"}}}).guards


def test_an_empty_table_takes_the_defaults(configuration):
    rules = load(configuration | {"guards": {"phones": {}, "content": {}}}).guards

    assert rules.phones.mode is Mode.BLOCK
    assert rules.phones.limits["otp"] == (Limit(1, 30), Limit(5, 600), Limit(10, 86_400))
    assert rules.phones.limits["marketing"] == ()
    assert rules.content.mode is Mode.MONITOR


def test_no_rule_shows_a_number_or_the_key(configuration):
    guards = {"key": "literal:a key that nobody sees", "numbers": {"allow": [A]}, "optouts": {}}

    shown = repr(load(configuration | {"guards": guards}))

    assert A not in shown
    assert "nobody sees" not in shown


def test_a_day_may_end_at_midnight(configuration):
    guards = {"quiet_hours": {"default": {"from": time(9), "to": time(0)}}}

    rules = load(configuration | {"guards": guards}).guards

    assert str(rules.quiet_hours.elsewhere) == "09:00-00:00"

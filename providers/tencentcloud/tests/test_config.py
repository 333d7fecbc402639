"""What every account can be configured with, and the form of template ids."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

import pytest
from pydantic import ValidationError

from smsway_tencentcloud import template_id


def test_a_time_zone_is_named_as_in_the_iana_database(make_config):
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)

    offsets = [
        noon.astimezone(make_config(**settings).zone).utcoffset()
        for settings in ({}, {"time_zone": "UTC"}, {"time_zone": "America/New_York"})
    ]

    assert offsets == [timedelta(hours=8), timedelta(0), timedelta(hours=-4)]


def test_a_machine_without_a_time_zone_database_can_run_with_the_default(make_config, monkeypatch):
    def absent(name):
        raise ZoneInfoNotFoundError(f"No time zone found with key {name}")

    monkeypatch.setattr("smsway_tencentcloud._config.ZoneInfo", absent)

    assert make_config().zone.utcoffset(None) == timedelta(hours=8)
    with pytest.raises(ValidationError, match="install tzdata"):
        make_config(time_zone="UTC")


@pytest.mark.parametrize(("value", "expected"), [("1800308", "1800308"), (1800308, "1800308"), ("007", "007")])
def test_a_template_id_becomes_digits_in_text(value, expected):
    assert template_id(value) == expected


@pytest.mark.parametrize("value", ["UTA20212831C85C", "", " 1", "1\n", "\u0661", -1, 1.0, True, None, ["1"]])
def test_a_template_id_of_another_form_is_refused_with_the_way_out(value):
    with pytest.raises(ValueError, match="write its digits") as caught:
        template_id(value)

    assert repr(value) in str(caught.value)

"""Marketing leaves by day, by every clock that the recipient may have; and whoever asks is told when the day begins."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import SUPPORTED_REGIONS

from smsway import Message, Reason, Status, Template
from smsway.guards import ELSEWHERE, HOURS, Hours, opening, zones_of

CN, SG, US, TOLL_FREE, SATELLITE = "+8613788888888", "+6581234567", "+12025550123", "+18005550123", "+8821612345678"


def at(text, zone="UTC"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def hours(start, end):
    return Hours(time(start), time(end))


EVERY = [f"Etc/GMT{shift:+d}" for shift in range(-12, 13)]
"""One zone for each hour of the day."""

WITH_SUMMER = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Asia/Shanghai"]


def is_open(window, zones, moment):
    """What the guard should find, as simply as it can be said."""
    clocks = [datetime.fromtimestamp(moment, ZoneInfo(zone)).time() for zone in zones]
    return all(window.start <= clock and (clock < window.end or window.end == time(0)) for clock in clocks)


@settings(max_examples=60)
@given(
    start=st.integers(0, 20),
    length=st.integers(1, 12),
    zones=st.lists(st.sampled_from(WITH_SUMMER + EVERY), min_size=1, max_size=3),
    minute=st.integers(0, 366 * 24 * 60),
)
def test_the_opening_is_the_first_minute_that_suits_all_zones(start, length, zones, minute):
    # Until midnight is until 0.
    window = hours(start, min(start + length, 24) % 24)
    now = at("2026-01-01") + minute * 60

    found = opening(window, zones, now)

    minutes = (now + step * 60 for step in range(2 * 24 * 60))
    assert found == next((moment for moment in minutes if is_open(window, zones, moment)), None)


@pytest.mark.parametrize("zone", EVERY)
def test_in_every_zone_it_opens_by_its_own_clock(zone):
    for hour in range(24):
        now = at("2026-11-22") + hour * 3_600

        found = datetime.fromtimestamp(opening(hours(9, 20), [zone], now), ZoneInfo(zone))

        assert found.timestamp() == now or (found.hour, found.minute) == (9, 0)
        assert 9 <= found.hour < 20


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        # 8:00 is an hour earlier by the sun once summer time has begun, and later once it has ended.
        ("2026-03-28T22:00", "2026-03-29T06:00"),
        ("2026-03-27T22:00", "2026-03-28T07:00"),
        ("2026-10-24T22:00", "2026-10-25T07:00"),
        ("2026-10-23T22:00", "2026-10-24T06:00"),
    ],
)
def test_summer_time_moves_the_opening(now, opens):
    assert opening(hours(8, 20), ["Europe/Berlin"], at(now)) == at(opens)


@pytest.mark.parametrize(
    ("date", "opens"),
    [("2026-03-29", "2026-03-29T01:30"), ("2026-10-25", "2026-10-25T00:30")],
    ids=["an hour that is left out", "an hour that comes twice"],
)
def test_an_opening_in_the_hour_of_the_change_is_found(date, opens):
    window = Hours(time(2, 30), time(4))

    found = opening(window, ["Europe/Berlin"], at(f"{date}T00:00", "Europe/Berlin"))

    assert found == at(opens)
    assert is_open(window, ["Europe/Berlin"], found)


def test_hours_that_never_meet_never_open():
    assert opening(hours(9, 17), ["America/New_York", "Asia/Shanghai"], at("2026-11-22")) is None


@pytest.mark.parametrize(
    ("phone", "zones"),
    [(CN, ("Asia/Shanghai",)), (US, ("America/New_York",)), (SATELLITE, ()), (SG, ("Asia/Singapore",))],
)
def test_a_phone_has_the_zones_of_its_number(phone, zones):
    assert zones_of(phone) == zones


def test_all_hours_have_a_source_and_lie_on_one_day():
    assert set(HOURS) <= SUPPORTED_REGIONS
    for each in (*HOURS.values(), ELSEWHERE):
        assert each.source
        assert each.start < each.end


def ad(*phones, kind="marketing"):
    content = Template("login_code", {"code": "1234", "minutes": "4"})
    return Message(to=phones, content=content, kind=kind, accounts=["backup"])


@pytest.mark.parametrize(
    ("phone", "now", "passes"),
    [
        (CN, "2026-11-22T07:59", False),
        (CN, "2026-11-22T08:00", True),
        (CN, "2026-11-22T21:59", True),
        (CN, "2026-11-22T22:00", False),
        # Nobody knows its hours.
        (SG, "2026-11-22T08:59", False),
        (SG, "2026-11-22T09:00", True),
    ],
)
def test_a_direct_send_outside_of_the_hours_is_not_sent(make_client, clock, phone, now, passes):
    client = make_client({"quiet_hours": {}})
    clock.time = at(now, "Asia/Shanghai")

    outcome = client.send(ad(phone))[0]

    assert (outcome.reason is not Reason.QUIET_HOURS) is passes
    assert outcome.status is Status.NOT_SENT


def test_the_outcome_says_when_the_day_begins(make_client, clock):
    client = make_client({"quiet_hours": {}})
    clock.time = at("2026-11-22T23:00", "Asia/Shanghai")

    outcome = client.send(ad(CN))[0]

    assert outcome.detail == ("guard quiet_hours: outside of 08:00-22:00 (CN, Asia/Shanghai), opens 2026-11-23T00:00Z")


def test_codes_and_notices_know_no_night(make_client, clock):
    client = make_client({"quiet_hours": {}})
    clock.time = at("2026-11-22T03:00", "Asia/Shanghai")

    reasons = [client.send(ad(CN, kind=kind))[0].reason for kind in ("otp", "notification")]

    assert Reason.QUIET_HOURS not in reasons


def test_a_number_of_no_known_zone_gets_no_marketing(make_client):
    outcome = make_client({"quiet_hours": {}}).send(ad(SATELLITE))[0]

    expected = Reason.QUIET_HOURS, "guard quiet_hours: the number's time zone is not known"
    assert (outcome.reason, outcome.detail) == expected


def test_a_number_of_many_zones_gets_marketing_while_it_is_day_in_all_of_them(make_client, clock):
    client = make_client({"quiet_hours": {}})
    clock.time = at("2026-11-22T18:30")

    outcome = client.send(ad(TOLL_FREE))[0]

    # 8:00 in Pago Pago is 16:30 in St. John's, and the next day's 5:00 in Guam: they have to wait for the latter.
    assert outcome.detail == (
        "guard quiet_hours: outside of 08:00-21:00 (US, America/Adak and 41 more zones), opens 2026-11-22T22:00Z"
    )


def test_the_file_replaces_the_hours(make_client, clock):
    guards = {
        "quiet_hours": {
            "countries": {"CN": {"from": time(10), "to": time(12)}},
            "default": {"from": time(3), "to": time(4)},
        }
    }
    client = make_client(guards)
    clock.time = at("2026-11-22T03:30", "Asia/Singapore")

    outcomes = client.send(ad(CN, SG, US))

    assert [each.reason is Reason.QUIET_HOURS for each in outcomes] == [True, False, False]
    assert datetime.fromtimestamp(clock.time, UTC).hour == 19
    assert "outside of 10:00-12:00" in outcomes[0].detail

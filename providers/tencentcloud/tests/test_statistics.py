"""The vendor's counts, by whole hours of a time zone."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import DeliveryStatistics, InvalidCall, Reason, SendStatistics

CHINA = timezone(timedelta(hours=8))
BEGIN = datetime(2021, 5, 1, 13, tzinfo=CHINA).timestamp()
END = datetime(2021, 5, 2, 0, tzinfo=CHINA).timestamp()
HOUR = 3600.0
DAY = 24 * HOUR

# The answers of the vendor's pages.
SENT = {"FeeCount": 1880, "RequestCount": 1880, "RequestSuccessCount": 1880}
DELIVERED = {
    "CallbackCount": 1745,
    "RequestSuccessCount": 1880,
    "CallbackFailCount": 401,
    "CallbackSuccessCount": 1344,
    "InternalErrorCount": 0,
    "InvalidNumberCount": 0,
    "ShutdownErrorCount": 401,
    "BlackListCount": 0,
    "FrequencyLimitCount": 0,
}
CALLS = ["send_statistics", "delivery_statistics"]


@pytest.mark.parametrize(
    ("call", "action"),
    [("send_statistics", "SendStatusStatistics"), ("delivery_statistics", "CallbackStatusStatistics")],
)
def test_the_published_request_is_made_with_these_bytes(make_client, stamp, call, action):
    published = make_client(sdk_app_id="1400006874").provider

    request = next(getattr(published, call)(BEGIN, END, stamp))

    assert request.headers["X-TC-Action"] == action
    assert request.body == (
        b'{"BeginTime":"2021050113","EndTime":"2021050123","SmsSdkAppId":"1400006874","Limit":0,"Offset":0}'
    )


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        (BEGIN, BEGIN + HOUR, ("2021050113", "2021050113")),
        (BEGIN + 0.5, BEGIN + 0.75, ("2021050113", "2021050113")),
        (BEGIN, BEGIN + HOUR + 0.25, ("2021050113", "2021050114")),
        (BEGIN - 0.25, BEGIN + 1, ("2021050112", "2021050113")),
    ],
)
def test_every_hour_that_a_span_touches_is_counted(provider, body_of, stamp, call, since, until, hours):
    _, body = body_of(getattr(provider, call)(since, until, stamp))

    assert (body["BeginTime"], body["EndTime"]) == hours


@pytest.mark.parametrize(
    ("zone", "hour"),
    [
        ("Asia/Shanghai", "2021050113"),
        ("UTC", "2021050105"),
        ("Asia/Kolkata", "2021050110"),
        ("America/New_York", "2021050101"),
    ],
)
def test_the_hours_are_those_of_the_accounts_time_zone(make_client, body_of, stamp, zone, hour):
    _, body = body_of(make_client(time_zone=zone).provider.send_statistics(BEGIN, BEGIN + 60, stamp))

    assert body["BeginTime"] == hour


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("since", "until"),
    [
        (BEGIN, BEGIN),
        (END, BEGIN),
        (-HOUR, BEGIN),
        (float("nan"), BEGIN),
        (BEGIN, float("nan")),
        (BEGIN, float("inf")),
        (BEGIN, 1e18),
        (BEGIN, 1e300),
        (str(BEGIN), END),
        (True, END),
        (BEGIN, None),
    ],
)
def test_what_is_no_span_of_time_is_never_asked_for(provider, stamp, call, since, until):
    with pytest.raises(InvalidCall, match="give seconds since the epoch"):
        next(getattr(provider, call)(since, until, stamp))


def test_reports_are_counted_over_32_days_at_most(provider, body_of, stamp):
    with pytest.raises(InvalidCall, match="32 days apart at most; ask for a shorter span"):
        next(provider.delivery_statistics(BEGIN, BEGIN + 32 * DAY + HOUR + 1, stamp))
    _, body = body_of(provider.delivery_statistics(BEGIN, BEGIN + 32 * DAY + HOUR, stamp))

    assert (body["BeginTime"], body["EndTime"]) == ("2021050113", "2021060213")


def test_what_was_sent_is_counted_over_any_span(provider, body_of, stamp):
    assert body_of(provider.send_statistics(BEGIN, BEGIN + 400 * DAY, stamp))[1]["BeginTime"] == "2021050113"


def test_the_published_counts_of_what_was_sent_are_read(provider, replay, answer, stamp):
    _, counts = replay(provider.send_statistics(BEGIN + 5, END - 5, stamp), answer({"SendStatusStatistics": SENT}))

    # The bounds are those of the hours that were counted.
    assert counts == SendStatistics(since=BEGIN, until=END, requested=1880, accepted=1880, billed=1880, raw=SENT)


def test_the_published_counts_of_reports_are_read(provider, replay, answer, stamp):
    _, counts = replay(provider.delivery_statistics(BEGIN, END, stamp), answer({"CallbackStatusStatistics": DELIVERED}))

    assert counts == DeliveryStatistics(
        since=BEGIN,
        until=END,
        accepted=1880,
        reported=1745,
        delivered=1344,
        undelivered=401,
        failures={Reason.UNREACHABLE_RECIPIENT: 401},
        raw=DELIVERED,
    )


@pytest.mark.parametrize(
    ("call", "member", "counts"),
    [
        ("send_statistics", "SendStatusStatistics", SENT),
        ("delivery_statistics", "CallbackStatusStatistics", DELIVERED),
    ],
)
def test_the_record_is_kept_as_it_came(provider, replay, answer, stamp, call, member, counts):
    record = {**counts, "PackageAmount": 7}

    _, counted = replay(getattr(provider, call)(BEGIN, END, stamp), answer({member: record}))

    assert counted.raw == record


def test_only_causes_of_something_are_failures(provider, replay, answer, stamp):
    counted = {**DELIVERED, "ShutdownErrorCount": 0}

    _, counts = replay(provider.delivery_statistics(BEGIN, END, stamp), answer({"CallbackStatusStatistics": counted}))

    assert counts.failures == {}


def test_every_cause_has_its_reason(provider, replay, answer, stamp):
    causes = ["InternalErrorCount", "InvalidNumberCount", "ShutdownErrorCount", "BlackListCount", "FrequencyLimitCount"]
    counted = {**DELIVERED, **{cause: number for number, cause in enumerate(causes, 1)}}

    _, counts = replay(provider.delivery_statistics(BEGIN, END, stamp), answer({"CallbackStatusStatistics": counted}))

    assert counts.failures == {
        Reason.CARRIER_FAILURE: 1,
        Reason.INVALID_RECIPIENT: 2,
        Reason.UNREACHABLE_RECIPIENT: 3,
        Reason.BLOCKED_RECIPIENT: 4,
        Reason.RECIPIENT_RATE_LIMITED: 5,
    }


@given(since=st.floats(0, 4e9), length=st.floats(1, 30 * DAY), zone=st.sampled_from(["Asia/Shanghai", "UTC"]))
def test_the_hours_enclose_the_span_and_no_hour_too_many(make_client, replay, answer, stamp, since, length, zone):
    provider, until = make_client(time_zone=zone).provider, since + length

    _, counts = replay(provider.send_statistics(since, until, stamp), answer({"SendStatusStatistics": SENT}))

    assert counts.since <= since < counts.since + HOUR
    assert counts.until - HOUR < until <= counts.until
    assert counts.since % HOUR == counts.until % HOUR == 0

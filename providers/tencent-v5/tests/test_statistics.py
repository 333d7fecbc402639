"""What the vendor counts, by whole hours of its own zone, and what is left of the packages."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import InvalidCall, Reason, Response, Stamp, UnexpectedResponse
from smsway_tencent_v5._config import TencentV5Config
from smsway_tencent_v5._provider import TencentV5
from smsway_tencent_v5._times import hours

SEALED = b'{"sig":"c13e54f047ed75e821e698730c72d030dc30e5b510b3f8a0fb6fb7605283d7df","time":1457336869,'
MIDNIGHT = datetime(2016, 9, 8, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
HOUR = 3600
CALLS = ["send_statistics", "delivery_statistics"]


def asked(provider, since, until, stamp):
    body = json.loads(next(provider.send_statistics(since, until, stamp)).body)
    return body["begin_date"], body["end_date"]


@pytest.mark.parametrize(
    ("call", "method"), [("send_statistics", "pullsendstatus"), ("delivery_statistics", "pullcallbackstatus")]
)
def test_the_request_has_these_bytes(call, method, provider, stamp):
    request = next(getattr(provider, call)(MIDNIGHT, MIDNIGHT + 24 * HOUR, stamp))

    assert request.url == f"https://yun.tim.qq.com/v5/tlssmssvr/{method}?sdkappid=1400006666&random=7226249334"
    assert request.body == SEALED + b'"begin_date":2016090800,"end_date":2016090823}'


@pytest.mark.parametrize(
    ("since", "until", "names"),
    [
        (0, HOUR, (2016090800, 2016090800)),
        (1, 2, (2016090800, 2016090800)),
        (0, HOUR + 1, (2016090800, 2016090801)),
        (HOUR - 1, HOUR + 1, (2016090800, 2016090801)),
        (-1, 1, (2016090723, 2016090800)),
        (0, 24 * HOUR, (2016090800, 2016090823)),
        (0.25, 0.5, (2016090800, 2016090800)),
        (HOUR - 0.0001, HOUR, (2016090800, 2016090800)),
    ],
)
def test_the_hours_cover_the_span(since, until, names, provider, stamp):
    assert asked(provider, MIDNIGHT + since, MIDNIGHT + until, stamp) == names


@pytest.mark.parametrize("call", CALLS)
def test_the_answer_tells_the_whole_hours_that_were_counted(call, provider, stamp, ended):
    counts = ended(getattr(provider, call)(MIDNIGHT + 10, MIDNIGHT + HOUR + 10, stamp), {"result": 0, "data": {}})

    assert (counts.since, counts.until) == (MIDNIGHT, MIDNIGHT + 2 * HOUR)


@pytest.mark.parametrize(
    ("zone", "names"),
    [
        ("UTC", (2016090716, 2016090716)),
        ("Asia/Kolkata", (2016090721, 2016090722)),
        ("Asia/Shanghai", (2016090800,) * 2),
    ],
)
def test_the_hours_are_those_of_the_accounts_time_zone(zone, names, stamp):
    provider = TencentV5(TencentV5Config(sdk_app_id=1, app_key="k", time_zone=zone))

    assert asked(provider, MIDNIGHT, MIDNIGHT + HOUR, stamp) == names


@given(
    st.floats(0, 4e9),
    st.floats(0.01, 1e7),
    st.sampled_from(["Asia/Shanghai", "UTC", "Asia/Kolkata", "America/New_York", "Australia/Lord_Howe"]),
)
def test_hours_are_whole_and_cover_the_span(since, length, zone):
    span = hours(since, since + length, ZoneInfo(zone))

    assert span.begin <= since
    assert since + length <= span.end + 0.002
    assert (span.begin % 900, span.end % 900) == (0, 0)
    assert span.first <= span.last
    assert span.end - span.begin < length + 3 * HOUR


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("since", "until"),
    [
        (5.0, 5.0),
        (6.0, 5.0),
        (-1.0, 5.0),
        (0.0, float("inf")),
        (float("nan"), 5.0),
        (0.0, 1e300),
        (False, True),
        ("0", 5.0),
        (0.0, None),
    ],
)
def test_a_span_that_is_none_is_refused_before_anything_is_asked(call, since, until, provider, stamp):
    with pytest.raises(InvalidCall) as raised:
        next(getattr(provider, call)(since, until, stamp))

    assert f"from {since!r} to {until!r}" in str(raised.value)


@pytest.mark.parametrize("data", [None, {}])
def test_what_is_not_told_is_none(data, provider, stamp, ended):
    sent = ended(provider.send_statistics(MIDNIGHT, MIDNIGHT + 1, stamp), {"result": 0, "data": data})
    counts = ended(provider.delivery_statistics(MIDNIGHT, MIDNIGHT + 1, stamp), {"result": 0, "data": data})

    assert (sent.requested, sent.accepted, sent.billed) == (None, None, None)
    assert (counts.accepted, counts.reported, counts.delivered, counts.undelivered) == (None, None, None, None)
    assert counts.failures == {}


def test_counts_may_stand_in_quotes(provider, stamp, ended):
    data = {"success": "100", "status_fail": "3", "status_fail_2": "3", "status_fail_4": "0"}

    counts = ended(provider.delivery_statistics(MIDNIGHT, MIDNIGHT + 1, stamp), {"result": 0, "data": data})

    assert (counts.accepted, counts.undelivered) == (100, 3)
    assert counts.failures == {Reason.UNREACHABLE_RECIPIENT: 3}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("data", [[], "x", {"success": -1}, {"success": "many"}, {"success": 1.5}, {"success": True}])
def test_a_count_that_is_none_is_not_believed(call, data, provider, stamp, ended):
    with pytest.raises(UnexpectedResponse):
        ended(getattr(provider, call)(MIDNIGHT, MIDNIGHT + 1, stamp), {"result": 0, "data": data})


NOW = 1531463729.0
STAMP = Stamp(NOW, 5)


def response(answer):
    return Response(200, json.dumps(answer).encode())


IDS = itertools.count(1000158193)


def package(amount, used, days=1, **more):
    end = datetime.fromtimestamp(NOW, UTC) + timedelta(days=days, hours=8)
    times = {"to_time": f"{end:%Y-%m-%d %H:%M:%S}"}
    return {"amount": amount, "used": used, "package_id": next(IDS), "type": 1} | times | more


def test_the_request_for_the_packages_has_these_bytes(provider, stamp):
    request = next(provider.get_balance(stamp))

    assert request.url == "https://yun.tim.qq.com/v5/tlssmssvr/getsmspackages?sdkappid=1400006666&random=7226249334"
    assert request.body == SEALED + b'"offset":0,"length":50}'


@pytest.mark.parametrize("envelope", [{}, {"result": 0}, {"result": 0, "errmsg": "OK"}])
def test_the_balance_is_what_is_left_of_all_packages_that_are_not_past(envelope, provider, ended):
    packages = [package(100, 5), package(50, 50), package("1000", "1"), package(9, 0, days=-1)]

    balance = ended(provider.get_balance(STAMP), {"total": 4, "data": packages} | envelope)

    assert (balance.remaining, balance.unit) == (95 + 999, "texts")
    assert balance.raw == {"total": 4, "data": packages}


def test_a_package_counts_until_its_last_second(provider, ended):
    packages = [package(1, 0, days=0), package(10, 0, days=-1 / 86400)]

    assert ended(provider.get_balance(STAMP), {"total": 2, "data": packages}).remaining == 1


@pytest.mark.parametrize("data", [None, []])
def test_no_package_is_an_empty_balance(data, provider, ended):
    assert ended(provider.get_balance(STAMP), {"total": 0, "data": data}).remaining == 0


def test_packages_are_read_page_by_page_from_where_the_last_one_ended(provider):
    exchange = provider.get_balance(STAMP)
    requests = [next(exchange)]
    pages = [[package(100, 0) for _ in range(many)] for many in (50, 20, 3)]

    requests += [exchange.send(response({"total": 73, "data": page})) for page in pages[:2]]
    with pytest.raises(StopIteration) as stopped:
        exchange.send(response({"total": 73, "data": pages[2]}))

    assert stopped.value.value.remaining == 7300
    assert [json.loads(request.body)["offset"] for request in requests] == [0, 50, 70]
    assert len({request.url for request in requests}) == 3, "each request has a random number of its own"


def test_packages_that_never_end_are_not_believed(provider, ended):
    pages = [{"total": 10**6, "data": [package(1, 0)]} for _ in range(100)]

    with pytest.raises(UnexpectedResponse, match="do not end after 100 pages"):
        ended(provider.get_balance(STAMP), *pages)


@pytest.mark.parametrize("repeated", [0, 1, 49])
def test_a_package_that_two_pages_hold_is_not_counted_twice(repeated, provider, ended):
    packages = [package(100, 0) for _ in range(50)]
    again = [package(100, 0), packages[repeated] | {"package_id": str(packages[repeated]["package_id"])}]

    with pytest.raises(UnexpectedResponse, match="repeats what another has"):
        ended(provider.get_balance(STAMP), {"total": 52, "data": packages}, {"total": 52, "data": again})


def test_a_package_that_one_page_holds_twice_is_not_counted_twice(provider, ended):
    twice = package(100, 0)

    with pytest.raises(UnexpectedResponse, match="lists a package twice"):
        ended(provider.get_balance(STAMP), {"total": 2, "data": [twice, twice]})


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"data": []},
        {"total": 1, "data": []},
        {"total": 1, "data": None},
        {"total": -1, "data": []},
        {"total": None, "data": []},
        {"total": 1, "data": [{}]},
        {"total": 1, "data": ["x"]},
        {"total": 1, "data": [package(1, 0, to_time="soon")]},
        {"total": 1, "data": [package(1, 0, to_time=None)]},
        {"total": 1, "data": [package(-1, 0)]},
        {"total": 1, "data": [package(1, None)]},
        {"total": 1, "data": [package(1, 0, package_id=None)]},
    ],
)
def test_packages_that_are_not_as_documented_are_not_believed(answer, provider, ended):
    with pytest.raises(UnexpectedResponse):
        ended(provider.get_balance(STAMP), answer)

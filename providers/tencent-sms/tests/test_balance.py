"""What is left of the packages."""

from __future__ import annotations

import json
import time

import pytest

from smsway.provider import Balance, CallFailed, Reason, Stamp, UnexpectedResponse
from smsway_tencent_sms._provider import TencentSms

NOW = 1_776_313_405.75  # 2026-04-16 12:23:25 in China
# The record of the vendor's page.
PACKAGE = {
    "PackageCreateTime": 1617292800,
    "PackageExpiredTime": 1617292800,
    "PackageEffectiveTime": 1619884800,
    "PackageType": 1,
    "CurrentUsage": 1000,
    "PackageId": 1000791745,
    "PackageAmount": 1000,
}


def package(id_, amount=1000, used=0, until=NOW + 1):
    return {
        **PACKAGE,
        "PackageId": id_,
        "PackageAmount": amount,
        "CurrentUsage": used,
        "PackageExpiredTime": int(until),
    }


def last_hour():
    return time.strftime("%Y%m%d%H", time.gmtime(time.time() + 7 * 3600))


@pytest.fixture
def told(provider, stamp, replay, answer):
    """Ask for the balance; each argument is a page of packages. Returns the requests and the balance."""
    return lambda *pages: replay(
        provider.get_balance(stamp), *(answer({"SmsPackagesStatisticsSet": page}) for page in pages)
    )


def test_the_packages_of_all_time_are_asked_for_with_these_bytes(told):
    (request,), _ = told([])

    assert request.headers["X-TC-Action"] == "SmsPackagesStatistics"
    assert request.sends is False
    assert request.body == (
        b'{"SmsSdkAppId":"1400006666","Limit":500,"Offset":0,"BeginTime":"2010010108","EndTime":"2026041612"}'
    )


@pytest.mark.parametrize(
    ("at", "hour"), [(1_776_312_000.0, "2026041611"), (1_776_312_000.5, "2026041612"), (1_776_315_599.9, "2026041612")]
)
def test_the_end_is_an_hour_that_began_before_the_present_as_the_vendor_wants_it(provider, at, hour):
    request = next(provider.get_balance(Stamp(at, 1)))

    assert json.loads(request.body)["EndTime"] == hour


def test_the_hours_are_those_of_the_accounts_time_zone(make_config, stamp):
    request = next(TencentSms(make_config(time_zone="UTC")).get_balance(stamp))

    assert json.loads(request.body)["EndTime"] == "2026041604"


def test_the_published_package_is_past_and_used_up(told):
    _, balance = told([PACKAGE])

    assert balance == Balance(remaining=0, unit="texts", raw={"SmsPackagesStatisticsSet": [PACKAGE]})


def test_what_is_left_of_packages_that_are_not_past_is_added_up(told):
    _, balance = told([package(1, 1000, 400), package(2, 50), package(3, 70, until=NOW - 1), package(4, 5, 5)])

    assert (balance.remaining, balance.unit) == (650, "texts")


@pytest.mark.parametrize("nothing", [None, []])
def test_no_packages_are_no_texts(told, nothing):
    assert told(nothing)[1].remaining == 0


def test_a_full_page_is_followed_by_another(told):
    full = [package(number, 2, 1) for number in range(500)]

    requests, balance = told(full, [package(500, 10)])

    assert [json.loads(request.body)["Offset"] for request in requests] == [0, 500]
    assert balance.remaining == 510


def test_a_package_that_comes_twice_would_count_twice_and_is_not_believed(told):
    full = [package(number) for number in range(500)]

    with pytest.raises(UnexpectedResponse, match="twice"):
        told([package(1), package(1)])
    with pytest.raises(UnexpectedResponse, match="twice"):
        told(full, [package(499)])


def test_pages_that_never_end_are_not_followed_for_ever(told):
    pages = [[package(page * 500 + number) for number in range(500)] for page in range(100)]

    with pytest.raises(UnexpectedResponse, match="do not end after 100 pages"):
        told(*pages)


@pytest.mark.parametrize(
    "changes",
    [
        {"PackageAmount": "1000"},
        {"PackageAmount": -1},
        {"CurrentUsage": None},
        {"PackageExpiredTime": "2019-05-31 23:59:59"},
        {"PackageId": True},
    ],
)
def test_a_package_that_cannot_be_read_is_not_guessed(told, changes):
    with pytest.raises(UnexpectedResponse):
        told([package(1), {**package(2), **changes}])


def test_a_refusal_has_its_reason(provider, stamp, replay, answer):
    refused = answer({"Error": {"Code": "InvalidParameterValue.EndTimeVerifyFail", "Message": "x"}})

    with pytest.raises(CallFailed) as caught:
        replay(provider.get_balance(stamp), refused)

    assert (caught.value.reason, caught.value.maybe_done) == (Reason.INVALID_REQUEST, False)


def test_the_balance_of_the_sandbox_is_what_is_left(sandbox, sdk_send, ask):
    sandbox.set_balance("tencent", 7)
    sdk_send("+8618501234444", "+8618501234445")

    assert ask(lambda provider, stamp: provider.get_balance(stamp)).remaining == 5


def test_the_sdk_reads_the_packages(sandbox, sdk):
    sandbox.set_balance("tencent", 7)

    answer = sdk("SmsPackagesStatistics", Limit=500, Offset=0, BeginTime="2020010100", EndTime="2025010100")
    whole = sdk("SmsPackagesStatistics", Limit=1, Offset=1, BeginTime="2010010100", EndTime=last_hour())

    assert answer.SmsPackagesStatisticsSet == []
    assert [(p.PackageAmount, p.CurrentUsage, p.PackageType) for p in whole.SmsPackagesStatisticsSet] == [(100, 5, 0)]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Limit": 0}, "InvalidParameterValue.LimitVerifyFail"),
        ({"Limit": 501}, "InvalidParameterValue.LimitVerifyFail"),
        ({"Offset": -1}, "InvalidParameterValue.OffsetVerifyFail"),
        ({"BeginTime": "20200101"}, "InvalidParameterValue.BeginTimeVerifyFail"),
        ({"EndTime": "2020013200"}, "InvalidParameterValue.EndTimeVerifyFail"),
        ({"EndTime": "2019010100"}, "InvalidParameterValue.EndTimeVerifyFail"),
        ({"EndTime": "2099010100"}, "InvalidParameterValue.EndTimeVerifyFail"),
        ({"SmsSdkAppId": "1400000001"}, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
    ],
)
def test_what_is_beyond_the_limits_is_refused_by_the_sandbox(sdk, refusal_of, changes, code):
    good = {"Limit": 1, "Offset": 0, "BeginTime": "2020010100", "EndTime": "2025010100"}

    assert refusal_of(sdk, "SmsPackagesStatistics", **{**good, **changes}) == code

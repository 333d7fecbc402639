"""The limit of requests per second: never above it in any second, codes first, and shared where a store is."""

from __future__ import annotations

import logging
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyrate_limiter import InMemoryStateStore, StateStore
from pyrate_limiter.clocks import AbstractClock
from traffic import Traffic, throttled
from world import World

from smsway import Kind, Reason, Status
from smsway.delivery._pace import Pace
from smsway.delivery._spacing import Spacing


def most_in_a_second(times):
    """Return how many of *times*, which are in order, any second holds."""
    return max(sum(start <= at < start + 1 for at in times[index:]) for index, start in enumerate(times))


class Shared:
    """A store that several processes share, with a clock of its own; *down* makes it fail."""

    def __init__(self, world, ahead=0.0):
        self.world, self.ahead, self.down = world, ahead, False
        self.asked, self.stores = 0, {}

    def __call__(self, name):
        return self.stores.setdefault(name, SharedStore(self))


class SharedClock(AbstractClock):
    def __init__(self, shared):
        self.shared = shared

    def now(self):
        if self.shared.down:
            raise ConnectionError("redis://:canary@127.0.0.1 refused")
        return int((self.shared.world.time + self.shared.ahead) * 1000)


class SharedStore(StateStore):
    def __init__(self, shared):
        self.shared, self.inner = shared, InMemoryStateStore()
        self.default_clock = SharedClock(shared)

    def check(self, algorithm, rates, now, weight):
        self.shared.asked += 1
        return self.inner.check(algorithm, rates, now, weight)

    def read(self, algorithm, rates):
        return self.inner.read(algorithm, rates)

    def reset(self):
        self.inner.reset()


RATES = [0.2, 1.0, 2.0, 2.5, 3.0, 7.0, 10.0, 36.0, 100.0, 250.0]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(RATES), st.lists(st.floats(0, 0.7), min_size=1, max_size=40), st.integers(1, 12))
def test_no_second_has_more_requests_than_the_rate(rate, gaps, at_once):
    traffic = Traffic(lambda *_: None, "a", rates={"a": rate})
    for gap in gaps:
        traffic.run(gap)
        for _ in range(at_once):
            traffic.send()

    traffic.run()

    assert len(traffic.asked) == len(gaps) * at_once
    assert most_in_a_second(traffic.times("a")) <= max(rate, 1)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(RATES), st.floats(0, 0.2), st.integers(5, 60), st.randoms(use_true_random=False))
def test_no_second_has_more_though_some_take_longer_to_be_written_down_than_others(rate, jitter, count, chance):
    traffic = Traffic(lambda *_: None, "a", rates={"a": rate}, jitter=jitter)
    for _ in range(count):
        traffic.send()

    traffic.run()

    left = [at + chance.choice([0.0, jitter, chance.uniform(0, jitter)]) for at in traffic.times("a")]
    assert most_in_a_second(sorted(left)) <= max(rate, 1)


@given(st.floats(0.01, 5000))
def test_a_spacing_leaves_room_for_no_more_than_its_rate_and_uses_most_of_it(rate):
    spacing = Spacing.of(rate)

    most = spacing.burst - 1 + math.ceil(1.001 / spacing.seconds)
    assert most <= max(math.floor(rate), 1)
    assert 1 / spacing.seconds >= 0.97 * (rate if rate < 1 else math.floor(rate))
    assert spacing.as_rate().interval >= spacing.seconds * 1_000_000


@pytest.mark.parametrize("rate", [1.0, 10.0, 100.0, 1000.0])
def test_a_queue_uses_at_least_nine_tenths_of_the_rate(rate):
    traffic = Traffic(lambda *_: None, "a", rates={"a": rate})
    for _ in range(int(5 * rate)):
        traffic.send()

    traffic.run()

    assert len(traffic.asked) / (traffic.times("a")[-1] + 1 / rate) >= 0.9 * rate


def test_codes_go_before_everything_that_waits():
    traffic = Traffic(lambda *_: None, "a", rates={"a": 1})
    others = [traffic.send()[0] for _ in range(20)]
    traffic.run(0.5)

    (code,) = traffic.send(kind=Kind.OTP)
    traffic.run(1.5)

    assert code.outcome.status is Status.ACCEPTED
    assert sum(journey.outcome is not None for journey in others) <= 2


@pytest.mark.parametrize(("codes", "share"), [(True, 0.8), (False, 1.0)])
def test_a_campaign_leaves_a_fifth_of_the_rate_to_codes_while_there_are_any(codes, share):
    traffic = Traffic(lambda *_: None, "a", rates={"a": 10})
    if codes:
        traffic.sent(kind=Kind.OTP)
    for _ in range(1000):
        traffic.send(kind=Kind.MARKETING)

    traffic.run(30)

    assert len(traffic.asked) / 30 == pytest.approx(share * 10 / 1.03, rel=0.03)


def test_a_minute_after_the_last_code_a_campaign_has_all_of_the_rate_again():
    traffic = Traffic(lambda *_: None, "a", rates={"a": 10})
    traffic.sent(kind=Kind.OTP)
    traffic.run(61)
    for _ in range(1000):
        traffic.send(kind=Kind.MARKETING)
    before = len(traffic.asked)

    traffic.run(30)

    assert (len(traffic.asked) - before) / 30 == pytest.approx(10 / 1.03, rel=0.03)


def test_codes_beside_a_campaign_wait_no_longer_than_for_one_request():
    traffic = Traffic(lambda *_: None, "a", rates={"a": 10})
    traffic.sent(kind=Kind.OTP)
    for _ in range(1000):
        traffic.send(kind=Kind.MARKETING)
    waits = []
    for _ in range(20):
        traffic.run(1.37)
        began = traffic.now
        (journey,) = traffic.send(kind=Kind.OTP)
        while journey.outcome is None:
            traffic.run(0.01)
        waits.append(traffic.now - began - 0.1)

    assert max(waits) <= 0.103 + 0.02


def test_a_code_does_not_wait_for_the_share_that_everything_else_keeps_to():
    traffic = Traffic(lambda *_: None, "a", rates={"a": 1})
    traffic.sent(kind=Kind.OTP)
    for _ in range(5):
        traffic.send(kind=Kind.MARKETING)
    traffic.run(2)
    last = traffic.times("a")[-1]
    traffic.run(last + 1.1 - traffic.now)

    traffic.send(kind=Kind.OTP)
    traffic.run(0.01)

    # A moment later than the rate allows, and a moment earlier than four fifths of it would.
    assert traffic.times("a")[-1] - last == pytest.approx(1.1, abs=0.005)


def test_waiting_for_leave_counts_against_the_deadline_and_is_not_sent():
    traffic = Traffic(lambda *_: None, "a", rates={"a": 1})
    for _ in range(5):
        traffic.send(within=2.5)

    traffic.run()

    late = [outcome for outcome in traffic.outcomes if outcome.reason is Reason.DEADLINE]
    assert len(traffic.asked) == 3
    assert [outcome.status for outcome in late] == [Status.NOT_SENT] * 2


class TestPace:
    """How the rate is cut and grows."""

    def test_requests_that_went_before_a_cut_do_not_cut_again(self):
        pace = Pace(100.0)
        for began in (0.0, 0.1, 0.2):
            pace.throttle(1.0, began)

        assert pace.rate(1.0) == 50

    def test_each_later_throttle_halves_again_down_to_a_twentieth(self):
        pace, rates = Pace(100.0), []
        for second in range(1, 8):
            pace.throttle(second, second - 0.5)
            rates.append(pace.rate(second))

        assert rates == [50, 25, 12.5, 6.25, 5, 5, 5]

    def test_an_account_without_a_limit_gets_half_of_what_it_got_and_is_free_again_later(self):
        pace = Pace(None)
        for number in range(80):
            pace.note(9 + number / 40)

        pace.throttle(11, 10.5)

        assert pace.rate(11) == pytest.approx(20, abs=1)
        assert pace.rate(41 + 5) == pytest.approx(30, abs=1.5)
        assert pace.rate(41 + 11) is None


class TestSharing:
    """Several processes and one limit."""

    def processes(self, count, rate=10.0, *, script=lambda *_: None, ahead=0.0, processes=1):
        world = World(0)
        shared = Shared(world, ahead)
        make = {"names": "a", "rates": {"a": rate}, "stores": shared, "processes": processes, "world": world}
        return shared, [Traffic(script, **make) for _ in range(count)]

    @pytest.mark.parametrize("rate", [1.0, 10.0, 50.0])
    @pytest.mark.parametrize("ahead", [0.0, -900.0, 10**9])
    def test_four_processes_keep_to_one_limit_and_use_nine_tenths_of_it(self, rate, ahead):
        _, processes = self.processes(4, rate, ahead=ahead)
        for process in processes:
            for _ in range(int(3 * rate) + 1):
                process.send()

        for process in processes:
            process.run()

        times = sorted(at for process in processes for at in process.times("a"))
        assert len(times) == 4 * (int(3 * rate) + 1)
        assert most_in_a_second(times) <= rate
        assert len(times) / (times[-1] + 1 / rate) >= 0.9 * rate

    def test_only_one_request_of_a_process_asks_the_store_at_a_time(self):
        shared, (process,) = self.processes(1)
        process.store_latency = 0.05
        for number in range(50):
            process.send(kind=Kind.OTP if number % 5 == 4 else Kind.MARKETING)
            process.run(0.01)

        process.run()

        assert len(process.asked) == 50
        assert process.most_asking == 1
        # Each once in vain, as it takes its place, and once when it is its turn.
        assert shared.asked <= 2 * 50

    def test_a_store_that_fails_leaves_each_process_its_part_until_it_answers_again(self, caplog):
        shared, processes = self.processes(4, 10.0, processes=4)
        shared.down = True
        for process in processes:
            for _ in range(100):
                process.send()
        processes[0].run(20)
        alone = sorted(at for process in processes for at in process.times("a"))
        shared.down = False
        processes[0].run(6)
        back = len([at for process in processes for at in process.times("a")])

        processes[0].run(10)

        times = [at for process in processes for at in process.times("a")]
        assert most_in_a_second(alone) <= 10
        assert len(alone) >= 20 * 7
        assert len(times) - back >= 9 * 10 * 0.9
        assert [record.levelno for record in caplog.records] == [logging.ERROR] * 4
        assert "ConnectionError" in caplog.text
        assert "canary" not in caplog.text

    def test_a_process_that_sends_a_campaign_hears_of_the_codes_of_another(self):
        _, (codes, campaign) = self.processes(2, ahead=-900.0)
        codes.sent(kind=Kind.OTP)
        for _ in range(1000):
            campaign.send(kind=Kind.MARKETING)

        campaign.run(50)
        during = len(campaign.asked)
        campaign.run(30)
        before = len(campaign.asked)
        campaign.run(20)

        assert during / 50 == pytest.approx(8 / 1.03, rel=0.03)
        assert (len(campaign.asked) - before) / 20 == pytest.approx(10 / 1.03, rel=0.03)

    def test_an_account_that_nobody_limits_is_not_shared(self):
        world = World(0)
        shared = Shared(world)
        traffic = Traffic(lambda *_: None, "ab", rates={"b": 10.0}, stores=shared, world=world)

        traffic.sent()

        assert (traffic.asked[0][0], shared.asked, shared.stores) == ("a", 0, {})

    def test_a_throttle_slows_its_process_down_though_the_limit_is_shared(self):
        once = iter([throttled()])
        _, (process,) = self.processes(1, script=lambda *_: next(once, None))
        process.sent()
        before = len(process.asked)
        for _ in range(200):
            process.send()

        process.run(10)

        assert len(process.asked) - before == pytest.approx(50 / 1.03, abs=2)

    def test_a_store_that_is_asynchronous_is_told_and_not_asked_in_vain(self, caplog):
        class Asynchronous(SharedStore):
            async def check(self, algorithm, rates, now, weight):  # noqa: ARG002  # the library's interface
                raise AssertionError

        shared = Shared(World(0))
        shared.stores["a"] = Asynchronous(shared)
        traffic = Traffic(lambda *_: None, "a", rates={"a": 10.0}, stores=shared, world=shared.world)

        outcome = traffic.sent()

        assert outcome.status is Status.ACCEPTED
        assert "TypeError" in caplog.text

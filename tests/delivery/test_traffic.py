"""How breakers, budgets, rates and failover work together, under traffic in virtual time."""

from __future__ import annotations

from collections import Counter

import pytest
from traffic import LATENCY, Traffic, lost, refused, throttled

from smsway import Attempt, BreakerState, Certainty, Kind, Outcome, Reason, Scope, Status
from smsway.model import Response
from smsway.routing import OnUnknown


def only(name, said):
    """A script in which one account does something and the others accept."""
    return lambda account, at: said(account, at) if account == name else None


def test_two_thousand_refused_recipients_in_a_row_leave_the_breaker_closed_and_the_budget_untouched():
    traffic = Traffic(only("a", lambda *_: Reason.INVALID_RECIPIENT))
    traffic.every(0.03, 60)

    traffic.run()

    assert Counter(outcome.status for outcome in traffic.outcomes) == {Status.REJECTED: 2000}
    assert Counter(name for name, _ in traffic.asked) == {"a": 2000}
    assert traffic.health.look("a").own.state is BreakerState.CLOSED
    assert (traffic.budgets.left("a"), traffic.budgets.left("b")) == (500, 500)
    assert traffic.changes == []


def test_a_storm_of_throttles_leaves_the_breaker_closed_halves_the_rate_and_passes():
    traffic = Traffic(lambda _, at: throttled() if 10 <= at < 11 else None, "a", rates={"a": 100})
    traffic.every(0.02, 80)
    rates = {}
    for second in (9, 12, 40, 45, 80):
        traffic.world.at(traffic.began + second, lambda at=second: rates.update({at: traffic.limiter.rate("a")}))

    traffic.run()

    assert rates[9] == 100
    # It is cut again only by requests that went out after the last cut.
    assert rates[12] < 50
    assert rates[40] < rates[45] < 100
    assert rates[80] == 100
    assert traffic.changes == []


def test_one_throttle_halves_the_rate_for_half_a_minute_and_then_it_grows_back():
    once = iter([throttled()])
    traffic = Traffic(lambda *_: next(once, None), "a", rates={"a": 10})
    traffic.sent(kind=Kind.OTP)

    rates = []
    for _ in range(41):
        traffic.run(1)
        rates.append(traffic.limiter.rate("a"))

    assert rates[:29] == [5] * 29
    assert rates[30:] == pytest.approx([5 + 0.5 * (second + 0.9) for second in range(10)] + [10], abs=0.06)


@pytest.mark.parametrize("gap", [0.05, 0.5])
def test_a_dead_account_costs_five_requests_to_detect_and_little_more_than_the_traffic_in_a_minute(gap):
    traffic = Traffic(only("a", refused))
    traffic.every(gap, 60)

    traffic.run()

    opened = next(change.at for change in traffic.changes if change.state is BreakerState.OPEN)
    needed = round(60 / gap)
    before = [at for at in traffic.times("a") if at <= opened - traffic.process.now() + traffic.now]
    assert Counter(outcome.status for outcome in traffic.outcomes) == {Status.ACCEPTED: needed}
    # Some were on their way when the fifth failure came back.
    assert len(before) <= 5 + LATENCY / gap
    assert len(traffic.asked) <= 1.1 * needed


def test_an_account_that_fails_every_other_time_costs_ten_requests_to_detect():
    numbers = iter(range(10**6))
    traffic = Traffic(only("a", lambda *_: Reason.PROVIDER_FAILURE if next(numbers) % 2 else None))
    traffic.every(0.5, 30)

    traffic.run(14)

    assert len(traffic.times("a")) == 10
    assert {outcome.status for outcome in traffic.outcomes} == {Status.ACCEPTED}


def test_slow_answers_open_the_breaker_though_they_are_good():
    traffic = Traffic(only("a", lambda *_: (8.5, None)))
    traffic.every(1, 30)

    traffic.run()

    assert traffic.changes[0].state is BreakerState.OPEN
    assert "took over 8 s" in traffic.changes[0].cause
    assert {outcome.status for outcome in traffic.outcomes} == {Status.ACCEPTED}


def test_between_a_dead_account_and_a_limited_one_nobody_goes_to_and_fro():
    traffic = Traffic(only("a", refused), rates={"b": 5})
    traffic.every(0.1, 60)

    traffic.run()

    submissions = [Counter(each.account for each in outcome.attempts) for outcome in traffic.outcomes]
    assert len(submissions) == 600
    assert max(sum(each.values()) for each in submissions) <= 3
    assert max(count for each in submissions for count in each.values()) == 1
    assert {outcome.status for outcome in traffic.outcomes} == {Status.ACCEPTED}


def test_nobody_is_submitted_more_than_three_times_without_doubt_and_twice_with_it():
    said = iter([refused(), throttled(), lost(), lost(), Reason.QUOTA_EXCEEDED] * 1000)
    traffic = Traffic(lambda *_: next(said), "abcdefgh", on_unknown=OnUnknown.RESEND)
    traffic.every(0.3, 30)

    traffic.run()

    for outcome in traffic.outcomes:
        had = Counter(each.certainty for each in outcome.attempts)
        assert had[Certainty.NOT_SENT] <= 3
        assert had[Certainty.MAYBE_SENT] <= 2


def test_what_earlier_deliveries_came_to_takes_nothing_from_the_next():
    traffic = Traffic(only("a", lambda *_: Reason.QUOTA_EXCEEDED))
    (journey,) = traffic.journeys()
    journey.attempts = (Attempt("a", Certainty.NOT_SENT, Reason.QUOTA_EXCEEDED),) * 3
    ((shipment,), _) = traffic.engine.plan([journey])

    traffic.process.spawn(traffic.engine.deliver(shipment), traffic.perform, traffic.done)
    traffic.run()

    assert (journey.outcome.status, journey.outcome.account) == (Status.ACCEPTED, "b")
    assert len(journey.outcome.attempts) == 5


def test_results_in_flight_when_the_breaker_opens_are_booked():
    slow = iter([(3.0, None)] * 5)
    traffic = Traffic(only("a", lambda *_: next(slow, None) or (0.1, refused())))
    early = [traffic.send()[0] for _ in range(5)]
    for _ in range(6):
        traffic.send()
    traffic.run(1)
    state = traffic.health.look("a").own.state

    traffic.run()

    assert [(each.outcome.status, each.outcome.account) for each in early] == [(Status.ACCEPTED, "a")] * 5
    # They began before it opened, so they close nothing.
    assert (state, traffic.health.look("a").own.state) == (BreakerState.OPEN, BreakerState.OPEN)


def test_nobody_stands_long_in_the_line_of_an_account_that_rests():
    traffic = Traffic(only("a", lambda *_: Reason.AUTHENTICATION), rates={"a": 0.5})
    for _ in range(30):
        traffic.send()

    traffic.run()

    assert {outcome.account for outcome in traffic.outcomes} == {"b"}
    assert traffic.now < 2


@pytest.mark.parametrize("kind", Kind)
def test_an_open_breaker_never_turns_what_may_have_been_sent_into_a_retry(kind):
    traffic = Traffic(lambda *_: lost())
    traffic.every(0.5, 60, kind=kind)

    traffic.run()

    assert traffic.changes
    for outcome in traffic.outcomes:
        assert len(outcome.attempts) <= 1
        assert outcome.status is (Status.UNKNOWN if outcome.attempts else Status.NOT_SENT)


@pytest.mark.parametrize("reason", [Reason.AUTHENTICATION, Reason.CONFIGURATION, Reason.INSUFFICIENT_BALANCE])
def test_a_fault_of_the_account_opens_at_once_and_costs_no_retry(reason):
    traffic = Traffic(only("a", lambda *_: reason))
    traffic.every(0.5, 200)

    traffic.run()

    health = traffic.health.look("a").own
    assert len(traffic.times("a")) == 1
    assert (health.state, health.cause) == (BreakerState.OPEN, f"{reason} (code 7)")
    assert health.until - health.since == 300
    assert (traffic.budgets.left("a"), traffic.budgets.left("b")) == (500, 500)
    assert {outcome.account for outcome in traffic.outcomes} == {"b"}


def test_of_fifty_that_could_probe_one_does():
    traffic = Traffic(lambda account, at: refused() if account == "a" and at < 10 else None)
    traffic.every(0.5, 5)
    traffic.run(40)
    traffic.most.clear()
    done = len(traffic.asked)

    for _ in range(50):
        traffic.send()
    traffic.run()

    assert traffic.most["a"] == 1
    assert Counter(name for name, _ in traffic.asked[done:]) == {"a": 1, "b": 49}


def test_three_good_probes_close_and_one_bad_one_opens_again():
    down = [True]
    traffic = Traffic(only("a", lambda *_: refused() if down[0] else None))
    states = []
    traffic.every(0.5, 3)
    traffic.run(20)

    for failing in (False, False, True):
        down[0] = failing
        traffic.sent()
        states.append(traffic.health.look("b" if traffic.asked[-1][0] == "b" and not failing else "a").own.state)
    traffic.world.time = traffic.health.opens("a")
    down[0] = False
    for _ in range(3):
        traffic.sent()
        states.append(traffic.health.look("a").own.state)

    half_open, is_open, closed = BreakerState.HALF_OPEN, BreakerState.OPEN, BreakerState.CLOSED
    assert states == [half_open, half_open, is_open, half_open, half_open, closed]
    assert [change.state for change in traffic.changes] == [is_open, half_open, is_open, half_open, closed]


def test_a_wall_clock_that_jumps_an_hour_changes_nothing():
    def played(jump):
        traffic = Traffic(lambda account, at: refused() if account == "a" and at < 25 else None, rates={"b": 8})
        traffic.every(0.2, 60)
        traffic.world.at(traffic.began + 7, lambda: setattr(traffic.process, "skew", jump))
        traffic.run()
        return traffic.asked, [outcome.status for outcome in traffic.outcomes]

    assert played(0.0) == played(3600.0) == played(-3600.0)


def test_a_restart_begins_closed_and_with_a_full_budget():
    traffic = Traffic(only("a", refused))
    traffic.every(0.5, 10)
    traffic.run(11)

    again = Traffic(only("a", refused), world=traffic.world)

    assert traffic.health.look("a").own.state is BreakerState.OPEN
    assert again.health.look("a").own.state is BreakerState.CLOSED
    assert again.health.resting("a") is None
    assert again.budgets.left("b") == 500


class TestDomains:
    """What fails decides what rests."""

    def test_accounts_of_one_host_rest_together_when_it_cannot_be_reached(self):
        traffic = Traffic(lambda account, _: refused() if account in "ab" else None, "abc", hosts={"a": "h", "b": "h"})
        traffic.every(0.5, 10)

        traffic.run(11)

        assert traffic.health.look("b").own.domain.scope is Scope.CONNECTION
        assert "connection to h rests after unreachable" in traffic.health.resting("b")
        assert len(traffic.times("a")) + len(traffic.times("b")) == 5

    @pytest.mark.parametrize("said", [lost, lambda *_: Response(500, b""), lambda *_: Reason.AUTHENTICATION])
    def test_what_comes_after_the_connection_rests_the_account_alone(self, said):
        traffic = Traffic(only("a", said), hosts={"a": "h", "b": "h"})
        traffic.every(0.5, 10)

        traffic.run(11)

        assert traffic.health.resting("a").startswith("account a rests")
        assert traffic.health.resting("b") is None

    @pytest.mark.parametrize(
        ("reason", "scope"),
        [(Reason.TEMPLATE_REFUSED, Scope.TEMPLATE), (Reason.SIGNATURE_REFUSED, Scope.SIGNATURE)],
    )
    def test_a_refused_template_or_signature_rests_at_that_account_and_everything_else_goes_on(self, reason, scope):
        traffic = Traffic(only("a", lambda *_: reason))
        traffic.sent(template="code")
        (resting,) = traffic.health.look("a").topics

        same = traffic.sent(template="code")
        traffic.script = lambda *_: None
        other = traffic.sent(template="news")

        assert (resting.domain.scope, resting.state) == (scope, BreakerState.OPEN)
        assert [each.account for each in same.attempts] == ["b"]
        # The signature is that of the other template, too.
        assert other.account == ("a" if scope is Scope.TEMPLATE else "b")
        assert traffic.health.look("a").own.state is BreakerState.CLOSED

    def test_a_template_is_asked_for_again_after_its_rest_and_forgotten_once_it_is_well(self):
        traffic = Traffic(lambda account, at: Reason.TEMPLATE_REFUSED if account == "a" and at < 5 else None)
        traffic.sent()
        traffic.run(20)

        outcomes = [traffic.sent() for _ in range(3)]

        assert [outcome.account for outcome in outcomes] == ["a"] * 3
        assert traffic.health.look("a").topics == ()
        assert not traffic.health.minds_topics("a")
        assert [(change.domain.scope, change.state) for change in traffic.changes] == [
            (Scope.TEMPLATE, state) for state in (BreakerState.OPEN, BreakerState.HALF_OPEN, BreakerState.CLOSED)
        ]

    def test_neighbours_that_are_told_different_things_go_different_ways(self):
        traffic = Traffic(lambda account, _: Reason.TEMPLATE_REFUSED if account == "a" else None)
        traffic.sent(template="code")
        traffic.script = lambda *_: None

        shipments, _ = traffic.engine.plan([*traffic.journeys(template="news"), *traffic.journeys(template="code")])

        assert [(each.account.name, each.batch.parcels[0].content.template) for each in shipments] == [
            ("a", "news"),
            ("b", "code"),
        ]

    def test_all_domains_that_rest_are_told_in_the_outcome(self):
        traffic = Traffic(lambda account, _: Reason.TEMPLATE_REFUSED if account == "a" else Reason.AUTHENTICATION)
        traffic.sent()

        outcome = traffic.sent()

        assert (outcome.status, outcome.reason) == (Status.NOT_SENT, Reason.CIRCUIT_OPEN)
        assert "template code of account a rests after template_refused (code 7) for " in outcome.detail
        assert "account b rests after authentication (code 7) for 300 s more" in outcome.detail

    def test_a_code_goes_to_the_account_whose_rest_ends_first(self):
        traffic = Traffic(lambda account, _: Reason.AUTHENTICATION if account == "a" else Reason.TEMPLATE_REFUSED)
        traffic.sent()
        traffic.script = lambda *_: None

        code = traffic.sent(kind=Kind.OTP)

        assert (code.status, code.account) == (Status.ACCEPTED, "b")


class TestBudget:
    """Retries are paid for."""

    @pytest.mark.parametrize(
        ("said", "on_unknown", "cost"),
        [
            (refused, OnUnknown.HOLD, 14),
            (lambda *_: Reason.PROVIDER_FAILURE, OnUnknown.HOLD, 14),
            (lost, OnUnknown.RESEND, 14),
            (throttled, OnUnknown.HOLD, 5),
            (lambda *_: Reason.INSUFFICIENT_BALANCE, OnUnknown.HOLD, 0),
            (lambda *_: Reason.TEMPLATE_REFUSED, OnUnknown.HOLD, 0),
            (lambda *_: Reason.QUOTA_EXCEEDED, OnUnknown.HOLD, 0),
        ],
    )
    def test_a_shipment_that_moves_on_pays_once_at_the_account_that_it_moves_to(self, said, on_unknown, cost):
        traffic = Traffic(only("a", said), on_unknown=on_unknown)

        traffic.send(50, Kind.OTP)
        traffic.run()

        assert {outcome.account for outcome in traffic.outcomes} == {"b"}
        assert (traffic.budgets.left("a"), traffic.budgets.left("b")) == (500, 500 - cost)

    def test_a_throttled_request_is_repeated_for_five(self):
        once = iter([throttled()])
        traffic = Traffic(only("a", lambda *_: next(once, None)))

        outcome = traffic.sent()

        assert [each.account for each in outcome.attempts] == ["a", "a"]
        assert traffic.budgets.left("a") == 495

    def test_good_first_tries_earn_it_back_up_to_its_capacity(self):
        once = iter([refused()])
        traffic = Traffic(only("a", lambda *_: next(once, None)))
        traffic.sent()

        earned = []
        for _ in range(16):
            traffic.sent(accounts="b")
            earned.append(traffic.budgets.left("b"))

        assert earned == [*range(487, 501), 500, 500]

    def test_without_tokens_one_retry_a_second_is_made_and_the_others_keep_their_outcome_and_say_why(self):
        traffic = Traffic(lambda account, _: lost() if account == "a" else None, on_unknown=OnUnknown.RESEND)
        while traffic.budgets.left("b") >= 14:
            traffic.budgets.spend("b", 14)
        traffic.run(5)

        first, second = (traffic.send()[0] for _ in range(2))
        traffic.run(2)
        third = traffic.sent()

        assert [each.outcome.status for each in (first, second)] == [Status.ACCEPTED, Status.UNKNOWN]
        assert second.outcome.reason is Reason.NO_ANSWER
        assert second.outcome.detail.endswith("; not retried: the retry budget of account b is used up")
        assert third.status is Status.ACCEPTED

    def test_those_who_need_not_pay_go_on_without_those_who_cannot(self):
        traffic = Traffic(lambda *_: None, "b")
        while traffic.budgets.left("b") >= 14:
            traffic.budgets.spend("b", 14)
        journeys = traffic.journeys(3)
        for journey, toll in zip(journeys, (0, 14, 0), strict=True):
            journey.setbacks.toll = toll
            journey.outcome = Outcome(journey.phone, Status.NOT_SENT, "a", Reason.UNREACHABLE)

        onward, stranded = traffic.engine._onward([(journey, 0.0) for journey in journeys], traffic.accounts[0])

        assert [each.index for _, shipment in onward for each in shipment.journeys] == [0, 2]
        assert [each.index for each in stranded] == [1]
        assert stranded[0].outcome.detail == "not retried: the retry budget of account b is used up"

    def test_whoever_is_only_routed_around_pays_nothing(self):
        traffic = Traffic(only("a", lambda *_: Reason.AUTHENTICATION), rates={"b": 2})
        traffic.sent()

        traffic.every(0.1, 10, kind=Kind.OTP)
        traffic.run()

        assert traffic.budgets.left("b") == 500

    def test_whoever_leaves_an_account_that_is_only_busy_pays_nothing(self):
        traffic = Traffic(lambda *_: None, rates={"a": 1})

        traffic.every(0.1, 10, kind=Kind.OTP)
        traffic.run()

        assert len(traffic.times("b")) > 50
        assert traffic.budgets.left("b") == 500

    def test_accounts_that_are_all_down_soon_get_no_more_than_one_retry_a_second_each(self):
        traffic = Traffic(lambda *_: Reason.PROVIDER_FAILURE, "ab")
        traffic.every(0.05, 60, kind=Kind.OTP)

        traffic.run()

        retries = Counter(outcome.attempts[-1].account for outcome in traffic.outcomes if len(outcome.attempts) > 1)
        assert retries
        assert max(retries.values()) <= 500 / 14 + 60


class TestRetryAfter:
    """What the vendor asks for is kept."""

    @pytest.mark.parametrize("header", ["20", "Tue, 14 Nov 2023 22:30:20 GMT"])
    def test_after_a_throttle_the_account_is_left_alone_until_then(self, header):
        # The world begins at 22:30:00 by its wall clock.
        once = iter([throttled(retry_after=header)])
        traffic = Traffic(lambda *_: next(once, None), "a")
        traffic.every(1, 10)

        traffic.run()

        times = traffic.times("a")
        assert {outcome.status for outcome in traffic.outcomes} == {Status.ACCEPTED}
        assert 19.9 <= times[1] <= 20.2
        assert traffic.changes == []

    @pytest.mark.parametrize("header", ["301", "soon", "-1", "Tue, 14 Nov 2023 23:30:20 GMT"])
    def test_what_is_too_long_or_makes_no_sense_is_not_waited_for(self, header):
        traffic = Traffic(only("a", lambda *_: throttled(retry_after=header)))

        outcome = traffic.sent()

        assert [each.account for each in outcome.attempts] == ["a", "b"]
        assert traffic.now < 1

    @pytest.mark.parametrize(("header", "rest"), [("100", 100), ("5", 15), ("4000", 300), ("soon", 15)])
    def test_after_a_failure_the_breaker_rests_at_least_as_long(self, header, rest):
        traffic = Traffic(lambda *_: Response(503, b"", {"retry-after": header}), "a")
        for _ in range(5):
            traffic.sent()

        health = traffic.health.look("a").own

        assert health.state is BreakerState.OPEN
        assert health.until - health.since == pytest.approx(rest, rel=0.21)

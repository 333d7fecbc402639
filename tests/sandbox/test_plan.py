"""Which faults strike: account, times, seconds, share and phones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.model import Reason
from smsway.sandbox import Injection, Refusal
from smsway.sandbox._faults import Level
from smsway.sandbox._plan import Plan

A, B = "+8613700000001", "+8613700000002"


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def _strikes(plan, account="cn", phones=()):
    return plan.strike(Level.REPLY, account, phones) is not None


def test_a_fault_strikes_every_account_unless_it_names_one():
    plan = Plan()

    plan.inject(Injection(fault="html", account="cn"))

    assert [_strikes(plan, "cn"), _strikes(plan, "world")] == [True, False]
    plan.inject(Injection(fault="html"))
    assert [_strikes(plan, "cn"), _strikes(plan, "world")] == [True, True]


def test_times_are_counted_over_all_accounts():
    plan = Plan()

    plan.inject(Injection(fault="html", times=2))

    assert [_strikes(plan, name) for name in ("cn", "world", "cn")] == [True, True, False]
    assert plan.faults() == []


def test_a_fault_ends_with_its_seconds():
    clock = Clock()
    plan = Plan(clock)

    plan.inject(Injection(fault="html", seconds=5))

    assert plan.next_end() == 5
    clock.now += 4.9
    assert _strikes(plan)
    clock.now += 0.1
    assert not _strikes(plan)
    assert plan.next_end() is None


def test_phones_restrict_a_fault_to_requests_with_one_of_them():
    plan = Plan()

    plan.inject(Injection(fault="html", phones=[A]))

    assert [_strikes(plan, phones=phones) for phones in ((), (B,), (B, A))] == [False, False, True]


def _pattern(seed, share):
    plan = Plan()
    plan.inject(Injection(fault="html", share=share, seed=seed))
    return [_strikes(plan) for _ in range(400)]


def test_a_share_strikes_by_chance_and_the_same_way_for_the_same_seed():
    assert _pattern(1, 0.25) == _pattern(1, 0.25)
    assert _pattern(1, 0.25) != _pattern(2, 0.25)
    assert 60 <= sum(_pattern(1, 0.25)) <= 140


@given(st.integers())
def test_a_share_of_nothing_never_strikes_and_a_share_of_one_always(seed):
    assert not any(_pattern(seed, 0.0))
    assert all(_pattern(seed, 1.0))


def test_a_chance_that_misses_does_not_count_as_one_of_the_times():
    plan = Plan()

    plan.inject(Injection(fault="html", share=0.5, times=3, seed=5))

    assert sum(_strikes(plan) for _ in range(100)) == 3


def test_lifting_ends_one_order_or_all():
    plan = Plan()
    first = plan.inject(Injection(fault="html"))
    plan.inject(Injection(fault="refuse"))
    plan.refuse(Refusal(reason=Reason.BLOCKED_RECIPIENT))

    assert plan.lift(first) == 1
    assert plan.lift(first) == 0
    assert plan.refuses("cn")
    assert plan.lift() == 2
    assert not plan.refuses("cn")
    assert plan.refusal("cn", A) is None


def test_a_refusal_of_given_phones_spares_the_others():
    plan = Plan()

    plan.refuse(Refusal(reason=Reason.BLOCKED_RECIPIENT, phones=[A], account="cn"))

    assert plan.refusal("cn", A) is Reason.BLOCKED_RECIPIENT
    assert plan.refusal("cn", B) is None
    assert plan.refusal("world", A) is None


@given(st.integers(), st.permutations([f"+86137{number:08d}" for number in range(40)]))
def test_a_refusal_of_a_share_meets_the_same_phones_in_any_order(seed, phones):
    order = Refusal(reason=Reason.INVALID_RECIPIENT, share=0.5, seed=seed)
    first, second = Plan(), Plan()
    first.refuse(order)
    second.refuse(order)

    refused = {phone for phone in phones if first.refusal("cn", phone)}

    assert {phone for phone in sorted(phones) if second.refusal("world", phone)} == refused


@pytest.mark.parametrize(("share", "least", "most"), [(0.1, 60, 140), (0.9, 860, 940)])
def test_a_refusal_of_a_share_meets_about_that_share(share, least, most):
    plan = Plan()
    plan.refuse(Refusal(reason=Reason.INVALID_RECIPIENT, share=share))

    refused = sum(plan.refusal("cn", f"+86137{number:08d}") is not None for number in range(1000))

    assert least <= refused <= most

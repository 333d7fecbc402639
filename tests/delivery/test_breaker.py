"""The breaker by itself, against a model that keeps every request and counts anew each time."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from smsway import BreakerState
from smsway.delivery import Sign
from smsway.delivery._breaker import Breaker, Ticket

SIGNS = st.sampled_from([Sign.GOOD, Sign.GOOD, Sign.FAILURE, Sign.FAILURE, Sign.NEUTRAL, Sign.FAULT])


@dataclass
class Model:
    """A breaker that is slow and simple: every request that counts stands in a list."""

    seen: list[tuple[int, bool, bool]] = field(default_factory=list)
    until: float | None = None
    probing: bool = False
    epoch: int = 0
    relapses: int = 0
    good: int = 0
    not_before: float = 0.0

    def state(self, now):
        if self.until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now < self.until else BreakerState.HALF_OPEN

    def admit(self, now):
        probe = self.state(now) is BreakerState.HALF_OPEN and not self.probing
        self.probing = self.probing or probe
        return self.epoch, probe

    def note(self, ticket, sign, now, *, slow, rest, chance):
        epoch, probe = ticket
        if epoch != self.epoch:
            return
        self.probing = self.probing and not probe
        if sign is Sign.FAULT:
            self.open(now, 300)
        elif sign is Sign.NEUTRAL:
            return
        elif self.until is None:
            self.not_before = max(self.not_before, now + rest) if sign is Sign.FAILURE else 0
            self.seen.append((int(now // 5), sign is Sign.FAILURE, slow))
            if self.trips(now):
                self.open(now, self.grown(chance))
        elif sign is Sign.GOOD:
            self.until = min(self.until, now)
            self.good += 1
            if self.good == 3:
                self.until, self.relapses, self.seen, self.not_before = None, 0, [], 0
        elif probe:
            self.not_before = max(self.not_before, now + rest)
            self.open(now, self.grown(chance))

    def grown(self, chance):
        return min(15 * 2**self.relapses, 300) * (0.8 + 0.4 * chance)

    def trips(self, now):
        last = [failed for _, failed, _ in self.seen][-5:]
        recent = [each for each in self.seen if each[0] > int(now // 5) - 12]
        _, failed, slow = recent[-1]
        if last == [True] * 5:
            return True
        if len(recent) < 10:
            return False
        failures, slows = sum(each[1] for each in recent), sum(each[2] for each in recent)
        return (failed and failures * 2 >= len(recent)) or (slow and slows * 5 >= len(recent) * 4)

    def open(self, now, rest):
        self.until = max(now + rest, self.not_before)
        self.epoch += 1
        self.relapses += 1
        self.good, self.probing, self.seen = 0, False, []


class Compared(RuleBasedStateMachine):
    """The breaker does what the model does, whatever happens in whatever order."""

    def __init__(self):
        super().__init__()
        self.now = 1000.0
        self.breaker, self.model = Breaker(), Model()
        self.flying = []

    @rule(seconds=st.sampled_from([0.0, 0.5, 4.0, 12.0, 31.0, 400.0]))
    def wait(self, seconds):
        self.now += seconds

    @rule()
    def begin(self):
        ticket, expected = self.breaker.admit(self.now), self.model.admit(self.now)
        assert ticket.probe == expected[1]
        self.flying.append((ticket, expected))

    @precondition(lambda self: self.flying)
    @rule(index=st.integers(0, 50), sign=SIGNS, slow=st.booleans(), rest=st.sampled_from([0.0, 0.0, 60.0, 300.0]))
    def end(self, index, sign, slow, rest):
        ticket, expected = self.flying.pop(index % len(self.flying))
        chance = index / 50
        self.breaker.note(ticket, sign, self.now, slow=slow, rest=rest, chance=chance)
        self.model.note(expected, sign, self.now, slow=slow, rest=rest, chance=chance)

    @rule(signs=st.lists(SIGNS, min_size=1, max_size=14), slow=st.booleans())
    def a_few_in_a_row(self, signs, slow):
        for sign in signs:
            self.begin()
            self.flying = [self.flying[-1], *self.flying[:-1]]
            self.end(0, sign, slow, 0.0)

    @invariant()
    def alike(self):
        assert self.breaker.state(self.now) is self.model.state(self.now)
        if self.model.until is not None:
            assert self.breaker.until == pytest.approx(self.model.until)

    @invariant()
    def at_most_one_probe_is_out(self):
        current = [ticket for ticket, _ in self.flying if ticket.opening == self.breaker._openings]
        assert sum(ticket.probe for ticket in current) == self.breaker.probing <= 1


Compared.TestCase.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
TestBreaker = Compared.TestCase


def noted(*signs, now=1000.0, gap=0.0, **more):
    """A breaker after these requests, each *gap* seconds after the other, and the time by then."""
    breaker = Breaker()
    for sign in signs:
        breaker.note(breaker.admit(now), sign, now, cause="x", **more)
        now += gap
    return breaker, now


G, F, N = Sign.GOOD, Sign.FAILURE, Sign.NEUTRAL


@pytest.mark.parametrize(
    ("signs", "state"),
    [
        ([F] * 4, BreakerState.CLOSED),
        ([F] * 5, BreakerState.OPEN),
        ([F, F, N, F, N, F, F], BreakerState.OPEN),
        ([F, F, F, F, G, F, F, F, F], BreakerState.CLOSED),
        ([G, F] * 4 + [G], BreakerState.CLOSED),
        ([G, F] * 5, BreakerState.OPEN),
        ([G] * 6 + [F] * 4, BreakerState.CLOSED),
        ([Sign.FAULT], BreakerState.OPEN),
    ],
)
def test_what_opens_it(signs, state):
    breaker, now = noted(*signs)

    assert breaker.state(now) is state


@pytest.mark.parametrize(("gap", "state"), [(5.0, BreakerState.OPEN), (7.0, BreakerState.CLOSED)])
def test_what_is_over_a_minute_old_does_not_count(gap, state):
    breaker, now = noted(*[G, F] * 10, gap=gap)

    assert breaker.state(now - gap) is state


@pytest.mark.parametrize(("slow", "state"), [(7, BreakerState.CLOSED), (8, BreakerState.OPEN)])
def test_good_answers_that_are_slow_open_it(slow, state):
    breaker, _ = noted(*[G] * (10 - slow))
    for _ in range(slow):
        breaker.note(breaker.admit(1000.0), G, 1000.0, slow=True)

    assert breaker.state(1000.0) is state


def test_each_failing_probe_doubles_the_rest_up_to_its_limit():
    breaker, now = noted(*[F] * 5)
    rests = []
    for _ in range(7):
        rests.append(breaker.until - now)
        now = breaker.until
        breaker.note(breaker.admit(now), F, now)

    assert rests == [15, 30, 60, 120, 240, 300, 300]


@pytest.mark.parametrize(("chance", "rest"), [(0.0, 12), (0.5, 15), (1.0, 18)])
def test_chance_makes_a_rest_a_fifth_longer_or_shorter(chance, rest):
    breaker, now = noted(*[F] * 5, chance=chance)

    assert breaker.until - now == pytest.approx(rest)


def test_what_began_before_it_opened_tells_nothing_new():
    breaker = Breaker()
    early = [breaker.admit(1000.0) for _ in range(10)]
    for ticket in early[:5]:
        breaker.note(ticket, F, 1000.0)
    until = breaker.until

    for ticket, sign in zip(early[5:], [F, G, G, G, Sign.FAULT], strict=True):
        breaker.note(ticket, sign, 1010.0)

    assert breaker.until == until


def test_requests_that_could_not_wait_for_the_end_of_the_rest_count_as_probes_if_they_are_good():
    breaker, now = noted(*[F] * 5)
    states = []
    for _ in range(3):
        breaker.note(breaker.admit(now), G, now)
        states.append(breaker.state(now))

    assert states == [BreakerState.HALF_OPEN, BreakerState.HALF_OPEN, BreakerState.CLOSED]


def test_a_probe_that_tells_nothing_is_given_back():
    breaker, _ = noted(*[F] * 5)
    now = breaker.until
    breaker.note(breaker.admit(now), N, now)

    assert breaker.admit(now) == Ticket(1, probe=True)
    assert not breaker.admit(now).probe

"""The engine under a third driver, which plays the providers from a script and moves a clock of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsway import Kind, Message, Recipient, Status, Template
from smsway.delivery import (
    AFTER_REFUSAL,
    BY_HTTP_STATUS,
    Budgets,
    Effect,
    Engine,
    Finding,
    Flow,
    Gate,
    Health,
    Keep,
    Limiter,
    Next,
    Pause,
    Record,
    Sign,
    Transmit,
    TransportFailure,
)
from smsway.delivery._sample import Sample
from smsway.model import (
    AttemptStarted,
    BreakerState,
    CallFailed,
    Capabilities,
    Certainty,
    Delivery,
    Filled,
    InvalidCall,
    OutcomeSettled,
    Reason,
    Report,
    Response,
    Stopped,
    Tracked,
    UnexpectedResponse,
    Verification,
    Veto,
    parse_phone,
)
from smsway.provider import Request, accepted, rejected
from smsway.routing import Account, OnUnknown, Route, pack
from smsway.routing._journey import Envelope, Journey

Script = Callable[[str, float], object]
"""(account, time) -> a reason to refuse with, `None` to accept, an HTTP status, or an exception to raise."""


@dataclass
class VirtualClock:
    time: float = 1000.0
    nonces: int = 0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def nonce(self) -> int:
        self.nonces += 1
        return self.nonces

    def random(self) -> float:
        return 0.5


@dataclass
class Scripted:
    """A provider whose request names its account, and whose answer's body is the reason to refuse with."""

    name: str

    def submit(self, batch, stamp):  # noqa: ARG002  # the provider's interface
        response = yield Request(self.name, {}, b"")
        if response.status != 200:
            raise UnexpectedResponse(f"HTTP {response.status}")
        reason = response.body.decode()
        return [rejected(each, Reason(reason), "7") if reason else accepted(each) for each in batch.parcels]


class Halves:
    """A provider that sends a batch in two requests."""

    def submit(self, batch, stamp):  # noqa: ARG002  # the provider's interface
        for _ in range(2):
            response = yield Request("a", {}, b"")
            if response.status != 200:
                raise UnexpectedResponse(f"HTTP {response.status}")
        return [accepted(each) for each in batch.parcels]


class TokenFirst:
    """A provider that asks for a token, and then sends."""

    def submit(self, batch, stamp):  # noqa: ARG002  # as above
        for sends in (False, True):
            response = yield Request("a", {}, b"", sends=sends)
            if response.status != 200:
                raise UnexpectedResponse(f"HTTP {response.status}")
        return [accepted(each) for each in batch.parcels]


@dataclass
class Says:
    """A provider that returns what it should not."""

    said: object

    def submit(self, batch, stamp):  # noqa: ARG002  # as above
        yield Request("a", {}, b"")
        return self.said


class Dreams:
    """A provider that reports success without a request that sends."""

    def submit(self, batch, stamp):  # noqa: ARG002  # as above
        yield Request("a", {}, b"", sends=False)
        return [accepted(each) for each in batch.parcels]


@dataclass
class Sloppy:
    """A provider that puts something else into a field of its outcomes."""

    field: str

    def submit(self, batch, stamp):  # noqa: ARG002  # as above
        yield Request("a", {}, b"")
        (outcome,) = [accepted(each) for each in batch.parcels]
        setattr(outcome, self.field, ["something", "else"])
        return [outcome]


class Untidy:
    """A provider whose end fails."""

    def submit(self, batch, stamp):  # noqa: ARG002  # as above
        try:
            yield Request("a", {}, b"")
        finally:
            raise LookupError("no such file")


@dataclass
class Each:
    """A provider whose next answer refuses the recipients at these positions."""

    answers: Iterator[dict[int, Reason]]

    def submit(self, batch, stamp):  # noqa: ARG002  # as above
        yield Request("a", {}, b"")
        refused = next(self.answers)
        return [
            rejected(each, refused[index], "7") if index in refused else accepted(each)
            for index, each in enumerate(batch.parcels)
        ]


@dataclass
class VirtualDriver:
    """Carries out effects at once: a pause only moves the clock, and the script answers."""

    clock: VirtualClock
    script: Script
    journal: Callable[[object], None] = lambda _: None
    latency: float = 0.1
    asked: list[tuple[str, float]] = field(default_factory=list)
    settled: list[OutcomeSettled] = field(default_factory=list)

    def run(self, flow: Flow):
        try:
            effect = next(flow)
            while True:
                try:
                    answer = self.perform(effect)
                except BaseException as error:  # noqa: BLE001  # as the real drivers do
                    effect = flow.throw(error)
                else:
                    effect = flow.send(answer)
        except StopIteration as stop:
            return stop.value

    def perform(self, effect: Effect) -> Response | None:
        match effect:
            case Pause():
                assert effect.until >= self.clock.time
                self.clock.time = effect.until
            case Record():
                self.journal(effect.event)
                if isinstance(effect.event, OutcomeSettled):
                    self.settled.append(effect.event)
            case Transmit():
                return self.transmit(effect)
            case Keep():
                return effect.work()
        return None

    def transmit(self, effect: Transmit) -> Response:
        account = effect.request.url
        self.asked.append((account, self.clock.time))
        said = self.script(account, self.clock.time)
        self.clock.time += self.latency
        match said:
            case BaseException():
                raise said
            case Response():
                return said
            case int():
                return Response(said, b"")
        return Response(200, str(said or "").encode())


REFUSED = TransportFailure("no connection", maybe_sent=False)
LOST = TransportFailure("no answer", maybe_sent=True)


class Office:
    """An engine with its accounts, a driver and one route over all of them."""

    def __init__(
        self,
        script: Script,
        names="ab",
        *,
        on_unknown=OnUnknown.HOLD,
        rates=None,
        timeouts=8.0,
        verifier=None,
        **driver,
    ):
        self.clock = VirtualClock()
        self.driver = VirtualDriver(self.clock, script, **driver)
        self.health = Health(self.clock)
        able = Capabilities(template=True, max_batch=200)
        self.accounts = tuple(Account(name, "scripted", able, None, Scripted(name)) for name in names)
        self.route = Route("all", tuple(names), on_unknown=on_unknown)
        limiter = Limiter(rates or {}, self.clock.monotonic)
        budgets = Budgets(self.clock.monotonic)
        gate = Gate(self.clock, self.health, limiter, budgets, dict.fromkeys(Kind, timeouts), lambda *_: Filled("1"))
        self.engine = Engine(gate, lambda *_: 1, verifier=verifier)

    def replace_provider(self, name, provider):
        self.accounts = tuple(
            replace(account, provider=provider) if account.name == name else account for account in self.accounts
        )

    def journeys(self, count=1, kind=Kind.NOTIFICATION, within=None):
        phones = [Recipient(f"+6598{number:06d}") for number in range(count)]
        message = Message(to=phones, content=Template("code"), kind=kind, within=within)
        expires = None if within is None else self.clock.time + within
        envelope = Envelope(0, message, "code", expires=expires)
        return [
            Journey(envelope, n, parse_phone(r.phone), "SG", route=self.route, candidates=self.accounts)
            for n, r in enumerate(message.to)
        ]

    def send(self, count=1, kind=Kind.NOTIFICATION, within=None):
        """Deliver to *count* recipients; return their outcomes."""
        journeys = self.journeys(count, kind, within)
        shipments, _ = self.engine.plan(journeys)
        for shipment in shipments:
            self.driver.run(self.engine.deliver(shipment))
        return [journey.outcome for journey in journeys]

    @staticmethod
    def started(flow):
        """Carry *flow* to its first attempt; return the account."""
        events = (getattr(effect, "event", None) for effect in flow)
        return next(event.account for event in events if isinstance(event, AttemptStarted))

    @property
    def asked(self):
        return [account for account, _ in self.driver.asked]


def always(**said):
    return lambda account, _: said.get(account)


def raising(error):
    return lambda *_: type(error)(error.what, maybe_sent=error.maybe_sent)


OURS = {
    Reason.NO_ROUTE,
    Reason.UNREACHABLE,
    Reason.NO_TRACE,
    Reason.CIRCUIT_OPEN,
    Reason.DEADLINE,
    Reason.STOPPED,
    Reason.SCREENED,
    Reason.INVALID_MESSAGE,
    Reason.INTERNAL,
}
REPORTED = {Reason.UNREACHABLE_RECIPIENT, Reason.CARRIER_FAILURE}
DOUBTS = {Reason.AMBIGUOUS, Reason.NO_ANSWER, Reason.UNEXPECTED_RESPONSE, Reason.MISSING_RESULT}


def test_the_table_says_what_follows_every_refusal():
    assert set(AFTER_REFUSAL) == set(Reason) - OURS - REPORTED - DOUBTS


def test_every_status_that_refuses_has_a_next_step():
    assert set(BY_HTTP_STATUS.values()) <= set(AFTER_REFUSAL)


@pytest.mark.parametrize("reason", [reason for reason, step in AFTER_REFUSAL.items() if step is Next.STOP])
def test_a_refusal_that_stops_asks_nobody_else(reason):
    office = Office(always(a=reason))

    (outcome,) = office.send()

    assert (outcome.status, outcome.reason, outcome.account) == (Status.REJECTED, reason, "a")
    assert office.asked == ["a"]


@pytest.mark.parametrize("reason", [r for r, step in AFTER_REFUSAL.items() if step in {Next.MOVE, Next.ALARM}])
def test_a_refusal_that_moves_asks_the_next_account_at_once(reason):
    office = Office(always(a=reason))

    (outcome,) = office.send()

    assert (outcome.status, outcome.account) == (Status.ACCEPTED, "b")
    assert [each.certainty for each in outcome.attempts] == [Certainty.NOT_SENT, Certainty.SENT]
    assert office.clock.time == pytest.approx(1000.2)


def test_a_refusal_everywhere_ends_with_the_last_refusal():
    office = Office(always(a=Reason.QUOTA_EXCEEDED, b=Reason.TEMPLATE_REFUSED))

    (outcome,) = office.send()

    assert (outcome.status, outcome.reason, outcome.account) == (Status.REJECTED, Reason.TEMPLATE_REFUSED, "b")
    assert len(outcome.attempts) == 2


def test_a_refusal_outweighs_silence():
    office = Office(lambda account, _: Reason.QUOTA_EXCEEDED if account == "a" else REFUSED)

    (outcome,) = office.send()

    assert (outcome.status, outcome.account) == (Status.REJECTED, "a")


def test_what_may_have_been_sent_outweighs_a_refusal():
    office = Office(lambda account, _: LOST if account == "a" else Reason.QUOTA_EXCEEDED, on_unknown=OnUnknown.RESEND)

    (outcome,) = office.send()

    assert (outcome.status, outcome.account) == (Status.UNKNOWN, "a")
    assert office.asked == ["a", "b"]


def test_a_throttled_recipient_asks_the_same_account_once_more_and_then_moves():
    office = Office(always(a=Reason.RATE_LIMITED))

    (outcome,) = office.send()

    assert (outcome.status, outcome.account) == (Status.ACCEPTED, "b")
    times = [at - 1000 for _, at in office.driver.asked]
    assert office.asked == ["a", "a", "b"]
    assert times == pytest.approx([0, 1.1, 1.2])


def test_a_throttled_code_moves_at_once():
    office = Office(always(a=Reason.RATE_LIMITED))

    (outcome,) = office.send(kind=Kind.OTP)

    assert outcome.account == "b"
    assert office.asked == ["a", "b"]


@pytest.mark.parametrize(
    ("header", "waited"),
    [
        ("5", 5.1),
        ("0", 0.1),
        ("30", 30.1),
        ("31", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("-1", None),
        ("²", None),
    ],
)
def test_retry_after_is_kept_while_patience_lasts(header, waited):
    answers = iter([Response(429, b"", {"retry-after": header})])
    office = Office(lambda account, _: next(answers, None) if account == "a" else None)

    (outcome,) = office.send()

    assert outcome.status is Status.ACCEPTED
    assert office.asked == (["a", "b"] if waited is None else ["a", "a"])
    assert office.driver.asked[1][1] == pytest.approx(1000 + (waited or 0.1))


@pytest.mark.parametrize(("on_unknown", "asked"), [(OnUnknown.HOLD, ["a"]), (OnUnknown.RESEND, ["a", "b"])])
def test_doubts_end_after_one_or_two(on_unknown, asked):
    office = Office(raising(LOST), "abcd", on_unknown=on_unknown)

    (outcome,) = office.send()

    assert outcome.status is Status.UNKNOWN
    assert outcome.account == "a"
    assert office.asked == asked


def test_accounts_that_cannot_be_reached_are_all_tried_once():
    office = Office(raising(REFUSED), "abc")

    (outcome,) = office.send()

    assert (outcome.status, outcome.reason) == (Status.NOT_SENT, Reason.UNREACHABLE)
    assert office.asked == ["a", "b", "c"]


def test_five_failures_in_a_row_open_the_breaker_and_a_probe_closes_it():
    down = [True]
    office = Office(lambda account, _: REFUSED if account == "a" and down[0] else None)

    for _ in range(7):
        office.send()
    assert office.asked.count("a") == 5
    assert "rests after unreachable" in office.health.resting("a")
    office.clock.time += 15
    down[0] = False
    outcomes = [office.send()[0] for _ in range(3)]

    assert [outcome.account for outcome in outcomes] == ["a"] * 3
    assert office.health.look("a").own.state is BreakerState.CLOSED


def test_each_failing_probe_doubles_the_rest_up_to_its_limit():
    office = Office(lambda account, _: REFUSED if account == "a" else None)
    for _ in range(5):
        office.send()

    rests = []
    for _ in range(6):
        rests.append(office.health.opens("a") - office.clock.time)
        office.clock.time = office.health.opens("a")
        office.send()

    assert rests == pytest.approx([15, 30, 60, 120, 240, 300], abs=0.6)
    assert office.asked.count("a") == 11


def test_failures_that_were_in_flight_when_the_breaker_opened_do_not_lengthen_its_rest():
    office = Office(always(), "a")
    flows = [office.engine.deliver(office.engine.plan(office.journeys())[0][0]) for _ in range(12)]
    for flow in flows:
        next(flow)
        flow.send(None)

    for flow in flows:
        flow.throw(TransportFailure("no connection", maybe_sent=False))
        list(flow)

    assert office.health.opens("a") == office.clock.time + 15


def test_one_probe_at_a_time_goes_out():
    office = Office(lambda account, _: REFUSED if account == "a" else None)
    for _ in range(5):
        office.send()
    office.clock.time += 15
    flows = [office.engine.deliver(office.engine.plan(office.journeys())[0][0]) for _ in range(8)]

    started = [office.started(flow) for flow in flows]

    assert Counter(started) == {"a": 1, "b": 7}


def test_a_probe_that_is_given_up_is_given_back():
    office = Office(always(a=REFUSED))
    for _ in range(5):
        office.send()
    office.clock.time += 15
    flow = office.engine.deliver(office.engine.plan(office.journeys())[0][0])
    next(flow)

    flow.close()

    assert office.health.admit("a").probe


def test_a_code_waits_for_its_account_rather_than_for_one_that_is_busier():
    office = Office(always(), rates={"a": 1, "b": 0.1})
    for name in "ab":
        with office.engine.gate.limiter.turn(name) as turn:
            office.driver.run(turn.ask())

    (outcome,) = office.send(kind=Kind.OTP, within=5)

    assert (outcome.status, outcome.account) == (Status.ACCEPTED, "a")


def test_a_code_whose_only_account_rests_is_sent_though_its_neighbour_has_another():
    office = Office(always())
    for _ in range(5):
        office.health.note(office.health.admit("a"), Sample(Sign.FAILURE, cause="x"))
    journeys = office.journeys(2, kind=Kind.OTP)
    journeys[1].candidates = journeys[1].candidates[:1]
    (shipment,) = pack(journeys, office.accounts[0], office.engine.fill)

    office.driver.run(office.engine.deliver(shipment))

    assert [journey.outcome.status for journey in journeys] == [Status.ACCEPTED] * 2


@pytest.mark.parametrize("field", ["status", "reason", "code"])
def test_an_outcome_that_a_provider_made_up_leaves_its_recipient_unknown(field):
    office = Office(always())
    office.replace_provider("a", Sloppy(field))

    (outcome,) = office.send()

    assert (outcome.status, outcome.reason) == (Status.UNKNOWN, Reason.UNEXPECTED_RESPONSE)


def test_a_provider_that_fails_at_its_end_hides_no_cancellation():
    office = Office(lambda *_: KeyboardInterrupt())
    office.replace_provider("a", Untidy())

    with pytest.raises(KeyboardInterrupt):
        office.send()


def test_a_code_is_forced_through_when_all_rest():
    down = [True]
    office = Office(lambda *_: REFUSED if down[0] else None)
    for _ in range(5):
        office.send()
        office.clock.time += 1
    down[0] = False

    (notification,) = office.send()
    (code,) = office.send(kind=Kind.OTP)

    assert (notification.status, notification.reason) == (Status.NOT_SENT, Reason.CIRCUIT_OPEN)
    assert (code.status, code.account) == (Status.ACCEPTED, "a")


@pytest.mark.parametrize("reason", [Reason.AUTHENTICATION, Reason.CONFIGURATION, Reason.INSUFFICIENT_BALANCE])
def test_a_fault_of_the_account_rests_it_at_once(reason):
    office = Office(always(a=reason))

    office.send()
    office.send()

    assert office.asked == ["a", "b", "b"]
    assert office.health.opens("a") == pytest.approx(1300.1)


@pytest.mark.parametrize("reason", [Reason.INVALID_RECIPIENT, Reason.BLOCKED_RECIPIENT])
def test_two_thousand_refused_recipients_in_a_row_leave_the_breaker_closed(reason):
    office = Office(always(a=reason))

    for _ in range(2000):
        office.send(kind=Kind.OTP)

    assert office.asked == ["a"] * 2000
    assert office.health.resting("a") is None
    assert office.engine.gate.budgets.left("a") == 500


def test_no_attempt_begins_after_the_time_of_the_message():
    office = Office(raising(REFUSED), "abc", latency=2)

    (outcome,) = office.send(within=3)

    assert outcome.status is Status.NOT_SENT
    assert outcome.reason is Reason.DEADLINE
    assert [at for _, at in office.driver.asked] == [1000, 1002]


def test_a_retry_that_would_come_too_late_moves_instead():
    office = Office(always(a=Reason.RATE_LIMITED))

    (outcome,) = office.send(within=0.9)

    assert (outcome.status, outcome.account) == (Status.ACCEPTED, "b")
    assert office.asked == ["a", "b"]


def test_a_request_may_take_no_longer_than_the_message():
    deadlines = []
    office = Office(always())
    perform = office.driver.perform

    def watch(effect):
        if isinstance(effect, Transmit):
            deadlines.append(effect.deadline - office.clock.time)
        return perform(effect)

    office.driver.perform = watch
    office.send(within=2)
    office.send()

    assert deadlines == pytest.approx([2, 8])


def test_the_rate_limit_leaves_no_time():
    office = Office(always(), "a", rates={"a": 1.0})
    office.send()

    (outcome,) = office.send(within=0.5)

    assert (outcome.status, outcome.reason) == (Status.NOT_SENT, Reason.DEADLINE)
    assert office.asked == ["a"]


@settings(max_examples=40)
@given(
    st.sampled_from([1.0, 2.0, 3.0, 7.0, 10.0]),
    st.lists(st.floats(0, 0.7), min_size=1, max_size=40),
)
def test_no_second_has_more_requests_than_the_rate(rate, gaps):
    office = Office(always(), "a", rates={"a": rate}, latency=0.0)

    for gap in gaps:
        office.clock.time += gap
        office.send()

    times = [at for _, at in office.driver.asked]
    assert len(times) == len(gaps)
    assert all(sum(start <= at < start + 1 for at in times) <= rate for start in times)


def test_a_refusal_by_status_says_nothing_of_the_requests_before_it():
    office = Office(lambda *_: next(answers))
    office.replace_provider("a", Halves())
    answers = iter([None, 429, None])

    outcomes = office.send(2)

    assert {(o.status, o.reason, o.account) for o in outcomes} == {(Status.UNKNOWN, Reason.UNEXPECTED_RESPONSE, "a")}
    assert office.asked == ["a", "a"]


@pytest.mark.parametrize("said", [LOST, 401, 500])
def test_after_a_request_that_cannot_send_the_next_account_is_asked(said):
    office = Office(always(a=said))
    office.replace_provider("a", TokenFirst())

    (outcome,) = office.send()

    assert (outcome.status, outcome.account) == (Status.ACCEPTED, "b")
    assert outcome.attempts[0].certainty is Certainty.NOT_SENT


def test_a_token_does_not_make_a_lost_send_certain():
    office = Office(lambda *_: next(answers))
    office.replace_provider("a", TokenFirst())
    answers = iter([None, LOST])

    (outcome,) = office.send()

    assert (outcome.status, outcome.account) == (Status.UNKNOWN, "a")


@pytest.mark.parametrize("said", [None, 7, iter(()), [None]], ids=["None", "a number", "an iterator", "no outcomes"])
def test_a_provider_that_returns_nonsense_leaves_its_recipients_unknown(said):
    office = Office(always())
    office.replace_provider("a", Says(said))

    outcomes = office.send(2)

    assert {(o.status, o.reason) for o in outcomes} == {(Status.UNKNOWN, Reason.UNEXPECTED_RESPONSE)}
    assert office.asked == ["a"]


def test_a_success_that_no_request_can_have_made_is_unknown():
    office = Office(always())
    office.replace_provider("a", Dreams())

    (outcome,) = office.send()

    assert (outcome.status, outcome.reason) == (Status.UNKNOWN, Reason.UNEXPECTED_RESPONSE)


def test_somebody_in_no_hurry_does_not_share_a_request_with_somebody_in_one():
    office = Office(always())
    journeys = [*office.journeys(1), *office.journeys(2, within=0.3)]

    shipments, _ = office.engine.plan(journeys)

    assert [len(shipment.journeys) for shipment in shipments] == [1, 2]


def test_that_the_caller_has_no_time_is_no_failure_of_the_account():
    office = Office(always(a=LOST), "a", latency=1.0)

    for _ in range(10):
        office.send(within=0.5)

    assert office.health.resting("a") is None


def test_nobody_waits_behind_those_who_are_throttled():
    answers = iter([{0: Reason.RATE_LIMITED, 1: Reason.QUOTA_EXCEEDED}, {}, {}])
    office = Office(lambda *_: None)
    office.replace_provider("a", Each(answers))

    office.send(2)

    (_, first), (other, second), (_, third) = office.driver.asked
    assert other == "b"
    assert second - first < 0.2
    assert third - first >= 1


def test_a_cancelled_delivery_still_reports_those_who_wait():
    answers = iter([{0: Reason.RATE_LIMITED, 1: Reason.QUOTA_EXCEEDED}])
    office = Office(lambda account, _: KeyboardInterrupt() if account == "b" else None)
    office.replace_provider("a", Each(answers))
    shipments, _ = office.engine.plan(office.journeys(3))

    with pytest.raises(KeyboardInterrupt):
        office.driver.run(office.engine.deliver(shipments[0]))

    settled = {event.key[1]: (event.outcome.status, event.outcome.reason) for event in office.driver.settled}
    assert settled == {
        0: (Status.REJECTED, Reason.RATE_LIMITED),
        1: (Status.UNKNOWN, Reason.NO_ANSWER),
        2: (Status.ACCEPTED, None),
    }


def test_a_code_takes_another_account_while_its_own_is_busy_and_comes_back_if_that_fails():
    office = Office(always(b=REFUSED), rates={"a": 0.2})
    office.send()

    (outcome,) = office.send(kind=Kind.OTP)

    assert (outcome.status, outcome.account) == (Status.ACCEPTED, "a")
    assert office.asked == ["a", "b", "a"]


def test_a_notification_waits_its_turn():
    office = Office(always(), rates={"a": 1})
    office.send()

    (outcome,) = office.send()

    assert outcome.account == "a"


def test_within_moves_on_if_the_rate_limit_leaves_no_time():
    office = Office(always(), rates={"a": 0.2})
    office.send()

    (outcome,) = office.send(within=2)

    assert (outcome.status, outcome.account) == (Status.ACCEPTED, "b")


class Switch:
    """A journal that lets so many attempts pass and then stops."""

    def __init__(self, attempts):
        self.left = attempts

    def __call__(self, event):
        if isinstance(event, AttemptStarted):
            if not self.left:
                raise Stopped("the run ends here")
            self.left -= 1


def test_a_journal_that_stops_asks_no_other_account(caplog):
    office = Office(always(), journal=Switch(0))

    outcomes = office.send(2)

    assert {(o.status, o.reason, o.detail) for o in outcomes} == {
        (Status.NOT_SENT, Reason.STOPPED, "the run ends here")
    }
    assert office.asked == []
    assert caplog.records == []


def test_a_refusal_that_would_have_moved_on_is_not_final_when_the_journal_stops():
    office = Office(always(a=Reason.QUOTA_EXCEEDED), journal=Switch(1))

    (outcome,) = office.send()

    assert (outcome.status, outcome.reason) == (Status.NOT_SENT, Reason.STOPPED)
    assert [attempt.reason for attempt in outcome.attempts] == [Reason.QUOTA_EXCEEDED]
    assert office.asked == ["a"]


def test_what_may_have_been_sent_stays_unknown_when_the_journal_stops():
    office = Office(always(a=LOST), journal=Switch(1), on_unknown=OnUnknown.RESEND)

    (outcome,) = office.send()

    assert (outcome.status, outcome.reason) == (Status.UNKNOWN, Reason.NO_ANSWER)


def test_a_journal_that_refuses_stops_every_attempt():
    def refuse(event):
        if "Started" in type(event).__name__:
            raise OSError("disk full")

    office = Office(always(), journal=refuse)

    (outcome,) = office.send()

    assert (outcome.status, outcome.reason) == (Status.NOT_SENT, Reason.INTERNAL)
    assert office.asked == []
    assert [event.outcome for event in office.driver.settled] == [outcome]


@settings(max_examples=150)
@given(
    st.lists(st.sampled_from([None, REFUSED, LOST, 429, 500, 307, *AFTER_REFUSAL]), min_size=1, max_size=12),
    st.sampled_from(OnUnknown),
    st.sampled_from(Kind),
    st.one_of(st.none(), st.floats(0.05, 10)),
)
def test_every_recipient_settles_once_and_is_never_sent_to_twice_without_doubt(script, on_unknown, kind, within):
    answers = iter(script)
    office = Office(lambda *_: next(answers, None), "abcd", on_unknown=on_unknown)

    outcomes = office.send(3, kind, within)

    assert sorted(event.key for event in office.driver.settled) == [(0, 0), (0, 1), (0, 2)]
    for outcome in outcomes:
        certainties = Counter(each.certainty for each in outcome.attempts)
        allowed = 1 if on_unknown is OnUnknown.HOLD else 2
        assert certainties[Certainty.MAYBE_SENT] + certainties[Certainty.SENT] <= allowed
        assert (outcome.status is Status.ACCEPTED) == bool(certainties[Certainty.SENT])
        assert Certainty.SENT not in [each.certainty for each in outcome.attempts[:-1]]
        if outcome.status in {Status.REJECTED, Status.NOT_SENT}:
            assert not certainties[Certainty.MAYBE_SENT]


class Askable(Scripted):
    """A provider that can be asked, twice: 5 s after the attempt, and 10 s later."""

    verification = Verification(grace=5, questions=2, interval=10)

    def find_reports(self, query, stamp):
        raise NotImplementedError


class Complete(Askable):
    """One whose records name every text it took."""

    verification = Verification(grace=5, questions=2, interval=10, absence_proves=True)


@dataclass
class Oracle:
    """Answers the engine's questions, one after the other: what is known, nothing, or an error."""

    answers: list[object]
    clock: VirtualClock | None = None
    asked: list[tuple[str, str, float]] = field(default_factory=list)

    def ask(self, account, phone, attempt, expires):  # noqa: ARG002  # the engine's interface
        self.asked.append((account.name, attempt.account, self.clock.time))
        yield Pause(self.clock.time + 0.5)
        said = self.answers.pop(0) if self.answers else None
        if isinstance(said, BaseException):
            raise said
        return Finding(known(Delivery.UNKNOWN).tracked, silent=True) if said is None else said


def known(delivery, **more):
    return Finding(Tracked(recipient="+6598000000", delivery=delivery, account="a", started_at=0.0, **more))


def refused(reason):
    report = Report(recipient="+6598000000", delivery=Delivery.REJECTED, reason=reason, code="9")
    return Finding(known(Delivery.REJECTED).tracked, refused=report)


def verifying(script, answers, provider=Askable):
    oracle = Oracle(answers)
    office = Office(script, on_unknown=OnUnknown.VERIFY, verifier=oracle)
    oracle.clock = office.clock
    office.replace_provider("a", provider("a"))
    return office, oracle


def lost_at_first(account, time):  # noqa: ARG001  # a script
    return LOST if account == "a" else None


@pytest.mark.parametrize("delivery", [Delivery.ACCEPTED, Delivery.UNDELIVERED, Delivery.DELIVERED])
def test_what_the_provider_knows_of_was_accepted_and_goes_nowhere_else(delivery):
    office, oracle = verifying(lost_at_first, [known(delivery, provider_message_id="m1")])

    (outcome,) = office.send()

    assert (outcome.status, outcome.account, outcome.provider_message_id) == (Status.ACCEPTED, "a", "m1")
    assert str(delivery) in outcome.detail
    assert [each.certainty for each in outcome.attempts] == [Certainty.MAYBE_SENT]
    assert [account for account, _ in office.driver.asked] == ["a"]
    assert oracle.asked == [("a", "a", pytest.approx(office.driver.asked[0][1] + 0.1 + 5))]


def test_a_refusal_that_the_provider_tells_later_moves_on_like_any_other():
    office, _ = verifying(lost_at_first, [None, refused(Reason.PROVIDER_FAILURE)])

    (outcome,) = office.send()

    assert (outcome.status, outcome.account) == (Status.ACCEPTED, "b")


def test_a_refusal_of_the_recipient_that_the_provider_tells_later_stays():
    office, _ = verifying(lost_at_first, [refused(Reason.BLOCKED_RECIPIENT)])

    (outcome,) = office.send()

    assert (outcome.status, outcome.reason, outcome.code) == (Status.REJECTED, Reason.BLOCKED_RECIPIENT, "9")
    assert [account for account, _ in office.driver.asked] == ["a"]


@pytest.mark.parametrize("answers", [[None, None], [CallFailed(Reason.NO_ANSWER), InvalidCall("no")]])
def test_silence_proves_nothing_so_it_is_held(answers):
    office, oracle = verifying(lost_at_first, answers)

    (outcome,) = office.send()

    assert (outcome.status, outcome.reason) == (Status.UNKNOWN, Reason.NO_ANSWER)
    assert [account for account, _ in office.driver.asked] == ["a"]
    assert len(oracle.asked) == 2
    assert oracle.asked[1][2] - oracle.asked[0][2] == pytest.approx(10.5)


def test_no_trace_at_a_provider_that_records_everything_moves_on():
    office, oracle = verifying(lost_at_first, [None, None], Complete)

    (outcome,) = office.send()

    assert (outcome.status, outcome.account) == (Status.ACCEPTED, "b")
    assert [each.certainty for each in outcome.attempts] == [Certainty.MAYBE_SENT, Certainty.SENT]
    assert len(oracle.asked) == 2


def test_after_two_attempts_without_a_trace_no_third_account_is_asked():
    oracle = Oracle([])
    office = Office(raising(LOST), "abc", on_unknown=OnUnknown.VERIFY, verifier=oracle)
    oracle.clock = office.clock
    for name in "abc":
        office.replace_provider(name, Complete(name))

    (outcome,) = office.send()

    assert (outcome.status, outcome.reason) == (Status.NOT_SENT, Reason.NO_TRACE)
    assert office.asked == ["a", "b"]


@pytest.mark.parametrize(
    "finding",
    [
        Finding(known(Delivery.UNKNOWN).tracked, silent=False),
        Finding(None, silent=True),
        known(Delivery.REJECTED),
    ],
    ids=["somebody's report", "not in the store", "a refusal that may be another's"],
)
def test_nobody_is_texted_again_for_what_may_be_about_another(finding):
    office, _ = verifying(lost_at_first, [finding, finding], Complete)

    (outcome,) = office.send()

    assert outcome.status is Status.UNKNOWN
    assert [account for account, _ in office.driver.asked] == ["a"]


def test_a_caller_who_leaves_while_it_is_asked_hears_of_all_that_they_may_have_been_sent():
    def script(account, time):  # noqa: ARG001  # a script
        return Reason.INSUFFICIENT_BALANCE if account == "a" else LOST

    oracle = Oracle([KeyboardInterrupt()])
    office = Office(script, on_unknown=OnUnknown.VERIFY, verifier=oracle)
    oracle.clock = office.clock
    office.replace_provider("b", Complete("b"))
    first, second = office.accounts
    # Each goes out by itself, so one is asked about while the other waits to be.
    office.accounts = (first, replace(second, capabilities=replace(second.capabilities, max_batch=1)))

    with pytest.raises(KeyboardInterrupt):
        office.send(2)

    assert [each.outcome.status for each in office.driver.settled] == [Status.UNKNOWN] * 2
    for each in office.driver.settled:
        assert [tried.certainty for tried in each.outcome.attempts] == [Certainty.NOT_SENT, Certainty.MAYBE_SENT]


def test_a_question_that_was_not_answered_is_no_proof_that_there_is_no_trace():
    office, _ = verifying(lost_at_first, [None, CallFailed(Reason.NO_ANSWER)], Complete)

    (outcome,) = office.send()

    assert outcome.status is Status.UNKNOWN
    assert [account for account, _ in office.driver.asked] == ["a"]


def test_whoever_has_no_time_left_is_not_asked_about_again():
    office, oracle = verifying(lost_at_first, [None, None], Complete)

    (outcome,) = office.send(within=12)

    assert outcome.status is Status.UNKNOWN
    assert len(oracle.asked) == 1


def test_an_account_that_cannot_be_asked_holds():
    office, oracle = verifying(lost_at_first, [], Scripted)

    (outcome,) = office.send()

    assert outcome.status is Status.UNKNOWN
    assert oracle.asked == []


class Mute(Askable):
    """A provider that breaks when it is to say how it is asked."""

    @property
    def verification(self):
        raise LookupError("+8613788888888")


def test_a_provider_that_cannot_say_how_it_is_asked_holds(caplog):
    office, oracle = verifying(lost_at_first, [], Mute)

    (outcome,) = office.send()

    assert outcome.status is Status.UNKNOWN
    assert oracle.asked == []
    assert "LookupError" in caplog.text
    assert "13788888888" not in caplog.text


def test_each_recipient_is_asked_about_on_its_own():
    office, oracle = verifying(lost_at_first, [known(Delivery.DELIVERED), None, known(Delivery.ACCEPTED)], Complete)

    outcomes = office.send(3)

    assert [(each.status, each.account) for each in outcomes] == [
        (Status.ACCEPTED, "a"),
        (Status.ACCEPTED, "b"),
        (Status.ACCEPTED, "a"),
    ]
    assert len(oracle.asked) == 4
    assert len(office.driver.settled) == 3


@pytest.mark.parametrize("error", [KeyboardInterrupt(), LookupError("x")])
def test_whatever_happens_while_it_is_asked_it_may_have_been_sent(error):
    office, _ = verifying(lost_at_first, [error], Complete)

    with suppress(KeyboardInterrupt):
        office.send(2)

    assert [each.outcome.status for each in office.driver.settled] == [Status.UNKNOWN] * 2
    assert [account for account, _ in office.driver.asked] == ["a"]


@dataclass
class Quota:
    """Lets so many recipients of each account pass, and is asked in the moment of each attempt."""

    room: dict[str, int]
    veto: Veto = field(default_factory=lambda: Veto(Reason.QUOTA_EXCEEDED, "full"))
    error: BaseException | None = None
    asked: list[tuple[str, int]] = field(default_factory=list)

    def take(self, shipment):
        if self.error is not None:
            raise self.error
        name, size = shipment.account.name, len(shipment.journeys)
        self.asked.append((name, size))
        going = min(self.room.get(name, size), size)
        if name in self.room:
            self.room[name] -= going
        return going, None if going == size else self.veto


def with_quota(quota, script=lambda *_: None, names="ab", **options):
    office = Office(script, names, **options)
    office.engine.gate.quota = quota
    return office


def test_recipients_for_whom_an_account_has_no_quota_go_to_the_next_one():
    office = with_quota(Quota({"a": 2, "b": 1}))

    outcomes = office.send(5)

    assert [each.account for each in outcomes] == ["a", "a", "b", "b", "b"]
    assert [each.reason for each in outcomes] == [None, None, None, Reason.QUOTA_EXCEEDED, Reason.QUOTA_EXCEEDED]
    assert [len(each.attempts) for each in outcomes] == [1, 1, 1, 0, 0]
    assert office.asked == ["a", "b"]


def test_a_quota_is_taken_once_for_each_attempt():
    quota = Quota({})
    answers = iter([Reason.RATE_LIMITED, None])
    office = with_quota(quota, lambda *_: next(answers), "a")

    (outcome,) = office.send()

    assert outcome.status is Status.ACCEPTED
    assert quota.asked == [("a", 1)] * 2


def test_a_full_quota_is_no_failure_of_its_account_and_costs_no_retry():
    office = with_quota(Quota({"a": 0}))
    before = office.engine.gate.budgets.left("b")

    outcomes = [office.send()[0] for _ in range(50)]

    assert {each.account for each in outcomes} == {"b"}
    assert office.health.look("a").own.state is BreakerState.CLOSED
    assert office.health.look("a").requests == 0
    assert office.engine.gate.budgets.left("b") >= before


def test_a_probe_that_finds_the_quota_full_is_given_back():
    office = with_quota(Quota({}), always(a=REFUSED), "a")
    for _ in range(6):
        office.send()
    office.clock.time += 120
    office.engine.gate.quota = Quota({"a": 0})

    full = office.send()[0]
    office.engine.gate.quota = None
    office.driver.script = always()
    after = office.send()[0]

    assert full.reason is Reason.QUOTA_EXCEEDED
    assert after.status is Status.ACCEPTED


def test_a_quota_that_cannot_be_asked_stops_the_recipient_for_a_while():
    office = with_quota(Quota({"a": 0}, Veto(Reason.SCREENED, "failed", 2_000.0)))
    journeys = office.journeys()
    (shipment,), _ = office.engine.plan(journeys)

    office.driver.run(office.engine.deliver(shipment))

    assert (journeys[0].outcome.reason, journeys[0].setbacks.until) == (Reason.SCREENED, 2_000.0)
    assert office.asked == []


def test_a_doubt_outweighs_a_full_quota():
    office = with_quota(Quota({"b": 0}), always(a=LOST), on_unknown=OnUnknown.RESEND)

    (outcome,) = office.send()

    assert (outcome.status, outcome.account) == (Status.UNKNOWN, "a")


def test_whoever_is_cancelled_while_a_quota_is_taken_is_not_sent():
    office = with_quota(Quota({}, error=KeyboardInterrupt()))

    with pytest.raises(KeyboardInterrupt):
        office.send(2)

    assert [each.outcome.reason for each in office.driver.settled] == [Reason.STOPPED] * 2
    assert office.asked == []


@dataclass
class Books:
    """Keeps what came of each attempt."""

    error: BaseException | None = None
    entries: list[tuple[str, list[Status]]] = field(default_factory=list)

    def enter(self, shipment, outcomes):
        assert [journey.phone for journey in shipment.journeys] == [outcome.recipient for outcome in outcomes]
        self.entries.append((shipment.account.name, [outcome.status for outcome in outcomes]))
        if self.error is not None:
            raise self.error


def test_the_books_are_told_of_each_attempt_and_of_nobody_who_was_held_back():
    office = with_quota(Quota({"a": 2}), always(a=Reason.QUOTA_EXCEEDED))
    office.engine.gate.books = books = Books()

    office.send(3)

    assert books.entries == [("a", [Status.REJECTED] * 2), ("b", [Status.ACCEPTED] * 3)]


def test_whoever_is_cancelled_while_the_books_are_kept_keeps_what_was_learned():
    office = Office(always())
    office.engine.gate.books = Books(KeyboardInterrupt())

    with pytest.raises(KeyboardInterrupt):
        office.send(2)

    assert [each.outcome.status for each in office.driver.settled] == [Status.ACCEPTED] * 2

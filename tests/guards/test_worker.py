"""Workers of an outbox ask the guards as clients do, count nobody twice, and wait for the morning."""

from __future__ import annotations

import pytest
from guarded import NIGHT, Office

from smsway import Message, Recipient, Template, Veto
from smsway.model import Outcome, Reason, Status
from smsway.outbox import State
from smsway.provider import hookimpl

A, B = "+8613788888888", "+8613788888889"
MORNING = 1_700_006_400.0


@pytest.fixture
def make_office(configuration, vendor):
    offices = []

    def make(guards):
        offices.append(Office(configuration | {"guards": guards}, vendor))
        return offices[-1]

    yield make
    for office in offices:
        office.desk.close()


def text(*phones, kind="marketing"):
    content = Template("login_code", {"code": "190191", "minutes": "4"})
    return Message(to=phones, content=content, kind=kind)


def test_a_recipient_that_comes_back_again_and_again_is_counted_once(make_office):
    office = make_office({"phones": {"otp": ["1/d"]}})
    first = office.outbox.enqueue(text(A, kind="otp")).id

    for _ in range(4):
        office.work()
        office.clock.time += 60

    (known,) = office.progress(first)
    assert known.tries >= 3
    assert known.outcome.reason in {Reason.UNREACHABLE, Reason.CIRCUIT_OPEN}
    second = office.outbox.enqueue(text(A, kind="otp")).id
    office.work()
    (other,) = office.progress(second)
    assert (other.state, other.outcome.reason) == (State.NOT_SENT, Reason.RECIPIENT_RATE_LIMITED)


def test_marketing_waits_for_the_morning_and_does_not_leave_at_once(make_office):
    office = make_office({"quiet_hours": {}})
    phones = [f"+86137888800{number:02}" for number in range(40)]
    id_ = office.outbox.enqueue(text(*phones)).id

    office.work()

    dues = [each.due for each in office.progress(id_)]
    assert {each.state for each in office.progress(id_)} == {State.PENDING}
    assert MORNING <= min(dues) < MORNING + 60
    assert MORNING + 540 < max(dues) <= MORNING + 600
    assert office.vendor.requests == []
    office.clock.time = MORNING + 600
    office.work()
    assert office.vendor.requests


def test_marketing_that_would_be_too_late_is_not_sent(make_office):
    office = make_office({"quiet_hours": {}})
    late = office.outbox.enqueue(text(A), not_after=MORNING - 1).id
    just = office.outbox.enqueue(text(B), not_after=MORNING + 5).id

    office.work()

    (refused,), (waits,) = office.progress(late), office.progress(just)
    assert (refused.state, refused.outcome.reason) == (State.NOT_SENT, Reason.QUIET_HOURS)
    assert "opens 2023-11-15T00:00Z" in refused.outcome.detail
    assert waits.state is State.PENDING
    assert MORNING <= waits.due <= MORNING + 5


def test_an_opt_out_meanwhile_stops_an_attempt_and_only_that_recipient(make_office):
    office = make_office({"optouts": {}})
    id_ = office.outbox.enqueue(text(A, B)).id
    (shipment,) = office.shift.take(10).shipments
    office.desk.guards.optouts.add(A)

    office.carry(shipment)

    assert office.vendor.requests == []
    assert {each.state for each in office.progress(id_)} == {State.PENDING}
    office.work()
    first, second = office.progress(id_)
    assert (first.state, first.outcome.reason) == (State.NOT_SENT, Reason.BLOCKED_RECIPIENT)
    assert second.outcome.reason is Reason.UNREACHABLE
    assert office.vendor.requests


def test_a_recipient_that_comes_back_is_looked_up_again(make_office):
    office = make_office({"optouts": {}})
    id_ = office.outbox.enqueue(text(A)).id
    office.work()
    requests = len(office.vendor.requests)
    office.desk.guards.optouts.add(A)

    office.clock.time += 60
    office.work()

    (known,) = office.progress(id_)
    assert requests > 0
    assert len(office.vendor.requests) == requests
    assert known.outcome.reason is Reason.BLOCKED_RECIPIENT
    assert len(known.outcome.attempts) == requests


def test_a_recipient_that_may_have_been_texted_stays_unknown_when_a_guard_stops_it(make_office, configuration):
    configuration["routes"][0]["on_unknown"] = "resend"
    office = make_office({"optouts": {}})
    id_ = office.outbox.enqueue(text(A)).id
    (shipment,) = office.shift.take(10).shipments
    flow = office.desk.deliver(shipment)
    # The worker dies after it has written the attempt down.
    for effect in iter(lambda: flow.send(None), None):
        if type(effect).__name__ == "Record":
            office.desk.record(effect.event)
            break
    office.shift.leave()
    office.shift = office.begin()
    office.desk.guards.optouts.add(A)

    office.work()

    (known,) = office.progress(id_)
    assert known.state is State.UNKNOWN
    assert known.outcome.status is Status.UNKNOWN
    assert len(known.outcome.attempts) == 1


def test_a_veto_of_a_plugin_that_ends_lets_the_recipient_wait(configuration, vendor):
    class Lunch:
        @hookimpl
        def screen_message(self, screening):
            return Veto(Reason.QUIET_HOURS, "lunch", NIGHT + 1_800) if screening.reference == "eats" else None

    office = Office(configuration, vendor, plugins=[Lunch()])
    id_ = office.outbox.enqueue(text(Recipient(A, reference="eats"), kind="notification")).id

    office.work()

    (known,) = office.progress(id_)
    assert known.state is State.PENDING
    assert NIGHT + 1_800 <= known.due <= NIGHT + 2_400
    assert known.outcome.detail == "plugin Lunch: lunch"
    office.desk.close()


@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.UNKNOWN, Status.REJECTED])
def test_whoever_was_stopped_at_one_account_and_submitted_to_another_never_waits(make_office, status):
    office = make_office({"phones": {}})
    sent = office.outbox.enqueue(text(A)).id
    (shipment,) = office.shift.take(1).shipments
    (journey,) = shipment.journeys
    journey.setbacks.until = office.clock.time + 60
    journey.outcome = Outcome(journey.phone, status, "backup")

    office.shift.landed([journey])

    (known,) = office.progress(sent)
    assert known.state == State(status)

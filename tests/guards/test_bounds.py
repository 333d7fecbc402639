"""A text that takes too many segments, or too much money, goes to no account that would take them."""

from __future__ import annotations

import pytest

from smsway import Client, GuardTriggered, Message, Reason, Status, Template, Text
from smsway.config import load
from smsway.model import ConfigError
from smsway.outbox import State
from smsway.provider import hookimpl

A, SG, MY = "+8613788888888", "+6598765432", "+60198890000"
DEAR = "guard price: account one takes 0.9 for 1 segments to SG, over 0.5"


class Watcher:
    """Keeps what guards find."""

    def __init__(self):
        self.events = []

    @hookimpl
    def guard_triggered(self, event):
        self.events.append(event)


@pytest.fixture
def watcher():
    return Watcher()


@pytest.fixture
def make_bound(source, tencent, clock, stack, watcher):
    """Return a function that makes a client with prices."""
    source["prices"] = {"one": {"CN": 0.05, "SG": 0.9}, "two": {"*": 0.3}}

    def make(**guards):
        client = Client.from_config(source | {"guards": guards}, transport=tencent, clock=clock, plugins=[watcher])
        return stack.enter_context(client)

    return make


def code(phone):
    return Message(to=[phone], content=Template("login_code", {"code": "1234"}), kind="otp")


def test_an_account_that_is_too_dear_is_no_candidate(make_bound, watcher):
    client = make_bound(price={"most": 0.5})

    outcomes = [client.send(code(phone))[0] for phone in (A, SG)]
    plan = client.explain(code(SG)).recipients[0]

    assert [each.account for each in outcomes] == ["one", "two"]
    assert [each.account for each in plan.candidates] == ["two"]
    assert ("one", DEAR) in plan.excluded
    assert watcher.events == []


def test_nothing_fails_over_to_an_account_that_is_too_dear(make_bound, tencent):
    tencent.down.add("two")
    client = make_bound(price={"most": 0.5})

    outcome = client.send(code(SG))[0]

    assert outcome.reason is Reason.UNREACHABLE
    assert [each.account for each in outcome.attempts] == ["two"]


def test_a_recipient_whom_all_accounts_would_take_too_much_for_is_stopped(make_bound, watcher):
    client = make_bound(price={"most": 0.1})

    outcome = client.send(code(SG))[0]
    plan = client.explain(code(SG)).recipients[0]
    other = client.send(code(A))[0]

    one = "guard price: account one takes 0.9 for 1 segments to SG, over 0.1"
    two = "guard price: account two takes 0.3 for 1 segments to SG, over 0.1"
    assert (outcome.status, outcome.reason) == (Status.NOT_SENT, Reason.UNSUPPORTED_DESTINATION)
    assert outcome.detail == f"{one}; {two}"
    assert (plan.vetoed, plan.candidates) == (f"unsupported_destination ({one}; {two})", ())
    assert other.account == "one"
    assert [(each.rule, each.phone, each.blocked) for each in watcher.events] == [
        (one.removeprefix("guard price: "), SG, True),
        (two.removeprefix("guard price: "), SG, True),
    ]


def test_a_price_that_nobody_knows_is_too_high(make_bound):
    client = make_bound(price={"most": 0.5})

    plan = client.explain(code(MY)).recipients[0]

    assert ("one", "guard price: account one has no price for MY") in plan.excluded
    assert [each.account for each in plan.candidates] == ["two"]


def test_all_segments_are_paid_for(make_bound):
    client = make_bound(price={"most": 0.5})
    long = Message(to=[SG], content=Text("a" * 161), kind="notification")

    (plan,) = client.explain(long).recipients

    assert plan.vetoed == (
        "unsupported_destination (guard price: account one takes 1.8 for 2 segments to SG, over 0.5; "
        "guard price: account two takes 0.6 for 2 segments to SG, over 0.5)"
    )


def test_a_price_that_is_only_watched_is_told_and_stops_nobody(make_bound, watcher):
    client = make_bound(price={"most": 0.1, "mode": "monitor"})

    outcome = client.send(code(SG))[0]
    plan = client.explain(code(SG)).recipients[0]

    assert outcome.account == "one"
    assert {(type(each), each.guard, each.blocked) for each in watcher.events} == {(GuardTriggered, "price", False)}
    assert len(watcher.events) == len(plan.warnings) == 2


def test_nothing_is_told_of_a_recipient_that_some_account_may_have(make_bound, watcher):
    client = make_bound(price={"most": 0.5, "mode": "monitor"})

    client.send(code(SG))

    assert watcher.events == []


def test_of_a_recipient_that_goes_out_only_what_is_watched_is_told(make_bound, watcher):
    client = make_bound(price={"most": 0.7}, content={"max_segments": 1})

    outcome = client.send(Message(to=[SG], content=Text("a" * 161), kind="notification"))[0]

    assert outcome.account == "two"
    assert [(each.guard, each.blocked) for each in watcher.events] == [("content", False)] * 2


def test_a_text_has_so_many_segments(make_bound):
    client = make_bound(content={"mode": "block", "max_segments": 2})
    two, three = (Message(to=[SG], content=Text("a" * length), kind="notification") for length in (200, 320))

    outcomes = [client.send(each)[0] for each in (two, three)]

    assert [each.reason for each in outcomes] == [None, Reason.INVALID_CONTENT]
    assert outcomes[1].detail == (
        "guard content: 3 segments at account one, over 2; guard content: 3 segments at account two, over 2"
    )


def test_long_texts_are_warned_of_by_default(make_bound):
    client = make_bound(content={"max_segments": 1})
    long = Message(to=[SG], content=Text("a" * 161), kind="notification")

    assert len(client.explain(long).recipients[0].warnings) == 2
    assert client.send(long)[0].account == "one"


def test_an_outbox_does_not_try_again_what_is_too_dear(source, tencent, make_office):
    source |= {"prices": {"one": {"*": 0.9}}, "guards": {"price": {"most": 0.5}}, "routes": [{"accounts": ["one"]}]}
    office = make_office(source, tencent)
    id_ = office.outbox.enqueue(code(SG)).id

    office.work()

    assert office.progress(id_)[0].state is State.NOT_SENT
    assert tencent.sent == {}


def test_a_guard_of_prices_needs_prices(configuration):
    with pytest.raises(ConfigError, match=r"guards.price: knows no price; add the table \[prices\]"):
        load(configuration | {"guards": {"price": {"most": 1}}})

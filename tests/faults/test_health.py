"""What a client tells of the health of its accounts: to whoever asks, and to observers."""

import pytest

from smsway import BreakerState, Scope, Status
from smsway.provider import hookimpl


class Watcher:
    """Notes each change of health."""

    def __init__(self):
        self.seen = []

    @hookimpl
    def health_changed(self, event):
        self.seen.append((str(event.domain), event.state))


@pytest.fixture
def watcher():
    return Watcher()


@pytest.fixture
def world(make_world, watcher):
    return make_world({"first": "tencent-v5", "second": "tencent-v5"}, plugins=[watcher])


def test_a_client_tells_who_rests_and_its_observers_when_that_changes(world, message, watcher):
    world.sandbox.inject("http_503", account="first", retry_after=200)

    for _ in range(6):
        world.send(message(kind="otp"))

    first, second = world.face.client.health().values()
    assert (first.state, first.cause) == (BreakerState.OPEN, "account first: unexpected_response (code HTTP-503)")
    assert first.until - first.since == pytest.approx(200, abs=1)
    assert (first.requests, first.failures, second.requests) == (5, 5, 1)
    assert second.state is BreakerState.CLOSED
    assert watcher.seen == [("account first", BreakerState.OPEN)]


def test_accounts_of_one_host_share_its_connection(make_world, message, closed_port, watcher):
    urls = dict.fromkeys(("first", "second"), f"http://127.0.0.1:{closed_port}")
    accounts = {"first": "tencent-v5", "second": "tencent-v5", "third": "tencent-v5"}
    world = make_world(accounts, urls=urls, plugins=[watcher])

    outcomes = [world.send(message())[0] for _ in range(6)]

    health = world.face.client.health()
    assert {outcome.account for outcome in outcomes} == {"third"}
    assert [len(outcome.attempts) for outcome in outcomes] == [3, 3, 2, 1, 1, 1]
    assert health["second"].cause == f"connection to 127.0.0.1:{closed_port}: unreachable"
    assert watcher.seen == [(f"connection to 127.0.0.1:{closed_port}", BreakerState.OPEN)]


@pytest.fixture
def closed_port(free_port):
    return free_port()


def test_a_template_that_an_account_refuses_rests_there_alone_and_the_dry_run_says_so(world, message):
    world.sandbox.refuse_recipients("template_refused", account="first")
    world.send(message())

    (outcome,) = world.send(message())
    (plan,) = world.face.client.explain(message()).recipients

    first = world.face.client.health()["first"]
    assert (outcome.status, outcome.account, len(outcome.attempts)) == (Status.ACCEPTED, "second", 1)
    assert first.state is BreakerState.CLOSED
    assert [each.domain.scope for each in first.templates] == [Scope.TEMPLATE]
    assert plan.candidates[0].resting.startswith("template 19 of account first rests after template_refused")

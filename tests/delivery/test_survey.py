"""What an operator sees of an account's health."""

from __future__ import annotations

import json

import pytest
from pydantic import TypeAdapter
from traffic import Traffic, lost, refused, throttled
from world import EPOCH

from smsway import AccountHealth, BreakerState, HealthChanged, Reason, Scope
from smsway.delivery import survey


def seen(traffic, name="a"):
    """How an account of *traffic* is."""
    (account,) = [each for each in traffic.accounts if each.name == name]
    return survey(account, traffic.gate)


def test_an_account_that_was_never_asked_is_well():
    traffic = Traffic(lambda *_: None, rates={"a": 10.0})

    assert seen(traffic) == AccountHealth("a", BreakerState.CLOSED, budget=500, rate=10.0, full_rate=10.0)
    assert seen(traffic, "b").rate is None


def test_an_account_that_rests_says_since_when_until_when_and_why():
    said = iter([(9.0, None), None, None, lost(), lost(), lost(), lost(), lost()])
    traffic = Traffic(lambda *_: next(said), "a")
    for _ in range(8):
        traffic.sent()

    health = seen(traffic)

    assert (health.state, health.cause) == (BreakerState.OPEN, "account a: no_answer")
    assert (health.requests, health.failures, health.slow) == (8, 5, 1)
    assert health.since == pytest.approx(EPOCH + traffic.world.time)
    assert health.since + 12 <= health.until <= health.since + 18


def test_of_a_host_that_cannot_be_reached_every_account_tells_though_one_has_asked():
    traffic = Traffic(lambda account, _: refused() if account == "a" else None, hosts={"a": "h", "b": "h"})
    for _ in range(5):
        traffic.sent(accounts="a")

    assert {seen(traffic, name).cause for name in "ab"} == {"connection to h: unreachable"}
    assert (seen(traffic, "a").failures, seen(traffic, "b").failures) == (5, 0)


def test_the_rest_is_over_before_anything_is_asked():
    traffic = Traffic(lambda *_: lost(), "a")
    for _ in range(5):
        traffic.sent()
    until = seen(traffic).until
    traffic.run(20)

    health = seen(traffic)

    assert (health.state, health.since, health.until) == (BreakerState.HALF_OPEN, until, until)


def test_templates_that_rest_and_the_rate_and_the_budget_are_told():
    traffic = Traffic(lambda account, _: Reason.TEMPLATE_REFUSED if account == "a" else throttled(), rates={"b": 8.0})
    traffic.sent()

    first, second = seen(traffic, "a"), seen(traffic, "b")

    (template,) = first.templates
    assert first.state is BreakerState.CLOSED
    assert (template.domain.scope, template.domain.name, template.domain.account) == (Scope.TEMPLATE, "code", "a")
    assert (template.state, template.cause) == (BreakerState.OPEN, "template_refused (code 7)")
    # It was throttled twice.
    assert (second.rate, second.full_rate) == (2, 8)
    assert second.budget == 495


def test_it_comes_back_from_json_as_it_was():
    traffic = Traffic(lambda account, _: Reason.SIGNATURE_REFUSED if account == "a" else lost())
    for _ in range(6):
        traffic.sent()
    health = {name: seen(traffic, name) for name in "ab"}
    adapter = TypeAdapter(dict[str, AccountHealth])

    written = adapter.dump_json(health)

    assert adapter.validate_json(written) == health
    assert json.loads(written)["a"]["templates"][0]["domain"] == {
        "scope": "signature",
        "name": "Acme",
        "account": "a",
    }
    assert TypeAdapter(list[HealthChanged]).validate_json(
        TypeAdapter(list[HealthChanged]).dump_json(traffic.changes)
    ) == (traffic.changes)
    assert "Acme" not in f"{health} {traffic.changes}"

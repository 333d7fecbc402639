"""How an account is at the moment, as one value: its breakers, its retry budget and its rate."""

from __future__ import annotations

from smsway.delivery._gate import Gate
from smsway.model import AccountHealth, BreakerState
from smsway.routing import Account


def survey(account: Account, gate: Gate) -> AccountHealth:
    """Return the health of *account*."""
    if account.broken:
        return AccountHealth(account.name, BreakerState.OPEN, account.broken)
    name, limiter = account.name, gate.limiter
    own, topics, requests, failures, slow = gate.health.look(name)
    return AccountHealth(
        name,
        own.state,
        None if own.cause is None else f"{own.domain}: {own.cause}",
        own.since,
        own.until,
        requests,
        failures,
        slow,
        gate.budgets.left(name),
        limiter.rate(name),
        limiter.full_rate(name),
        topics,
    )

"""The gate before each attempt: waits its turn, asks leave of the account's health, and notes what came of it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smsway.delivery._attempt import Attempted, Tracking, attempt
from smsway.delivery._clock import Clock
from smsway.delivery._effects import Flow, pause
from smsway.delivery._health import Health, Permit, Sign, cause_of
from smsway.delivery._limiter import Limiter
from smsway.delivery._policy import ACCOUNT_FAULTS, AFTER_REFUSAL, PATIENCE, Next
from smsway.model import Kind, Outcome, Reason, Status, Stopped
from smsway.routing import Account, Journey, Shipment

log = logging.getLogger("smsway")


@dataclass(slots=True, eq=False, repr=False)
class Gate:
    """Lets shipments through to their accounts; *timeouts* are seconds per request by kind of message."""

    clock: Clock
    health: Health
    limiter: Limiter
    timeouts: Mapping[Kind, float]
    tracking: Tracking | None = None

    def submit(self, shipment: Shipment, start: float) -> Flow[Attempted]:
        """Submit *shipment* once, not before *start* (monotonic clock); if it may not go, nothing was attempted."""
        account = shipment.account
        kind = shipment.batch.kind
        expires = min((j.envelope.expires for j in shipment.journeys if j.envelope.expires is not None), default=None)
        try:
            obstacle = yield from self._wait(shipment, start, expires)
        except GeneratorExit:
            raise
        except Stopped as stopped:
            return Attempted.not_sent(shipment, Reason.STOPPED, str(stopped))
        except BaseException as error:  # noqa: BLE001  # whoever waits when the caller is cancelled gets an outcome too
            return Attempted.not_sent(shipment, Reason.STOPPED, "cancelled", error.with_traceback(None))
        if obstacle is not None:
            return Attempted.not_sent(shipment, *obstacle)
        # Asked last: a probe must begin once it is admitted.
        permit = self.health.admit(account.name)
        if permit is None and kind is Kind.OTP and self._is_last_hope(shipment):
            permit = self.health.admit(account.name, force=True)
        if permit is None:
            return Attempted.not_sent(shipment, Reason.CIRCUIT_OPEN, self.health.resting(account.name))
        timeout = (account.config.timeout if account.config else None) or self.timeouts[kind]
        reuse = account.reuses_connections and self.health.answers_well(account.name)
        try:
            attempted = yield from attempt(shipment, self.clock, timeout, expires, reuse=reuse, tracking=self.tracking)
        except BaseException:
            # Whatever happened, a probe must be given back.
            self.health.note(permit, Sign.NEUTRAL)
            raise
        self._note(account, permit, attempted)
        return attempted

    def _wait(self, shipment: Shipment, start: float, expires: float | None) -> Flow[tuple[Reason, str] | None]:
        """Wait until *start* and for the rate limit; return why there is no waiting, if there is none."""
        account, patience = shipment.account, PATIENCE[shipment.batch.kind]
        if start:
            yield from pause(start)
        while wait := self.limiter.wait(account.name):
            resume = self.clock.monotonic() + wait
            late = expires is not None and resume >= expires
            if (late or wait > patience) and all(self._may_yield(each, account, wait) for each in shipment.journeys):
                return Reason.RATE_LIMITED, "the account's requests per second are used up"
            if late:
                return Reason.DEADLINE, "the rate limit leaves no time"
            yield from pause(resume)
        if expires is not None and self.clock.monotonic() >= expires:
            return Reason.DEADLINE, "the time allowed has run out"
        return None

    def _may_yield(self, journey: Journey, account: Account, wait: float) -> bool:
        """True if the next account is free before *account* is, in *wait* seconds; each recipient yields once."""
        others = (each.name for each in journey.candidates if each is not account)
        following = next((name for name in others if self.health.resting(name) is None), None)
        return not journey.yielded and following is not None and self.limiter.busy(following) < wait

    def _is_last_hope(self, shipment: Shipment) -> bool:
        """True if some recipient has no candidate that does not rest."""
        return any(
            all(self.health.resting(account.name) is not None for account in journey.candidates)
            for journey in shipment.journeys
        )

    def _note(self, account: Account, permit: Permit, attempted: Attempted) -> None:
        sign, cause = sign_of(attempted.outcomes)
        # That the caller had no time is no failure of the account.
        self.health.note(permit, Sign.NEUTRAL if sign is Sign.FAILURE and attempted.cut_short else sign, cause)
        for reason, code in {(o.reason, o.code) for o in attempted.outcomes if o.status is Status.REJECTED}:
            if reason is not None and AFTER_REFUSAL.get(reason) is Next.ALARM:
                log.error("account %s needs attention: %s", account.name, cause_of(reason, code))


def sign_of(outcomes: Sequence[Outcome]) -> tuple[Sign, str]:
    """Read the health of an account out of one request's outcomes; refused recipients are a good sign."""
    for outcome in outcomes:
        if outcome.status is Status.REJECTED and outcome.reason in ACCOUNT_FAULTS:
            return Sign.FAULT, cause_of(outcome.reason, outcome.code)
    first = outcomes[0]
    if all(outcome.status in {Status.UNKNOWN, Status.NOT_SENT} for outcome in outcomes):
        if first.reason in {Reason.CIRCUIT_OPEN, Reason.DEADLINE, Reason.STOPPED, Reason.INTERNAL}:
            return Sign.NEUTRAL, ""
        return Sign.FAILURE, cause_of(first.reason, first.code)
    if all(o.reason is not None and AFTER_REFUSAL.get(o.reason, Next.STOP) is not Next.STOP for o in outcomes):
        return Sign.NEUTRAL, ""
    return Sign.GOOD, ""

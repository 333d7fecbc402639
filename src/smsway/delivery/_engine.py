"""The engine: submits batches, books what the answers say, and moves on only those recipients that safely may.

It is a generator that does no I/O. Each shipment is one flow, from its first attempt to the last outcome of its
recipients, so flows share nothing but the health and the limits of the accounts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from smsway.delivery._attempt import Attempted, attempt
from smsway.delivery._clock import Clock
from smsway.delivery._effects import Flow, pause, record
from smsway.delivery._health import Health, Permit, Sign, cause_of
from smsway.delivery._limiter import Limiter
from smsway.delivery._policy import (
    ACCOUNT_FAULTS,
    AFTER_NOTHING_SENT,
    AFTER_REFUSAL,
    DOUBTS,
    PATIENCE,
    RETRY_DELAY,
    TRIES,
    Next,
)
from smsway.model import Kind, Outcome, OutcomeSettled, Reason, Status, Stopped
from smsway.routing import Account, Fill, Journey, OnUnknown, Shipment, pack

log = logging.getLogger("smsway")


@dataclass(slots=True, eq=False, repr=False)
class Engine:
    """Delivers the journeys of one client."""

    clock: Clock
    health: Health
    limiter: Limiter
    timeouts: Mapping[Kind, float]
    fill: Fill
    segments: Callable[[Journey, Account], int | None]
    watched: bool = True
    """False if nobody wants to hear of each outcome."""

    def plan(self, journeys: Iterable[Journey]) -> tuple[list[Shipment], list[Journey]]:
        """Pack routed journeys into shipments for their first account; return those that have none, settled, beside."""
        groups: dict[Account, list[Journey]] = {}
        settled: list[Journey] = []
        # Neighbours mostly have the same candidates: the choice among them is made once.
        for _, run in groupby(journeys, attrgetter("candidates")):
            alike = list(run)
            account = self.choose(alike[0])
            if account is None:
                settled += alike
            else:
                groups.setdefault(account, []).extend(alike)
        for journey in settled:
            self.settle(journey)
        return [shipment for account, group in groups.items() for shipment in pack(group, account, self.fill)], settled

    def choose(self, journey: Journey) -> Account | None:
        """Return the best candidate that does not rest.

        If all rest, a code still goes to the one whose rest ends first: a login must not wait for a breaker.
        """
        for account in journey.candidates:
            if self.health.resting(account.name) is None:
                return account
        if journey.envelope.message.kind is Kind.OTP and journey.candidates:
            return min(journey.candidates, key=lambda account: self.health.opens(account.name))
        return None

    def deliver(self, shipment: Shipment) -> Flow[list[Journey]]:
        """Submit *shipment*, follow up what may move, and return its journeys, each with its outcome."""
        done: list[Journey] = []
        # A stack, not recursion: what moves on is delivered before this flow ends.
        waiting: list[tuple[float, Shipment]] = [(0.0, shipment)]
        while waiting:
            # Nobody waits behind the delay of others.
            start, current = waiting.pop(min(range(len(waiting)), key=lambda index: waiting[index][0]))
            attempted = yield from self._submit(current, start)
            moving, settled = self._book(current, attempted)
            onward, stranded = self._onward(moving, current.account)
            waiting += onward
            for journey in (*settled, *stranded):
                self.settle(journey)
                if self.watched:
                    yield from record(OutcomeSettled(journey.key, _outcome(journey)))
                done.append(journey)
            if attempted.interrupted is not None:
                yield from self._abandon(waiting)
                raise attempted.interrupted
        return done

    def _abandon(self, waiting: list[tuple[float, Shipment]]) -> Flow[None]:
        """The caller was cancelled: what waits is settled as it stands, so that observers hear of every recipient."""
        for _, shipment in waiting:
            for journey in shipment.journeys:
                self.settle(journey)
                yield from record(OutcomeSettled(journey.key, _outcome(journey)))

    def _submit(self, shipment: Shipment, start: float) -> Flow[Attempted]:
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
            attempted = yield from attempt(shipment, self.clock, timeout, expires, reuse=reuse)
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

    def _book(self, shipment: Shipment, attempted: Attempted) -> tuple[list[tuple[Journey, float]], list[Journey]]:
        """Note the attempt on each journey; return those that move on, each with its delay, and those that are done."""
        moving: list[tuple[Journey, float]] = []
        settled: list[Journey] = []
        account, segments = shipment.account, self.segments
        for journey, outcome, tried in zip(shipment.journeys, attempted.outcomes, attempted.attempts, strict=True):
            if tried is not None:
                journey.attempts = (*journey.attempts, tried)
            journey.outcome = outcome
            outcome.account = account.name
            outcome.segments = segments(journey, account)
            if outcome.status is Status.ACCEPTED:
                delay = None
            else:
                delay = self._follow(journey, account, outcome, attempted.retry_after)
            if delay is None:
                settled.append(journey)
            else:
                moving.append((journey, delay))
        return moving, settled

    def _follow(self, journey: Journey, account: Account, outcome: Outcome, retry_after: float | None) -> float | None:
        """Decide what follows *outcome*, no success: `None` if it is final, else the delay before the next try.

        Sets the journey's candidates to those that are left.
        """
        step = Next.STOP
        match outcome.status:
            case Status.UNKNOWN:
                journey.doubt = journey.doubt or outcome
                journey.doubts += 1
                resend = journey.route is not None and journey.route.on_unknown is OnUnknown.RESEND
                step = Next.MOVE if resend and journey.doubts < DOUBTS else Next.STOP
            case Status.REJECTED:
                journey.refusal = outcome
                step = AFTER_REFUSAL.get(outcome.reason or Reason.OTHER, Next.STOP)
            case Status.NOT_SENT:
                step = AFTER_NOTHING_SENT.get(outcome.reason or Reason.INTERNAL, Next.STOP)
        if step is Next.STOP:
            return None
        if step is Next.LATER and (delay := self._patience(journey, retry_after)) is not None:
            journey.tries += 1
            return delay
        journey.tries = 0
        journey.candidates = tuple(each for each in journey.candidates if each is not account)
        if outcome.status is Status.NOT_SENT and outcome.reason is Reason.RATE_LIMITED:
            # It is as good as before, only busy: it comes last.
            journey.candidates, journey.yielded = (*journey.candidates, account), True
        return 0.0 if self.choose(journey) is not None else None

    def _patience(self, journey: Journey, retry_after: float | None) -> float | None:
        """Return the delay before the same account is asked again, or `None` if the recipient should not wait."""
        patience = PATIENCE[journey.envelope.message.kind]
        delay = retry_after if retry_after is not None else RETRY_DELAY * 2**journey.tries
        expires = journey.envelope.expires
        too_late = expires is not None and self.clock.monotonic() + delay >= expires
        if delay > patience or journey.tries + 1 >= TRIES or too_late:
            return None
        return delay

    def _onward(
        self, moving: list[tuple[Journey, float]], account: Account
    ) -> tuple[list[tuple[float, Shipment]], list[Journey]]:
        """Pack those that move on, or ask *account* again after a delay; return those that cannot, settled, beside."""
        by_delay: dict[float, list[Journey]] = {}
        for journey, delay in moving:
            by_delay.setdefault(delay, []).append(journey)
        shipments, stranded = self.plan(by_delay.pop(0.0, []))
        onward = [(0.0, each) for each in shipments]
        for delay, journeys in by_delay.items():
            start = self.clock.monotonic() + delay
            onward += [(start, each) for each in pack(journeys, account, self.fill)]
        return onward, stranded

    def settle(self, journey: Journey) -> None:
        """Complete the final outcome of *journey*.

        What may have been sent outweighs a refusal, and a refusal outweighs silence; but if the delivery was stopped,
        the refusal was not the last word.
        """
        outcome = journey.outcome
        if outcome is None or outcome.status is not Status.ACCEPTED:
            stopped = outcome if outcome is not None and outcome.reason is Reason.STOPPED else None
            outcome = journey.doubt or stopped or journey.refusal or outcome or self._no_route(journey)
        outcome.attempts = journey.attempts
        outcome.reference = journey.reference
        journey.outcome = outcome

    def _no_route(self, journey: Journey) -> Outcome:
        if journey.candidates:
            causes = [f"{each.name} {self.health.resting(each.name)}" for each in journey.candidates]
            return Outcome(journey.phone, Status.NOT_SENT, None, Reason.CIRCUIT_OPEN, None, "; ".join(causes))
        if journey.route is None:
            return Outcome(journey.phone, Status.NOT_SENT, None, Reason.NO_ROUTE, None, "no route matches")
        causes = [f"{account} {cause}" for account, cause in journey.excluded]
        detail = f"route {journey.route.name!r}: {'; '.join(causes) or 'no account'}"
        return Outcome(journey.phone, Status.NOT_SENT, None, Reason.NO_ROUTE, None, detail)


def _outcome(journey: Journey) -> Outcome:
    assert journey.outcome is not None  # noqa: S101  # settled just before
    return journey.outcome


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

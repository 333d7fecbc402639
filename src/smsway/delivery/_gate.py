"""The gate before each attempt: waits its turn, asks leave of the account's health, and notes what came of it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from typing import Protocol

from smsway.delivery._attempt import Attempted, Tracking, attempt
from smsway.delivery._breaker import SLOW, Sign
from smsway.delivery._budget import Budgets
from smsway.delivery._clock import Clock
from smsway.delivery._effects import Flow, keep, pause, record
from smsway.delivery._health import Health, Permit
from smsway.delivery._limiter import Limiter
from smsway.delivery._policy import AFTER_REFUSAL, PATIENCE, Next
from smsway.delivery._retry_after import rest_of
from smsway.delivery._sample import cause_of, sample_of, topics_of
from smsway.model import Domain, Kind, Outcome, Reason, Status, Stopped, Veto
from smsway.routing import Account, Fill, Journey, Shipment, ship

log = logging.getLogger("smsway")

_ATTEMPTS = attrgetter("attempts")

_NOBODY = Attempted((), ())

GLANCE = 1.0
"""Seconds after which whoever waits in a line looks whether its account is still to be asked."""


class Quota(Protocol):
    """What accounts may send in all, beside their requests per second."""

    def take(self, shipment: Shipment) -> tuple[int, Veto | None]:
        """Return how many recipients of *shipment*, from the first on, may go, and count those; and why not the others.

        May block, and does not raise.
        """
        ...


class Books(Protocol):
    """Is told what came of each attempt."""

    def enter(self, shipment: Shipment, outcomes: Sequence[Outcome]) -> None:
        """Take note of the *outcomes* of *shipment*; may block, and does not raise."""
        ...


@dataclass(slots=True, eq=False, repr=False)
class Gate:
    """Lets shipments through to their accounts; *timeouts* are seconds per request by kind of message.

    *watched* is False if nobody wants to hear of attempts and outcomes.
    """

    clock: Clock
    health: Health
    limiter: Limiter
    budgets: Budgets
    timeouts: Mapping[Kind, float]
    fill: Fill
    tracking: Tracking | None = None
    quota: Quota | None = None
    books: Books | None = None
    watched: bool = True

    def submit(self, shipment: Shipment, start: float) -> Flow[Attempted]:
        """Submit *shipment* once, not before *start* (monotonic clock); if it may not go, nothing was attempted."""
        account = shipment.account
        kind = shipment.batch.kind
        envelopes = {journey.envelope for journey in shipment.journeys}
        expires = min((each.expires for each in envelopes if each.expires is not None), default=None)
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
        topics = self._topics(shipment)
        permit = self.health.admit(account.name, topics)
        if permit is None and self._is_last_hope(shipment):
            permit = self.health.admit(account.name, topics, force=True)
        if permit is None:
            return Attempted.not_sent(shipment, Reason.CIRCUIT_OPEN, self.health.resting(account.name, topics))
        timeout = (account.config.timeout if account.config else None) or self.timeouts[kind]
        reuse = account.reuses_connections and self.health.answers_well(account.name)
        try:
            going, held = yield from self._take(shipment)
            if going is None:
                self.health.give_back(permit)
                return held
            attempted = yield from attempt(
                going, self.clock, timeout, expires, reuse=reuse, tracking=self.tracking, watched=self.watched
            )
        except BaseException:
            # Whatever happened, a probe must be given back.
            self.health.give_back(permit)
            raise
        self._note(going, permit, attempted)
        return (yield from self._told(going, attempted)).beside(held)

    def _take(self, shipment: Shipment) -> Flow[tuple[Shipment | None, Attempted]]:
        """Return what of *shipment* its account's quota has room for, `None` if nothing, and what comes of the rest."""
        if self.quota is None:
            return shipment, _NOBODY
        try:
            room, veto = yield from keep(partial(self.quota.take, shipment))
        except GeneratorExit:
            raise
        except BaseException as error:  # noqa: BLE001  # as above
            return None, Attempted.not_sent(shipment, Reason.STOPPED, "cancelled", error.with_traceback(None))
        if veto is None:
            return shipment, _NOBODY
        rest = ship(shipment.journeys[room:], shipment.account)
        for journey in rest.journeys:
            journey.setbacks.until = veto.until
        going = ship(shipment.journeys[:room], shipment.account) if room else None
        return going, Attempted.not_sent(rest, veto.reason, veto.detail)

    def resting(self, journey: Journey, account: Account) -> str | None:
        """Return why *account* is not asked about what *journey* says at the moment, or `None` if it may be."""
        return self.health.resting(account.name, self._topics_of(journey, account))

    def opens(self, journey: Journey, account: Account) -> float:
        """Return when that rest ends, on the monotonic clock; 0 if there is none."""
        return self.health.opens(account.name, self._topics_of(journey, account))

    def _topics_of(self, journey: Journey, account: Account) -> tuple[Domain, ...]:
        # To fill a content for it takes time, and mostly all topics are well.
        if not self.health.minds_topics(account.name):
            return ()
        return topics_of(account.name, self.fill(journey, account))

    @staticmethod
    def _topics(shipment: Shipment) -> tuple[Domain, ...]:
        """Return what all recipients of *shipment* have in common; of others, a refusal of all would not tell which."""
        name, parcels = shipment.account.name, shipment.batch.parcels
        first = parcels[0].content
        topics = dict.fromkeys(topics_of(name, first))
        # Recipients without params of their own share one content, and what others are told mostly names the same.
        contents = [parcel.content for parcel in parcels if parcel.content is not first]
        for content in {(each.template, each.signature, each.sender): each for each in contents}.values():
            others = topics_of(name, content)
            topics = {each: None for each in topics if each in others}
        return tuple(topics)

    def _wait(self, shipment: Shipment, start: float, expires: float | None) -> Flow[tuple[Reason, str | None] | None]:
        """Wait until *start* and for the rate limit; return why there is no waiting, if there is none."""
        for change in self.health.changes():
            yield from record(change)
        if start:
            yield from pause(start)
        account, kind = shipment.account, shipment.batch.kind
        with self.limiter.turn(account.name, code=kind is Kind.OTP) as turn:
            while wait := (yield from turn.ask()):
                if self.health.resting(account.name) is not None and not self._is_last_hope(shipment):
                    # Nobody needs to stand in the line of an account that will not be asked.
                    return Reason.CIRCUIT_OPEN, self.health.resting(account.name)
                resume = self.clock.monotonic() + wait
                late = expires is not None and resume >= expires
                if (late or wait > PATIENCE[kind]) and all(
                    self._may_yield(each, account, wait) for each in shipment.journeys
                ):
                    return Reason.RATE_LIMITED, "the account's requests per second are used up"
                if late:
                    return Reason.DEADLINE, "the rate limit leaves no time"
                yield from pause(min(resume, self.clock.monotonic() + GLANCE))
        if expires is not None and self.clock.monotonic() >= expires:
            return Reason.DEADLINE, "the time allowed has run out"
        return None

    def _may_yield(self, journey: Journey, account: Account, wait: float) -> bool:
        """True if the next account is free before *account* is, in *wait* seconds; each recipient yields once."""
        others = (each for each in journey.candidates if each is not account)
        following = next((each for each in others if self.resting(journey, each) is None), None)
        code = journey.envelope.message.kind is Kind.OTP
        return (
            not journey.setbacks.yielded
            and following is not None
            and self.limiter.busy(following.name, code=code) < wait
        )

    def _is_last_hope(self, shipment: Shipment) -> bool:
        """True if it carries codes, and some recipient has no candidate that does not rest."""
        return shipment.batch.kind is Kind.OTP and any(
            all(self.resting(journey, account) is not None for account in journey.candidates)
            for journey in shipment.journeys
        )

    def _note(self, shipment: Shipment, permit: Permit, attempted: Attempted) -> None:
        """Note what the attempt tells about the account's health, rate and budget."""
        account, rest = shipment.account.name, rest_of(attempted.retry_after)
        sample = sample_of(attempted.kinds, slow=attempted.duration > SLOW, rest=rest)
        if sample.sign is Sign.FAILURE and attempted.cut_short:
            # That the caller had no time is no failure of the account.
            sample = replace(sample, sign=Sign.NEUTRAL)
        self.health.note(permit, sample)
        if sample.throttled:
            self.limiter.throttled(account, self.clock.monotonic() - attempted.duration, rest)
        elif sample.sign is Sign.GOOD and not any(map(_ATTEMPTS, shipment.journeys)):
            self.budgets.earn(account)
        for kind in attempted.kinds:
            if kind.status is Status.REJECTED and AFTER_REFUSAL.get(kind.reason or Reason.OTHER) is Next.ALARM:
                log.error("account %s needs attention: %s", account, cause_of(kind.reason, kind.code))

    def _told(self, shipment: Shipment, attempted: Attempted) -> Flow[Attempted]:
        """Tell what has changed; whoever is cancelled meanwhile keeps what was learned."""
        try:
            if self.books is not None and attempted.interrupted is None:
                yield from keep(partial(self.books.enter, shipment, attempted.outcomes))
            for change in self.health.changes():
                yield from record(change)
        except GeneratorExit:
            raise
        except BaseException as error:  # noqa: BLE001  # as above
            return replace(attempted, interrupted=attempted.interrupted or error.with_traceback(None))
        return attempted

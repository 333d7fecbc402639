"""The engine: submits batches, books what the answers say, and moves on only those recipients that safely may.

It is a generator that does no I/O. Each shipment is one flow, from its first attempt to the last outcome of its
recipients, so flows share nothing but the health and the limits of the accounts.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from smsway.delivery._attempt import Attempted
from smsway.delivery._effects import Flow, Record, keep, pause, record
from smsway.delivery._gate import Gate
from smsway.delivery._policy import (
    AFTER_NOTHING_SENT,
    AFTER_REFUSAL,
    DOUBTS,
    NOT_SENT,
    PATIENCE,
    RETRY_DELAY,
    TRIES,
    Next,
)
from smsway.delivery._sample import bearing_of
from smsway.delivery._verify import Inquiry, Verifier, inquire
from smsway.model import Attempt, Certainty, Kind, Outcome, OutcomeSettled, Reason, Status
from smsway.routing import Account, Fill, Journey, OnUnknown, Setbacks, Shipment, pack

log = logging.getLogger("smsway")

_ACCEPTED = Status.ACCEPTED
"""For the loop over recipients: Python 3.11 looks a member of an enum up slowly."""


class Leg(NamedTuple):
    """A part of a delivery: a shipment to submit, or recipients to ask about, not before *start* (monotonic clock)."""

    start: float
    load: Shipment | Inquiry


@dataclass(slots=True, eq=False)
class Step:
    """What one leg of a delivery came to: what follows it, who is done, and the cancellation that ended it."""

    onward: list[Leg]
    settled: list[Journey]
    interrupted: BaseException | None = None


@dataclass(slots=True, eq=False, repr=False)
class Engine:
    """Delivers the journeys of one client."""

    gate: Gate
    segments: Callable[[Journey, Account], int | None]
    verifier: Verifier | None = None

    @property
    def fill(self) -> Fill:
        """Says the content of a recipient as an account wants it."""
        return self.gate.fill

    def plan(self, journeys: Sequence[Journey]) -> tuple[list[Shipment], list[Journey]]:
        """Pack routed journeys into shipments for their first account; return those that have none, settled, beside."""
        groups: dict[Account, list[Journey]] = {}
        settled: list[Journey] = []
        for account, alike in self.assign(journeys):
            if account is None:
                settled += alike
            else:
                groups.setdefault(account, []).extend(alike)
        for journey in settled:
            self.settle(journey)
        return [shipment for account, group in groups.items() for shipment in pack(group, account, self.fill)], settled

    def assign(self, journeys: Sequence[Journey]) -> Iterator[tuple[Account | None, list[Journey]]]:
        """Yield runs of routed journeys of one message, each with the account it goes to first, `None` for none."""
        # Neighbours mostly have the same candidates and are told the same: the choice among them is made once.
        start = 0
        for end, (journey, following) in enumerate(pairwise(journeys), 1):
            if following.envelope is not journey.envelope or following.candidates is not journey.candidates:
                yield self.choose(journey), list(journeys[start:end])
                start = end
        if journeys:
            yield self.choose(journeys[start]), list(journeys[start:])

    def choose(self, journey: Journey) -> Account | None:
        """Return the best candidate that does not rest.

        If all rest, a code still goes to the one whose rest ends first: a login must not wait for a breaker.
        """
        for account in journey.candidates:
            if self.gate.resting(journey, account) is None:
                return account
        if journey.envelope.message.kind is Kind.OTP and journey.candidates:
            return min(journey.candidates, key=lambda account: self.gate.opens(journey, account))
        return None

    def deliver(self, shipment: Shipment) -> Flow[list[Journey]]:
        """Submit *shipment*, follow up what may move, and return its journeys, each with its outcome."""
        done: list[Journey] = []
        # A stack, not recursion: what moves on is delivered before this flow ends.
        waiting = [Leg(0.0, shipment)]
        while waiting:
            # Nobody waits behind the delay of others.
            leg = waiting.pop(min(range(len(waiting)), key=lambda index: waiting[index].start))
            step = yield from self._step(leg)
            waiting += step.onward
            done += step.settled
            if step.interrupted is not None:
                yield from self.abandon(waiting)
                raise step.interrupted
        yield from self._flush()
        return done

    def advance(self, leg: Leg) -> Flow[Step]:
        """Go one *leg* of a delivery; the caller goes on with what follows, or abandons it."""
        step = yield from self._step(leg)
        if step.interrupted is not None:
            yield from self.abandon(step.onward)
            raise step.interrupted
        try:
            yield from self._flush()
        except GeneratorExit:
            raise
        except BaseException:
            yield from self.abandon(step.onward)
            raise
        return step

    def _step(self, leg: Leg) -> Flow[Step]:
        if isinstance(leg.load, Inquiry):
            step = yield from self._verify(leg.load, leg.start)
        else:
            step = yield from self._ship(leg.load, leg.start)
        if self.gate.watched:
            for journey in step.settled:
                yield Record(OutcomeSettled(journey.key, _outcome(journey)))
        return step

    def abandon(self, legs: Iterable[Leg]) -> Flow[None]:
        """The caller was cancelled: what waits is settled as it stands, so that observers hear of every recipient."""
        for leg in legs:
            for journey in leg.load.journeys:
                self.settle(journey)
                yield from record(OutcomeSettled(journey.key, _outcome(journey)))

    def _flush(self) -> Flow[None]:
        if self.gate.tracking is not None:
            yield from keep(self.gate.tracking.flush)

    def _ship(self, shipment: Shipment, start: float) -> Flow[Step]:
        """Submit *shipment* once, and say what follows."""
        attempted = yield from self.gate.submit(shipment, start)
        moving, settled, doubtful = self._book(shipment, attempted)
        onward, stranded = self._onward(moving, shipment.account)
        step = Step(onward, [*settled, *stranded], attempted.interrupted)
        rule = shipment.account.verification
        if doubtful and rule is not None:
            inquiry = Inquiry(shipment.account, doubtful, rule)
            step.onward.append(Leg(inquiry.due(self.gate.clock), inquiry))
        return step

    def _verify(self, inquiry: Inquiry, start: float) -> Flow[Step]:
        """Ask about the recipients of *inquiry* once, and say what follows."""
        assert self.verifier is not None  # noqa: S101  # otherwise nobody is doubtful
        try:
            yield from pause(start)
            left = yield from inquire(inquiry, self.verifier)
        except GeneratorExit:
            raise
        except BaseException as error:  # noqa: BLE001  # whatever happens, it may still have been sent
            moving, settled = self._follow_all(inquiry.journeys, inquiry.account)
            for journey in moving:
                self.settle(journey)
            return Step([], [*moving, *settled], None if isinstance(error, Exception) else error.with_traceback(None))
        learned = [journey for journey in inquiry.journeys if journey not in left]
        due = inquiry.due(self.gate.clock)
        again = [] if inquiry.over else [each for each in left if (each.envelope.expires or math.inf) > due]
        moving, settled = self._follow_all([*learned, *(each for each in left if each not in again)], inquiry.account)
        onward, stranded = self._onward([(journey, 0.0) for journey in moving], inquiry.account)
        step = Step(onward, [*settled, *stranded])
        if again:
            inquiry.journeys = again
            step.onward.append(Leg(due, inquiry))
        return step

    def _follow_all(self, journeys: Iterable[Journey], account: Account) -> tuple[list[Journey], list[Journey]]:
        """Return those that move on after what was learned of them, and those that are done."""
        moving: list[Journey] = []
        settled: list[Journey] = []
        for journey in journeys:
            outcome = _outcome(journey)
            outcome.segments = self.segments(journey, account)
            if outcome.status is Status.ACCEPTED or self._follow(journey, account, outcome, None) is None:
                self.settle(journey)
                settled.append(journey)
            else:
                moving.append(journey)
        return moving, settled

    def _book(
        self, shipment: Shipment, attempted: Attempted
    ) -> tuple[list[tuple[Journey, float]], list[Journey], list[Journey]]:
        """Note the attempt on each journey.

        Returns those that move on, each with its delay, those that are done, and those that the provider is to be asked
        about.
        """
        moving: list[tuple[Journey, float]] = []
        settled: list[Journey] = []
        doubtful: list[Journey] = []
        account, name = shipment.account, shipment.account.name
        envelope, country, segments = None, "", None
        last: Attempt | None = None
        told: tuple[Attempt, ...] = ()
        for journey, outcome, tried in zip(shipment.journeys, attempted.outcomes, attempted.attempts, strict=True):
            journey.outcome = outcome
            outcome.account = name
            # Neighbours mostly have the same text: its segments are counted once.
            if journey.envelope is not envelope or journey.country != country or journey.params is not None:
                country, segments = journey.country, self.segments(journey, account)
                envelope = journey.envelope if journey.params is None else None
            outcome.segments = segments
            if tried is not None:
                if tried is not last:
                    last, told = tried, (tried,)
                # Those who have had no other share the one tuple.
                journey.attempts = (*journey.attempts, tried) if journey.attempts else told
            if outcome.status is _ACCEPTED:
                outcome.attempts, outcome.reference = journey.attempts, journey.reference
                settled.append(journey)
                continue
            setbacks = journey.setbacks
            if tried is not None:
                setbacks.vain += tried.certainty is Certainty.NOT_SENT
                setbacks.risked += tried.certainty is Certainty.MAYBE_SENT
            if outcome.status is Status.UNKNOWN and attempted.interrupted is None and self._asks(journey, account):
                # Whatever becomes of the question, it may have been sent.
                setbacks.doubt = setbacks.doubt or outcome
                doubtful.append(journey)
                continue
            delay = self._follow(journey, account, outcome, attempted.retry_after)
            if delay is None:
                self.settle(journey)
                settled.append(journey)
            else:
                moving.append((journey, delay))
        return moving, settled, doubtful

    def _asks(self, journey: Journey, account: Account) -> bool:
        """True if the provider is to be asked what became of a text that may have been sent."""
        verifies = journey.route is not None and journey.route.on_unknown is OnUnknown.VERIFY
        return verifies and self.verifier is not None and account.verification is not None

    def _follow(self, journey: Journey, account: Account, outcome: Outcome, retry_after: float | None) -> float | None:
        """Decide what follows *outcome*, no success: `None` if it is final, else the delay before the next try.

        Sets the journey's candidates to those that are left.
        """
        step, setbacks = Next.STOP, journey.setbacks
        match outcome.status:
            case Status.UNKNOWN:
                setbacks.doubt = setbacks.doubt or outcome
                setbacks.doubts += 1
                resend = journey.route is not None and journey.route.on_unknown is OnUnknown.RESEND
                step = Next.MOVE if resend else Next.STOP
            case Status.REJECTED:
                setbacks.refusal = outcome
                step = AFTER_REFUSAL.get(outcome.reason or Reason.OTHER, Next.STOP)
            case Status.NOT_SENT:
                step = AFTER_NOTHING_SENT.get(outcome.reason or Reason.INTERNAL, Next.STOP)
        if step is Next.STOP or self._has_had_enough(setbacks):
            return None
        # What the gate did not let through cost nobody anything.
        attempted = outcome.status is not Status.NOT_SENT or outcome.reason is not Reason.RATE_LIMITED
        setbacks.toll = bearing_of(outcome).cost if attempted else 0
        if step is Next.LATER and (delay := self._patience(journey, retry_after)) is not None:
            setbacks.tries += 1
            return delay
        setbacks.tries = 0
        journey.candidates = tuple(each for each in journey.candidates if each is not account)
        if outcome.status is Status.NOT_SENT and outcome.reason is Reason.RATE_LIMITED:
            # It is as good as before, only busy: it comes last.
            journey.candidates, setbacks.yielded = (*journey.candidates, account), True
        return 0.0 if self.choose(journey) is not None else None

    @staticmethod
    def _has_had_enough(setbacks: Setbacks) -> bool:
        """True if no further submission may be made, whatever became of those that were."""
        return setbacks.vain >= NOT_SENT or max(setbacks.doubts, setbacks.risked) >= DOUBTS

    def _patience(self, journey: Journey, retry_after: float | None) -> float | None:
        """Return the delay before the same account is asked again, or `None` if the recipient should not wait."""
        patience = PATIENCE[journey.envelope.message.kind]
        delay = RETRY_DELAY if retry_after is None else retry_after
        expires = journey.envelope.expires
        too_late = expires is not None and self.gate.clock.monotonic() + delay >= expires
        if delay > patience or journey.setbacks.tries + 1 >= TRIES or too_late:
            return None
        return delay

    def _onward(self, moving: list[tuple[Journey, float]], account: Account) -> tuple[list[Leg], list[Journey]]:
        """Pack those that move on, or ask *account* again after a delay; return those that cannot, settled, beside."""
        by_delay: dict[float, list[Journey]] = {}
        for journey, delay in moving:
            by_delay.setdefault(delay, []).append(journey)
        shipments, stranded = self.plan(by_delay.pop(0.0, []))
        onward = [(0.0, each) for each in shipments]
        for delay, journeys in by_delay.items():
            start = self.gate.clock.monotonic() + delay
            onward += [(start, each) for each in pack(journeys, account, self.fill)]
        affordable: list[Leg] = []
        for start, shipment in onward:
            paid, unpaid = self._afford(shipment)
            affordable += [Leg(start, each) for each in paid]
            stranded += unpaid
        return affordable, stranded

    def _afford(self, shipment: Shipment) -> tuple[list[Shipment], list[Journey]]:
        """Pay for *shipment* out of the retry budget of its account, once for all its recipients.

        Returns what goes out, and those beside who cannot be paid for: they keep the outcome that they have.
        """
        account, journeys = shipment.account, shipment.journeys
        cost = max(journey.setbacks.toll for journey in journeys)
        unpaid: list[Journey] = []
        if cost and not self.gate.budgets.spend(account.name, cost):
            unpaid = [journey for journey in journeys if journey.setbacks.toll]
        for journey in unpaid:
            self.settle(journey)
            outcome = _outcome(journey)
            why = f"not retried: the retry budget of account {account.name} is used up"
            outcome.detail = f"{outcome.detail}; {why}" if outcome.detail else why
        free = [journey for journey in journeys if not journey.setbacks.toll] if unpaid else []
        for journey in journeys:
            journey.setbacks.toll = 0
        return pack(free, account, self.fill) if unpaid else [shipment], unpaid

    def settle(self, journey: Journey) -> Outcome:
        """Complete and return the final outcome of *journey*.

        What may have been sent outweighs a refusal, and a refusal outweighs silence; but if the delivery was stopped,
        the refusal was not the last word.
        """
        outcome = journey.outcome
        if outcome is None or outcome.status is not Status.ACCEPTED:
            stopped = outcome if outcome is not None and outcome.reason is Reason.STOPPED else None
            setbacks = journey.setbacks
            outcome = setbacks.doubt or stopped or setbacks.refusal or outcome or self._no_route(journey)
        outcome.attempts = journey.attempts
        outcome.reference = journey.reference
        journey.outcome = outcome
        return outcome

    def _no_route(self, journey: Journey) -> Outcome:
        if journey.candidates:
            causes = [f"{self.gate.resting(journey, each)}" for each in journey.candidates]
            return Outcome(journey.phone, Status.NOT_SENT, None, Reason.CIRCUIT_OPEN, None, "; ".join(causes))
        if journey.route is None:
            return Outcome(journey.phone, Status.NOT_SENT, None, Reason.NO_ROUTE, None, "no route matches")
        causes = [f"{account} {cause}" for account, cause in journey.excluded]
        detail = f"route {journey.route.name!r}: {'; '.join(causes) or 'no account'}"
        return Outcome(journey.phone, Status.NOT_SENT, None, Reason.NO_ROUTE, None, detail)


def _outcome(journey: Journey) -> Outcome:
    assert journey.outcome is not None  # noqa: S101  # settled just before
    return journey.outcome

"""What a worker does between the outbox and the engine: claims, marks, and writes down what came of it. No threads."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count, groupby
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from smsway._desk import Desk
from smsway.delivery import DOUBTS, Clock, Event, log_defect
from smsway.guards import GuardError
from smsway.model import AttemptStarted, InvalidMessage, Kind, Outcome, Reason, Status, Stopped
from smsway.outbox import (
    Claim,
    Mark,
    OutboxError,
    OutboxStore,
    Row,
    Settlement,
    Swept,
    Wanted,
    delay_after,
    expired,
    may_follow,
    message_of,
    tried,
)
from smsway.routing import Journey, OnUnknown, Shipment, share_of

log = logging.getLogger("smsway")

_CHANCES = 2**20

Busy: TypeAlias = Mapping[Kind, frozenset[str]]
"""Accounts that have enough to do, by the kind of what they would be given."""

NOBODY: Busy = MappingProxyType(dict.fromkeys(Kind, frozenset()))


class Taken(NamedTuple):
    """How many recipients were *claimed*, and the *shipments* of those of them that can be sent now."""

    claimed: int
    shipments: list[Shipment]


SPREAD = 600.0
"""Seconds over which those are spread, at most, for whom a veto ends at the same moment."""


class Shift:
    """One worker, from the moment that it joins until it leaves or is declared dead.

    The journal of *desk* has to be `record`. *name* is for people, and *lease* the seconds after which it is taken for
    dead if nothing is heard of it. Raises `OutboxError`.
    """

    def __init__(self, store: OutboxStore, desk: Desk, clock: Clock, name: str, lease: float) -> None:
        self.worker = f"{clock.nonce():020x}"
        self._desk = desk
        self._store = store
        self._clock = clock
        self._lease = lease
        self._numbers = count()
        self._claims: dict[tuple[int, int], tuple[Claim, Journey]] = {}
        self._owed: list[Settlement] = []
        self._fresh = True
        store.join(self.worker, name, lease)

    @property
    def owed(self) -> int:
        """How many results are not written down yet."""
        return len(self._owed)

    def take(self, most: int, rows: Sequence[Row] | None = None, busy: Busy = NOBODY) -> Taken:
        """Claim so many recipients at most, of *rows* if they are given, and make shipments of them.

        Only kinds that stand in *busy* are claimed. Those to accounts that stand there are passed over, and those to
        accounts that rest, unless *rows* are given. Raises `Fenced` and `OutboxError`.
        """
        # A code is sent even through an account that rests, if there is no other.
        resting = self._desk.resting()
        closed = {kind: names if kind is Kind.OTP else names | resting for kind, names in busy.items()}
        # In turn: whoever waits in a lane for what another worker thinks of an account keeps nobody else waiting.
        self._fresh = not self._fresh
        claims = self._store.claim(self.worker, most, rows, Wanted(closed, self._fresh))
        over = [claim for claim in claims if claim.left <= 0]
        due = [claim for claim in claims if claim.left > 0]
        self._settle([Settlement(claim.row, _expired(claim)) for claim in over])
        if rows is None and any(closed.values()):
            due = self._pass_over(due, closed)
        journeys: list[Journey] = []
        for group in _by_message(due):
            journeys += self._begin(group)
        screened = [journey for journey in journeys if journey.outcome is not None]
        shipments, settled = self._desk.engine.plan([journey for journey in journeys if journey.outcome is None])
        self._desk.tell(settled)
        self.landed([*screened, *settled])
        return Taken(len(claims), shipments)

    def _pass_over(self, claims: Sequence[Claim], closed: Busy) -> list[Claim]:
        """Give those back who would go to an account that is *closed*, each into its lane, and return the others.

        That is before anybody is asked about them: a recipient counts when it is its turn.
        """
        lanes: dict[Row, str] = {}
        for group in _by_message(claims):
            lanes |= self._lanes(group, closed)
        if lanes:
            self._store.pass_over(self.worker, lanes)
        return [claim for claim in claims if claim.row not in lanes]

    def _lanes(self, claims: Sequence[Claim], closed: Busy) -> dict[Row, str]:
        try:
            names = self._desk.foresee(message_of(claims))
        except Exception:  # noqa: BLE001  # told of where it is begun, which follows
            return {}
        foreseen = zip(claims, names, strict=True)
        return {each.row: name for each, name in foreseen if name and name in closed[each.kind] and not each.doubts}

    def _begin(self, claims: Sequence[Claim]) -> list[Journey]:
        """Make journeys of the recipients of one message, which go on where earlier ones ended."""
        number = next(self._numbers)
        try:
            journeys, _ = self._desk.start(
                message_of(claims), number, [f"{claim.message}:{claim.position}" for claim in claims]
            )
        except InvalidMessage as invalid:
            # It was valid where it was enqueued: this configuration is another one.
            return self._refuse(claims, Reason.INVALID_MESSAGE, str(invalid.problems[0]))
        except Exception as error:  # noqa: BLE001  # one message must not keep all others from being sent
            log_defect(error, "a message could not be begun")
            return self._refuse(claims, Reason.INTERNAL, type(error).__name__)
        for claim, journey in zip(claims, journeys, strict=True):
            self._claims[journey.key] = (claim, journey)
            journey.attempts = claim.attempts
            journey.envelope.expires = self._clock.monotonic() + claim.left
            if claim.doubts:
                journey.setbacks.doubts = claim.doubts
                journey.setbacks.doubt = _doubt(claim)
                spent = tried(claim.attempts)
                journey.candidates = tuple(each for each in journey.candidates if each.name not in spent)
            if journey.outcome is not None:
                # Now that it is known what came before.
                self._desk.engine.settle(journey)
        return journeys

    def _refuse(self, claims: Sequence[Claim], reason: Reason, detail: str) -> list[Journey]:
        log.error("message %s cannot be sent by this worker: %s (%s)", claims[0].message, reason, detail)
        self._settle([self._settlement(claim, _refused(claim, reason, detail)) for claim in claims])
        return []

    def record(self, event: Event) -> None:
        """Be told of an event by the engine: an attempt is written down before it leaves, or does not leave.

        Raises `Stopped` if a recipient is no longer this worker's, and `OutboxError`.
        """
        if not isinstance(event, AttemptStarted):
            return
        marked = [self._claims[key] for key in event.keys]
        self._check_withdrawn([journey for _, journey in marked])
        mark = Mark(
            event.attempt,
            event.account,
            [claim.row for claim, _ in marked],
            frozenset(claim.row for claim, journey in marked if _may_resend(journey)),
            {claim.row: journey.doubts for claim, journey in marked if journey.doubts},
        )
        if not self._store.mark(self.worker, mark):
            raise Stopped("another worker has taken over, or the time is over")

    def _check_withdrawn(self, journeys: Sequence[Journey]) -> None:
        """Raise `Stopped` if somebody has opted out since it was claimed; then all are looked at once more."""
        if self._desk.guards is None:
            return
        try:
            withdrawn = self._desk.guards.withdrawn([(each.phone, each.envelope.message.kind) for each in journeys])
        except GuardError as error:
            raise Stopped(f"nobody knows who has opted out: {error}") from None
        if withdrawn:
            raise Stopped("a recipient has opted out meanwhile")

    def landed(self, journeys: Iterable[Journey]) -> None:
        """Write down what came of journeys; what cannot be written now is written by the next `pay`."""
        settlements = []
        for journey in journeys:
            claim, _ = self._claims.pop(journey.key)
            settlements.append(self._settlement(claim, self._desk.outcome(journey), self._wait(journey)))
        self._settle(settlements)

    def _wait(self, journey: Journey) -> float | None:
        """Return the seconds until the veto is over that has stopped *journey*, if it ends in time."""
        if journey.outcome is None or journey.outcome.status is not Status.NOT_SENT:
            return None
        setbacks = journey.setbacks
        if setbacks.until is None or setbacks.doubt is not None:
            return None
        wait = max(setbacks.until - self._clock.now(), 0.0)
        left = (journey.envelope.expires or 0.0) - self._clock.monotonic() - wait
        if left <= 0:
            return None
        share = share_of(journey.phone, journey.reference, "veto")
        return wait + share * min(SPREAD, wait, left)

    def _settlement(self, claim: Claim, outcome: Outcome, wait: float | None = None) -> Settlement:
        if wait is not None:
            return Settlement(claim.row, outcome, wait)
        if not may_follow(outcome):
            return Settlement(claim.row, outcome)
        if outcome.reason is Reason.STOPPED:
            return Settlement(claim.row, outcome, 0.0)
        return Settlement(claim.row, outcome, delay_after(claim.tries, self._clock.nonce() % _CHANCES / _CHANCES))

    def _settle(self, settlements: Sequence[Settlement]) -> None:
        self._owed += settlements
        try:
            self.pay()
        except OutboxError as error:
            log.error("results could not be written down yet: %s", error)  # noqa: TRY400  # said by the error itself

    def pay(self) -> None:
        """Write down what is owed; raises `OutboxError`, and then it is still owed."""
        if self._owed:
            owed = list(self._owed)
            self._store.settle(self.worker, owed)
            del self._owed[: len(owed)]

    def beat(self) -> Swept:
        """Be heard of, and deal with what dead workers have left; raises `Fenced` and `OutboxError`."""
        self._store.beat(self.worker, self._lease, self._desk.health())
        return self._store.sweep()

    def leave(self) -> None:
        """Give back what was claimed and not sent; raises `OutboxError`."""
        self.pay()
        self._store.leave(self.worker)


def _by_message(claims: Iterable[Claim]) -> Iterator[list[Claim]]:
    # Claims of one message stand together only if they are due together; apart, they only share less.
    return (list(group) for _, group in groupby(claims, key=attrgetter("message")))


def _may_resend(journey: Journey) -> bool:
    """True if another account may be asked should nobody hear how the attempt ended that is about to leave."""
    resends = journey.route is not None and journey.route.on_unknown is OnUnknown.RESEND
    return resends and journey.doubts + 1 < DOUBTS and len(journey.candidates) > 1


def _expired(claim: Claim) -> Outcome:
    outcome = _doubt(claim) if claim.doubts else expired(claim.addressee.phone)
    outcome.attempts, outcome.reference = claim.attempts, claim.addressee.reference
    return outcome


def _refused(claim: Claim, reason: Reason, detail: str) -> Outcome:
    if claim.doubts:
        return _doubt(claim)
    return Outcome(
        claim.addressee.phone,
        Status.NOT_SENT,
        None,
        reason,
        None,
        detail,
        attempts=claim.attempts,
        reference=claim.addressee.reference,
    )


def _doubt(claim: Claim) -> Outcome:
    """Return the outcome of one that may have been sent before."""
    last = claim.attempts[-1]
    return Outcome(
        claim.addressee.phone,
        Status.UNKNOWN,
        last.account,
        last.reason,
        last.code,
        "an earlier attempt may have sent it",
        attempts=claim.attempts,
        reference=claim.addressee.reference,
    )

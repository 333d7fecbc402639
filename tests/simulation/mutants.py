"""The code with one mistake each, as others make them: the simulation is worth nothing if it does not find them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from types import MappingProxyType

from schedule import Variant
from vendors import Booking, book_by_index, book_hopefully

from smsway._desk import Desk
from smsway.delivery import Engine
from smsway.model import Inbound, Outcome, Reason, Report, Status
from smsway.routing import Account, Journey, Setbacks
from smsway.tracking import Pull, Tracker


class Impatient(Engine):
    """Takes a request without an answer for one that was not sent, and asks the next account."""

    def _follow(self, journey: Journey, account: Account, outcome: Outcome, retry_after: float | None) -> float | None:
        """Follow *outcome*."""
        if outcome.status is Status.UNKNOWN and outcome.reason is Reason.NO_ANSWER:
            outcome.status, outcome.reason = Status.NOT_SENT, Reason.UNREACHABLE
        return super()._follow(journey, account, outcome, retry_after)


class Persistent(Engine):
    """Resends as long as an account is left."""

    def _follow(self, journey: Journey, account: Account, outcome: Outcome, retry_after: float | None) -> float | None:
        """Follow *outcome*."""
        journey.setbacks.doubts = 0
        return super()._follow(journey, account, outcome, retry_after)

    @staticmethod
    def _has_had_enough(setbacks: Setbacks) -> bool:  # noqa: ARG004  # that is the mistake
        """Never."""
        return False


class Overeager(Engine):
    """Takes an open breaker for proof that nothing was sent."""

    def _follow(self, journey: Journey, account: Account, outcome: Outcome, retry_after: float | None) -> float | None:
        """Follow *outcome*."""
        if outcome.status is Status.UNKNOWN and self.gate.resting(journey, account) is not None:
            outcome.status, outcome.reason = Status.NOT_SENT, Reason.CIRCUIT_OPEN
        return super()._follow(journey, account, outcome, retry_after)


class Insistent(Engine):
    """Submits a recipient that nobody takes to every account, and to those that throttle again and again."""

    @staticmethod
    def _has_had_enough(setbacks: Setbacks) -> bool:
        """Only when it may have been sent."""
        return max(setbacks.doubts, setbacks.risked) > 1


class Forgetful(Engine):
    """Forgets a doubt once another account has refused."""

    def settle(self, journey: Journey) -> Outcome:
        """Settle *journey*."""
        journey.setbacks.doubt = None
        return super().settle(journey)


class Nameless(Tracker):
    """Matches reports without our name of the attempt."""

    def receive(self, items: Sequence[Report] | Sequence[Inbound], pull: Pull | None = None) -> Sequence[int]:
        """Receive *items*."""
        return super().receive([replace(each, reference=None) for each in items], pull)


def _nameless(desk: Desk) -> None:
    if desk.tracker is not None:
        desk.tracker = Nameless(desk.tracker._store, desk.clock.now, lambda _: None)


def _with(engine: type[Engine]) -> Variant:
    def alter(desk: Desk) -> None:
        desk.engine = engine(**{each.name: getattr(desk.engine, each.name) for each in fields(Engine)})

    return Variant(alter=alter)


MUTANTS: Mapping[str, Variant] = MappingProxyType(
    {
        "asks the next account after a read timeout": _with(Impatient),
        "resends without end": _with(Persistent),
        "asks on and on where nobody takes it": _with(Insistent),
        "asks the next account when a breaker opens": _with(Overeager),
        "takes the last refusal for the whole truth": _with(Forgetful),
        "books results by index": Variant(booking=Booking(book=book_by_index)),
        "takes a recipient without a result for accepted": Variant(booking=Booking(book=book_hopefully)),
        "believes an answer without its echo": Variant(booking=Booking(checks_echo=False)),
        "believes the silence of a vendor that does not tell of every text": Variant(
            booking=Booking(believes_silence=True)
        ),
        "matches reports by id and time only": Variant(alter=_nameless),
        "takes every failure for one before the first byte": Variant(blind=True),
    }
)

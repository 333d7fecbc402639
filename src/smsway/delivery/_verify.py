"""Asks a provider whether a text that may have been sent was sent, before anything else is done about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from smsway.delivery._clock import Clock
from smsway.delivery._effects import Flow
from smsway.model import (
    Attempt,
    CallFailed,
    Delivery,
    InvalidCall,
    Outcome,
    Phone,
    Reason,
    Status,
    Tracked,
    Verification,
)
from smsway.routing import Account, Journey


class Verifier(Protocol):
    """Whom the engine has ask."""

    def ask(self, account: Account, phone: Phone, attempt: Attempt) -> Flow[Tracked | None]:
        """Ask once, and return what is known by now of *attempt* to *phone*; raises `CallFailed`."""
        ...


@dataclass(slots=True, eq=False)
class Inquiry:
    """Recipients of one attempt of *account* of whom it is not known whether they were sent to.

    *asked* counts the questions about each of them.
    """

    account: Account
    journeys: list[Journey]
    rule: Verification
    asked: int = 0

    def due(self, clock: Clock) -> float:
        """Return when the next question may be put, on the monotonic clock."""
        return clock.monotonic() + (self.rule.interval if self.asked else self.rule.grace)

    @property
    def over(self) -> bool:
        """True if every question has been put."""
        return self.asked >= self.rule.questions


def inquire(inquiry: Inquiry, verifier: Verifier) -> Flow[list[Journey]]:
    """Ask once about each recipient; set the outcome of those that it learns about, and return the others."""
    inquiry.asked += 1
    left = []
    for journey in inquiry.journeys:
        try:
            tracked = yield from verifier.ask(inquiry.account, journey.phone, journey.attempts[-1])
        except (CallFailed, InvalidCall):
            # Who does not answer has not said that there is no trace.
            left.append(journey)
            continue
        learned = _learned(journey, inquiry, tracked)
        if learned is None:
            left.append(journey)
        else:
            journey.outcome = learned
    return left


def _learned(journey: Journey, inquiry: Inquiry, tracked: Tracked | None) -> Outcome | None:
    """Return the outcome that the evidence allows, `None` if it allows none yet."""
    account = inquiry.account.name
    delivery = tracked.delivery if tracked is not None else Delivery.UNKNOWN
    if tracked is not None and delivery.rank >= Delivery.ACCEPTED.rank:
        detail = f"found by asking the provider: {delivery}"
        return Outcome(journey.phone, Status.ACCEPTED, account, None, None, detail, tracked.provider_message_id)
    if tracked is not None and delivery is Delivery.REJECTED:
        reason = tracked.reason or Reason.OTHER
        return Outcome(journey.phone, Status.REJECTED, account, reason, tracked.code, tracked.detail)
    if inquiry.over and inquiry.rule.absence_proves:
        detail = f"the provider has no record of it after {inquiry.asked} questions"
        return Outcome(journey.phone, Status.NOT_SENT, account, Reason.NO_TRACE, None, detail)
    return None

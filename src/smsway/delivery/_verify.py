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
    Report,
    Status,
    Tracked,
    Verification,
)
from smsway.routing import Account, Journey


@dataclass(frozen=True, slots=True)
class Finding:
    """What one question found out about an attempt to a phone.

    *tracked* is what is known by now, from all evidence. *refused* is the vendor's own word, in this answer and by our
    name of the attempt, that nothing was sent. *silent* says that the answer spoke of no text to this phone at all.
    """

    tracked: Tracked | None = None
    refused: Report | None = None
    silent: bool = False


class Verifier(Protocol):
    """Whom the engine has ask."""

    def ask(self, account: Account, phone: Phone, attempt: Attempt, expires: float | None) -> Flow[Finding]:
        """Ask once about *attempt* to *phone*, before *expires* (monotonic clock); raises `CallFailed`."""
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
            expires = journey.envelope.expires
            finding = yield from verifier.ask(inquiry.account, journey.phone, journey.attempts[-1], expires)
        except (CallFailed, InvalidCall):
            # Who does not answer has not said that there is no trace.
            left.append(journey)
            continue
        learned = _learned(journey, inquiry, finding)
        if learned is None:
            left.append(journey)
        else:
            journey.outcome, journey.setbacks.doubt = learned, None
    return left


def _learned(journey: Journey, inquiry: Inquiry, finding: Finding) -> Outcome | None:
    """Return the outcome that the evidence allows, `None` if it allows none yet.

    That something was sent may be concluded from any evidence, for then nothing follows. That nothing was sent lets
    another account be asked, so it takes the vendor's word about this very attempt, or its silence.
    """
    account, tracked, refused = inquiry.account.name, finding.tracked, finding.refused
    if tracked is not None and tracked.delivery.rank >= Delivery.ACCEPTED.rank:
        detail = f"found by asking the provider: {tracked.delivery}"
        return Outcome(journey.phone, Status.ACCEPTED, account, None, None, detail, tracked.provider_message_id)
    if refused is not None:
        reason = refused.reason or Reason.OTHER
        return Outcome(journey.phone, Status.REJECTED, account, reason, refused.code, refused.detail)
    if inquiry.over and inquiry.rule.absence_proves and finding.silent and tracked is not None:
        detail = f"the provider has no record of it after {inquiry.asked} questions"
        return Outcome(journey.phone, Status.NOT_SENT, account, Reason.NO_TRACE, None, detail)
    return None

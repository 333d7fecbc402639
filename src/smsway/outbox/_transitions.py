"""What follows an outcome or a loss, as tables and pure functions that every store shares."""

from __future__ import annotations

from smsway.delivery import AFTER_NOTHING_SENT, AFTER_REFUSAL, Next
from smsway.model import Attempt, Certainty, Kind, Outcome, Reason, Status
from smsway.outbox._entries import Addressee

URGENCY = {kind: place for place, kind in enumerate(Kind)}
"""The order in which kinds are claimed."""

FIRST_DELAY = 5.0
"""Seconds before a recipient to whom nothing was sent is tried again, doubled each time."""

LONGEST_DELAY = 300.0
"""Seconds before it is tried again, at most."""

LOST = "the worker was lost before it wrote down how the attempt ended"


def may_follow(outcome: Outcome) -> bool:
    """True if it is certain that nothing was sent, and time or a person can change what stood in the way."""
    match outcome.status:
        case Status.REJECTED:
            return AFTER_REFUSAL.get(outcome.reason or Reason.OTHER, Next.STOP) is not Next.STOP
        case Status.NOT_SENT:
            if outcome.reason in _MENDABLE:
                return True
            if outcome.reason in _GUARDED:
                return False
            return AFTER_NOTHING_SENT.get(outcome.reason or Reason.INTERNAL, Next.STOP) is not Next.STOP
    return False


_GUARDED = frozenset({Reason.QUOTA_EXCEEDED})
"""What a guard has stopped; one that may go later says when."""

_MENDABLE = frozenset({Reason.STOPPED, Reason.NO_ROUTE, Reason.INVALID_MESSAGE})
"""A worker that stops, and configurations of which one lacks what another has."""


def delay_after(tries: int, chance: float) -> float:
    """Return the seconds after which a recipient is due again that came back *tries* times before.

    *chance* is a random number in [0, 1), which spreads those that came back together over the upper half.
    """
    longest = min(FIRST_DELAY * 2.0 ** min(tries, 16), LONGEST_DELAY)
    return longest * (1 + chance) / 2


def lost_attempt(reference: str, account: str, started_at: float) -> Attempt:
    """Return an attempt of which nobody heard how it ended."""
    return Attempt(account, Certainty.MAYBE_SENT, Reason.NO_ANSWER, None, started_at, 0.0, reference)


def expired(phone: str) -> Outcome:
    """Return the outcome of a recipient whose time is over."""
    return Outcome(phone, Status.NOT_SENT, None, Reason.DEADLINE, None, "the time until which it may be sent is over")


def cancelled(addressee: Addressee, attempts: tuple[Attempt, ...]) -> Outcome:
    """Return the outcome of a recipient that the application has cancelled."""
    return Outcome(
        addressee.phone,
        Status.NOT_SENT,
        None,
        Reason.STOPPED,
        None,
        "cancelled by the application",
        attempts=attempts,
        reference=addressee.reference,
    )


def lost(addressee: Addressee, account: str, attempts: tuple[Attempt, ...]) -> Outcome:
    """Return the outcome of a recipient whose worker was lost with an attempt under way."""
    return Outcome(
        addressee.phone,
        Status.UNKNOWN,
        account,
        Reason.NO_ANSWER,
        None,
        LOST,
        attempts=attempts,
        reference=addressee.reference,
    )


def conflict(key: str) -> str:
    """Say that a key stands for another message."""
    return f"key {key!r} was used before for a message that says something else; use a key of its own for each message"


def fenced(worker: str) -> str:
    """Say that a worker was declared dead."""
    return f"worker {worker} was not heard of in time and was declared dead; begin anew"


def tried(attempts: tuple[Attempt, ...]) -> frozenset[str]:
    """Return the accounts that may have sent: another attempt goes through none of them."""
    return frozenset(each.account for each in attempts if each.certainty is not Certainty.NOT_SENT)

"""What observers and the journal are told, one frozen value each."""

from __future__ import annotations

from dataclasses import dataclass

from smsway.model._outcome import Outcome
from smsway.model._phone import Phone


@dataclass(frozen=True, slots=True)
class Screening:
    """What a screening plugin judges: one recipient of one message, before it is routed."""

    phone: Phone
    country: str
    kind: str
    template: str | None
    tags: frozenset[str]
    reference: str | None


@dataclass(frozen=True, slots=True)
class AttemptStarted:
    """A batch is about to be submitted; no byte of it has left yet.

    *attempt* is our reference of the attempt; *keys* identify the recipients as the caller handed them in
    (message number, position in `Message.to`). *started_at* is in seconds since the epoch (UTC).
    """

    attempt: str
    account: str
    keys: tuple[tuple[int, int], ...]
    started_at: float


@dataclass(frozen=True, slots=True)
class AttemptFinished:
    """A submission ended after *duration* seconds with these numbers of recipients per status and cause."""

    attempt: str
    account: str
    recipients: int
    accepted: int
    rejected: int
    unknown: int
    not_sent: int
    reasons: tuple[str, ...]
    duration: float


@dataclass(frozen=True, slots=True)
class OutcomeSettled:
    """A recipient has its final result; *key* as in `AttemptStarted.keys`."""

    key: tuple[int, int]
    outcome: Outcome

"""What screenings, observers and the journal are told, one frozen value each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from smsway.model._health import BreakerState, Domain
from smsway.model._outcome import Outcome
from smsway.model._phone import Phone
from smsway.model._reason import Reason
from smsway.model._reports import Inbound, Report, Tracked


@dataclass(frozen=True, slots=True)
class Screening:
    """What a screening plugin judges: one recipient of one message, before it is routed.

    *caller* is `Message.caller`. *dry* is True in a dry run, of which nothing may be
    counted.
    """

    phone: Phone
    country: str
    kind: str
    template: str | None
    tags: frozenset[str]
    reference: str | None
    caller: str | None = field(default=None, repr=False)
    dry: bool = False


@dataclass(frozen=True, slots=True)
class Veto:
    """Why a recipient is not texted: the *reason*, and in *detail* more words about it, without a phone.

    *until* is when the veto ends by itself, in seconds since the epoch (UTC): an outbox sends the text then. `None` is
    a veto that is final.
    """

    reason: Reason
    detail: str = ""
    until: float | None = None


@dataclass(frozen=True, slots=True)
class GuardTriggered:
    """A guard has stopped a recipient, or, if not *blocked*, would have and only watches.

    *rule* says in words which of the guard's rules it was. *at* is in seconds since the epoch (UTC).
    """

    guard: str
    rule: str
    reason: Reason
    phone: Phone
    country: str
    kind: str
    blocked: bool
    at: float


@dataclass(frozen=True, slots=True)
class ConversionDropped:
    """Of the codes that were *sent* to *country* lately, too few were *used*.

    *prefix* is that of a range of numbers, in E.164 without the last digits, if only that is meant. *seconds* is the
    window, and *blocked* says whether such codes are stopped now. *at* is in seconds since the epoch (UTC).
    """

    country: str
    prefix: str | None = field(repr=False)
    sent: int
    used: int
    seconds: int
    blocked: bool
    at: float


@dataclass(frozen=True, slots=True)
class AttemptStarted:
    """A batch is about to be submitted; no byte of it has left yet.

    *attempt* is our reference of the attempt; *keys* identify the recipients as the caller handed them in
    (message number, position in `Message.to`). *started_at* is in seconds since the epoch (UTC). *recipients* are their
    phones (E.164) and *references* the application's own names for their texts, in the order of *keys*.
    """

    attempt: str
    account: str
    keys: tuple[tuple[int, int], ...]
    started_at: float
    recipients: tuple[str, ...] = ()
    references: tuple[str | None, ...] = ()

    def __repr__(self) -> str:
        return f"AttemptStarted({self.attempt}, account {self.account}, <{len(self.keys)} recipients>)"


@dataclass(frozen=True, slots=True)
class AttemptFinished:
    """A submission ended after *duration* seconds with these numbers of recipients per status and cause.

    *outcomes* are what this attempt came to for each recipient; no final results, for some may move on.
    """

    attempt: str
    account: str
    recipients: int
    accepted: int
    rejected: int
    unknown: int
    not_sent: int
    reasons: tuple[str, ...]
    duration: float
    outcomes: Sequence[Outcome] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class OutcomeSettled:
    """A recipient has its final result; *key* as in `AttemptStarted.keys`."""

    key: tuple[int, int]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class ReportReceived:
    """A delivery report has come in, by callback or by pull, and is stored.

    *tracked* is what is known of the recipient it speaks of, this report included; `None` if it could not be matched to
    any that we sent. *changed* says whether it told anything new.
    """

    report: Report
    tracked: Tracked | None
    changed: bool


@dataclass(frozen=True, slots=True)
class InboundReceived:
    """A message from a phone has come in for the first time, and is stored."""

    inbound: Inbound


@dataclass(frozen=True, slots=True)
class HealthChanged:
    """A breaker has changed its state: something rests, is tried again, or is asked as ever.

    *cause* is what opened it, `None` once it is closed. *at* is when it changed and *until* when its rest ends, both in
    seconds since the epoch (UTC); *until* is `None` once it is closed.
    """

    domain: Domain
    state: BreakerState
    cause: str | None
    at: float
    until: float | None

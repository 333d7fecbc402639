"""What became of each recipient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import overload

from smsway.model._errors import SendFailure
from smsway.model._phone import mask
from smsway.model._reason import Reason


class Status(StrEnum):
    """The one final result of one recipient."""

    ACCEPTED = "accepted"
    """The provider said so for this recipient in this attempt."""
    REJECTED = "rejected"
    """The provider refused; nothing was sent."""
    UNKNOWN = "unknown"
    """It may have been sent."""
    NOT_SENT = "not_sent"
    """Nothing was sent and nobody refused."""


class Certainty(StrEnum):
    """What one attempt proves about one recipient."""

    SENT = "sent"
    NOT_SENT = "not_sent"
    MAYBE_SENT = "maybe_sent"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One submission to one account, as it concerns one recipient.

    *started_at* is in seconds since the epoch (UTC), *duration* in seconds. *reference* is our name of the attempt,
    which a provider may echo.
    """

    account: str
    certainty: Certainty
    reason: Reason | None = None
    code: str | None = None
    started_at: float = 0.0
    duration: float = 0.0
    reference: str | None = None


@dataclass(slots=True)
class Outcome:
    """The one final result of one recipient.

    *recipient* is the phone in E.164. *code* and *detail* are the vendor's own; *reason* is the neutral
    cause, `None` when accepted. *fee* counts what the vendor says it bills; *segments* is our own count
    where the text is known. *attempts* tells the whole way, in order. *reference* is the recipient's or
    else the message's.

    A provider fills the fields up to *fee*; the engine completes the others.
    """

    recipient: str
    status: Status
    account: str | None = None
    reason: Reason | None = None
    code: str | None = None
    detail: str | None = None
    provider_message_id: str | None = None
    fee: int | None = None
    segments: int | None = None
    attempts: tuple[Attempt, ...] = field(default=())
    reference: str | None = None

    def __repr__(self) -> str:
        cause = f", {self.reason!s}" if self.reason else ""
        code = f", code {self.code}" if self.code else ""
        return f"Outcome({mask(self.recipient)}, {self.status!s}{cause}{code}, account {self.account})"


@dataclass(frozen=True, slots=True, repr=False)
class SendResult(Sequence[Outcome]):
    """The outcomes of one `send`, one per recipient, in the order of `Message.to`."""

    outcomes: tuple[Outcome, ...]

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self.outcomes)

    def __len__(self) -> int:
        return len(self.outcomes)

    @overload
    def __getitem__(self, index: int) -> Outcome: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Outcome, ...]: ...

    def __getitem__(self, index: int | slice) -> Outcome | tuple[Outcome, ...]:
        return self.outcomes[index]

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {status}" for status, count in self.counts.items())
        return f"SendResult({counts or 'no recipients'})"

    @property
    def counts(self) -> dict[Status, int]:
        """How many recipients ended in each status; only those that occur."""
        return dict(Counter(outcome.status for outcome in self.outcomes))

    @property
    def all_accepted(self) -> bool:
        """True if the provider accepted every recipient."""
        return all(outcome.status is Status.ACCEPTED for outcome in self.outcomes)

    def raise_for_failure(self) -> None:
        """Raise `SendFailure` with the outcomes that are not accepted, if there are any."""
        failed = [outcome for outcome in self.outcomes if outcome.status is not Status.ACCEPTED]
        if failed:
            raise SendFailure(failed)

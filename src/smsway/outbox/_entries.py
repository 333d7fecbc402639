"""What an outbox holds: messages, their recipients on the way to a result, and the workers that send them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from smsway.model import AccountHealth, Attempt, Kind, Outcome, Status, mask

Row: TypeAlias = int
"""The store's number of one recipient of one message."""


class State(StrEnum):
    """How far a recipient has come. The last four are those of `Status`, and final."""

    PENDING = "pending"
    """It waits until it is due, and for a worker."""
    CLAIMED = "claimed"
    """A worker has it; nothing was sent since."""
    SUBMITTING = "submitting"
    """An attempt was written down, and may have been sent."""
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    NOT_SENT = "not_sent"

    @property
    def is_final(self) -> bool:
        """True if nothing will be sent to the recipient any more."""
        return self in FINAL


FINAL = frozenset({State.ACCEPTED, State.REJECTED, State.UNKNOWN, State.NOT_SENT})
"""The states that are results."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """One recipient as the store keeps it: *params* are JSON, `None` if it has none of its own."""

    phone: str
    params: str | None = None
    reference: str | None = None

    def __repr__(self) -> str:
        return f"Addressee({mask(self.phone)})"


@dataclass(frozen=True, slots=True)
class Entry:
    """A message as the store keeps it.

    *key* is the application's own name for it, which no other message has, and *digest* tells whether two messages of
    the same key say the same. *content* is JSON and may hold a code, so it is not kept longer than it is needed;
    *terms* is the rest of the message as JSON. It is sent no earlier than *not_before* and no later than *not_after*,
    in seconds since the epoch (UTC).
    """

    id: str
    key: str | None
    digest: bytes
    kind: Kind
    content: str = field(repr=False)
    terms: str
    not_before: float
    not_after: float
    recipients: Sequence[Addressee]


@dataclass(frozen=True, slots=True)
class Enqueued:
    """What became of a message that was handed in: *created* is False if one with its key was there already."""

    id: str
    created: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom a worker claims: of the kinds in *closed*, all but those who wait in the lanes (accounts) that stand there.

    Of one kind, those who wait in lanes come first, or if *fresh*, those who wait in none. Last come those who wait in
    any lane and whose time is over.
    """

    closed: Mapping[Kind, AbstractSet[str]] = field(default_factory=lambda: dict.fromkeys(Kind, frozenset()))
    fresh: bool = False

    def admits(self, kind: Kind, lane: str | None) -> bool:
        """True if those of *kind* who wait in *lane*, or in none, are wanted."""
        return kind in self.closed and lane not in self.closed[kind]


ANYBODY = Wanted()


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """A recipient that a worker has claimed, with what its message says.

    *left* is how many seconds are left until it may not be sent any more, 0 or less if that is over. *doubts* counts
    the attempts that may have been sent, and *tries* how often it came back to be tried again.
    """

    row: Row
    message: str
    position: int
    kind: Kind
    content: str = field(repr=False)
    terms: str
    addressee: Addressee
    left: float
    doubts: int = 0
    tries: int = 0
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """What is written down before an attempt leaves: who is in it, and what it is called.

    *again* are those of *rows* that another account may be asked for if nobody hears how the attempt ended. The others
    are `unknown` then. *doubts* is how many attempts before this one may have been sent, where that is not 0.
    """

    attempt: str
    account: str
    rows: Sequence[Row]
    again: frozenset[Row] = frozenset()
    doubts: Mapping[Row, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a recipient: its final *outcome*, or one after which it is due again in *delay* seconds."""

    row: Row
    outcome: Outcome
    delay: float | None = None

    @property
    def attempt(self) -> str | None:
        """Our reference of the last attempt; `None` if there was none."""
        return self.outcome.attempts[-1].reference if self.outcome.attempts else None

    @property
    def is_news(self) -> bool:
        """True if it says for certain what became of the last attempt, and that nothing follows it."""
        certain = self.outcome.status in {Status.ACCEPTED, Status.REJECTED}
        return certain and self.delay is None and self.attempt is not None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one recipient of a message has come.

    *outcome* is its result if *state* is final; until then it is what the last attempt came to, and `None` if there was
    none. *due* is when it is sent at the earliest, in seconds since the epoch (UTC).
    """

    phone: str
    position: int
    reference: str | None
    state: State
    due: float
    tries: int
    outcome: Outcome | None = None

    def __repr__(self) -> str:
        return f"Progress({mask(self.phone)}, {self.state!s})"


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """A worker that lives, as far as is known: *name* is for people, *health* what it last said of each account.

    It began *since*, and is taken for dead at *until* if nothing is heard of it, in seconds since the epoch (UTC).
    """

    id: str
    name: str
    since: float
    until: float
    health: Mapping[str, AccountHealth]


@dataclass(frozen=True, slots=True)
class Tracing:
    """What is known of a message that was enqueued, and of its recipients in their order."""

    id: str
    key: str | None
    kind: Kind
    created_at: float
    not_after: float
    recipients: Sequence[Progress]

    @property
    def is_final(self) -> bool:
        """True if every recipient has its result."""
        return all(each.state.is_final for each in self.recipients)

"""What an outbox asks of a store: a few operations, each done as a whole or not at all.

Whatever two workers do at the same time, a recipient belongs to one of them at most. It belongs to its worker until
that gives it back, or is declared dead; then nothing that the worker still says changes it, but for the result of an
attempt that nobody has heard of since. No clock decides about that: a worker that is declared dead too early loses its
claims, and nobody is texted twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pyrate_limiter import StateStore

from smsway.model import AccountHealth, Kind, SmswayError
from smsway.outbox._entries import (
    ANYBODY,
    Claim,
    Enqueued,
    Entry,
    Mark,
    Row,
    Settlement,
    State,
    Tracing,
    Wanted,
    WorkerInfo,
)


class OutboxError(SmswayError):
    """The outbox's database cannot be opened, read or written. The text names it and the way out, and no content."""


class IdempotencyConflict(SmswayError):
    """A message with this key was enqueued before, and says something else. Nothing was enqueued."""


class Fenced(SmswayError):
    """The worker was declared dead, for nothing was heard of it in time: what it had claimed is no longer its own."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What was found of dead workers: how many recipients are due again, and how many are unknown."""

    workers: int = 0
    again: int = 0
    unknown: int = 0


class OutboxStore(Protocol):
    """Keeps messages until each recipient has its result, for several threads, and if durable for several processes.

    Everything in it raises `OutboxError` if it cannot be done.
    """

    @property
    def rate_stores(self) -> Callable[[str], StateStore] | None:
        """Makes the stores in which workers share the rates of accounts, by name; `None` if they share none."""
        ...

    def enqueue(self, entries: Sequence[Entry], connection: Any = None) -> list[Enqueued]:
        """Add *entries*, durably, or as a part of the transaction of *connection*; all of them or none.

        One whose key is there already with the same digest is not added. Raises `IdempotencyConflict` if the digest is
        another.
        """
        ...

    def join(self, worker: str, name: str, lease: float) -> None:
        """Begin the life of *worker*, which is heard of for *lease* seconds from now; *name* is for people."""
        ...

    def beat(self, worker: str, lease: float, health: Mapping[str, AccountHealth] | None = None) -> None:
        """Hear of *worker*: it lives for *lease* seconds more, and says how its accounts are.

        Raises `Fenced` if it was declared dead.
        """
        ...

    def workers(self) -> list[WorkerInfo]:
        """Return the workers that live, the oldest first."""
        ...

    def leave(self, worker: str) -> None:
        """End the life of *worker*; what it still has is dealt with as if it had died."""
        ...

    def claim(self, worker: str, most: int, rows: Sequence[Row] | None = None, wanted: Wanted = ANYBODY) -> list[Claim]:
        """Claim recipients that are due and *wanted* for a living *worker*, codes first.

        Those of one lane, and those of none, come by the time they are due. If *rows* are given, claim those of them
        that were offered or are due, wanted or not. Raises `Fenced`.
        """
        ...

    def pass_over(self, worker: str, lanes: Mapping[Row, str]) -> None:
        """Give recipients back that *worker* has claimed and not begun: each waits in the lane of an account, by name.

        It leaves the lane when it is claimed again. What is no longer the worker's stays as it is. Raises `Fenced`.
        """
        ...

    def offer(self, most: int, hold: Mapping[Kind, float]) -> dict[Kind, list[Row]]:
        """Return recipients that are due, for somebody to claim who is told of them.

        They are claimed by nobody else for *hold* seconds, after which they are due again if nobody came.
        """
        ...

    def offered(self) -> int:
        """Return how many recipients were offered and nobody has claimed yet."""
        ...

    def mark(self, worker: str, mark: Mark) -> bool:
        """Write an attempt down, durably; False, and nothing is changed, if a row is not the worker's or late."""
        ...

    def settle(self, worker: str, settlements: Sequence[Settlement]) -> int:
        """Write results down, durably, and give the recipients back; return how many of them were changed.

        What is no longer the worker's is changed only if its last attempt is still the one that the result is of, and
        nothing is known of that.
        """
        ...

    def sweep(self) -> Swept:
        """Deal with what workers have left that were not heard of in time."""
        ...

    def cancel(self, message: str) -> int:
        """Settle the recipients of *message* that no attempt was written down for; return how many."""
        ...

    def find(self, *, message: str | None = None, key: str | None = None) -> Tracing | None:
        """Return what is known of a message, by its id or its key."""
        ...

    def counts(self) -> dict[State, int]:
        """Return how many recipients are in each state; only those that occur."""
        ...

    def next_due(self) -> float | None:
        """Return in how many seconds the next recipient is due, 0 or less if one is; `None` if none waits."""
        ...

    def is_done(self) -> bool:
        """Return whether every recipient has its result."""
        ...

    def prune(self, older: float, most: int) -> int:
        """Forget messages that are final and could be sent until *older* seconds ago, so many at most; return how many.

        The result of one that has waited for long is kept as long as that of any other.
        """
        ...

    def close(self) -> None:
        """Give everything back."""
        ...

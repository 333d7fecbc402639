"""Says what may be sent next: every account has hands and a queue of its own, so none waits for another. No threads."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush

from smsway.delivery import Leg
from smsway.model import Kind

TOTAL = 256
"""Requests in flight at once to all accounts; beyond it, an account may still have one that has none."""

PAUSED = 10
"""So many times as many requests as hands may pause for an account before it has enough to do."""

AHEAD = 10_000
"""Recipients that wait for a hand at most before no more are read."""


@dataclass(slots=True, eq=False)
class Task:
    """A leg of a delivery that waits for a hand, or has one.

    It is *begun* once its delivery has been told of: what is begun is brought to its end.
    """

    leg: Leg
    begun: bool

    @property
    def account(self) -> str:
        """Whose hand it needs."""
        return self.leg.load.account.name

    @property
    def is_code(self) -> bool:
        """True if somebody waits for it before a screen."""
        return self.leg.load.journeys[0].envelope.message.kind is Kind.OTP


@dataclass(slots=True, eq=False)
class _Queue:
    """What waits for one account: codes first, the rest as it came."""

    codes: deque[Task] = field(default_factory=deque)
    others: deque[Task] = field(default_factory=deque)
    flying: int = 0
    paused: int = 0

    def __len__(self) -> int:
        return len(self.codes) + len(self.others)

    @property
    def load(self) -> int:
        """How many wait for a hand, or have one."""
        return len(self) + self.flying

    def put(self, task: Task) -> None:
        (self.codes if task.is_code else self.others).append(task)

    def pop(self) -> Task:
        return (self.codes or self.others).popleft()


class Queues:
    """The queues of one crew for so many *accounts*, each with so many *hands*. Whoever shares it has to lock it."""

    def __init__(self, accounts: int, hands: int, ahead: int = AHEAD) -> None:
        self._accounts = accounts
        self._hands = hands
        self._ahead = ahead
        self._queues: dict[str, _Queue] = {}
        # Those of whom something waits and who have a hand free, in turn.
        self._ready: dict[str, None] = {}
        self._paused: list[tuple[float, int, Task]] = []
        self._pauses = 0
        self._laden = 0
        self._waiting = 0
        self._recipients = 0
        self.flying = 0

    @property
    def most(self) -> int:
        """How many tasks have a hand at once, at most."""
        return min(self._hands * self._accounts, TOTAL + self._accounts)

    def put(self, task: Task, now: float) -> None:
        """Let *task* wait for a hand of its account, or first for its start if that is after *now*."""
        self._waiting += 1
        self._recipients += len(task.leg.load.journeys)
        if task.leg.start > now:
            self._pauses += 1
            self._queues.setdefault(task.account, _Queue()).paused += 1
            heappush(self._paused, (task.leg.start, self._pauses, task))
        else:
            self._line_up(task)

    def _line_up(self, task: Task) -> None:
        queue = self._queues.setdefault(task.account, _Queue())
        queue.put(task)
        self._laden += queue.load == self._hands
        if queue.flying < self._hands:
            self._ready[task.account] = None

    def take(self) -> Task | None:
        """Return what may be sent next, which has a hand from now on; `None` if nothing may."""
        for account in self._ready:
            queue = self._queues[account]
            if self.flying < TOTAL or not queue.flying:
                break
        else:
            return None
        del self._ready[account]
        task = queue.pop()
        queue.flying += 1
        self.flying += 1
        self._waiting -= 1
        self._recipients -= len(task.leg.load.journeys)
        if queue and queue.flying < self._hands:
            # Last in turn: the accounts share what hands there are in all.
            self._ready[account] = None
        return task

    def land(self, task: Task) -> None:
        """Give the hand of *task* back."""
        queue = self._queues[task.account]
        self._laden -= queue.load == self._hands
        queue.flying -= 1
        self.flying -= 1
        if queue:
            self._ready[task.account] = None

    def wake(self, now: float) -> None:
        """Let those wait for a hand whose pause has ended by *now*."""
        while self._paused and self._paused[0][0] <= now:
            task = heappop(self._paused)[-1]
            self._queues[task.account].paused -= 1
            self._line_up(task)

    @property
    def resume(self) -> float | None:
        """When the next pause ends; `None` if there is none."""
        return self._paused[0][0] if self._paused else None

    def clear(self) -> list[Task]:
        """Drop all that waits, and return those tasks of it that are begun."""
        waiting = [task for queue in self._queues.values() for task in (*queue.codes, *queue.others)]
        waiting += [task for _, _, task in sorted(self._paused)]
        for queue in self._queues.values():
            queue.codes.clear()
            queue.others.clear()
            queue.paused = 0
        self._laden = sum(queue.load >= self._hands for queue in self._queues.values())
        self._ready.clear()
        self._paused.clear()
        self._waiting = self._recipients = 0
        return [task for task in waiting if task.begun]

    def __len__(self) -> int:
        """Return how many tasks wait or have a hand."""
        return self._waiting + self.flying

    @property
    def is_full(self) -> bool:
        """True if no more needs to be read: every account has as many requests as hands, or too many wait already."""
        return self._laden >= self._accounts or self._recipients >= self._ahead

    @property
    def busy(self) -> dict[Kind, frozenset[str]]:
        """The accounts that have enough to do, by kind; a kind for which all have is left out.

        For a code, enough is as many requests of codes as hands; for the rest, as many requests, or many that pause.
        """
        hands, queues = self._hands, self._queues.items()
        coded = frozenset(account for account, queue in queues if len(queue.codes) >= hands)
        laden = frozenset(account for account, queue in queues if queue.load >= hands or queue.paused >= PAUSED * hands)
        busy = {kind: coded if kind is Kind.OTP else laden for kind in Kind}
        return {kind: accounts for kind, accounts in busy.items() if len(accounts) < self._accounts}

    @property
    def ready(self) -> int:
        """For how many more hands there is something to send, about; 0 only if there is nothing."""
        takers = [self._queues[account] for account in self._ready]
        wanted = sum(min(len(queue), self._hands - queue.flying) for queue in takers)
        return min(wanted, max(TOTAL - self.flying, sum(not queue.flying for queue in takers)))

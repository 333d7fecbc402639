"""What the vendor of one account has to post to its customer, in order, and what became of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from smsway.model import PushRule, SandboxInbound, SandboxReport

Item: TypeAlias = SandboxReport | SandboxInbound
"""What can be posted."""


@dataclass(frozen=True, slots=True)
class Push:
    """One request that an account's vendor posts to *url*, with *items* of one kind.

    It was tried *tries* times. *status* is that of the last answer, `None` if there was none. In the end it is either
    *acknowledged* or *given_up*.
    """

    account: str
    url: str = field(repr=False)
    items: Sequence[Item]
    tries: int = 0
    status: int | None = None
    acknowledged: bool = False
    given_up: bool = False

    @property
    def over(self) -> bool:
        """True if it is not tried again."""
        return self.acknowledged or self.given_up


class Outbox:
    """Groups items into pushes, one of which is under way at a time; *rule* is the vendor's.

    *due* is when the push under way shall be tried next, by a clock that the caller reads.
    """

    def __init__(self, account: str, rule: PushRule) -> None:
        self._account = account
        self._rule = rule
        self._pushes: list[Push] = []
        self._waiting: deque[tuple[str, Item]] = deque()
        self.due = 0.0

    @property
    def pushes(self) -> Sequence[Push]:
        """Everything that was posted, or is being."""
        return tuple(self._pushes)

    def add(self, url: str, item: Item) -> None:
        """Let *item* be posted after all the others."""
        self._waiting.append((url, item))

    def next(self, now: float) -> Push | None:
        """Return the push that is under way or else a new one; `None` if there is nothing to post."""
        if self._pushes and not self._pushes[-1].over:
            return self._pushes[-1]
        if not self._waiting:
            return None
        self._pushes.append(Push(self._account, self._waiting[0][0], self._grouped()))
        self.due = now
        return self._pushes[-1]

    def _grouped(self) -> Sequence[Item]:
        """Take the first items that are alike, as many as one request may carry."""
        url, first = self._waiting[0]
        most = self._rule.reports if isinstance(first, SandboxReport) else self._rule.inbound
        items: list[Item] = []
        while self._waiting and len(items) < most:
            address, item = self._waiting[0]
            if address != url or type(item) is not type(first):
                break
            items.append(item)
            self._waiting.popleft()
        return tuple(items)

    def tried(self, status: int | None, *, acknowledged: bool) -> None:
        """Note a try of the push under way; the next one, if any, is the rule's pause after this one was due."""
        push = self._pushes[-1]
        tries = push.tries + 1
        given_up = not acknowledged and tries >= self._rule.tries
        self._pushes[-1] = replace(push, tries=tries, status=status, acknowledged=acknowledged, given_up=given_up)
        self.due += self._rule.interval_after(tries)

    def give_up(self) -> None:
        """Do not try the push under way again."""
        self._pushes[-1] = replace(self._pushes[-1], given_up=True)

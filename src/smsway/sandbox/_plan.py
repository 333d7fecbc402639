"""The faults and refusals in force, and the decision which of them strikes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Sequence
from random import Random
from typing import Generic, TypeVar

from smsway.model import Reason
from smsway.sandbox._faults import Fault, Level
from smsway.sandbox._orders import EVERY, DeliveryFailure, Injection, Limited, Refusal

LimitedT = TypeVar("LimitedT", bound=Limited)
RefusalT = TypeVar("RefusalT", bound=Refusal)


class Active(Generic[LimitedT]):
    """An order in force; *number* is its name, *left* the strikes that remain and *ends* its last moment."""

    __slots__ = ("chance", "ends", "left", "number", "order")

    def __init__(self, number: int, order: LimitedT, now: float) -> None:
        self.number = number
        self.order = order
        self.left = order.times
        self.ends = None if order.seconds is None else now + order.seconds
        self.chance = Random(order.seed)  # noqa: S311  # reproducible on purpose

    def lives(self, now: float) -> bool:
        """True until its strikes or its time are used up."""
        return self.left != 0 and (self.ends is None or now < self.ends)

    def covers(self, account: str) -> bool:
        """True if it speaks of *account*."""
        return self.order.account in (EVERY, account)

    def concerns(self, phones: Collection[str]) -> bool:
        """True if it speaks of one of *phones*, or of any phone."""
        return not self.order.phones or not self.order.phones.isdisjoint(phones)

    def use(self) -> None:
        """Note a strike."""
        if self.left is not None:
            self.left -= 1


class Plan:
    """Keeps orders in the sequence they came in; *monotonic* is the clock of their `seconds`."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._numbers = 0
        self._faults: list[tuple[Active[Injection], Fault]] = []
        self._refusals: list[Active[Refusal]] = []
        self._failures: list[Active[DeliveryFailure]] = []

    def inject(self, order: Injection) -> int:
        """Put a fault into force; return its number."""
        self._faults.append((self._active(order), order.struck()))
        return self._numbers

    def refuse(self, order: Refusal) -> int:
        """Put a refusal of recipients into force; return its number."""
        self._refusals.append(self._active(order))
        return self._numbers

    def fail(self, order: DeliveryFailure) -> int:
        """Put a failure of deliveries into force; return its number."""
        self._failures.append(self._active(order))
        return self._numbers

    def _active(self, order: LimitedT) -> Active[LimitedT]:
        self._numbers += 1
        return Active(self._numbers, order, self._monotonic())

    def lift(self, number: int | None = None) -> int:
        """End the order with this number, or all; return how many were ended."""
        before = len(self.faults()) + len(self.refusals()) + len(self.failures())
        self._faults = [each for each in self._faults if number not in (None, each[0].number)]
        self._refusals = [each for each in self._refusals if number not in (None, each.number)]
        self._failures = [each for each in self._failures if number not in (None, each.number)]
        return before - len(self._faults) - len(self._refusals) - len(self._failures)

    def faults(self) -> list[Active[Injection]]:
        """Return the faults in force, the oldest first."""
        return [active for active, _ in self._faults_now()]

    def _faults_now(self) -> list[tuple[Active[Injection], Fault]]:
        if self._faults:
            now = self._monotonic()
            self._faults = [each for each in self._faults if each[0].lives(now)]
        return self._faults

    def refusals(self) -> list[Active[Refusal]]:
        """Return the refusals of recipients in force, the oldest first."""
        self._refusals = self._living(self._refusals)
        return self._refusals

    def failures(self) -> list[Active[DeliveryFailure]]:
        """Return the failures of deliveries in force, the oldest first."""
        self._failures = self._living(self._failures)
        return self._failures

    def _living(self, orders: list[Active[LimitedT]]) -> list[Active[LimitedT]]:
        if not orders:
            return orders
        now = self._monotonic()
        return [each for each in orders if each.lives(now)]

    def seconds_left(self, active: Active[LimitedT]) -> float | None:
        """Return how long it will yet last; `None` if no time is set."""
        return None if active.ends is None else max(active.ends - self._monotonic(), 0.0)

    def strike(self, level: Level, account: str, phones: Collection[str] = (), results: int = 0) -> Fault | None:
        """Return the first fault that strikes this request, and count its strike.

        *phones* are its recipients as far as they are known, *results* the length of the list to spoil.
        """
        for active, fault in self._faults_now():
            if (
                fault.kind.level is level
                and fault.kind.name != "refuse"
                and fault.kind.least <= results
                and active.covers(account)
                and active.concerns(phones)
                and _drawn(active)
            ):
                active.use()
                return fault
        return None

    def refusal(self, account: str, phone: str) -> Reason | None:
        """Return why *account* refuses this phone, and count the strike."""
        return _reason(self.refusals(), account, phone)

    def failure(self, account: str, phone: str) -> Reason | None:
        """Return why a text of *account* to this phone will not arrive, and count the strike."""
        return _reason(self.failures(), account, phone)

    def refuses(self, account: str) -> bool:
        """True if the account's port shall not listen."""
        return any(fault.kind.name == "refuse" and active.covers(account) for active, fault in self._faults_now())

    def cuts(self, account: str) -> bool:
        """True if clients of the account shall not go on with the connections they have."""
        return any(
            fault.kind.level is Level.CONNECTION and active.covers(account) for active, fault in self._faults_now()
        )

    def next_end(self) -> float | None:
        """Return the seconds until the first fault with a time ends."""
        ends = [active.ends for active in self.faults() if active.ends is not None]
        return max(min(ends) - self._monotonic(), 0.0) if ends else None


def _drawn(active: Active[Injection]) -> bool:
    share = active.order.share
    return share is None or active.chance.random() < share


def _reason(orders: Sequence[Active[RefusalT]], account: str, phone: str) -> Reason | None:
    for active in orders:
        if active.covers(account) and active.concerns((phone,)) and _chosen(active.order, phone):
            active.use()
            return active.order.reason
    return None


def _chosen(order: Refusal, phone: str) -> bool:
    if order.share is None:
        return True
    digest = hashlib.sha256(f"{order.seed}:{phone}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < order.share

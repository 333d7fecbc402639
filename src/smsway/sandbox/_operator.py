"""What a tester can see and change while the sandbox runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from smsway.sandbox._books import Books, Submission
from smsway.sandbox._orders import BalanceOrder, ClockOrder, Injection, Limited, RateOrder, Refusal
from smsway.sandbox._plan import Active, LimitedT, Plan


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account as it stands; *clock_offset* is in seconds, *rate* and *requests* count requests."""

    name: str
    url: str
    balance: int | None
    rate: float | None
    clock_offset: float
    requests: int


@dataclass(frozen=True, slots=True)
class InForce:
    """A fault or refusal in force.

    *order* is what was asked for, less what was left at its default. *left* are the strikes that remain, *seconds_left*
    the time; `None` sets no limit.
    """

    id: int
    account: str
    order: Mapping[str, object] = field(repr=False)
    left: int | None
    seconds_left: float | None


class Operator:
    """Every operation, safe to call from any thread; *changed* is called when a port may have to open or close."""

    def __init__(
        self, books: Books, plan: Plan, urls: Callable[[], Mapping[str, str]], changed: Callable[[], None]
    ) -> None:
        self._books = books
        self._plan = plan
        self._urls = urls
        self._changed = changed

    def accounts(self, account: str = "*") -> list[AccountState]:
        """Return one account or all; raises `SandboxError`."""
        urls = self._urls()
        with self._books.lock:
            return [
                AccountState(book.name, urls.get(book.name, ""), book.balance, book.rate, book.offset, book.requests)
                for book in self._books.select(account)
            ]

    def texts(self) -> dict[str, int]:
        """Return how many texts each phone got."""
        with self._books.lock:
            return dict(self._books.texts)

    def submissions(self, account: str = "*") -> list[Submission]:
        """Return the accepted texts of one account or of all, in the order they were accepted."""
        with self._books.lock:
            names = {book.name for book in self._books.select(account)}
            return [each for each in self._books.submissions if each.account in names]

    def inject(self, order: Injection) -> int:
        """Let a fault strike; return its id."""
        with self._books.lock:
            self._books.select(order.account)
            number = self._plan.inject(order)
        self._changed()
        return number

    def refuse(self, order: Refusal) -> int:
        """Refuse recipients; return the refusal's id."""
        with self._books.lock:
            self._books.select(order.account)
            return self._plan.refuse(order)

    def faults(self) -> list[InForce]:
        """Return the faults in force, the oldest first."""
        with self._books.lock:
            return [self._in_force(active) for active in self._plan.faults()]

    def refusals(self) -> list[InForce]:
        """Return the refusals in force, the oldest first."""
        with self._books.lock:
            return [self._in_force(active) for active in self._plan.refusals()]

    def _in_force(self, active: Active[LimitedT]) -> InForce:
        order: Limited = active.order
        told = order.model_dump(mode="json", exclude={"account"}, exclude_defaults=True)
        return InForce(active.number, order.account, told, active.left, self._plan.seconds_left(active))

    def lift(self, number: int | None = None) -> int:
        """End the fault or refusal with this id, or all; return how many were ended."""
        with self._books.lock:
            lifted = self._plan.lift(number)
        self._changed()
        return lifted

    def set_balance(self, order: BalanceOrder) -> None:
        """Set the balance."""
        with self._books.lock:
            for book in self._books.select(order.account):
                book.balance = order.balance

    def set_rate(self, order: RateOrder) -> None:
        """Set the rate."""
        with self._books.lock:
            for book in self._books.select(order.account):
                book.rate = order.rate

    def set_clock(self, order: ClockOrder) -> None:
        """Set the clock."""
        with self._books.lock:
            for book in self._books.select(order.account):
                book.offset = order.offset

    def reset(self) -> None:
        """Go back to the beginning: no texts, no faults, and every account as it was made."""
        with self._books.lock:
            self._books.reset()
            self._plan.lift()
        self._changed()

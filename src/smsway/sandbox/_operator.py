"""What a tester can see and change while the sandbox runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from smsway.model import Problem, SandboxInbound, SandboxReport, SandboxSignature, SandboxTemplate
from smsway.sandbox._address import push_problems
from smsway.sandbox._books import AccountBook, Books, Submission
from smsway.sandbox._orders import (
    AdvanceOrder,
    BalanceOrder,
    ClockOrder,
    DeliveryFailure,
    InboundOrder,
    Injection,
    Limited,
    PushOrder,
    RateOrder,
    Refusal,
    ReportDelayOrder,
    ReviewOrder,
    SandboxError,
    choices,
    shown,
)
from smsway.sandbox._outbox import Push
from smsway.sandbox._plan import Active, LimitedT, Plan
from smsway.sandbox._reports import Queued
from smsway.sandbox._reviews import ReviewedT, Shelf


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account as it stands; *rate* and *requests* count requests.

    *clock_offset* and *report_delay* are in seconds, the latter `None` if there are no reports. *push_to* is where
    they are posted.
    """

    name: str
    url: str
    balance: int | None
    rate: float | None
    clock_offset: float
    requests: int
    report_delay: float | None
    push_to: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class InForce:
    """A fault, refusal or failure of deliveries in force.

    *order* is what was asked for, less what was left at its default. *left* are the strikes that remain, *seconds_left*
    the time; `None` sets no limit.
    """

    id: int
    account: str
    order: Mapping[str, object] = field(repr=False)
    left: int | None
    seconds_left: float | None


class Operator:
    """Every operation, safe to call from any thread.

    *changed* is called when a port may have to open or close, or when those who wait for something should look again.
    """

    def __init__(
        self,
        books: Books,
        plan: Plan,
        urls: Callable[[], Mapping[str, str]],
        changed: Callable[[], None],
        *,
        allow_remote: bool = False,
    ) -> None:
        self._books = books
        self._plan = plan
        self._urls = urls
        self._changed = changed
        self._allow_remote = allow_remote

    def accounts(self, account: str = "*") -> list[AccountState]:
        """Return one account or all; raises `SandboxError`."""
        urls = self._urls()
        with self._books.lock:
            return [_state(book, urls.get(book.name, "")) for book in self._books.select(account)]

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

    def fail(self, order: DeliveryFailure) -> int:
        """Let texts be accepted and not arrive; return the failure's id."""
        with self._books.lock:
            self._books.select(order.account)
            return self._plan.fail(order)

    def faults(self) -> list[InForce]:
        """Return the faults in force, the oldest first."""
        with self._books.lock:
            return [self._in_force(active) for active in self._plan.faults()]

    def refusals(self) -> list[InForce]:
        """Return the refusals in force, the oldest first."""
        with self._books.lock:
            return [self._in_force(active) for active in self._plan.refusals()]

    def failures(self) -> list[InForce]:
        """Return the failures of deliveries in force, the oldest first."""
        with self._books.lock:
            return [self._in_force(active) for active in self._plan.failures()]

    def _in_force(self, active: Active[LimitedT]) -> InForce:
        order: Limited = active.order
        told = order.model_dump(mode="json", exclude={"account"}, exclude_defaults=True)
        return InForce(active.number, order.account, told, active.left, self._plan.seconds_left(active))

    def lift(self, number: int | None = None) -> int:
        """End the fault, refusal or failure with this id, or all; return how many were ended."""
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

    def templates(self, account: str) -> list[SandboxTemplate]:
        """Return all templates, the oldest first."""
        with self._books.lock:
            return [each for book in self._books.select(account) for each in book.templates.all()]

    def signatures(self, account: str) -> list[SandboxSignature]:
        """Return all signatures, the oldest first."""
        with self._books.lock:
            return [each for book in self._books.select(account) for each in book.signatures.all()]

    def review(self, order: ReviewOrder) -> int:
        """Decide about a template or signature; return at how many accounts."""
        with self._books.lock:
            books = self._books.select(order.account)
            if order.template is not None:
                return _decide("template", order.template, [book.templates for book in books], order)
            return _decide("signature", order.signature or "", [book.signatures for book in books], order)

    def reports(self, account: str = "*") -> list[SandboxReport]:
        """Return the reports that are due, pulled and posted ones included, the oldest first."""
        with self._books.lock:
            reports = [each for book in self._books.select(account) for each in book.returns.reports]
        return sorted(reports, key=attrgetter("at"))

    def queued(self, account: str) -> Queued:
        """Return how many reports and messages from phones wait to be pulled."""
        with self._books.lock:
            waiting = [book.returns.queued for book in self._books.select(account)]
        return Queued(sum(each.reports for each in waiting), sum(each.inbound for each in waiting))

    def pushes(self, account: str = "*") -> list[Push]:
        """Return what was posted, or is being, the oldest of each account first."""
        with self._books.lock:
            outboxes = [book.outbox for book in self._books.select(account)]
            return [push for outbox in outboxes if outbox is not None for push in outbox.pushes]

    def set_report_delay(self, order: ReportDelayOrder) -> None:
        """Set how long after a text its report falls due."""
        with self._books.lock:
            for book in self._books.select(order.account):
                book.report_delay = order.seconds

    def receive(self, order: InboundOrder) -> None:
        """Let a phone text the account's number."""
        with self._books.lock:
            for book in self._books.select(order.account):
                message = SandboxInbound(order.phone, order.text, book.now, order.extension, order.signature)
                book.returns.receive(message)
        self._changed()

    def push_to(self, order: PushOrder) -> None:
        """Let reports and messages from phones that come from now on be posted, or be pulled."""
        url = order.url
        with self._books.lock:
            books = self._books.select(order.account)
            problems = [
                each
                for book in books
                if url is not None
                for each in push_problems(book.account, url, allow_remote=self._allow_remote)
            ]
            if problems:
                raise SandboxError([*dict.fromkeys(problems)])
            for book in books:
                book.returns.address = url
        self._changed()

    def advance(self, order: AdvanceOrder) -> None:
        """Let time pass at once."""
        with self._books.lock:
            self._books.clock.advance(order.seconds)
        self._changed()

    def reset(self) -> None:
        """Go back to the beginning: no texts, no reports, no faults, the true time, every account as it was made."""
        with self._books.lock:
            self._books.reset()
            self._plan.lift()
        self._changed()


def _state(book: AccountBook, url: str) -> AccountState:
    return AccountState(
        book.name, url, book.balance, book.rate, book.offset, book.requests, book.report_delay, book.address
    )


def _decide(kind: str, id_: str, shelves: Sequence[Shelf[ReviewedT]], order: ReviewOrder) -> int:
    having = [shelf for shelf in shelves if id_ in shelf]
    if not having:
        known = list(dict.fromkeys(item.id for shelf in shelves for item in shelf.all()))
        raise SandboxError(
            [Problem(kind, f"unknown {kind} {shown(id_)}; {choices(known) if known else 'there is none'}")]
        )
    for shelf in having:
        shelf.decide(id_, approve=order.approve, words=order.words)
    return len(having)

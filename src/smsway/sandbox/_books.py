"""What the sandbox keeps of every account: balance, rate, clock, and the texts that were accepted."""

from __future__ import annotations

import math
import secrets
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from threading import Lock
from typing import NamedTuple

from smsway.model import Problem, SandboxPusher, mask
from smsway.sandbox._account import SandboxAccount, TextPattern
from smsway.sandbox._clock import Clock
from smsway.sandbox._orders import EVERY, SandboxError, choices, shown
from smsway.sandbox._outbox import Outbox
from smsway.sandbox._reports import Returns
from smsway.sandbox._reviews import Shelf

_FIRST_NUMBER = 100_001


class Submission(NamedTuple):
    """One text that an account accepted; *at* is the vendor's clock in seconds since the epoch (UTC).

    *text* is what the phone shows, as far as the sandbox knows it; that of a *template* (an id) is filled in with its
    *params*, if the text of the template is known.
    """

    at: float
    account: str
    phone: str
    message_id: str
    reference: str | None
    template: str | None = None
    params: tuple[str, ...] = ()
    text: str | None = None

    def __repr__(self) -> str:
        return f"Submission({self.at}, {self.account!r}, {mask(self.phone)}, {self.message_id!r})"


class AccountBook:
    """One account as it stands now; *clock* is that of the sandbox."""

    def __init__(self, account: SandboxAccount, clock: Clock) -> None:
        self.account = account
        self.name = account.name
        self.texts = tuple(map(TextPattern.of, account.texts))
        self.senders = frozenset(account.senders)
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Go back to how the account was made."""
        filed, now = self.account, self._clock()
        self.balance = filed.balance
        self.rate = filed.rate
        self.offset = 0.0
        self.requests = 0
        self.report_delay = filed.report_delay
        self.templates = Shelf(filed.templates, now, filed.review_after)
        self.signatures = Shelf(filed.filed_signatures(), now, filed.review_after)
        pusher = filed.side if isinstance(filed.side, SandboxPusher) else None
        self.outbox = None if pusher is None else Outbox(self.name, pusher.push_rule)
        self.returns = Returns(self.outbox, filed.push_to)
        self._admitted: deque[float] = deque()

    @property
    def now(self) -> float:
        """The vendor's clock."""
        return self._clock() + self.offset

    @property
    def address(self) -> str | None:
        """Where reports and messages from phones are posted; `None` if they are pulled."""
        return self.returns.address

    @property
    def due_in(self) -> float | None:
        """The seconds until the next report falls due; `None` if none is on its way."""
        due = self.returns.next_due
        return None if due is None else due - self._clock()

    def settle(self) -> None:
        """Let everything happen that was to happen by now; it does not depend on how wrong the vendor's clock is."""
        now = self._clock()
        self.templates.settle(now)
        self.signatures.settle(now)
        self.returns.settle(now)

    def throttles(self, now: float) -> bool:
        """True if one more request at *now* exceeds the rate; refused requests do not count."""
        if self.rate is None:
            return False
        # A rate that is no whole number is kept by stretching the window: 1.5 per second is one in 2/3 s.
        most = max(int(self.rate), 1)
        window = most / self.rate
        while self._admitted and not now - window < self._admitted[0] <= now:
            self._admitted.popleft()
        return len(self._admitted) >= most

    def admit(self, now: float) -> None:
        """Note a request that was not throttled."""
        if self.rate is not None:
            self._admitted.append(now)


class Books:
    """All accounts, and the texts of all of them; *clock* gives seconds since the epoch until time is let pass.

    Whoever reads or writes holds *lock*.
    """

    def __init__(self, accounts: Sequence[SandboxAccount], clock: Callable[[], float]) -> None:
        self.lock = Lock()
        self.clock = Clock(clock)
        problems = [each for index, account in enumerate(accounts) for each in _problems(index, account)]
        self.accounts = {account.name: AccountBook(account, self.clock) for account in accounts}
        if len(self.accounts) < len(accounts):
            problems.append(Problem("accounts", "two have the same name; give each its own"))
        if problems:
            raise SandboxError(problems)
        self.texts: Counter[str] = Counter()
        self.submissions: list[Submission] = []
        # Never reset, so that an id is never given twice. The part that counts comes first: an id that ended with it
        # could end like a phone.
        self._ids = map(f"{{:08d}}{secrets.token_hex(4)}".format, count(1))
        filed = {each.id for account in accounts for each in account.templates}
        filed |= {each.id for account in accounts for each in account.filed_signatures()}
        self._numbers = (number for number in count(_FIRST_NUMBER) if str(number) not in filed)

    def new_id(self) -> str:
        """Return a message id that no other text has."""
        return next(self._ids)

    def new_number(self) -> int:
        """Return a number that was never given before, and that is no id of a template or signature."""
        return next(self._numbers)

    def select(self, account: str) -> list[AccountBook]:
        """Return the books of one account or of all (`*`); raises `SandboxError`."""
        if account != EVERY and account not in self.accounts:
            raise SandboxError(
                [Problem("account", f"unknown account {shown(account)}; {choices([*self.accounts, EVERY])}")]
            )
        chosen = list(self.accounts.values()) if account == EVERY else [self.accounts[account]]
        for book in chosen:
            book.settle()
        return chosen

    def commit(self, book: AccountBook, texts: Sequence[Submission], charged: int) -> None:
        """Note *texts* and charge for them."""
        if book.balance is not None:
            book.balance -= charged
        self.submissions.extend(texts)
        self.texts.update(text.phone for text in texts)

    def reset(self) -> None:
        """Forget all texts, and set every account back."""
        self.texts.clear()
        self.submissions.clear()
        self.clock.reset()
        for book in self.accounts.values():
            book.reset()


def _problems(index: int, account: SandboxAccount) -> Iterator[Problem]:
    where = f"accounts[{index}]"
    if account.name in ("", EVERY):
        yield Problem(f"{where}.name", f"{account.name!r} is no name; {EVERY!r} stands for all accounts")
    if account.rate is not None and not 0 < account.rate < math.inf:
        yield Problem(f"{where}.rate", f"{account.rate!r} is no rate; give requests per second, or `None` for no limit")
    for field in ("review_after", "report_delay"):
        seconds = getattr(account, field)
        if seconds is not None and not 0 <= seconds < math.inf:
            yield Problem(f"{where}.{field}", f"{seconds!r} is no time; give seconds from 0 on, or `None` for never")
    if not 0 <= (account.port or 0) < 65536:
        yield Problem(f"{where}.port", f"{account.port!r} is no port; give 1 to 65535, or `None` for any free port")

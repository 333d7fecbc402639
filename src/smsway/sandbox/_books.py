"""What the sandbox keeps of every account: balance, rate, clock, and the texts that were accepted."""

from __future__ import annotations

import math
import secrets
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from threading import Lock
from typing import NamedTuple

from smsway.model import Problem, mask
from smsway.sandbox._account import SandboxAccount, TextPattern
from smsway.sandbox._orders import EVERY, SandboxError, choices, shown


class Submission(NamedTuple):
    """One text that an account accepted; *at* is the vendor's clock in seconds since the epoch (UTC)."""

    at: float
    account: str
    phone: str
    message_id: str
    reference: str | None

    def __repr__(self) -> str:
        return f"Submission({self.at}, {self.account!r}, {mask(self.phone)}, {self.message_id!r})"


class AccountBook:
    """One account as it stands now."""

    def __init__(self, account: SandboxAccount) -> None:
        self.account = account
        self.name = account.name
        self.templates = {template.id: template for template in account.templates}
        self.texts = tuple(map(TextPattern.of, account.texts))
        self.signatures = frozenset(account.signatures)
        self.senders = frozenset(account.senders)
        self.reset()

    def reset(self) -> None:
        """Go back to how the account was made."""
        self.balance = self.account.balance
        self.rate = self.account.rate
        self.offset = 0.0
        self.requests = 0
        self._admitted: deque[float] = deque()

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
    """All accounts, and the texts of all of them; *clock* gives seconds since the epoch.

    Whoever reads or writes holds *lock*.
    """

    def __init__(self, accounts: Sequence[SandboxAccount], clock: Callable[[], float]) -> None:
        self.lock = Lock()
        self.clock = clock
        problems = [each for index, account in enumerate(accounts) for each in _problems(index, account)]
        self.accounts = {account.name: AccountBook(account) for account in accounts}
        if len(self.accounts) < len(accounts):
            problems.append(Problem("accounts", "two have the same name; give each its own"))
        if problems:
            raise SandboxError(problems)
        self.texts: Counter[str] = Counter()
        self.submissions: list[Submission] = []
        # Never reset, so that an id is never given twice. The part that counts comes first: an id that ended with it
        # could end like a phone.
        self._ids = map(f"{{:08d}}{secrets.token_hex(4)}".format, count(1))

    def new_id(self) -> str:
        """Return a message id that no other text has."""
        return next(self._ids)

    def select(self, account: str) -> list[AccountBook]:
        """Return the books of one account or of all (`*`); raises `SandboxError`."""
        if account == EVERY:
            return list(self.accounts.values())
        if account not in self.accounts:
            raise SandboxError(
                [Problem("account", f"unknown account {shown(account)}; {choices([*self.accounts, EVERY])}")]
            )
        return [self.accounts[account]]

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
        for book in self.accounts.values():
            book.reset()


def _problems(index: int, account: SandboxAccount) -> Iterator[Problem]:
    where = f"accounts[{index}]"
    if account.name in ("", EVERY):
        yield Problem(f"{where}.name", f"{account.name!r} is no name; {EVERY!r} stands for all accounts")
    if account.rate is not None and not 0 < account.rate < math.inf:
        yield Problem(f"{where}.rate", f"{account.rate!r} is no rate; give requests per second, or `None` for no limit")
    if not 0 <= (account.port or 0) < 65536:
        yield Problem(f"{where}.port", f"{account.port!r} is no port; give 1 to 65535, or `None` for any free port")

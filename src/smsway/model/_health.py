"""How an account is: what of it rests and why, what its last requests came to, and how fast it may be asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class BreakerState(StrEnum):
    """Whether something may be asked."""

    CLOSED = "closed"
    """It is asked."""
    HALF_OPEN = "half_open"
    """Its rest is over: one request at a time tries it."""
    OPEN = "open"
    """It rests, and is not asked."""


class Scope(StrEnum):
    """What kind of thing fails, and so rests."""

    ACCOUNT = "account"
    """The credential, or the vendor behind it."""
    CONNECTION = "connection"
    """The host, which all accounts with the same `base_url` share."""
    TEMPLATE = "template"
    """One template at one account."""
    SIGNATURE = "signature"
    """One signature or sender id at one account."""


@dataclass(frozen=True, slots=True)
class Domain:
    """What fails and rests as a whole.

    *name* is that of the account, the host, or the vendor's own of the template, signature or sender id; *account* is
    the account that the last three belong to, `None` for the others. A signature stands in *name* only, and neither in
    `str` nor in `repr`.
    """

    scope: Scope
    name: str
    account: str | None = None

    def __str__(self) -> str:
        match self.scope:
            case Scope.ACCOUNT:
                return f"account {self.name}"
            case Scope.CONNECTION:
                return f"connection to {self.name}"
            case Scope.TEMPLATE:
                return f"template {self.name} of account {self.account}"
            case Scope.SIGNATURE:
                return f"a signature of account {self.account}"

    def __repr__(self) -> str:
        return f"Domain({self})"


@dataclass(frozen=True, slots=True)
class DomainHealth:
    """The breaker of one domain.

    *cause* is what opened it, `None` if it is closed. *since* is when it came into this state, `None` if it was never
    in another; *until* is when its rest ends or ended, `None` if it is closed. Both are in seconds since the epoch
    (UTC).
    """

    domain: Domain
    state: BreakerState
    cause: str | None = None
    since: float | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """How one account is at the moment.

    *state*, *cause*, *since* and *until* are those of the account or of its connection, whichever rests longer, as in
    `DomainHealth`; an account whose provider is broken is open without an end. *requests* counts those of the last
    minute, *failures* those of them that failed, and *slow* those that took more than 8 seconds. *budget* is what is
    left of 500 tokens for retries that come here. *rate* is how many requests per second the account is sent at the
    moment at most and *full_rate* how many it may be sent as a rule, `None` for no limit. *templates* are its
    templates, signatures and sender ids that rest.
    """

    account: str
    state: BreakerState
    cause: str | None = None
    since: float | None = None
    until: float | None = None
    requests: int = 0
    failures: int = 0
    slow: int = 0
    budget: int = 0
    rate: float | None = None
    full_rate: float | None = None
    templates: tuple[DomainHealth, ...] = field(default=())

"""What guards remember, and what they ask of whatever keeps it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from smsway.guards._sliding import Ask, Counted, Party
from smsway.model import SmswayError

T = TypeVar("T")


class GuardError(SmswayError):
    """What the guards remember cannot be opened, read or written. The text names the way out, and nobody's phone."""


@dataclass(frozen=True, slots=True)
class OptOut:
    """That a phone wants no texts of *scope*, since then (seconds since the epoch, UTC), and where that is from.

    *scope* is a kind, or `all`. *source* is `inbound`, `api` or `import`.
    """

    scope: str
    since: float
    source: str


class GuardStore(Protocol):
    """Remembers under aliases. Each operation is done as a whole; all raise `GuardError` if it cannot be."""

    waits: bool
    """True if its operations may block."""

    def key(self, given: bytes | None) -> bytes:
        """Return the key of the aliases: *given*, or one of its own; `GuardError` if it was kept under another one."""
        ...

    def admit(self, parties: Sequence[Party], now: float, *, dry: bool = False) -> list[list[Ask]]:
        """Count *parties*, as `smsway.guards.admit`; *dry* only tells."""
        ...

    def known(self, keys: Collection[bytes]) -> Mapping[bytes, Counted]:
        """Return what is kept under *keys*; some of it may matter no more."""
        ...

    def change(self, keys: Collection[bytes], work: Callable[[MutableMapping[bytes, Counted]], T], now: float) -> T:
        """Let *work* read and change what is kept under *keys*, while nobody else does, and return what it returns."""
        ...

    def opted_out(self, phones: Collection[bytes]) -> Mapping[bytes, Sequence[OptOut]]:
        """Return the opt-outs of those of *phones* that have any."""
        ...

    def opt_out(self, phones: Sequence[bytes], what: OptOut) -> int:
        """Add *what* for *phones*; one that is there stays as it is. Return how many were added."""
        ...

    def opt_in(self, phone: bytes, scope: str | None) -> int:
        """Remove the opt-outs of *phone* from *scope*, or from all; return how many there were."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...

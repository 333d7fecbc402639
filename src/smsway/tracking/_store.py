"""What a tracker asks of a store: a few operations on sets of records, inside of transactions.

Keys are tuples, and a lookup takes any number of them at once; one that nothing has is passed over, and nothing comes
in any order unless that is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from enum import Enum, auto
from typing import Protocol, TypeAlias

from smsway.model import SmswayError
from smsway.tracking._records import Pull, Received, ReceivedInbound, ReceivedReport, Submission

LookupKey: TypeAlias = tuple[str | float, ...]


class StoreError(SmswayError):
    """The store cannot be opened, read or written. The text names it and the way out, and nothing that it holds."""


class Submissions(Enum):
    """By what submissions are looked up; each key is the tuple that stands here."""

    KEY = auto()
    """Attempt and phone."""
    NAME = auto()
    """Account, phone and the provider's message id."""
    OPEN = auto()
    """Account and phone: those that may have been sent under an id that the provider has not told."""
    PENDING = auto()
    """A time: those that began before it and have no answer."""
    CHAIN = auto()
    """Chain and phone."""
    REFERENCE = auto()
    """The application's reference."""
    RECIPIENT = auto()
    """The phone."""
    MESSAGE_ID = auto()
    """The provider's message id, or if it has not told any, that of the report that prevails."""


class Reports(Enum):
    """By what reports that count already (`Stage.MATCHED` and on) are looked up; each key is the tuple here."""

    NAME = auto()
    """Account, phone and the provider's message id."""
    NAMING = auto()
    """As before: those that were found, and name an attempt of ours as well."""
    MENTION = auto()
    """Account, phone and the attempt that our reference names."""
    LOOSE = auto()
    """Account, phone and a time: those that are loose, and were received since then."""


class Records(Protocol):
    """The records, inside of a transaction."""

    def submissions(self, by: Submissions, keys: Iterable[LookupKey]) -> list[Submission]:
        """Look submissions up."""
        ...

    def begin(self, submissions: Iterable[Submission]) -> None:
        """Add submissions; one whose key is there already is passed over."""
        ...

    def change(self, submissions: Iterable[Submission]) -> None:
        """Put submissions in the place of those with their keys: their chains, answers and what is known by now."""
        ...

    def add(self, received: Sequence[Received]) -> list[int]:
        """Add what came in, less what is there with the same identity; return the new numbers, in the order given.

        A later number is greater than an earlier one, whatever was pruned meanwhile.
        """
        ...

    def received(self, numbers: Iterable[int]) -> list[Received]:
        """Look up what came in, in the order of the numbers."""
        ...

    def reports(self, by: Reports, keys: Iterable[LookupKey]) -> list[ReceivedReport]:
        """Look up reports that count already."""
        ...

    def mark(self, received: Iterable[Received]) -> None:
        """Put the stage, and what a report was found to be, in the place of what they were."""
        ...

    def told(self, received: Iterable[Received]) -> None:
        """Note that somebody was told of it; not so if it was found meanwhile, for that is news again."""
        ...

    def untold(self, before: float) -> list[int]:
        """Return the numbers of what was received before a time and nobody was told of, the oldest first."""
        ...

    def unmatched(self) -> list[ReceivedReport]:
        """Return the reports that were matched to nobody, the newest first."""
        ...

    def inbound(self, since: float) -> list[ReceivedInbound]:
        """Return the messages from phones that were received since a time, the oldest first."""
        ...

    def keep(self, pull: Pull) -> int:
        """Add a pull, or put it in the place of the one with its number; return the number."""
        ...

    def forget(self, number: int) -> None:
        """Forget a pull."""
        ...

    def kept(self) -> list[Pull]:
        """Return all pulls, the oldest first."""
        ...

    def prune(self, before: float, unmatched_before: float, most: int) -> int:
        """Forget what is older, about *most* rows of each kind in one call; return how many rows.

        Those are submissions, and what came in and was told. A report that was matched to nobody goes
        if it was received before either time, and is counted. Pulls stay.
        """
        ...

    def orphans(self) -> int:
        """Return how many reports were forgotten that had been matched to nobody."""
        ...


class Store(Protocol):
    """Keeps what a tracker remembers. It may be used from several threads, and by several processes if it is durable.

    Everything in it raises `StoreError` if it cannot be done.
    """

    def reading(self) -> AbstractContextManager[Records]:
        """Begin a transaction that changes nothing, and sees nothing half done."""
        ...

    def writing(self, *, durable: bool = True) -> AbstractContextManager[Records]:
        """Begin a transaction; it waits until no other writes, and ends with everything done, or nothing if it raises.

        What was done survives the end of the process, and if *durable*, a failure of the power as well.
        """
        ...

    def take_turn(self, account: str, call: str, seconds: float) -> bool:
        """Let this store be the one through which *account* is pulled from by *call*, from now on for *seconds*.

        False if it is the turn of another one on the same records. What is taken again is prolonged, or cut short.
        A store of one machine leaves it to its user that one process pulls, and always says True.
        """
        ...

    def close(self) -> None:
        """Give everything back; a second time, nothing happens."""
        ...

"""What a vendor reviews: the templates or signatures of an account, each pending until somebody or time decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Generic, TypeVar

from smsway.model import Review, SandboxSignature, SandboxTemplate

ReviewedT = TypeVar("ReviewedT", SandboxTemplate, SandboxSignature)


class Shelf(Generic[ReviewedT]):
    """Items of one kind by their ids, the oldest first.

    One that is pending is approved by itself after *patience* seconds; `None` leaves it to `decide`. One that does not
    say when it came into being did so *now*.
    """

    def __init__(self, items: Iterable[ReviewedT], now: float, patience: float | None) -> None:
        self._patience = patience
        self._items: dict[str, ReviewedT] = {
            item.id: item if item.created_at else replace(item, created_at=now) for item in items
        }
        pending = (id_ for id_, item in self._items.items() if item.review is Review.PENDING)
        self._pending: dict[str, float] = dict.fromkeys(pending, now)

    def copy(self) -> Shelf[ReviewedT]:
        """Return a shelf of its own with the same items."""
        copied = Shelf[ReviewedT](self._items.values(), 0.0, self._patience)
        copied._pending = dict(self._pending)
        return copied

    def __contains__(self, id_: str) -> bool:
        return id_ in self._items

    def all(self) -> Sequence[ReviewedT]:
        """Return every item, whatever its review."""
        return tuple(self._items.values())

    def approved(self) -> Sequence[ReviewedT]:
        """Return the items that may be used."""
        return tuple(item for item in self._items.values() if item.review is Review.APPROVED)

    def find(self, id_: str) -> ReviewedT | None:
        """Return the item with this id if it may be used."""
        item = self._items.get(id_)
        return item if item is not None and item.review is Review.APPROVED else None

    def put(self, item: ReviewedT, now: float, created_at: float) -> None:
        """Add *item*, or put it in the place of the one with its id, which it came into being with.

        It is pending from now on, unless the one it replaces was through and had the same text.
        """
        old = self._items.get(item.id)
        kept = old is not None and old.text == item.text and old.review in (Review.APPROVED, Review.DISABLED)
        review, words = (old.review, old.words) if old is not None and kept else (Review.PENDING, "")
        if item.review is Review.PENDING:
            review, words = Review.PENDING, ""
        born = old.created_at if old is not None else item.created_at or created_at
        self._place(replace(item, review=review, words=words, created_at=born))
        if review is Review.PENDING:
            self._pending[item.id] = now

    def drop(self, id_: str) -> bool:
        """Delete an item; False if there is none with this id."""
        self._pending.pop(id_, None)
        return self._items.pop(id_, None) is not None

    def decide(self, id_: str, *, approve: bool, words: str) -> None:
        """Approve or reject the item with this id, with the reviewer's *words*."""
        review = Review.APPROVED if approve else Review.REJECTED
        self._place(replace(self._items[id_], review=review, words=words))

    def settle(self, now: float) -> None:
        """Approve whatever has been pending for long enough."""
        if self._patience is None or not self._pending:
            return
        for id_ in [each for each, since in self._pending.items() if since + self._patience <= now]:
            self.decide(id_, approve=True, words="")

    def _place(self, item: ReviewedT) -> None:
        self._items[item.id] = item
        self._pending.pop(item.id, None)

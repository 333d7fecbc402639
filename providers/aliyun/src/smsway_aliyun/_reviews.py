"""How far a review is, in the words of lists and in the numbers of the calls that look one up."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeVar

from smsway.provider import InvalidCall, Page, Review, SignatureInfo, TemplateInfo, UnexpectedResponse, clean
from smsway_aliyun._calls import Shape

InfoT = TypeVar("InfoT", TemplateInfo, SignatureInfo)

PER_PAGE: Final = 50

_REVIEWS: Mapping[str, Review] = MappingProxyType(
    {
        "0": Review.PENDING,
        "1": Review.APPROVED,
        "2": Review.REJECTED,
        # A review that was called off: nobody will decide, and it may not be used.
        "10": Review.DISABLED,
        "AUDIT_STATE_INIT": Review.PENDING,
        "AUDIT_STATE_PASS": Review.APPROVED,
        "AUDIT_STATE_NOT_PASS": Review.REJECTED,
        "AUDIT_STATE_CANCEL": Review.DISABLED,
        "AUDIT_SATE_CANCEL": Review.DISABLED,  # so spelt on the page of templates
    }
)


class Words(Shape):
    """What the reviewer says; of what was not rejected it is a phrase such as `No audit remarks`."""

    reject_info: str | None = None


def review_of(state: str | int, words: Words | None) -> tuple[Review, str | None]:
    """Return the review that a *state* means, and the reviewer's words if it was rejected.

    One that is not documented is pending, for such a one may not be usable, and must not hide the others.
    """
    review = _REVIEWS.get(str(state))
    if review is None:
        return Review.PENDING, clean(f"unknown state {state}")
    return review, clean(words.reject_info) if words and review is Review.REJECTED else None


_CURSOR = re.compile("[1-9][0-9]{0,8}")


def page_asked(cursor: str | None) -> dict[str, str]:
    """Return the parameters that ask for the page of *cursor*, which is its number; raises `InvalidCall`."""
    if cursor is not None and not (isinstance(cursor, str) and _CURSOR.fullmatch(cursor)):
        raise InvalidCall(
            f"cursor {cursor!r} is not from a page of Alibaba Cloud; give its `next`, or None to begin the list"
        )
    return {"PageIndex": cursor or "1", "PageSize": str(PER_PAGE)}


def page_of(items: Sequence[InfoT], cursor: str | None, total: int | None) -> Page[InfoT]:
    """Return *items* as the page of *cursor*; the one that is not full is the last."""
    if len({item.id for item in items}) < len(items):
        raise UnexpectedResponse("the list has an id twice")
    return Page(items, str(int(cursor or "1") + 1) if len(items) >= PER_PAGE else None, total)

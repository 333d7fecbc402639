"""What the answers about templates and those about signatures have in common: their records, one or many."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from smsway.provider import Response, Review, SignatureInfo, TemplateInfo, UnexpectedResponse, clean, decoding
from smsway_tencent_v5._calls import check_ids, read_answer
from smsway_tencent_v5._codes import REVIEWS
from smsway_tencent_v5._envelope import Answer, Integer, Text

InfoT = TypeVar("InfoT", TemplateInfo, SignatureInfo)

Reader: TypeAlias = Callable[[dict[str, Any]], InfoT]
"""Reads one record."""


class _Optional(TypedDict, total=False):
    text: Text | None
    reply: Text | None
    international: Integer | None
    apply_time: Text | None


class Record(_Optional):
    """The fields that a template and a signature share.

    Sources: cloud.tencent.com/document/product/382/5819 and 6040.
    """

    id: Integer
    status: Integer


class Verdict(NamedTuple):
    """What the review of a template or signature came to, and the reviewer's words."""

    review: Review
    words: str | None


def verdict_of(said: Record) -> Verdict:
    """Return how far the review is; under a status that is not documented nothing may be used, so it is pending."""
    status, words = said["status"], said.get("reply")
    review = REVIEWS.get(status)
    if review is None:
        return Verdict(Review.PENDING, clean(f"unknown status {status}{': ' if words else ''}{words or ''}"))
    return Verdict(review, clean(words))


_FLAGS: Mapping[int | None, bool] = MappingProxyType({0: False, 1: True})


def international(said: Record) -> bool | None:
    """Return whether it is for abroad; `None` for anything but 0 and 1."""
    return _FLAGS.get(said.get("international"))


class _One(Answer, total=False):
    data: dict[str, Any] | None


class _Many(Answer, total=False):
    total: Integer | None
    count: Integer | None
    data: list[dict[str, Any]] | None


_ONE: TypeAdapter[_One] = TypeAdapter(_One)
_MANY: TypeAdapter[_Many] = TypeAdapter(_Many)


def decode_one(response: Response, read: Reader[InfoT], id_: str | None) -> InfoT:
    """Read the answer about the one that was submitted, with *id_* if it had one by then.

    Raises `UnexpectedResponse`, also if it is another, and `CallFailed`.
    """
    with decoding(response):
        record = read_answer(response, _ONE).get("data")
        if record is None:
            raise UnexpectedResponse("the answer does not hold what was submitted")
        info = read(record)
        check_ids([info.id], [id_ or info.id])
        return info


class Listed(NamedTuple, Generic[InfoT]):
    """What an answer lists, and how many there are in all, if it tells."""

    items: list[InfoT]
    total: int | None


def decode_many(response: Response, read: Reader[InfoT]) -> Listed[InfoT]:
    """Read a list; raises `CallFailed`, and `UnexpectedResponse`, also if it counts others or has one twice."""
    with decoding(response):
        answer = read_answer(response, _MANY)
        items, count = [read(record) for record in answer.get("data") or ()], answer.get("count")
        if count is not None and count != len(items):
            raise UnexpectedResponse(f"the answer counts {clean(str(count))} items and lists {len(items)}")
        if len({item.id for item in items}) < len(items):
            raise UnexpectedResponse("the answer lists an id twice")
        return Listed(items, answer.get("total"))

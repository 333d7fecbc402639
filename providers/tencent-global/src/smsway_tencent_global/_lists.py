"""What templates and signatures have in common: deleted one by one, looked up by their ids, listed by pages."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from smsway.provider import (
    CallFailed,
    Exchange,
    InvalidCall,
    Page,
    Response,
    SignatureInfo,
    Stamp,
    TemplateInfo,
    UnexpectedResponse,
)
from smsway_tencent_global._calls import Api
from smsway_tencent_global._ids import MOST
from smsway_tencent_global._words import GLOBAL

InfoT = TypeVar("InfoT", TemplateInfo, SignatureInfo)

_DELETED = "return successfully"
"""`DeleteStatus` without the mark behind it, tencentcloud.com/document/product/382/40525 and 40533."""


def delete_each(
    api: Api, action: str, member: str, numbers: Sequence[int], stamp: Stamp, read: Callable[[Response], str]
) -> Exchange[None]:
    """Ask for *action* once for each of *numbers*, which stands in *member*; *read* returns the `DeleteStatus`.

    Raises `CallFailed` for the first that is refused, and `UnexpectedResponse` for the first whose answer does not say
    that it was deleted; their texts say how many were deleted before.
    """
    for done, number in enumerate(numbers):
        try:
            yield from api.ask(action, {member: number}, stamp, partial(_check_deleted, read))
        except (CallFailed, UnexpectedResponse) as error:
            if len(numbers) == 1:
                raise
            raise _told(error, done, len(numbers)) from None


def _check_deleted(read: Callable[[Response], str], response: Response) -> None:
    if read(response).strip().rstrip(string.punctuation).casefold() != _DELETED:
        raise UnexpectedResponse("the answer does not say that it was deleted")


def _told(error: CallFailed | UnexpectedResponse, done: int, count: int) -> CallFailed | UnexpectedResponse:
    """Return *error* with how many of *count* were *done* before it; part of the call was done if any were."""
    more = f"{done} of {count} were deleted before"
    if isinstance(error, UnexpectedResponse):
        return UnexpectedResponse(f"{error}; {more}")
    detail = f"{error.detail}; {more}" if error.detail else more
    return CallFailed(error.reason, error.code, detail, maybe_done=error.maybe_done or done > 0)


def look_up(
    api: Api,
    action: str,
    member: str,
    numbers: Sequence[int],
    stamp: Stamp,
    read: Callable[[Response], Sequence[InfoT]],
) -> Exchange[Sequence[InfoT]]:
    """Ask for those with *numbers*, which stand in *member*, in as many requests as it takes.

    Raises `UnexpectedResponse` for an answer with one that was not asked for, or with one twice.
    """
    found: list[InfoT] = []
    # No numbers are no request: the vendor takes none for all.
    for begin in range(0, len(numbers), MOST):
        asked = numbers[begin : begin + MOST]
        content = {"International": GLOBAL, member: asked}
        found += yield from api.ask(action, content, stamp, partial(_asked_for, asked, read))
    return tuple(found)


def _asked_for(
    asked: Sequence[int], read: Callable[[Response], Sequence[InfoT]], response: Response
) -> Sequence[InfoT]:
    items = _each_once(read, response)
    if not set(asked).issuperset(int(item.id) for item in items):
        raise UnexpectedResponse("the answer has an id that was not in the request")
    return items


def _each_once(read: Callable[[Response], Sequence[InfoT]], response: Response) -> Sequence[InfoT]:
    items = read(response)
    if len({int(item.id) for item in items}) < len(items):
        raise UnexpectedResponse("the answer has an id twice")
    return items


def list_page(
    api: Api, action: str, cursor: str | None, stamp: Stamp, read: Callable[[Response], Sequence[InfoT]]
) -> Exchange[Page[InfoT]]:
    """Ask for the page that begins at *cursor*, which is an offset in digits.

    Raises `UnexpectedResponse` for an answer with an id twice.
    """
    offset = 0 if cursor is None else _offset(cursor)
    content = {"International": GLOBAL, "Limit": MOST, "Offset": offset}
    items = yield from api.ask(action, content, stamp, partial(_each_once, read))
    # The vendor does not tell how many there are in all, so only a page that is not full is known to be the last.
    return Page(items, str(offset + MOST) if len(items) >= MOST else None)


def _offset(cursor: str) -> int:
    if isinstance(cursor, str) and re.fullmatch("[0-9]{1,9}", cursor):
        return int(cursor)
    raise InvalidCall(f"cursor: {cursor!r} is not from a page of tencent-global; give its `next`, or None to begin")

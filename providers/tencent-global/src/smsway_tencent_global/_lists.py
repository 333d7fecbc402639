"""What templates and signatures have in common: they are deleted one by one, and listed a page at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from smsway.provider import CallFailed, Exchange, InvalidCall, Page, Response, Stamp
from smsway_tencent_global._calls import Api
from smsway_tencent_global._ids import MOST
from smsway_tencent_global._words import GLOBAL

InfoT = TypeVar("InfoT")


def delete_each(
    api: Api, action: str, member: str, numbers: Sequence[int], stamp: Stamp, read: Callable[[Response], None]
) -> Exchange[None]:
    """Ask for *action* once for each of *numbers*, which stands in *member*.

    Raises `CallFailed` for the first that is refused; its text says how many were deleted before.
    """
    for done, number in enumerate(numbers):
        try:
            yield from api.ask(action, {member: number}, stamp, read)
        except CallFailed as failure:
            if len(numbers) == 1:
                raise
            raise failure.with_detail(f"{done} of {len(numbers)} were deleted before") from None


def list_page(
    api: Api, action: str, cursor: str | None, stamp: Stamp, read: Callable[[Response], Sequence[InfoT]]
) -> Exchange[Page[InfoT]]:
    """Ask for the page that begins at *cursor*, which is an offset in digits."""
    offset = 0 if cursor is None else _offset(cursor)
    content = {"International": GLOBAL, "Limit": MOST, "Offset": offset}
    items = yield from api.ask(action, content, stamp, read)
    # The vendor does not tell how many there are in all, so only a page that is not full is known to be the last.
    return Page(items, str(offset + MOST) if len(items) >= MOST else None)


def _offset(cursor: str) -> int:
    if re.fullmatch("[0-9]{1,9}", cursor):
        return int(cursor)
    raise InvalidCall(f"cursor: {cursor!r} is not from a page of tencent-global; give its `next`, or None to begin")

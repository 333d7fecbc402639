"""API 3.0 as the sandbox plays it: what templates and signatures have in common, their review and their lists.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

from smsway.provider import Review, SandboxDesk, SandboxSignature, SandboxTemplate
from smsway_tencentcloud._sandbox_body import Admitted, Refused

MOST = 100
"""How many ids one request can ask for, and how many items one page can have."""

STATUS_CODES: Mapping[Review, int] = MappingProxyType(
    {Review.APPROVED: 0, Review.PENDING: 1, Review.REJECTED: -1, Review.DISABLED: -1}
)
"""`StatusCode`; 2, approved but not yet in effect, is never answered."""

ItemT = TypeVar("ItemT", SandboxTemplate, SandboxSignature)


def find(items: Sequence[ItemT], number: int) -> ItemT | None:
    """Return the item with this id."""
    return next((item for item in items if item.id == str(number)), None)


def new_id(desk: SandboxDesk, taken: Container[str]) -> str:
    """Return an id that no item has."""
    while True:
        fresh = str(desk.new_number())
        if fresh not in taken:
            return fresh


def international(item: SandboxTemplate | SandboxSignature, call: Admitted) -> int:
    """Return `International` of an item."""
    known = item.extras.get("international")
    return known if isinstance(known, int) else call.plays.international


def listed(
    call: Admitted, items: Sequence[ItemT], kind: int, wanted: Sequence[int], limit: int, offset: int
) -> Sequence[ItemT]:
    """Return those items of a *kind* of `International` that are *wanted* by id, or else a page of all of them."""
    if kind not in (0, 1):
        raise Refused("InvalidParameterValue.InvalidInternational")
    if max(len(wanted), limit) > MOST or limit < 0 or offset < 0:
        raise Refused("InvalidParameterValue.LimitVerifyFail")
    known = [item for item in items if international(item, call) == kind]
    if not wanted:
        return known[offset : offset + limit]
    ids = {str(number) for number in wanted}
    return [item for item in known if item.id in ids]


def deletion(now: float) -> dict[str, object]:
    """Return what the vendor says of an item that it deleted."""
    return {"DeleteTime": int(now), "DeleteStatus": "return successfully!"}

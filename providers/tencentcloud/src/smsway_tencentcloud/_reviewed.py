"""What templates and signatures have in common: submitted for review, deleted one by one, looked up and listed."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Generic, NamedTuple, NotRequired, TypeAlias, TypeVar

from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

from smsway.provider import (
    CallFailed,
    Exchange,
    InvalidCall,
    Page,
    Response,
    Review,
    SignatureDraft,
    SignatureInfo,
    Stamp,
    TemplateDraft,
    TemplateInfo,
    UnexpectedResponse,
)
from smsway_tencentcloud._api import Api, content_of
from smsway_tencentcloud._ids import MOST, VendorId, number_of, numbers_of
from smsway_tencentcloud._words import reviewed

DraftT = TypeVar("DraftT", TemplateDraft, SignatureDraft)
InfoT = TypeVar("InfoT", TemplateInfo, SignatureInfo)

Record: TypeAlias = Mapping[str, object]
"""A template or signature as it came."""

MOST_DELETED = 200
"""How many can be deleted with one call, whose requests have one time.

The vendor deletes one a second, and takes a request for 5 minutes (tencentcloud.com/document/product/382/40463, 40466).
"""

_DELETED = "return successfully"
"""`DeleteStatus` without the mark behind it, tencentcloud.com/document/product/382/40525 and 40533."""


class Action(NamedTuple):
    """An action, and the member that its answer stands in."""

    name: str
    member: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed(Generic[DraftT, InfoT]):
    """What can be done with templates, or with signatures.

    *what* one of them is called here, and *id* the member that names it. *write* returns the members of a draft
    that becomes one of this `International`, or raises `InvalidCall`; *submitted* makes what is returned for a draft,
    from its new id and the vendor's record, and *read* from a record alone.
    """

    what: str
    id: str
    adds: Action
    modifies: Action
    deletes: Action
    describes: Action
    write: Callable[[DraftT, int], dict[str, object]]
    submitted: Callable[[str, DraftT, int, Record], InfoT]
    read: Callable[[Record], InfoT]

    def add(self, api: Api, draft: DraftT, stamp: Stamp) -> Exchange[InfoT]:
        """Submit a draft for review."""
        international = api.scope.international_of(abroad=draft.international)
        taken = partial(self._taken, self.adds, draft, international)
        return (yield from api.ask(self.adds.name, self.write(draft, international), stamp, taken))

    def modify(self, api: Api, id_: str, draft: DraftT, stamp: Stamp) -> Exchange[InfoT]:
        """Replace one that is not approved; raises `UnexpectedResponse` for an answer about another."""
        number = number_of(f"{self.what}_id", id_)
        international = api.scope.international_of(abroad=draft.international)
        content = {self.id: number, **self.write(draft, international)}
        replaced = partial(self._replaced, number, draft, international)
        return (yield from api.ask(self.modifies.name, content, stamp, replaced))

    def delete(self, api: Api, ids: Sequence[str], stamp: Stamp) -> Exchange[None]:
        """Delete those with *ids*, with a request for each.

        Raises `UnexpectedResponse` for the first answer that does not say that it was deleted. Whatever fails says how
        many were deleted before.
        """
        numbers = numbers_of(f"{self.what}_ids", ids)
        if len(numbers) > MOST_DELETED:
            raise InvalidCall(
                f"{self.what}_ids: {len(numbers)} take the vendor too long to delete; give {MOST_DELETED} at most"
            )
        for done, number in enumerate(numbers):
            before = f"{done} of {len(numbers)} were deleted before"
            try:
                yield from api.ask(self.deletes.name, {self.id: number}, stamp, self._check_deleted)
            except CallFailed as error:
                raise (error.with_detail(before) if len(numbers) > 1 else error) from None
            except UnexpectedResponse as error:
                raise (UnexpectedResponse(f"{error}; {before}") if len(numbers) > 1 else error) from None

    def get(self, api: Api, ids: Sequence[str], stamp: Stamp) -> Exchange[Sequence[InfoT]]:
        """Look those with *ids* up, in as many requests as it takes.

        What is not found under one `International` is asked for under the next. Raises `UnexpectedResponse` for an
        answer with one that was not asked for, or with one twice.
        """
        numbers = numbers_of(f"{self.what}_ids", ids)
        found: list[InfoT] = []
        for international in api.scope.internationals:
            new = yield from self._get(api, international, numbers, stamp)
            known = {int(info.id) for info in new}
            numbers = [number for number in numbers if number not in known]
            found += new
        return tuple(found)

    def _get(self, api: Api, international: int, numbers: Sequence[int], stamp: Stamp) -> Exchange[Sequence[InfoT]]:
        found: list[InfoT] = []
        # No numbers are no request: the vendor takes none for all.
        for begin in range(0, len(numbers), MOST):
            asked = numbers[begin : begin + MOST]
            content = {"International": international, f"{self.id}Set": asked}
            found += yield from api.ask(self.describes.name, content, stamp, partial(self._asked_for, asked))
        return found

    def list(self, api: Api, cursor: str | None, stamp: Stamp) -> Exchange[Page[InfoT]]:
        """Return the page that begins at *cursor*; the vendor has one list for each `International`.

        Raises `UnexpectedResponse` for an answer with an id twice.
        """
        internationals = api.scope.internationals
        turn, offset = _place(cursor, len(internationals))
        content = {"International": internationals[turn], "Limit": MOST, "Offset": offset}
        items = yield from api.ask(self.describes.name, content, stamp, self._listed)
        # The vendor does not tell how many there are in all, so only a page that is not full is known to be the last.
        if len(items) >= MOST:
            return Page(items, _cursor(turn, offset + MOST))
        return Page(items, _cursor(turn + 1, 0) if turn + 1 < len(internationals) else None)

    def _taken(self, action: Action, draft: DraftT, international: int, response: Response) -> InfoT:
        record = _RECORD.validate_python(_held(action, response))
        return self.submitted(_ID.validate_python(record[self.id]), draft, international, record)

    def _replaced(self, asked: int, draft: DraftT, international: int, response: Response) -> InfoT:
        info = self._taken(self.modifies, draft, international, response)
        if int(info.id) != asked:
            raise UnexpectedResponse(f"the answer speaks of a {self.what} that was not in the request")
        return info

    def _check_deleted(self, response: Response) -> None:
        status = _DELETION.validate_python(_held(self.deletes, response))["DeleteStatus"]
        if status.strip().rstrip(string.punctuation).casefold() != _DELETED:
            raise UnexpectedResponse("the answer does not say that it was deleted")

    def _listed(self, response: Response) -> tuple[InfoT, ...]:
        items = tuple(map(self.read, _RECORDS.validate_python(_held(self.describes, response)) or ()))
        if len({int(item.id) for item in items}) < len(items):
            raise UnexpectedResponse("the answer has an id twice")
        return items

    def _asked_for(self, asked: Sequence[int], response: Response) -> tuple[InfoT, ...]:
        items = self._listed(response)
        if not set(asked).issuperset(int(item.id) for item in items):
            raise UnexpectedResponse("the answer has an id that was not in the request")
        return items


class Told(TypedDict):
    """The members that a template and a signature share, tencentcloud.com/document/product/382/40473."""

    StatusCode: Annotated[int, Field(strict=True)]
    ReviewReply: NotRequired[str | None]
    International: NotRequired[int | None]
    CreateTime: NotRequired[int | None]


class Shared(TypedDict):
    """What those members mean."""

    review: Review
    detail: str | None
    international: bool | None
    created_at: float | None


def shared(told: Told) -> Shared:
    """Return what the shared members of a record mean, by the names of the fields that they fill."""
    review, detail = reviewed(told["StatusCode"], told.get("ReviewReply"))
    international, created = told.get("International"), told.get("CreateTime")
    return Shared(
        review=review,
        detail=detail,
        international=None if international is None else international != 0,
        created_at=float(created) if created else None,
    )


class _Deletion(TypedDict):
    DeleteStatus: str


_CONTENT = TypeAdapter(dict[str, object])
_ID: TypeAdapter[str] = TypeAdapter(VendorId)
_RECORD = TypeAdapter(dict[str, object])
_RECORDS = TypeAdapter(list[dict[str, object]] | None)
_DELETION = TypeAdapter(_Deletion)


def _held(action: Action, response: Response) -> object:
    return content_of(response, _CONTENT)[action.member]


_CURSOR = re.compile("(?:([1-9])-)?([0-9]{1,9})")


def _place(cursor: str | None, lists: int) -> tuple[int, int]:
    """Return which of so many *lists* the *cursor* is in, and the offset in it; raises `InvalidCall`."""
    if cursor is None:
        return 0, 0
    found = _CURSOR.fullmatch(cursor) if isinstance(cursor, str) else None
    if found is None or (turn := int(found[1] or 0)) >= lists:
        raise InvalidCall(f"cursor: {cursor!r} is not from a page of TencentCloud; give its `next`, or None to begin")
    return turn, int(found[2])


def _cursor(turn: int, offset: int) -> str:
    """Return what names a place: the offset, after the number of the list if it is not the first."""
    return f"{turn}-{offset}" if turn else str(offset)

"""What templates and signatures have in common: deleted, looked up, and looked up once more after a change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from smsway.provider import (
    CallFailed,
    Exchange,
    InvalidCall,
    Response,
    SignatureInfo,
    TemplateInfo,
    UnexpectedResponse,
)
from smsway_usms._calls import Members, Shape, known_ids, numbered, read_answer, write_call
from smsway_usms._config import UsmsConfig

InfoT = TypeVar("InfoT", TemplateInfo, SignatureInfo)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed(Generic[InfoT]):
    """What can be done with templates, or with signatures.

    *what* one of them is called here, and *id* the parameter that names it. *queries* and *deletes* are the actions,
    *none* is the RetCode of what is not there, and *read* reads the Data of an answer.
    """

    what: str
    id: str
    queries: str
    deletes: str
    none: str
    read: Callable[[Members], InfoT]

    def delete(self, config: UsmsConfig, ids: Sequence[str]) -> Exchange[None]:
        """Delete those with *ids*, in one request."""
        known = known_ids(self.what, ids)
        if not known:
            raise InvalidCall(f"no {self.what} is named; give the ids of those to delete")
        response = yield write_call(config, self.deletes, numbered(f"{self.id}s", known))
        read_answer(response, self.deletes, lambda _: None)

    def get(self, config: UsmsConfig, ids: Sequence[str]) -> Exchange[list[InfoT]]:
        """Look those with *ids* up, with a request for each."""
        found: list[InfoT] = []
        for id_ in known_ids(self.what, ids):
            info = yield from self.find(config, {self.id: id_}, partial(_has_id, id_))
            if info is not None:
                found.append(info)
        return found

    def find(
        self, config: UsmsConfig, by: Mapping[str, str], asked_for: Callable[[InfoT], bool]
    ) -> Exchange[InfoT | None]:
        """Look up the one that is *asked_for*, *by* a parameter; `None` if there is none."""
        response = yield write_call(config, self.queries, by)
        return self._found(response, asked_for)

    def after_change(self, config: UsmsConfig, changed: InfoT) -> Exchange[InfoT]:
        """Look up the one that was *changed*, for the answer to that tells nothing."""
        try:
            response = yield write_call(config, self.queries, {self.id: changed.id})
        except CallFailed as failure:
            raise failure.with_detail(f"the {self.what} was changed before, and only looking it up failed") from None
        try:
            return self._found(response, partial(_has_id, changed.id)) or changed
        except (CallFailed, UnexpectedResponse):
            return changed  # it is, whatever the look-up says

    def _found(self, response: Response, asked_for: Callable[[InfoT], bool]) -> InfoT | None:
        try:
            return read_answer(response, self.queries, partial(self._told, asked_for))
        except CallFailed as refusal:
            if refusal.code == self.none:
                return None
            raise

    def _told(self, asked_for: Callable[[InfoT], bool], members: Members) -> InfoT | None:
        data = _Told.model_validate(members).data
        if not data:
            return None
        info = self.read(data)
        if not asked_for(info):
            raise UnexpectedResponse(f"the answer speaks of a {self.what} that was not asked for")
        return info


class _Told(Shape):
    data: dict[str, Any] | None = None


def _has_id(asked: str, info: TemplateInfo | SignatureInfo) -> bool:
    return info.id == asked

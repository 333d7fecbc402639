"""What an application says to whom, before any provider is thought of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeAlias

from smsway.model._phone import mask

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def _nothing() -> Mapping[str, Any]:
    return _NOTHING


class Kind(StrEnum):
    """What a message is for; it decides time limits, routes and what happens when an outcome is unknown."""

    OTP = "otp"
    NOTIFICATION = "notification"
    MARKETING = "marketing"


@dataclass(frozen=True, slots=True)
class Text:
    """Content as plain text; only accounts that take free text can carry it."""

    text: str

    def __repr__(self) -> str:
        return f"Text(<{len(self.text)} characters>)"


@dataclass(frozen=True, slots=True)
class Template:
    """Content by a name of the catalogue, with its named *params*."""

    name: str
    params: Mapping[str, str] = field(default_factory=_nothing)

    def __repr__(self) -> str:
        return f"Template({self.name!r}, <{len(self.params)} params>)"


Content: TypeAlias = Text | Template


@dataclass(frozen=True, slots=True)
class Recipient:
    """One phone to text.

    *phone* is in E.164, or in national form where the message or the configuration names a region.
    *params* override the template's params for this recipient. *reference* is the application's own
    name for this recipient's text and comes back in the outcome.
    """

    phone: str
    params: Mapping[str, str] = field(default_factory=_nothing)
    reference: str | None = None

    def __repr__(self) -> str:
        return f"Recipient({mask(str(self.phone))}, <{len(self.params)} params>)"


class _Addressed:
    """Makes the `to` of a message of what was given for it once somebody looks: to send, nobody needs to."""

    __slots__ = ("given",)

    given: tuple[str | Recipient, ...]

    def __getattr__(self, name: str) -> Any:
        value: object
        match name:
            case "to":
                value = tuple(Recipient(each) if isinstance(each, str) else each for each in self.given)
            case "given":
                # A copy has only the fields.
                value = object.__getattribute__(self, "to")
            case _:
                # Asked again, it says what is lacking, which may be something inside a property of a subclass.
                return object.__getattribute__(self, name)
        object.__setattr__(self, name, value)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(_Addressed):
    """A text to one or many recipients.

    *to* is a phone, a `Recipient` or any iterable of both. *region* (ISO 3166-1 alpha-2) lets phones
    stand in national form. *signature* and *sender* are names of the catalogue; `None` takes the
    account's. *accounts* restricts the candidates to these accounts, in the route's order. *within* is
    the time in seconds that the whole delivery may take, failover included; no attempt begins later.
    *options* are a provider's own extras under its name, validated by that provider. *caller* (up to 64 characters) is
    who asked for it, such as a user id or an address, for guards that count; it is not sent.
    """

    to: tuple[Recipient, ...]
    content: Content
    kind: Kind = Kind.NOTIFICATION
    reference: str | None = None
    region: str | None = None
    signature: str | None = None
    sender: str | None = None
    accounts: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    within: float | None = None
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=_nothing)
    caller: str | None = None

    def __init__(
        self,
        *,
        to: str | Recipient | Iterable[str | Recipient],
        content: Content | str,
        kind: Kind | str = Kind.NOTIFICATION,
        reference: str | None = None,
        region: str | None = None,
        signature: str | None = None,
        sender: str | None = None,
        accounts: Iterable[str] = (),
        tags: Iterable[str] = frozenset(),
        within: float | None = None,
        options: Mapping[str, Mapping[str, Any]] = _NOTHING,
        caller: str | None = None,
    ) -> None:
        set_ = object.__setattr__
        set_(self, "given", _given(to))
        set_(self, "content", Text(content) if isinstance(content, str) else content)
        # What is wrong is kept as it is: normalizing the message names it beside every other problem.
        set_(self, "kind", Kind(kind) if isinstance(kind, str) and kind in _KINDS else kind)
        set_(self, "reference", reference)
        set_(self, "region", region)
        set_(self, "signature", signature)
        set_(self, "sender", sender)
        set_(self, "accounts", _collected(accounts, tuple))
        set_(self, "tags", _collected(tags, frozenset))
        set_(self, "within", within)
        set_(self, "options", options)
        set_(self, "caller", caller)

    def __repr__(self) -> str:
        count = len(self.given)
        return f"Message(<{count} {'recipient' if count == 1 else 'recipients'}>, {self.content!r}, {self.kind!s})"


_KINDS = frozenset(Kind)


def _given(to: str | Recipient | Iterable[str | Recipient]) -> tuple[Any, ...]:
    # The usual ones first: to ask an abstract class takes longer than all the rest.
    if isinstance(to, list | tuple):
        return tuple(to)
    return (to,) if isinstance(to, str | Recipient) or not isinstance(to, Iterable) else tuple(to)


def _collected(names: object, kind: type[tuple[Any, ...] | frozenset[Any]]) -> object:
    """Return names, or the one name, as a collection; what is neither is returned as it is."""
    if type(names) is kind:
        return names
    if isinstance(names, str):
        return kind((names,))
    try:
        return kind(names) if isinstance(names, Iterable) else names
    except TypeError:
        return names

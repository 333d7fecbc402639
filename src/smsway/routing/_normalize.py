"""Checks a message once and as a whole, and takes it apart into one journey per recipient."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, TypeGuard

import pydantic
from phonenumbers import SUPPORTED_REGIONS

from smsway.model import (
    LONGEST_CALLER,
    InvalidMessage,
    Kind,
    Locator,
    Message,
    Phone,
    Problem,
    Recipient,
    Template,
    Text,
    mask,
)
from smsway.provider import Options
from smsway.routing._catalogue import Catalogue, TemplateEntry
from smsway.routing._journey import Envelope, Journey


def hint(name: str, known: object) -> str:
    """Say what *name* may have been meant to be, and what there is."""
    names = [str(each) for each in known] if isinstance(known, (list, tuple, dict, set, frozenset)) else []
    close = get_close_matches(name, names, 1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; there are: {', '.join(sorted(names))}" if names else "; there are none"


@dataclass(frozen=True, slots=True)
class Normalizer:
    """Knows what a message may refer to."""

    catalogue: Catalogue
    accounts: tuple[str, ...]
    options: Mapping[str, type[Options] | None]
    region: str | None = None

    def __call__(self, message: Message, number: int = 0, now: float = 0.0) -> list[Journey]:
        """Return the journeys of *message*, in the order of its recipients.

        *now* is the engine's monotonic clock. Raises `InvalidMessage` with every problem, each with its position.
        """
        problems = list(self._problems(message))
        expires = None if problems or message.within is None else now + message.within
        template = message.content.name if isinstance(message.content, Template) else None
        options = {} if problems else self._options(message)
        envelope = Envelope(number, message, template, options, expires)
        region = message.region or self.region
        locate = Locator(region if isinstance(region, str) else None)
        phones = _all_alike(message, locate)
        if phones:
            problems += self._lacking(message, _own(message))
            country, reference = locate.country, message.reference
            journeys = [Journey(envelope, index, phone, country, None, reference) for index, phone in enumerate(phones)]
        else:
            journeys = self._each(envelope, locate, problems)
        if problems:
            raise InvalidMessage(problems)
        return journeys

    def _each(self, envelope: Envelope, locate: Locator, problems: list[Problem]) -> list[Journey]:
        """Return a journey for each recipient of whom there is nothing to add to *problems*."""
        message, journeys = envelope.message, list[Journey]()
        own, lacks_looked_for = _own(message), False
        for index, given in enumerate(message.given):
            raw, params, reference = given, None, message.reference
            if isinstance(given, Recipient):
                raw = given.phone
                reference = reference if given.reference is None else given.reference
            if not isinstance(raw, str):
                problems.append(Problem(f"to[{index}]", "is neither a phone nor a Recipient"))
                continue
            if isinstance(given, Recipient) and given.params:
                bad = list(self._own_params_problems(message, given, index))
                problems += bad
                params = None if bad else {**own, **given.params}
            elif not lacks_looked_for:
                # Once for all that have no params of their own.
                lacks_looked_for = True
                problems += self._lacking(message, own)
            try:
                phone, country = locate(raw)
            except ValueError as error:
                problems.append(Problem(f"to[{index}]", f"{mask(raw)!r} {error}"))
                continue
            journeys.append(Journey(envelope, index, phone, country, params, reference))
        return journeys

    def _entry(self, message: Message) -> TemplateEntry | None:
        """Return the template of *message*, if it has one and the catalogue knows it."""
        content = message.content
        if isinstance(content, Template) and isinstance(content.name, str):
            return self.catalogue.templates.get(content.name)
        return None

    def _lacking(self, message: Message, own: Collection[str]) -> Iterable[Problem]:
        entry = self._entry(message)
        return _lacking("content.params", own, entry) if entry else ()

    def _own_params_problems(self, message: Message, recipient: Recipient, index: int) -> Iterator[Problem]:
        """Whatever is wrong with a recipient's own params, alone and with those of the message."""
        where, entry, own = f"to[{index}].params", self._entry(message), _own(message)
        if not isinstance(message.content, Template):
            yield Problem(where, "params need a Template, and the content is Text")
        elif not _is_mapping(recipient.params):
            yield from _no_mapping(where, recipient.params)
        elif entry is not None:
            yield from _params_problems(where, recipient.params, entry)
            yield from _lacking(where, {*own, *recipient.params}, entry)

    def _problems(self, message: Message) -> Iterator[Problem]:
        """Whatever is wrong with the message apart from its recipients."""
        if not message.given:
            yield Problem("to", "names no recipient")
        yield from self._content_problems(message)
        if not isinstance(message.kind, Kind):
            yield Problem("kind", f"{message.kind!r} is none of {', '.join(Kind)}")
        region = message.region
        if region is not None and not (isinstance(region, str) and region in SUPPORTED_REGIONS):
            yield Problem("region", f"{region!r} is not an ISO 3166-1 alpha-2 code such as 'CN'")
        if message.within is not None and not (isinstance(message.within, (int, float)) and message.within > 0):
            yield Problem("within", f"{message.within!r} is not a number of seconds above 0")
        for what, name, names in (
            ("signature", message.signature, self.catalogue.signatures),
            ("sender", message.sender, self.catalogue.senders),
        ):
            if name is not None and not (isinstance(name, str) and name in names):
                yield Problem(what, f"{name!r} is not in the catalogue{hint(str(name), dict(names))}")
        yield from _caller_problems(message.caller)
        yield from _names_problems("accounts", message.accounts, tuple)
        for name in message.accounts if isinstance(message.accounts, tuple) else ():
            if isinstance(name, str) and name not in self.accounts:
                yield Problem("accounts", f"{name!r} is not configured{hint(name, self.accounts)}")
        yield from _names_problems("tags", message.tags, frozenset)
        if _is_mapping(message.options):
            yield from self._option_problems(message)
        else:
            yield Problem("options", f"is of type {type(message.options).__name__}; give a mapping by provider")

    def _content_problems(self, message: Message) -> Iterator[Problem]:
        content = message.content
        if isinstance(content, Text):
            yield from _text_problems("content", content.text)
        elif not isinstance(content, Template):
            yield Problem("content", f"is of type {type(content).__name__}; give Text, Template or a str")
        elif not isinstance(content.name, str):
            yield Problem("content", f"names a template of type {type(content.name).__name__}; a name is a str")
        elif content.name not in self.catalogue.templates:
            known = dict(self.catalogue.templates)
            yield Problem("content", f"template {content.name!r} is not in the catalogue{hint(content.name, known)}")
        else:
            yield from _params_problems("content.params", content.params, self.catalogue.templates[content.name])

    def _option_problems(self, message: Message) -> Iterator[Problem]:
        for provider, values in message.options.items():
            if provider not in self.options:
                known = dict(self.options)
                yield Problem(f"options.{provider}", f"is no configured provider{hint(str(provider), known)}")
                continue
            model = self.options[provider]
            if model is None:
                yield Problem(f"options.{provider}", "the provider takes no options")
                continue
            try:
                model.model_validate(values)
            except pydantic.ValidationError as error:
                for each in error.errors(include_url=False, include_context=False, include_input=False):
                    place = ".".join(map(str, ("options", provider, *each["loc"])))
                    extra = (
                        hint(str(each["loc"][-1]), list(model.model_fields))
                        if each["type"] == "extra_forbidden"
                        else ""
                    )
                    yield Problem(place, f"{each['msg']}{extra}")

    def _options(self, message: Message) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for provider, values in message.options.items():
            model = self.options[provider]
            if model is not None:
                found[provider] = model.model_validate(values)
        return found


def _all_alike(message: Message, locate: Locator) -> list[Phone] | None:
    """Return the phones of *message* if they are texts, and in E.164 and one country from the second on; else `None`.

    Mostly they are. *locate* tells then which country that is.
    """
    if set(map(type, message.given)) != _TEXTS:
        return None
    # As such before they are looked at: a traceback shows phones masked, and texts as they are.
    phones = list(map(Phone, message.given))
    try:
        phones[0], _ = locate(phones[0])
    except ValueError:
        return None
    return phones if locate.are_alike(phones[1:]) else None


_TEXTS = {str}


def _is_mapping(value: object) -> TypeGuard[Mapping[Any, Any]]:
    # The usual ones first: to ask an abstract class takes longer than all the rest.
    return type(value) in _MAPPINGS or isinstance(value, Mapping)


_MAPPINGS = frozenset((dict, MappingProxyType))


def _names_problems(where: str, names: object, kind: type[Iterable[object]]) -> Iterator[Problem]:
    """Say if *names* are not a collection of str."""
    if not isinstance(names, kind):
        yield Problem(where, f"is of type {type(names).__name__}; give names")
    else:
        yield from (
            Problem(where, f"holds a {type(each).__name__}; names are str")
            for each in names
            if not isinstance(each, str)
        )


def _caller_problems(caller: object) -> Iterator[Problem]:
    if caller is None or (isinstance(caller, str) and 0 < len(caller) <= LONGEST_CALLER and _encodable(caller)):
        return
    # Not quoted: it may be an address.
    yield Problem("caller", f"is not a text of 1 to {LONGEST_CALLER} characters")


def _own(message: Message) -> Mapping[str, str]:
    params = message.content.params if isinstance(message.content, Template) else {}
    return params if _is_mapping(params) else {}


def _params_problems(where: str, params: Mapping[str, str], entry: TemplateEntry) -> Iterator[Problem]:
    """Whatever is wrong with params as they stand, given to the message or to a recipient."""
    if not _is_mapping(params):
        yield from _no_mapping(where, params)
        return
    for name, value in params.items():
        if name not in entry.params:
            what = f"template {entry.name!r} has no such param{hint(str(name), entry.params)}"
            yield Problem(f"{where}.{name}", what)
        elif isinstance(value, str):
            yield from _text_problems(f"{where}.{name}", value, empty=True)
        else:
            yield Problem(f"{where}.{name}", f"is of type {type(value).__name__}; params are str")


def _no_mapping(where: str, params: object) -> Iterator[Problem]:
    yield Problem(where, f"is of type {type(params).__name__}; params are a mapping of str to str")


def _lacking(where: str, params: Collection[str], entry: TemplateEntry) -> Iterator[Problem]:
    for name in entry.params:
        if name not in params:
            yield Problem(where, f"lacks {name!r}, which template {entry.name!r} needs")


def _text_problems(where: str, text: object, *, empty: bool = False) -> Iterator[Problem]:
    if not isinstance(text, str):
        yield Problem(where, f"is of type {type(text).__name__}; text is a str")
    elif not text and not empty:
        yield Problem(where, "is empty")
    elif not _encodable(text):
        yield Problem(where, "holds half of a surrogate pair, which no encoding can carry")


def _encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

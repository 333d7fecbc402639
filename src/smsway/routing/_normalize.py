"""Checks a message once and as a whole, and takes it apart into one journey per recipient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import pydantic
from phonenumbers import SUPPORTED_REGIONS

from smsway.model import InvalidMessage, Kind, Message, Problem, Recipient, Template, Text, mask, parse_phone
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
        entry = self.catalogue.templates.get(template) if template else None
        journeys = []
        shared_checked = False
        region = message.region or self.region
        for index, recipient in enumerate(message.to):
            if not isinstance(recipient, Recipient) or not isinstance(recipient.phone, str):
                problems.append(Problem(f"to[{index}]", "is neither a phone nor a Recipient"))
                continue
            try:
                phone = parse_phone(recipient.phone, region)
            except ValueError as error:
                problems.append(Problem(f"to[{index}]", f"{mask(recipient.phone)!r} {error}"))
                continue
            params = None
            if recipient.params or not shared_checked:
                # Those without params of their own all have the message's, which are checked once.
                shared_checked = shared_checked or not recipient.params
                problems += _params_problems(message, recipient, entry, index)
                if recipient.params and entry and not problems:
                    params = {**_own(message), **recipient.params}
            reference = recipient.reference if recipient.reference is not None else message.reference
            journeys.append(Journey(envelope, index, phone, phone.country, params, reference))
        if problems:
            raise InvalidMessage(problems)
        return journeys

    def _problems(self, message: Message) -> Iterator[Problem]:
        """Whatever is wrong with the message apart from its recipients."""
        if not message.to:
            yield Problem("to", "names no recipient")
        yield from self._content_problems(message)
        if not isinstance(message.kind, Kind):
            yield Problem("kind", f"{message.kind!r} is none of {', '.join(Kind)}")
        if message.region is not None and message.region not in SUPPORTED_REGIONS:
            yield Problem("region", f"{message.region!r} is not an ISO 3166-1 alpha-2 code such as 'CN'")
        if message.within is not None and not (isinstance(message.within, (int, float)) and message.within > 0):
            yield Problem("within", f"{message.within!r} is not a number of seconds above 0")
        for what, name, names in (
            ("signature", message.signature, self.catalogue.signatures),
            ("sender", message.sender, self.catalogue.senders),
        ):
            if name is not None and name not in names:
                yield Problem(what, f"{name!r} is not in the catalogue{hint(str(name), dict(names))}")
        for name in message.accounts:
            if name not in self.accounts:
                yield Problem("accounts", f"{name!r} is not configured{hint(str(name), self.accounts)}")
        yield from self._option_problems(message)

    def _content_problems(self, message: Message) -> Iterator[Problem]:
        content = message.content
        if isinstance(content, Text):
            yield from _text_problems("content", content.text)
        elif not isinstance(content, Template):
            yield Problem("content", f"is a {type(content).__name__}; give Text, Template or a str")
        elif content.name not in self.catalogue.templates:
            known = dict(self.catalogue.templates)
            yield Problem(
                "content", f"template {content.name!r} is not in the catalogue{hint(str(content.name), known)}"
            )

    def _option_problems(self, message: Message) -> Iterator[Problem]:
        for provider, values in message.options.items():
            if provider not in self.options:
                yield Problem(f"options.{provider}", f"is no configured provider{hint(provider, dict(self.options))}")
                continue
            model = self.options[provider]
            if model is None:
                yield Problem(f"options.{provider}", "the provider takes no options")
                continue
            try:
                model.model_validate(values)
            except pydantic.ValidationError as error:
                for each in error.errors(include_url=False, include_context=False, include_input=False):
                    place = ".".join(str(part) for part in each["loc"])
                    extra = hint(place, list(model.model_fields)) if each["type"] == "extra_forbidden" else ""
                    yield Problem(f"options.{provider}.{place}", f"{each['msg']}{extra}")

    def _options(self, message: Message) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for provider, values in message.options.items():
            model = self.options[provider]
            if model is not None:
                found[provider] = model.model_validate(values)
        return found


def _own(message: Message) -> Mapping[str, str]:
    return message.content.params if isinstance(message.content, Template) else {}


def _params_problems(message: Message, recipient: Recipient, entry: TemplateEntry | None, index: int) -> list[Problem]:
    """Whatever is wrong with the params that this recipient ends up with."""
    if entry is None:
        own = bool(recipient.params) and not isinstance(message.content, Template)
        return [_params_without_template(index)] if own else []
    params = {**_own(message), **recipient.params}
    where = f"to[{index}].params" if recipient.params else "content.params"
    problems = [
        Problem(f"{where}.{name}", f"template {entry.name!r} has no such param{hint(str(name), entry.params)}")
        for name in params
        if name not in entry.params
    ]
    problems += [
        Problem(where, f"lacks {name!r}, which template {entry.name!r} needs")
        for name in entry.params
        if name not in params
    ]
    for name, value in params.items():
        if isinstance(value, str):
            problems += _text_problems(f"{where}.{name}", value, empty=True)
        else:
            problems.append(Problem(f"{where}.{name}", f"is a {type(value).__name__}; params are str"))
    return problems


def _params_without_template(index: int) -> Problem:
    return Problem(f"to[{index}].params", "params need a Template, and the content is Text")


def _text_problems(where: str, text: object, *, empty: bool = False) -> Iterator[Problem]:
    if not isinstance(text, str):
        yield Problem(where, f"is a {type(text).__name__}; text is a str")
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

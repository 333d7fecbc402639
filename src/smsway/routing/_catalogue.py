"""The catalogue: neutral template, signature and sender names, and what each account calls them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import TypeAlias

from smsway.model import Content, Filled, Template, Text
from smsway.routing._account import Account


def placeholders(text: str) -> list[str]:
    """Return the names in the `{name}` placeholders of *text*; raises `ValueError` for any other brace."""
    names = []
    for _, name, spec, conversion in Formatter().parse(text):
        if name is None:
            continue
        if not name.isidentifier() or spec or conversion:
            raise ValueError(f"{{{name}}} is not a plain placeholder such as {{code}}; a literal brace is doubled")
        names.append(name)
    return names


@dataclass(frozen=True, slots=True)
class TemplateMapping:
    """What one account calls a template, with the order of its params and its own signature and sender, if any.

    *names* are what it calls the params, in the same order; if they are left out, it is what the catalogue calls them.
    """

    id: str
    params: tuple[str, ...]
    signature: str | None = None
    sender: str | None = None
    names: tuple[str, ...] = ()

    @property
    def called(self) -> tuple[str, ...]:
        """What the account calls each of the params."""
        return self.names or self.params


_UNMAPPED = TemplateMapping("", ())

_Called: TypeAlias = tuple[TemplateMapping | None, str, str]
"""What an account calls a template, `None` if it gets text, and a signature and a sender: the same for all messages."""


@dataclass(frozen=True, slots=True)
class TemplateEntry:
    """A template of the catalogue: its named *params*, its *text* if known, and its mapping per account."""

    name: str
    params: tuple[str, ...]
    text: str | None = None
    accounts: Mapping[str, TemplateMapping] = field(default_factory=dict)

    def render(self, params: Mapping[str, str]) -> str | None:
        """Return the text with *params* filled in; `None` if the catalogue does not know the text."""
        return None if self.text is None else self.text.format_map(params)

    def numbered(self, account: str) -> str | None:
        """Return the text as *account* has it, with `{1}`, `{2}` and so on for its params in its order.

        `None` if the text is not known, or has a param that the account is not given.
        """
        mapping = self.accounts.get(account)
        if mapping is None or self.text is None or not set(placeholders(self.text)) <= set(mapping.params):
            return None
        return self.text.format_map({name: f"{{{number}}}" for number, name in enumerate(mapping.params, 1)})


class Unfit(Exception):
    """The account cannot carry this content; the text says why. Never leaves the routing room."""


DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All names of the configuration."""

    templates: Mapping[str, TemplateEntry] = field(default_factory=dict)
    signatures: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    senders: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    _called: dict[tuple[object, ...], _Called] = field(default_factory=dict, init=False, repr=False, compare=False)

    def fill(
        self,
        account: Account,
        content: Content,
        params: Mapping[str, str],
        signature: str | None = None,
        sender: str | None = None,
    ) -> Filled:
        """Say *content* with *params* as *account* wants it; raises `Unfit` if it cannot."""
        template = content.name if isinstance(content, Template) else None
        key = (account, template, signature, sender)
        called = self._called.get(key)
        if called is None:
            called = self._called[key] = self._call(account, content, signature, sender)
        mapping, shown, origin = called
        if mapping is not None:
            values = tuple([params[name] for name in mapping.params])
            return Filled(mapping.id, values, None, shown, origin, mapping.called)
        text = content.text if isinstance(content, Text) else self.templates[content.name].render(params)
        return Filled(None, (), text, shown, origin)

    def _call(self, account: Account, content: Content, signature: str | None, sender: str | None) -> _Called:
        """Return what *account* calls the template, the signature and the sender; raises `Unfit`."""
        mapping = self._mapping(account, content)
        own, settings = mapping or _UNMAPPED, account.config
        signature = _first(signature, own.signature, settings.signature if settings else None)
        sender = _first(sender, own.sender, settings.sender if settings else None)
        shown = _lookup(self.signatures, signature, account.name, "signature")
        origin = _lookup(self.senders, sender, account.name, "sender")
        return mapping, shown, origin

    def _mapping(self, account: Account, content: Content) -> TemplateMapping | None:
        """Return the account's mapping of a template, or `None` if the account gets text; raises `Unfit`."""
        takes_text = account.capabilities.text
        if isinstance(content, Text):
            if not takes_text:
                raise Unfit("takes templates only, no free text")
            return None
        entry = self.templates[content.name]
        mapping = entry.accounts.get(account.name)
        if mapping is not None:
            return mapping
        if not takes_text:
            raise Unfit(f"has no mapping of template {content.name!r} (templates.{content.name}.accounts)")
        if entry.text is None:
            raise Unfit(f"has no mapping of template {content.name!r}, and the catalogue has no text for it")
        return None


def _first(*names: str | None) -> str:
    return next((name for name in names if name), DEFAULT)


def _lookup(names: Mapping[str, Mapping[str, str]], name: str, account: str, what: str) -> str:
    """Return what *account* calls the signature or sender *name*; the default one may be missing."""
    value = names.get(name, {}).get(account)
    if value is None and name != DEFAULT:
        raise Unfit(f"has no {what} {name!r} ({what}s.{name}.{account})")
    return value or ""

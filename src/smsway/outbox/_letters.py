"""A message as JSON, as the outbox keeps it, and back."""

from __future__ import annotations

import math
import secrets
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from pydantic_core import PydanticSerializationError, from_json, to_json

from smsway.model import Content, InvalidMessage, Message, Problem, Recipient, Template, Text, fold_caller
from smsway.outbox._entries import Addressee, Claim, Entry
from smsway.routing import Journey

HURRY = 60.0
"""Recipients that have fewer seconds left than this share no batch with those that have more."""


def new_id(now: float) -> str:
    """Return an id that no other message has: 32 hexadecimal digits, which sort by *now*."""
    return f"{int(now * 1000):012x}{secrets.token_hex(10)}"


def entry_of(
    message: Message, journeys: Sequence[Journey], *, id_: str, key: str | None, not_before: float, not_after: float
) -> Entry:
    """Return *message*, which was found valid, with its *journeys* as the store keeps it."""
    content, terms = _json(_content(message.content)), _terms(message)
    addressees = [
        Addressee(
            str(journey.phone),
            _json(dict(own)) if (own := message.to[journey.index].params) else None,
            journey.reference,
        )
        for journey in journeys
    ]
    digest = blake2b(digest_size=16)
    for part in (message.kind.value, content, terms, *(f"{a.phone} {a.params} {a.reference}" for a in addressees)):
        digest.update(part.encode())
        digest.update(b"\n")
    return Entry(id_, key, digest.digest(), message.kind, content, terms, not_before, not_after, addressees)


def message_of(claims: Sequence[Claim]) -> Message:
    """Return the message of *claims*, which are all of one, to these recipients only."""
    first = claims[0]
    terms = from_json(first.terms)
    left = min(claim.left for claim in claims)
    return Message(
        to=[
            Recipient(a.phone, {} if a.params is None else from_json(a.params), a.reference)
            for a in (claim.addressee for claim in claims)
        ],
        content=_content_of(from_json(first.content)),
        kind=first.kind,
        # Only what sets those apart that are in a hurry: a time to the second would keep every message apart.
        within=None if left > HURRY else max(1.0, math.ceil(left)),
        signature=terms.get("signature"),
        sender=terms.get("sender"),
        accounts=terms.get("accounts", ()),
        tags=terms.get("tags", ()),
        options=terms.get("options", {}),
        caller=terms.get("caller"),
    )


def _content(content: Content) -> dict[str, Any]:
    if isinstance(content, Template):
        return {"template": content.name, "params": dict(content.params)}
    return {"text": content.text}


def _content_of(said: dict[str, Any]) -> Content:
    return Template(said["template"], said["params"]) if "template" in said else Text(said["text"])


def _terms(message: Message) -> str:
    terms = {
        "signature": message.signature,
        "sender": message.sender,
        "accounts": message.accounts,
        "tags": sorted(message.tags),
        "options": {name: dict(each) for name, each in message.options.items()},
        "caller": message.caller and fold_caller(message.caller),
    }
    try:
        return _json({name: each for name, each in terms.items() if each})
    except PydanticSerializationError:
        pass
    raise InvalidMessage([Problem("options", "hold a value that JSON cannot carry, so that they cannot be kept")])


def _json(value: Any) -> str:
    return to_json(value).decode()

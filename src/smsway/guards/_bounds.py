"""What one text may take at an account: so many segments, and so much money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from smsway._rules import Mode
from smsway.guards._case import Finding
from smsway.guards._content import ContentRules
from smsway.model import Reason


@dataclass(frozen=True, slots=True)
class Offer:
    """What an account would take for a text to *country*: so many segments, at the price of one; `None` if unknown."""

    account: str
    country: str
    segments: int | None
    price: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRules:
    """A text costs at most *most*, in the currency of the prices. One whose price nobody knows is too dear."""

    mode: Mode
    most: float

    def judge(self, offer: Offer) -> Iterator[Finding]:
        """Yield what stands against *offer*."""
        who, where, segments = offer.account, offer.country, offer.segments or 1
        price = None if offer.price is None else offer.price * segments
        if price is None:
            rule = f"account {who} has no price for {where}"
        elif price > self.most:
            rule = f"account {who} takes {price:g} for {segments} segments to {where}, over {self.most:g}"
        else:
            return
        yield Finding("price", rule, Reason.UNSUPPORTED_DESTINATION, self.mode)


def too_long(rules: ContentRules, offer: Offer) -> Iterator[Finding]:
    """Yield what *rules* have against the length of *offer*; one whose text nobody knows is not long."""
    if rules.max_segments is not None and (offer.segments or 0) > rules.max_segments:
        rule = f"{offer.segments} segments at account {offer.account}, over {rules.max_segments}"
        yield Finding("content", rule, Reason.INVALID_CONTENT, rules.mode)

"""What a configuration says of guards: words and rules. Only whoever has rules needs the room of the guards."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from smsway.model import Kind

if TYPE_CHECKING:
    from smsway.guards import (
        Caps,
        ContentRules,
        ConversionRules,
        Destinations,
        Numbers,
        OptOutRules,
        Pace,
        PriceRules,
        QuietHours,
    )

LIMIT = r"^[1-9][0-9]{0,8}/([1-9][0-9]{0,3})?[smhd]$"
"""What a limit looks like as a text: `5/10m`, `10/d`."""
WINDOW = r"^([1-9][0-9]{0,3})?[smhd]$"
"""What its window looks like alone."""

ALL = "all"
"""The scope of every kind."""

SCOPES = (*(kind.value for kind in Kind), ALL)
"""What a phone may opt out of."""


class Mode(StrEnum):
    """What a guard does with what it finds."""

    BLOCK = "block"
    """Stop the recipient."""
    MONITOR = "monitor"
    """Let it pass, and tell what would have been stopped."""
    OFF = "off"
    """Look at nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What each guard is told; one that is `None` is off. *key* is that of the aliases, or the store's own."""

    numbers: Numbers | None = None
    destinations: Destinations | None = None
    optouts: OptOutRules | None = None
    quiet_hours: QuietHours | None = None
    content: ContentRules | None = None
    phones: Pace | None = None
    callers: Pace | None = None
    caps: Caps | None = None
    conversion: ConversionRules | None = None
    price: PriceRules | None = None
    key: bytes | None = field(default=None, repr=False)

    @property
    def remember(self) -> bool:
        """True if something has to be remembered."""
        return any((self.optouts, self.phones, self.callers, self.caps, self.conversion))

    @property
    def bounds(self) -> bool:
        """True if it matters what a text takes at an account."""
        return self.price is not None or (self.content is not None and self.content.max_segments is not None)

    def __bool__(self) -> bool:
        return self.remember or any((self.numbers, self.destinations, self.quiet_hours, self.content, self.price))

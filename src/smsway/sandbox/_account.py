"""An account of the sandbox: what a vendor would keep on file about a customer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from smsway.model import SandboxSide, SandboxTemplate

_PLACEHOLDER = re.compile(r"\{\w+\}")


@dataclass(frozen=True, slots=True)
class SandboxAccount:
    """One account that the sandbox plays; it gets a port of its own.

    *side* judges its requests. *templates*, *texts*, *signatures* and *senders* are what the vendor has approved;
    a text with `{name}` in it stands for any text with something in that place. *rate* is in requests per second and
    *balance* in the units that the side charges; `None` sets no limit. *port* `None` takes any free port.
    """

    name: str
    side: SandboxSide = field(repr=False)
    templates: Sequence[SandboxTemplate] = ()
    texts: Sequence[str] = ()
    signatures: Sequence[str] = ()
    senders: Sequence[str] = ()
    rate: float | None = None
    port: int | None = None
    balance: int | None = None


@dataclass(frozen=True, slots=True)
class TextPattern:
    """An approved text, as the fixed *pieces* between its placeholders."""

    pieces: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> TextPattern:
        """Take the placeholders out of *text*."""
        return cls(tuple(_PLACEHOLDER.split(text)))

    def fits(self, text: str) -> bool:
        """True if *text* is the approved text with one or more characters for each placeholder.

        Takes linear time, unlike the regular expression that says the same.
        """
        first, *others = self.pieces
        if not others:
            return text == first
        *inner, last = others
        end = len(text) - len(last)
        if not (text.startswith(first) and text.endswith(last)):
            return False
        position = len(first)
        for piece in inner:
            # The leftmost place leaves the most room for the rest, so there is no need to try another one.
            found = text.find(piece, position + 1, end)
            if found < 0:
                return False
            position = found + len(piece)
        return position + 1 <= end

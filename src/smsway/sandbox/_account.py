"""An account of the sandbox: what a vendor would keep on file about a customer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count

from smsway.model import SandboxSide, SandboxSignature, SandboxTemplate

_PLACEHOLDER = re.compile(r"\{\w+\}")


@dataclass(frozen=True, slots=True)
class SandboxAccount:
    """One account that the sandbox plays; it gets a port of its own.

    *side* judges its requests. *templates*, *texts*, *signatures* and *senders* are what the vendor has approved, but
    for templates and signatures whose review says otherwise; a signature that is given as text gets a number as its id.
    A text with `{name}` in it stands for any text with something in that place, and so does that of a template. *rate*
    is in requests per second and *balance* in the units that the side charges; `None` sets no limit. *port* `None`
    takes any free port.

    What is pending is approved after *review_after* seconds; `None` leaves it to the operator. Every text has its
    report *report_delay* seconds after it was accepted; `None` means never. With *push_to*, an http or https address,
    reports and messages from phones are posted there instead of waiting to be pulled.
    """

    name: str
    side: SandboxSide = field(repr=False)
    templates: Sequence[SandboxTemplate] = ()
    texts: Sequence[str] = ()
    signatures: Sequence[str | SandboxSignature] = ()
    senders: Sequence[str] = ()
    rate: float | None = None
    port: int | None = None
    balance: int | None = None
    review_after: float | None = None
    report_delay: float | None = 0.0
    push_to: str | None = field(default=None, repr=False)

    def filed_signatures(self) -> Iterator[SandboxSignature]:
        """Yield the signatures, each with an id."""
        ids = {each.id for each in self.signatures if isinstance(each, SandboxSignature)}
        numbers = (str(number) for number in count(1) if str(number) not in ids)
        for each in self.signatures:
            yield SandboxSignature(next(numbers), each) if isinstance(each, str) else each


@dataclass(frozen=True, slots=True)
class TextPattern:
    """An approved text, as the fixed *pieces* between its placeholders."""

    pieces: tuple[str, ...]

    @classmethod
    @lru_cache(maxsize=1024)
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

"""What guards judge, and what they find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from smsway.model import Reason, Screening


class Mode(StrEnum):
    """What a guard does with what it finds."""

    BLOCK = "block"
    """Stop the recipient."""
    MONITOR = "monitor"
    """Let it pass, and tell what would have been stopped."""
    OFF = "off"
    """Look at nothing."""


@dataclass(frozen=True, slots=True)
class Case:
    """One recipient of one message, before it is routed.

    *params* are those of its template. *identity* is the same for the same recipient of the same message whenever it
    comes, `None` if it comes once only.
    """

    screening: Screening
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    identity: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a guard has against a case: its *rule* in words, without a phone; *until* as in `Veto`."""

    guard: str
    rule: str
    reason: Reason
    mode: Mode
    until: float | None = None

    def __str__(self) -> str:
        return f"guard {self.guard}: {self.rule}"

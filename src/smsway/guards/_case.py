"""What guards judge, and what they find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from smsway._rules import Mode
from smsway.model import GuardTriggered, Phone, Reason, Screening, Veto

PAUSE = 5.0
"""Seconds after which a recipient may come again that could not be judged, for the store failed."""


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


@dataclass(slots=True)
class Judgement:
    """What comes of a case: a *veto*, or none, and the findings of guards that only watch."""

    findings: list[Finding] = field(default_factory=list)
    failure: Veto | None = None

    @property
    def veto(self) -> Veto | None:
        """What stops the recipient: of several findings one that is final, else the one that ends last."""
        stops = [each for each in self.findings if each.mode is Mode.BLOCK]
        if not stops:
            return self.failure
        worst = max(stops, key=lambda each: (each.until is None, each.until or 0.0))
        return Veto(worst.reason, str(worst), worst.until)

    @property
    def watched(self) -> list[Finding]:
        """What would have stopped it."""
        return [each for each in self.findings if each.mode is not Mode.BLOCK]


def triggered(finding: Finding, phone: Phone, country: str, kind: str, now: float) -> GuardTriggered:
    """Return what observers are told of *finding* about one recipient."""
    blocked = finding.mode is Mode.BLOCK
    return GuardTriggered(finding.guard, finding.rule, finding.reason, phone, country, kind, blocked, now)

"""The dry run of many recipients in sums: which ways they would take, and what keeps how many from which account."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from rich.console import Console

from smsway.cli._output import table
from smsway.routing import RecipientPlan


@dataclass(slots=True)
class Way:
    """What recipients of one country on one way come to: *cost* is in the currency of `[prices]`.

    Of *uncounted* of them the segments are not known, of *unpriced* of them the cost.
    """

    recipients: int = 0
    segments: int = 0
    uncounted: int = 0
    cost: float = 0.0
    unpriced: int = 0


@dataclass(slots=True)
class Totals:
    """Adds up dry runs, in memory that does not grow with their number."""

    _ways: dict[tuple[str, str, str], Way] = field(default_factory=dict)
    _causes: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, plan: RecipientPlan) -> None:
        """Add the dry run of one recipient."""
        accounts = " > ".join(candidate.account for candidate in plan.candidates) or "not sent"
        way = self._ways.setdefault((plan.country, plan.route or "", accounts), Way())
        way.recipients += 1
        first = plan.candidates[0] if plan.candidates else None
        segments = first.segments if first is not None else None
        price = first.price if first is not None else None
        way.segments += segments or 0
        way.uncounted += segments is None
        if segments is None or price is None:
            way.unpriced += 1
        else:
            way.cost += segments * price
        self._causes.update(_causes(plan))

    def show(self, out: Console) -> None:
        """Print the sums for people to read."""
        ways = sorted(self._ways.items(), key=lambda each: (-each[1].recipients, each[0]))
        columns = ("country", "route", "accounts, the first one first", "recipients", "segments", "cost")
        rows = [
            (
                *key,
                way.recipients,
                _sum(str(way.segments), way.uncounted, way.recipients),
                _sum(f"{way.cost:.4f}", way.unpriced, way.recipients),
            )
            for key, way in ways
        ]
        out.print(table("Ways that recipients would take", columns, rows))
        if self._causes:
            out.print(table("What keeps recipients away", ("from", "cause", "recipients"), _ranked(self._causes)))


def _causes(plan: RecipientPlan) -> list[tuple[str, str]]:
    if plan.vetoed is not None:
        return [("every account", f"vetoed: {plan.vetoed}")]
    resting = [(each.account, each.resting) for each in plan.candidates if each.resting is not None]
    # A route that did not match is no loss to those whom another one took.
    missed = [(f"route {name}", cause) for name, cause in plan.passed if plan.route is None]
    return [*plan.excluded, *resting, *missed]


def _sum(shown: str, missing: int, recipients: int) -> str | None:
    """Show a sum, and of how many recipients it says nothing; `None` if of all."""
    if missing == recipients:
        return None
    return f"{shown} and {missing} unknown" if missing else shown


def _ranked(causes: Counter[tuple[str, str]]) -> list[tuple[str, str, int]]:
    return [(*cause, count) for cause, count in sorted(causes.items(), key=lambda each: (-each[1], each[0]))]

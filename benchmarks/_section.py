"""What a scenario hands over: a section of the page, the figures that targets speak of, and what is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from _server import Served
from _sides import Sides


@dataclass(frozen=True)
class Bench:
    """What scenarios measure with: turns of about *span* seconds in so many rounds.

    *size* is the part of a full run's work that is done where its amount is fixed.
    """

    served: Served
    sides: Sides
    rounds: int
    span: float
    size: float = 1.0

    @property
    def quick(self) -> bool:
        """True if only what has a target is measured."""
        return self.size < 1


@dataclass(frozen=True)
class Plot:
    """A picture: for each name of *series* a value per label, as bars, or as lines if the labels are numbers."""

    name: str
    title: str
    unit: str
    labels: Sequence[str] | Sequence[int]
    series: Mapping[str, Sequence[float | None]]


@dataclass
class Section:
    """A section of the page, with one table."""

    title: str
    text: str
    columns: Sequence[str]
    lines: list[Sequence[str]] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    plots: list[Plot] = field(default_factory=list)
    more: str = ""


def us(seconds: float) -> str:
    """Write a time in microseconds."""
    return f"{seconds * 1e6:.0f}" if seconds > 20e-6 else f"{seconds * 1e6:.1f}"


def ratios(name: str, title: str, section: Section, over: str) -> Plot:
    """Return the picture of the lines *over* something, whose server answers at once."""
    index = {column: section.columns.index(column) for column in ("over", "server", "provider", "recipients", "beside")}
    found: dict[str, dict[str, float]] = {}
    for line in section.lines:
        if line[index["over"]] == over and line[index["server"]] == "at once":
            label = f"{line[index['provider']]}, {line[index['recipients']]}"
            found.setdefault(label, {})[line[index["beside"]]] = float(line[-1])
    rivals = dict.fromkeys(rival for values in found.values() for rival in values)
    series = {rival: [values.get(rival) for values in found.values()] for rival in rivals}
    return Plot(name, title, "calls of smsway in the time of one", list(found), series)

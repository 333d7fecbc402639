"""Bars in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from smsway.cli._output import visible

_WIDTH = 60
"""How many characters the longest bar has, if the terminal is wide enough."""

_SHORTEST = 10
"""How many it has in a narrow one."""

_GAP = 2
"""The spaces between a bar and the words beside it."""


class _Look(NamedTuple):
    words: str
    style: str
    block: str
    plain: str
    """The same for a terminal that has ASCII only; no two kinds of one bar look alike without colours either."""


class Share(Enum):
    """A part of a bar."""

    DELIVERED = _Look("delivered", "green", "█", "#")
    UNDELIVERED = _Look("undelivered", "red", "▒", "x")
    UNREPORTED = _Look("without a report", "bright_black", "░", ".")
    ACCEPTED = _Look("accepted", "cyan", "▓", "=")
    REFUSED = _Look("refused", "magenta", "▚", "!")


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: what it is about, in several cells, and how much of it is what."""

    label: tuple[str, ...]
    shares: Mapping[Share, int]

    @property
    def total(self) -> int:
        """How much it is in all."""
        return sum(self.shares.values())


def fates(accepted: int | None, delivered: int | None, undelivered: int | None) -> Mapping[Share, int]:
    """Return the parts of a bar of texts that were *accepted*; what is not known counts as none."""
    good, bad = delivered or 0, undelivered or 0
    rest = max((accepted or 0) - good - bad, 0)
    return {Share.DELIVERED: good, Share.UNDELIVERED: bad, Share.UNREPORTED: rest}


def draw(bars: Sequence[Bar], out: Console) -> None:
    """Print *bars* on one scale, and what their parts mean."""
    plain = out.options.ascii_only
    most = max((bar.total for bar in bars), default=0)
    labels = [[*map(visible, bar.label)] for bar in bars]
    words = [*zip(*labels, strict=True), [str(most)]]
    beside = sum(max(map(cell_len, column)) + _GAP for column in words)
    width = max(_SHORTEST, min(_WIDTH, out.width - beside))
    made = Table(box=None, show_header=False, pad_edge=False, padding=(0, _GAP // 2))
    for bar, label in zip(bars, labels, strict=True):
        drawn = Text.assemble(*(_part(share, count, width, most, plain=plain) for share, count in bar.shares.items()))
        made.add_row(*label, drawn, str(bar.total))
    out.print(made)
    used = [share for share in Share if any(bar.shares.get(share) for bar in bars)]
    legend = [(f"{_sign(share, plain=plain)} {share.value.words}  ", share.value.style) for share in used]
    out.print(Text.assemble(*legend))


def _part(share: Share, count: int, width: int, most: int, *, plain: bool) -> tuple[str, str]:
    # What is there at all can be seen.
    length = max(1, round(count * width / most)) if count > 0 else 0
    return _sign(share, plain=plain) * length, share.value.style


def _sign(share: Share, *, plain: bool) -> str:
    return share.value.plain if plain else share.value.block

"""Rows of cells for people: a table where it fits, and else a small record for each row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

_WHOLE = 30
"""As wide a column always becomes, if it has cells for it: a phone, a point in time or a name stays on one line."""

_BORDER = 3
"""What a column takes beside its cells: a line, and a space on each side."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows of cells with the names of their *columns*, and a style for each row.

    Where the terminal is too narrow for the table, each row becomes lines of names and values instead. A cell is only
    ever cut between two words; one word that is wider than the terminal goes on below itself.
    """

    title: str | None
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    styles: Sequence[str]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render it as wide as the terminal allows."""
        widths = self._widths(options.max_width - _BORDER * len(self.columns) - 1)
        if widths is not None:
            yield self._table(widths)
            return
        if self.title:
            yield Text(self.title, style="bold")
        yield self._records()

    def _widths(self, room: int) -> list[int] | None:
        """Return how wide the columns of a table become, the widest ones cut to the *room* that there is.

        `None` if it is too little for words, or for cells that shall stay whole.
        """
        columns = [[name, *cells] for name, *cells in zip(self.columns, *self.rows, strict=True)]
        lines = [max(cell_len(line) for cell in column for line in cell.split("\n")) for column in columns]
        words = [max(map(cell_len, " ".join(column).split()), default=0) for column in columns]
        for most in range(max([_WHOLE, *lines]), _WHOLE - 1, -1):
            widths = [max(word, min(line, most)) for word, line in zip(words, lines, strict=True)]
            if sum(widths) <= room:
                return widths
        return None

    def _table(self, widths: Sequence[int]) -> Table:
        made = Table(title=self.title, title_justify="left", title_style="bold")
        made.min_width = len(self.title or "")
        for name, width in zip(self.columns, widths, strict=True):
            made.add_column(name, width=width, overflow="fold")
        for row, style in zip(self.rows, self.styles, strict=True):
            made.add_row(*map(_text, row), style=style)
        return made

    def _records(self) -> Table:
        made = Table.grid(padding=(0, 1))
        made.add_column(style="bold", no_wrap=True)
        made.add_column(overflow="fold")
        for row, style in zip(self.rows, self.styles, strict=True):
            for name, cell in zip(self.columns, row, strict=True):
                if cell:
                    made.add_row(f"{name}:", _text(cell), style=style)
            made.add_row()
        return made


def _text(cell: str) -> Text:
    # A space before a word counts as a part of it, and the word would be cut for that.
    return Text(cell.strip())

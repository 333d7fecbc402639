"""The progress of a list that comes page by page, for whoever watches stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from smsway.cli._output import console
from smsway.model import Page


@contextmanager
def counted(what: str, total: int | None = None) -> Iterator[Progress]:
    """Show a bar on stderr, if that is a terminal, until the block ends."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
        redirect_stdout=False,
    )
    with bar:
        bar.add_task(what, total=total)
        yield bar


@contextmanager
def paging(what: str) -> Iterator[Callable[[Page[Any]], None]]:
    """Show how much of a list has come; what is yielded is told of each page."""
    with counted(what) as bar:
        task = bar.task_ids[0]

        def came(page: Page[Any]) -> None:
            bar.update(task, total=page.total, advance=len(page.items))

        yield came

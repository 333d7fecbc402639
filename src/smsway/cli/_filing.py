"""What the commands about templates and those about signatures have in common."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, TypeAlias

import typer

from smsway.cli._failure import INTERRUPTED, Failure
from smsway.cli._output import console, visible

Remark: TypeAlias = Annotated[str, typer.Option("--remark", help="What it is for; the reviewer reads it.")]
International: TypeAlias = Annotated[
    bool, typer.Option("--international", help="For phones outside of the vendor's home country.")
]
Extras: TypeAlias = Annotated[
    list[str] | None, typer.Option("--option", metavar="KEY=VALUE", help="A provider's own option; repeat it.")
]
Yes: TypeAlias = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def confirm(question: str, *, yes: bool) -> None:
    """Ask on stderr whether it shall be done; raises `Failure` unless the answer, or *yes*, says so."""
    if yes:
        return
    typer.echo(f"{visible(question)} [y/N] ", nl=False, err=True)
    # An end of the input is no answer.
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Failure("nothing was deleted; answer y, or give --yes")


@contextmanager
def changing() -> Iterator[None]:
    """Ask the vendor to change something; Ctrl-C then does not say that nothing was done."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("smsway: stopped; it may have been done all the same", err=True)
        raise typer.Exit(INTERRUPTED) from None


def yes_or_no(said: bool | None) -> str | None:  # noqa: FBT001  # the value of a cell
    """Write a cell for people; `None` stays `None`."""
    return None if said is None else "yes" if said else "no"


def missing(what: str, wanted: Sequence[str], found: Collection[str]) -> bool:
    """Tell which of the ids that were *wanted* were not *found*; return whether any were not."""
    lost = [each for each in dict.fromkeys(wanted) if each not in found]
    for each in lost:
        console(stderr=True).print(f"smsway: the vendor has no {what} {each!r}", soft_wrap=True)
    return bool(lost)

"""`smsway optouts`: the list of those who want no texts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from smsway._guarding import open_optouts
from smsway.cli import _accounts as asked
from smsway.cli import _draft as option
from smsway.cli._configuration import configuration_of
from smsway.cli._failure import INCOMPLETE, Failure, Interruption
from smsway.cli._moments import shown
from smsway.cli._outbox import outbox_room
from smsway.cli._output import console, table
from smsway.cli._sheet import open_sheet
from smsway.guards import OptOuts
from smsway.model import Kind, Problem

optouts = typer.Typer(no_args_is_help=True, help="Keep the list of those who want no texts.")

PhoneArgument = Annotated[str, typer.Argument(metavar="PHONE", help="A phone in E.164.")]
Scope = Annotated[str, typer.Option("--scope", help="A kind of message, or `all`.")]


@optouts.command()
def add(
    phone: PhoneArgument,
    *,
    scope: Scope = Kind.MARKETING.value,
    config: option.Config = Path("smsway.toml"),
    sandbox: asked.SandboxUrl = None,
) -> None:
    """Let a phone get no texts of a kind.

    Exit status: 0, also if it was on the list before; 2 after an error.
    """
    with Interruption("look the phone up with `show`"), _opened(config, sandbox) as listed:
        added = listed.add(phone, scope)
    console().print("Added." if added else "It was there before.")


@optouts.command()
def remove(
    phone: PhoneArgument,
    *,
    scope: Annotated[str | None, typer.Option("--scope", help="A kind, or `all`; every one by default.")] = None,
    config: option.Config = Path("smsway.toml"),
    sandbox: asked.SandboxUrl = None,
) -> None:
    """Let a phone get texts again.

    Exit status: 0 if it was on the list, 1 if not, 2 after an error.
    """
    with Interruption("look the phone up with `show`"), _opened(config, sandbox) as listed:
        removed = listed.remove(phone, scope)
    if not removed:
        console(stderr=True).print("It is not on the list.")
        raise typer.Exit(INCOMPLETE)
    console().print("Removed.")


@optouts.command()
def show(
    phone: PhoneArgument, *, config: option.Config = Path("smsway.toml"), sandbox: asked.SandboxUrl = None
) -> None:
    """Tell what a phone has opted out of, and since when. The list holds hashes, so nobody can print it.

    Exit status: 0 if it has opted out of something, 1 if not, 2 after an error.
    """
    with Interruption(asked.READ), _opened(config, sandbox) as listed:
        found = listed.of(phone)
    if not found:
        console(stderr=True).print("It is not on the list.")
        raise typer.Exit(INCOMPLETE)
    rows = [(each.scope, shown(each.since), each.source) for each in found]
    console().print(table(None, ("scope", "since", "source"), rows))


@optouts.command("import")
def import_(
    csv: Annotated[Path, typer.Argument(metavar="CSV", help="A file with a column `phone`.")],
    *,
    scope: Scope = Kind.MARKETING.value,
    region: option.Region = None,
    config: option.Config = Path("smsway.toml"),
    sandbox: asked.SandboxUrl = None,
) -> None:
    """Add the phones of a CSV file, all or none.

    Exit status: 0, or 2 after an error, and then nothing was added.
    """
    with Interruption("some phones may have been added; do it again"), _opened(config, sandbox, region) as listed:
        phones = _phones(csv, listed)
        added = listed.add_all(phones, scope, source="import")
    console().print(f"Added {added} of {len(phones)} phones; the others were there before.")


def _phones(csv: Path, listed: OptOuts) -> list[str]:
    """Return the phones of a file; raises `Failure` with what is wrong with it."""
    phones, problems = list[str](), list[Problem]()
    with open_sheet(csv) as sheet:
        for row in sheet.rows():
            if isinstance(row, Problem):
                problems.append(row)
                continue
            try:
                listed.alias(row.recipient.phone)
            except ValueError as error:
                problems.append(Problem(f"line {row.line}", str(error)))
            phones.append(row.recipient.phone)
    if problems:
        raise Failure("nothing was added:", problems)
    return phones


@contextmanager
def _opened(config: Path, sandbox: str | None, region: str | None = None) -> Iterator[OptOuts]:
    """Open the list in the database of the outbox; raises `Failure` if there is none."""
    configuration = configuration_of(config, sandbox)
    if configuration.outbox.database is None and configuration.outbox.unresolved is None:
        raise Failure("opt-outs are kept in the outbox's database; name one with `database` under [outbox]")
    outbox_room()
    try:
        with closing(open_optouts(configuration, region)) as listed:
            yield listed
    except ValueError as error:
        raise Failure(str(error)) from None

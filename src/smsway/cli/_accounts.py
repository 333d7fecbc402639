"""The accounts that a command asks: which they are, a client for them, and what comes of those that fail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.console import Console

from smsway.cli._configuration import configuration_of
from smsway.cli._failure import ERROR, INCOMPLETE, Failure, Interruption
from smsway.cli._output import console, visible
from smsway.client import Client
from smsway.config import Configuration, ReportsSettings
from smsway.guards import Rules
from smsway.model import CallFailed, InvalidCall
from smsway.provider import FACETS
from smsway.routing import hint

AccountArgument: TypeAlias = Annotated[str, typer.Argument(metavar="ACCOUNT", help="An account of the configuration.")]
AccountArguments: TypeAlias = Annotated[
    list[str] | None, typer.Argument(metavar="ACCOUNT", help="Accounts of the configuration; all by default.")
]
SandboxUrl: TypeAlias = Annotated[
    str | None, typer.Option("--sandbox", metavar="URL", help="Ask a sandbox: the control URL that it printed.")
]


ASKED = "nothing was sent or changed, and the vendors were at most asked"
"""What is true of a command that asks and keeps nothing, whenever Ctrl-C comes."""

FOUND = "nothing was sent, and the vendor was at most asked: ask again"
"""The same of one that keeps what it finds."""

READ = "nothing was sent, and no vendor was asked"
"""The same of one that reads what is kept."""


@contextmanager
def unkept(config: Path, sandbox: str | None) -> Iterator[Client]:
    """Open a client that keeps nothing and has no guards, so that no store has to be there; it sends nothing."""
    with Client(replace(configuration_of(config, sandbox), reports=ReportsSettings(), guards=Rules())) as client:
        yield client


@contextmanager
def asking(config: Path, sandbox: str | None) -> Iterator[Client]:
    """Open a client that keeps nothing, and that is only used to ask."""
    with Interruption(ASKED), unkept(config, sandbox) as client:
        yield client


@contextmanager
def planning(config: Path, sandbox: str | None) -> Iterator[Client]:
    """Open a client that keeps nothing, and that tells what its guards would say."""
    with Interruption(ASKED), Client(replace(configuration_of(config, sandbox), reports=ReportsSettings())) as client:
        yield client


@contextmanager
def keeping(config: Path, sandbox: str | None) -> Iterator[Client]:
    """Open a client with the store that the configuration names."""
    with Client(configuration_of(config, sandbox)) as client:
        yield client


def check_lasting(configuration: Configuration, what: str) -> None:
    """Raise `Failure` if *what* cannot be known, for the store ends with each process."""
    if configuration.reports.store == "memory":
        raise Failure(f'reports.store is "memory", which each command begins empty, so {what}; name a file')


def check_account(configuration: Configuration, name: str) -> None:
    """Raise `Failure` unless there is an account *name*."""
    if name not in configuration.accounts:
        # A phone in the wrong place is not repeated.
        said = re.sub(r"\d{4,}", "***", name)
        raise Failure(f"there is no account {said!r}{hint(name, configuration.accounts)}")


def able(configuration: Configuration, *facets: str) -> list[str]:
    """Return the accounts that have one of *facets*."""
    protocols = tuple(FACETS[facet] for facet in facets)
    return [name for name, account in configuration.accounts.items() if isinstance(account.provider, protocols)]


def chosen(configuration: Configuration, names: Sequence[str], *facets: str) -> list[str]:
    """Return the accounts *names*, or all by default, that have one of *facets*.

    Raises `Failure` if one that is named cannot be asked, or none can.
    """
    can = able(configuration, *facets)
    what = " or ".join(facets)
    for name in names:
        check_account(configuration, name)
        account = configuration.accounts[name]
        if account.broken:
            raise Failure(f"account {name!r} cannot be used: {account.broken}")
        if name not in can:
            way = f"; {', '.join(can)} can" if can else ""
            raise Failure(f"account {name!r} (provider {account.provider_name}) cannot: {what}{way}")
    if not can:
        raise Failure(f"no account can: {what}")
    return list(dict.fromkeys(names or can))


@dataclass(slots=True)
class Tries:
    """Calls of which some may fail: each failure is told, and the others are made all the same."""

    err: Console = field(default_factory=lambda: console(stderr=True))
    done: int = 0
    failed: int = 0

    @contextmanager
    def one(self, account: str) -> Iterator[None]:
        """Make one call to *account*."""
        try:
            yield
        except (CallFailed, InvalidCall) as error:
            self.failed += 1
            # Unlike the other, it does not name the account.
            whose = f"account {account!r}: " if isinstance(error, InvalidCall) else ""
            self.err.print(f"smsway: {whose}{visible(str(error))}", soft_wrap=True)
        else:
            self.done += 1

    @property
    def status(self) -> int:
        """The exit status: whether all, some or none of the calls were answered."""
        if not self.failed:
            return 0
        return INCOMPLETE if self.done else ERROR

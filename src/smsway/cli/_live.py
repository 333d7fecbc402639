"""What `smsway check --live` asks the vendors: whether they have what the catalogue names, as it names it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rich.console import Console

from smsway.calls import Drift
from smsway.cli._output import table, visible
from smsway.client import Client
from smsway.config import Configuration, ReportsSettings
from smsway.model import Problem


@dataclass(frozen=True, slots=True)
class Finding:
    """What is to be said of an account: an error, a warning or a note."""

    level: str
    problem: Problem


def live(configuration: Configuration, out: Console, err: Console) -> list[Finding]:
    """Compare the catalogue with what the vendors have; show and return what was found, account by account."""
    rows, found = [], list[Finding]()
    # No store is needed, so none has to be there.
    with Client(replace(configuration, reports=ReportsSettings())) as client:
        for name, account in configuration.accounts.items():
            if account.broken:
                continue  # said before
            drift = client.drift([name])
            told = [*_findings(name, drift)]
            rows.append((name, account.provider_name, *map(len, (drift.failing, drift.differing, drift.unasked))))
            if told:
                err.print(f"account {name} ({account.provider_name}):", style="bold", soft_wrap=True)
            for each in told:
                err.print(f"  {each.level}: {visible(str(each.problem))}", soft_wrap=True)
            found += told
    columns = ("account", "provider", "failing", "differing", "not asked")
    out.print(table("At the vendors", columns, rows))
    return found


def _findings(name: str, drift: Drift) -> Iterator[Finding]:
    for problem in drift.failing:
        yield Finding("error", problem)
    for problem in drift.differing:
        yield Finding("warning", problem)
    for problem in drift.unasked:
        # A call that failed is about the account as a whole; what a vendor cannot be asked is about its own line.
        yield Finding("warning" if problem.where == f"accounts.{name}" else "note", problem)

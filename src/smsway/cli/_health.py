"""`smsway health`: how the accounts are, as the workers of the outbox see them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from smsway.cli import _accounts as asked
from smsway.cli import _draft as option
from smsway.cli._failure import INCOMPLETE, Interruption
from smsway.cli._listing import Listing
from smsway.cli._moments import shown
from smsway.cli._outbox import opened
from smsway.cli._output import console, json_line, table
from smsway.model import AccountHealth, BreakerState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smsway.outbox import WorkerInfo


def health(
    *, config: option.Config = Path("smsway.toml"), sandbox: asked.SandboxUrl = None, json: option.Json = False
) -> None:
    """Tell how the accounts are, as each worker of the outbox sees them.

    Each worker has breakers of its own, and says a few times a minute how they are. Exit status: 0 if workers live and
    no account rests, 1 if none lives or some account rests, 2 after an error.
    """
    with Interruption(asked.READ), opened(config, sandbox) as box:
        workers = box.workers()
    if json:
        for each in workers:
            sys.stdout.write(json_line(each) + "\n")
        sys.stdout.flush()
    elif workers:
        console().print(_health_table(workers))
    else:
        console().print("No worker lives.")
    well = all(each.state is BreakerState.CLOSED for worker in workers for each in worker.health.values())
    raise typer.Exit(0 if workers and well else INCOMPLETE)


def _health_table(workers: Sequence[WorkerInfo]) -> Listing:
    columns = ("worker", "since", "account", "state", "cause", "until", "requests", "failures", "slow", "rate", "rests")
    rows = [
        (worker.name, shown(worker.since), *_cells(each))
        for worker in workers
        for each in worker.health.values() or (None,)
    ]
    return table(None, columns, rows)


def _cells(health: AccountHealth | None) -> tuple[object, ...]:
    if health is None:
        return (None,) * 9
    rate = None if health.rate is None else f"{health.rate:g} of {health.full_rate:g}"
    rests = ", ".join(str(each.domain) for each in health.templates) or None
    until = shown(health.until)
    counts = (health.requests, health.failures, health.slow)
    return (health.account, str(health.state), health.cause, until, *counts, rate, rests)

"""What `smsway check` finds about the store of reports and about those who post into it, without opening either."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from smsway.cli._accounts import able
from smsway.config import Configuration
from smsway.model import Problem
from smsway.tracking import problem_of


def kept_problems(configuration: Configuration) -> Iterator[Problem]:
    """Yield what would keep `smsway reports`, or `smsway webhooks` where there are webhooks, from starting."""
    store, webhooks = configuration.reports.store, configuration.webhooks
    what = problem_of(store) if isinstance(store, Path) else None
    if store == "outbox" and configuration.outbox.unresolved:
        yield configuration.outbox.unresolved
    if store is None and (webhooks.accounts or webhooks.unresolved):
        what = "is not set, and [webhooks] keeps in it what is posted; name an SQLite file"
    if what is not None:
        yield Problem("reports.store", what)
    yield from webhooks.unresolved
    can = able(configuration, "callbacks")
    for name in webhooks.accounts:
        account = configuration.accounts[name]
        if name not in can and not account.broken:
            way = f"; {', '.join(can)} can" if can else ""
            yield Problem(f"webhooks.accounts.{name}", f"provider {account.provider_name!r} takes no callbacks{way}")

"""`smsway balance`: what is left on accounts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from smsway.cli import _accounts as asked
from smsway.cli import _draft as option
from smsway.cli._accounts import Tries, asking, chosen
from smsway.cli._listing import Listing
from smsway.cli._output import print_all, table
from smsway.model import Balance


def balance(
    accounts: asked.AccountArguments = None,
    *,
    config: option.Config = Path("smsway.toml"),
    sandbox: asked.SandboxUrl = None,
    json: option.Json = False,
) -> None:
    """Tell what is left on accounts, where the vendor tells.

    Exit status: 0 if every account answered, 1 if some did not, 2 if none did.
    """
    tries, balances = Tries(), list[Balance]()
    with asking(config, sandbox) as client:
        for name in chosen(client.configuration, accounts or (), "balance"):
            with tries.one(name):
                balances.append(client.balance(name))
    if balances or json:
        print_all(balances, _balances_table, json=json, nothing="")
    raise typer.Exit(tries.status)


def _balances_table(balances: Sequence[Balance]) -> Listing:
    return table(
        None,
        ("account", "remaining", "unit"),
        [(each.account, f"{each.remaining:.12g}", each.unit) for each in balances],
    )

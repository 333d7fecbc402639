"""`smsway conformance`: the kit of the plugin authors, run for an account."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smsway.cli import _draft as option
from smsway.cli._failure import ERROR, INCOMPLETE, Failure
from smsway.config import read_toml
from smsway.routing import hint


def conformance(
    account: Annotated[str, typer.Argument(help="The account whose provider is checked.")],
    *,
    config: option.Config = Path("smsway.toml"),
    only: Annotated[
        str | None, typer.Option("--only", "-k", help="Run only the checks whose names match, as pytest's -k.")
    ] = None,
) -> None:
    """Check an account's provider against all rules that a provider must hold. Sends nothing, and asks no vendor.

    The account's settings and catalogue are used, its secrets are made up. Exit status: 0 if every check holds, 1 if
    one does not, 2 if none could be run.
    """
    try:
        from smsway.testing import _account as kit  # noqa: PLC0415  # an extra
    except ModuleNotFoundError as error:
        raise Failure(f'{error.name} is missing; pip install "smsway[testing]"') from None
    accounts = read_toml(config).get("accounts", {})
    if account not in accounts:
        raise Failure(f"{config} has no account {account!r}{hint(account, accounts)}")
    status = kit.run(config, account, ["-k", only] if only else [])
    raise typer.Exit({0: 0, 1: INCOMPLETE}.get(status, ERROR))

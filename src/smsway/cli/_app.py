"""The command line: which commands there are."""

from __future__ import annotations

from typing import Annotated

import typer

from smsway import __version__
from smsway.cli._balance import balance
from smsway.cli._check import check
from smsway.cli._conformance import conformance
from smsway.cli._explain import explain
from smsway.cli._failure import Group
from smsway.cli._health import health
from smsway.cli._inbound import inbound
from smsway.cli._init import init
from smsway.cli._new_provider import new_provider
from smsway.cli._optouts import optouts
from smsway.cli._outbox import outbox
from smsway.cli._providers import providers
from smsway.cli._relay import relay
from smsway.cli._reports import reports
from smsway.cli._sandbox import sandbox
from smsway.cli._send import send
from smsway.cli._signatures import signatures
from smsway.cli._stats import stats
from smsway.cli._templates import templates
from smsway.cli._webhooks import webhooks
from smsway.cli._worker import worker

app = typer.Typer(
    cls=Group,
    add_completion=False,
    no_args_is_help=True,
    # A traceback with the values of local variables would show secrets and phones.
    pretty_exceptions_enable=False,
)


def _version(value: bool) -> None:  # noqa: FBT001  # the signature of a callback
    if value:
        typer.echo(f"smsway {__version__}")
        raise typer.Exit


@app.callback()
def smsway(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Tell the version.")
    ] = False,
) -> None:
    """Send SMS through any provider."""


for command in (
    send,
    explain,
    check,
    providers,
    new_provider,
    stats,
    balance,
    webhooks,
    worker,
    relay,
    health,
    sandbox,
    init,
    conformance,
):
    app.command()(command)

for name, group in (
    ("outbox", outbox),
    ("optouts", optouts),
    ("reports", reports),
    ("inbound", inbound),
    ("templates", templates),
    ("signatures", signatures),
):
    app.add_typer(group, name=name)

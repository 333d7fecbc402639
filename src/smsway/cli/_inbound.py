"""`smsway inbound`: messages from phones."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from smsway.cli import _accounts as asked
from smsway.cli import _draft as option
from smsway.cli._accounts import FOUND, READ, check_account, check_lasting, keeping
from smsway.cli._failure import Interruption
from smsway.cli._listing import Listing
from smsway.cli._moments import FORM, Since, Until, moment, span_of
from smsway.cli._output import print_all
from smsway.cli._pull import Every, Limit, Queue, UntilEmpty, pull, watch
from smsway.cli._records import inbound_table
from smsway.model import InboundReceived

inbound = typer.Typer(no_args_is_help=True, help="Fetch messages from phones, such as answers and opt-outs.")


def _events_table(events: Iterable[InboundReceived]) -> Listing:
    return inbound_table(event.inbound for event in events)


QUEUE: Queue[InboundReceived] = Queue(
    noun="messages",
    facet="pull inbound",
    most="most_inbound",
    fetch=lambda client, name, limit, every: client.inbound.pull(name, limit=limit, every=every),
    standing_by=lambda client: client.inbound.standing_by,
    plain=lambda event: event.inbound,
    tabulate=_events_table,
)


@inbound.command("pull")
def pull_inbound(
    accounts: asked.AccountArguments = None,
    *,
    config: option.Config = Path("smsway.toml"),
    limit: Limit = None,
    until_empty: UntilEmpty = False,
    sandbox: asked.SandboxUrl = None,
    json: option.Json = False,
) -> None:
    """Fetch the messages that wait at the vendors, who never give them again: they are stored first.

    Exit status: 0 if every account answered, 1 if some did not, 2 if none did, 130 after Ctrl-C, 143 after SIGTERM.
    """
    raise typer.Exit(pull(QUEUE, config, sandbox, accounts or (), limit=limit, until_empty=until_empty, json=json))


@inbound.command("watch")
def watch_inbound(
    accounts: asked.AccountArguments = None,
    *,
    config: option.Config = Path("smsway.toml"),
    every: Every = 30.0,
    sandbox: asked.SandboxUrl = None,
    json: option.Json = False,
) -> None:
    """Fetch messages again and again, until Ctrl-C.

    An account that does not answer is asked again the next time. Exit status: 0 after Ctrl-C or SIGTERM, 2 if the
    messages could not be stored.
    """
    watch(QUEUE, config, sandbox, accounts or (), every=every, json=json)


@inbound.command("find")
def find_inbound(
    account: asked.AccountArgument,
    phone: Annotated[str, typer.Argument(metavar="PHONE", help="In E.164, or in national form.")],
    *,
    config: option.Config = Path("smsway.toml"),
    since: Since = "24h",
    until: Until = None,
    sandbox: asked.SandboxUrl = None,
    json: option.Json = False,
) -> None:
    """Ask a vendor for the messages of one phone."""
    begin, end = span_of(since, until)
    with Interruption(FOUND), keeping(config, sandbox) as client:
        check_account(client.configuration, account)
        found = client.inbound.find(account, phone, since=begin, until=end)
    print_all(found, inbound_table, json=json, nothing="The vendor has no such message.")


@inbound.command("list")
def list_inbound(
    *,
    config: option.Config = Path("smsway.toml"),
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help=f"From then on, all by default: {FORM}.")
    ] = None,
    sandbox: asked.SandboxUrl = None,
    json: option.Json = False,
) -> None:
    """List the messages that have come in, by callback or by pull, without asking a vendor."""
    begin = 0.0 if since is None else moment("--since", since)
    with Interruption(READ), keeping(config, sandbox) as client:
        check_lasting(client.configuration, "no message is in it")
        received = client.inbound.received(begin)
    print_all(received, inbound_table, json=json, nothing="No message has come in.")

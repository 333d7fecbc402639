"""`smsway reports`: delivery reports."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from smsway.cli import _accounts as asked
from smsway.cli import _draft as option
from smsway.cli._accounts import FOUND, READ, check_account, check_lasting, keeping
from smsway.cli._failure import INCOMPLETE, Failure, Interruption
from smsway.cli._moments import Since, Until, span_of
from smsway.cli._output import console, json_line, print_all
from smsway.cli._pull import Every, Limit, Queue, UntilEmpty, pull, watch
from smsway.cli._records import received_table, reports_table, tracked_table
from smsway.model import ReportReceived, parse_phone

reports = typer.Typer(no_args_is_help=True, help="Fetch delivery reports, and ask what became of texts.")

QUEUE: Queue[ReportReceived] = Queue(
    noun="reports",
    facet="pull reports",
    most="most_reports",
    fetch=lambda client, name, limit, every: client.reports.pull(name, limit=limit, every=every),
    standing_by=lambda client: client.reports.standing_by,
    plain=lambda event: event,
    tabulate=received_table,
)

_DAY = 86_400


@reports.command("pull")
def pull_reports(
    accounts: asked.AccountArguments = None,
    *,
    config: option.Config = Path("smsway.toml"),
    limit: Limit = None,
    until_empty: UntilEmpty = False,
    sandbox: asked.SandboxUrl = None,
    json: option.Json = False,
) -> None:
    """Fetch the reports that wait at the vendors, who never give them again: they are stored first.

    Exit status: 0 if every account answered, 1 if some did not, 2 if none did, 130 after Ctrl-C, 143 after SIGTERM.
    """
    raise typer.Exit(pull(QUEUE, config, sandbox, accounts or (), limit=limit, until_empty=until_empty, json=json))


@reports.command("watch")
def watch_reports(
    accounts: asked.AccountArguments = None,
    *,
    config: option.Config = Path("smsway.toml"),
    every: Every = 30.0,
    sandbox: asked.SandboxUrl = None,
    json: option.Json = False,
) -> None:
    """Fetch reports again and again, until Ctrl-C.

    An account that does not answer is asked again the next time. Exit status: 0 after Ctrl-C or SIGTERM, 2 if the
    reports could not be stored.
    """
    watch(QUEUE, config, sandbox, accounts or (), every=every, json=json)


@reports.command("find")
def find_reports(
    account: asked.AccountArgument,
    phone: Annotated[str | None, typer.Argument(metavar="PHONE", help="In E.164, or in national form.")] = None,
    *,
    config: option.Config = Path("smsway.toml"),
    message_id: Annotated[
        list[str] | None, typer.Option("--message-id", metavar="ID", help="The vendor's id of a text; repeat it.")
    ] = None,
    since: Since = "24h",
    until: Until = None,
    sandbox: asked.SandboxUrl = None,
    json: option.Json = False,
) -> None:
    """Ask a vendor for the reports of one phone, or of some of its message ids.

    What a vendor can be asked by differs, and so does how far back.
    """
    if phone is None and not message_id:
        raise Failure("say whose reports: a PHONE, or --message-id ID")
    begin, end = span_of(since, until)
    with Interruption(FOUND), keeping(config, sandbox) as client:
        check_account(client.configuration, account)
        found = client.reports.find(account, phone, since=begin, until=end, message_ids=message_id or ())
    print_all(found, reports_table, json=json, nothing="The vendor has no such report.")


@reports.command("show")
def show_reports(
    *,
    config: option.Config = Path("smsway.toml"),
    reference: Annotated[str | None, typer.Option("--reference", help="Your name of the text.")] = None,
    recipient: Annotated[str | None, typer.Option("--recipient", metavar="PHONE", help="Who it was sent to.")] = None,
    message_id: Annotated[
        str | None, typer.Option("--message-id", metavar="ID", help="The vendor's id of the text.")
    ] = None,
    sandbox: asked.SandboxUrl = None,
    json: option.Json = False,
) -> None:
    """Tell what is known by now of the texts that were sent, without asking a vendor.

    Exit status: 0 if something is known, 1 if nothing is.
    """
    if sum(each is not None for each in (reference, recipient, message_id)) != 1:
        raise Failure("say which texts: exactly one of --reference, --recipient and --message-id")
    with Interruption(READ), keeping(config, sandbox) as client:
        check_lasting(client.configuration, "it says nothing of what others sent")
        phone = None if recipient is None else _phone(recipient, client.configuration.region)
        known = client.reports.tracked(reference=reference, recipient=phone, message_id=message_id)
    print_all(known, tracked_table, json=json, nothing="Nothing is known of it.")
    raise typer.Exit(0 if known else INCOMPLETE)


def _phone(recipient: str, region: str | None) -> str:
    try:
        return str(parse_phone(recipient, region))
    except ValueError as error:
        raise Failure(f"--recipient: {error}") from None


@reports.command("unmatched")
def unmatched_reports(
    *,
    config: option.Config = Path("smsway.toml"),
    sandbox: asked.SandboxUrl = None,
    json: option.Json = False,
) -> None:
    """List the reports that fit nothing that was sent, the newest first."""
    with Interruption(READ), keeping(config, sandbox) as client:
        check_lasting(client.configuration, "no report is in it")
        unmatched = client.reports.unmatched()
        forgotten = client.tracker.orphans() if client.tracker is not None else 0
    print_all(unmatched, reports_table, json=json, nothing="Every report fits a text that was sent.")
    if forgotten and not json:
        console().print(f"{forgotten} older ones that fitted nothing were forgotten.")


@reports.command("prune")
def prune_reports(
    *,
    config: option.Config = Path("smsway.toml"),
    older_than: Annotated[
        int | None, typer.Option("--older-than", metavar="DAYS", min=1, help="By default reports.keep_days.")
    ] = None,
    sandbox: asked.SandboxUrl = None,
    json: option.Json = False,
) -> None:
    """Forget old texts, reports and messages."""
    with Interruption("nothing was forgotten") as told, keeping(config, sandbox) as client:
        settings = client.configuration.reports
        check_lasting(client.configuration, "there is nothing old in it")
        if client.tracker is None or settings.store is None:
            raise Failure("reports.store is not set, so nothing is kept; name a file")
        days = settings.keep_days if older_than is None else older_than
        told.words = "what is old may have been forgotten all the same"
        rows = client.tracker.prune(time.time() - days * _DAY)
    if json:
        typer.echo(json_line({"forgotten": rows, "older_than_days": days}))
    else:
        console().print(f"{rows} {'row' if rows == 1 else 'rows'} older than {days} days forgotten.")

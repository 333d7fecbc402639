"""`smsway explain`."""

from __future__ import annotations

import json as json_format
from dataclasses import asdict
from pathlib import Path

import typer
from rich.console import Console

from smsway.cli import _draft as option
from smsway.cli._accounts import planning
from smsway.cli._campaign import Campaign, open_campaign
from smsway.cli._draft import check_duplicates, check_recipients, content_of, options_of
from smsway.cli._output import console, table
from smsway.cli._totals import Totals
from smsway.model import Kind, Message
from smsway.routing import Explanation, RecipientPlan


def explain(
    to: option.To = None,
    *,
    config: option.Config = Path("smsway.toml"),
    template: option.TemplateName = None,
    param: option.Param = None,
    text: option.PlainText = None,
    kind: option.KindOf = Kind.NOTIFICATION,
    reference: option.Reference = None,
    region: option.Region = None,
    signature: option.SignatureName = None,
    sender: option.SenderName = None,
    tag: option.Tag = None,
    account: option.AccountName = None,
    within: option.Within = None,
    extra: option.Extra = None,
    caller: option.CallerKey = None,
    sandbox: option.SandboxUrl = None,
    csv: option.Csv = None,
    allow_duplicates: option.Duplicates = False,
    json: option.Json = False,
) -> None:
    """Tell which way a message would take, and why, without sending it.

    Of the rows of a CSV file, only sums are shown; `--json` writes one object per row.
    """
    message = Message(
        to=to or (),
        content=content_of(template, param or (), text),
        kind=kind,
        reference=reference,
        region=region,
        signature=signature,
        sender=sender,
        tags=tag or (),
        accounts=account or (),
        within=within,
        options=options_of(extra or ()),
        caller=caller,
    )
    check_recipients(to, csv)
    with planning(config, sandbox) as client:
        if csv is not None:
            with open_campaign(csv, message, client, duplicates=allow_duplicates) as campaign:
                _explain_campaign(campaign, json=json)
            return
        explanation = client.explain(message)
        if not allow_duplicates:
            check_duplicates(message, client.configuration.region)
    if json:
        typer.echo(json_format.dumps(asdict(explanation), indent=2))
        return
    show(explanation, console())


def _explain_campaign(campaign: Campaign, *, json: bool) -> None:
    campaign.check()
    totals = Totals()
    for rows, message in campaign.parts():
        for row, plan in zip(rows, campaign.client.explain(message).recipients, strict=True):
            if json:
                typer.echo(json_format.dumps({"line": row.line, **asdict(plan)}))
            else:
                totals.add(plan)
    if not json:
        totals.show(console())


def show(explanation: Explanation, out: Console) -> None:
    """Print a dry run for people to read."""
    for plan in explanation.recipients:
        _show_recipient(plan, out)
    batches = [
        (number, batch.account, len(batch.recipients), ", ".join(map(str, batch.recipients[:20])))
        for number, batch in enumerate(explanation.batches, 1)
    ]
    out.print(table("Requests that would go out", ("#", "account", "recipients", "positions"), batches))
    for note in explanation.notes:
        out.print(f"Note: {note}", soft_wrap=True)


def _show_recipient(plan: RecipientPlan, out: Console) -> None:
    way = f"route {plan.route!r}, on unknown {plan.on_unknown}" if plan.route else "no route matches"
    if plan.vetoed:
        way = f"vetoed: {plan.vetoed}"
    out.print(f"{plan.recipient} ({plan.country}): {way}", style="bold", soft_wrap=True)
    columns = ("#", "account", "template", "params or text", "signature", "sender", "segments", "price", "resting")
    rows = [
        (
            number,
            each.account,
            each.template,
            ", ".join(each.params) if each.template else each.text,
            each.signature,
            each.sender,
            each.segments,
            each.price,
            each.resting,
        )
        for number, each in enumerate(plan.candidates, 1)
    ]
    if rows:
        out.print(table(None, columns, rows))
    for warning in plan.warnings:
        out.print(f"  warning: {warning}", soft_wrap=True)
    for name, cause in plan.excluded:
        out.print(f"  not {name}: {cause}", soft_wrap=True)
    for name, condition in plan.passed:
        out.print(f"  route {name!r} does not match: {condition}", soft_wrap=True)

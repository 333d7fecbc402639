"""`smsway templates`: the templates that the vendors have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from smsway.cli import _accounts as asked
from smsway.cli import _draft as option
from smsway.cli import _filing as filed
from smsway.cli._draft import pairs
from smsway.cli._failure import Failure
from smsway.cli._filing import Filing, wording, yes_or_no
from smsway.cli._listing import Listing
from smsway.cli._moments import shown
from smsway.cli._output import console, table
from smsway.client import Client
from smsway.config import Configuration
from smsway.model import Kind, TemplateDraft, TemplateInfo
from smsway.routing import TemplateEntry, TemplateMapping, hint

templates = typer.Typer(no_args_is_help=True, help="List, submit, change and delete the templates of an account.")

_Id: TypeAlias = Annotated[str, typer.Argument(metavar="ID", help="The vendor's id of the template.")]
_Ids: TypeAlias = Annotated[list[str], typer.Argument(metavar="ID", help="The vendor's ids of templates.")]
_Text: TypeAlias = Annotated[
    str | None, typer.Option("--text", help="With the vendor's placeholders, such as {1} and {2}.")
]
_From: TypeAlias = Annotated[
    str | None,
    typer.Option("--from", metavar="NAME", help="Instead of --text: that of a template of the catalogue, numbered."),
]
_Name: TypeAlias = Annotated[
    str | None, typer.Option("--name", help="Its name at the vendor; with --from, that of the catalogue by default.")
]


def templates_table(found: Sequence[TemplateInfo]) -> Listing:
    """Tabulate templates."""
    columns = ("review", "id", "name", "kind", "international", "text", "reviewer's words", "created")
    rows = [
        (
            each.review,
            each.id,
            each.name,
            each.kind,
            yes_or_no(each.international),
            each.text,
            each.detail,
            shown(each.created_at),
        )
        for each in found
    ]
    return table(None, columns, rows)


FILING = Filing("template", Client.templates, templates_table)


@templates.command("list")
def list_templates(
    account: asked.AccountArgument,
    *,
    config: option.Config = Path("smsway.toml"),
    sandbox: asked.SandboxUrl = None,
    json: option.Json = False,
) -> None:
    """List all templates of an account."""
    FILING.list(account, config, sandbox, json=json)


@templates.command("get")
def get_templates(
    account: asked.AccountArgument,
    ids: _Ids,
    *,
    config: option.Config = Path("smsway.toml"),
    sandbox: asked.SandboxUrl = None,
    json: option.Json = False,
) -> None:
    """Look templates up by their ids.

    Exit status: 0 if the vendor has all of them, 1 if not.
    """
    raise typer.Exit(FILING.get(account, ids, config, sandbox, json=json))


@templates.command("add")
def add_template(
    account: asked.AccountArgument,
    *,
    config: option.Config = Path("smsway.toml"),
    text: _Text = None,
    source: _From = None,
    kind: option.KindOf = Kind.NOTIFICATION,
    name: _Name = None,
    remark: filed.Remark = "",
    international: filed.International = False,
    extra: filed.Extras = None,
    sandbox: asked.SandboxUrl = None,
    json: option.Json = False,
) -> None:
    """Submit a template for review."""
    draft = partial(
        _draft, text=text, source=source, kind=kind, name=name, remark=remark, international=international, extra=extra
    )
    added = FILING.file(account, draft, config, sandbox, json=json)
    if source is not None and not json:
        line = f"templates.{source}.accounts.{account}.id = {_quoted(added.id)}"
        console().print(f"For the configuration: {line}", soft_wrap=True)


@templates.command("modify")
def modify_template(
    account: asked.AccountArgument,
    template_id: _Id,
    *,
    config: option.Config = Path("smsway.toml"),
    text: _Text = None,
    source: _From = None,
    kind: option.KindOf = Kind.NOTIFICATION,
    name: _Name = None,
    remark: filed.Remark = "",
    international: filed.International = False,
    extra: filed.Extras = None,
    sandbox: asked.SandboxUrl = None,
    json: option.Json = False,
) -> None:
    """Replace a template as a whole; it goes back to review."""
    draft = partial(
        _draft, text=text, source=source, kind=kind, name=name, remark=remark, international=international, extra=extra
    )
    FILING.file(account, draft, config, sandbox, json=json, instead_of=template_id)


@templates.command("delete")
def delete_templates(
    account: asked.AccountArgument,
    ids: _Ids,
    *,
    config: option.Config = Path("smsway.toml"),
    yes: filed.Yes = False,
    sandbox: asked.SandboxUrl = None,
) -> None:
    """Delete templates, after a question."""
    FILING.delete(account, ids, config, sandbox, yes=yes, warning=partial(_warning, account, ids))


def _draft(
    configuration: Configuration,
    account: str,
    *,
    text: str | None,
    source: str | None,
    kind: Kind,
    name: str | None,
    remark: str,
    international: bool,
    extra: Sequence[str] | None,
) -> TemplateDraft:
    return TemplateDraft(
        text=wording("template", text, source, partial(_numbered, configuration, account)),
        kind=kind,
        name=(source or "") if name is None else name,
        remark=remark,
        international=international,
        options=pairs("--option", extra or (), "KEY=VALUE"),
    )


def _numbered(configuration: Configuration, account: str, name: str) -> str:
    """Return the text of the catalogue's template *name* as *account* numbers its params; raises `Failure`.

    An account that has no mapping yet gets all params in their order, as a mapping without params of its own would.
    """
    entries = configuration.catalogue.templates
    if name not in entries:
        raise Failure(f"--from {name!r}: the catalogue has no such template{hint(name, entries)}")
    entry = entries[name]
    if entry.text is None:
        raise Failure(f"--from {name!r}: templates.{name}.text is not set; set it, or give --text")
    numbered = _mapped(entry, account).numbered(account)
    if numbered is None:
        where = f"templates.{name}.accounts.{account}.params"
        raise Failure(f"--from {name!r}: {where} leaves out a param that the text has; give --text")
    return numbered


def _mapped(entry: TemplateEntry, account: str) -> TemplateEntry:
    if account in entry.accounts:
        return entry
    return replace(entry, accounts={account: TemplateMapping("", entry.params)})


def _warning(account: str, ids: Sequence[str], configuration: Configuration) -> str:
    """Name the lines of the configuration that one of *ids* stands in."""
    used = [
        f"templates.{entry.name}.accounts.{account}"
        for entry in configuration.catalogue.templates.values()
        if account in entry.accounts and entry.accounts[account].id in ids
    ]
    return f"The configuration uses {', '.join(used)}. " if used else ""


def _quoted(template_id: str) -> str:
    return template_id if template_id.isdecimal() else f'"{template_id}"'

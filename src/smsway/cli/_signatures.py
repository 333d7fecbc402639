"""`smsway signatures`: the signatures that the vendors have."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from smsway.cli import _accounts as asked
from smsway.cli import _draft as option
from smsway.cli import _filing as filed
from smsway.cli._accounts import asking, check_account
from smsway.cli._draft import pairs
from smsway.cli._failure import INCOMPLETE, Failure
from smsway.cli._filing import Filing, wording, yes_or_no
from smsway.cli._listing import Listing
from smsway.cli._moments import shown
from smsway.cli._output import table
from smsway.client import Client
from smsway.config import Configuration
from smsway.model import SignatureDraft, SignatureInfo
from smsway.routing import hint

signatures = typer.Typer(no_args_is_help=True, help="List, submit, change and delete the signatures of an account.")

_Id: TypeAlias = Annotated[str, typer.Argument(metavar="ID", help="The vendor's id of the signature.")]
_Ids: TypeAlias = Annotated[list[str], typer.Argument(metavar="ID", help="The vendor's ids of signatures.")]
_Text: TypeAlias = Annotated[str | None, typer.Option("--text", help="The signature, without brackets.")]
_From: TypeAlias = Annotated[
    str | None,
    typer.Option("--from", metavar="NAME", help="Instead of --text: a signature of the catalogue, as the account has."),
]
_Picture: TypeAlias = Annotated[
    Path | None, typer.Option("--picture", metavar="FILE", help="An image that proves the right to it.")
]


def signatures_table(found: Sequence[SignatureInfo]) -> Listing:
    """Tabulate signatures."""
    columns = ("review", "id", "text", "international", "reviewer's words", "created")
    rows = [
        (each.review, each.id, each.text, yes_or_no(each.international), each.detail, shown(each.created_at))
        for each in found
    ]
    return table(None, columns, rows)


FILING = Filing("signature", Client.signatures, signatures_table)


@signatures.command("list")
def list_signatures(
    account: asked.AccountArgument,
    *,
    config: option.Config = Path("smsway.toml"),
    sandbox: asked.SandboxUrl = None,
    json: option.Json = False,
) -> None:
    """List all signatures of an account."""
    FILING.list(account, config, sandbox, json=json)


@signatures.command("get")
def get_signatures(
    account: asked.AccountArgument,
    ids: _Ids,
    *,
    config: option.Config = Path("smsway.toml"),
    sandbox: asked.SandboxUrl = None,
    json: option.Json = False,
) -> None:
    """Look signatures up by their ids.

    Exit status: 0 if the vendor has all of them, 1 if not.
    """
    raise typer.Exit(FILING.get(account, ids, config, sandbox, json=json))


@signatures.command("find")
def find_signature(
    account: asked.AccountArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The signature, without brackets.")],
    *,
    config: option.Config = Path("smsway.toml"),
    sandbox: asked.SandboxUrl = None,
    json: option.Json = False,
) -> None:
    """Look a signature up by its text.

    Exit status: 0 if the vendor has it, 1 if not.
    """
    with asking(config, sandbox) as client:
        check_account(client.configuration, account)
        found = client.signatures(account).find(text)
    FILING.show([found] if found else [], json=json, nothing="The vendor has no such signature.")
    raise typer.Exit(0 if found else INCOMPLETE)


@signatures.command("add")
def add_signature(
    account: asked.AccountArgument,
    *,
    config: option.Config = Path("smsway.toml"),
    text: _Text = None,
    source: _From = None,
    picture: _Picture = None,
    remark: filed.Remark = "",
    international: filed.International = False,
    extra: filed.Extras = None,
    sandbox: asked.SandboxUrl = None,
    json: option.Json = False,
) -> None:
    """Submit a signature for review."""
    draft = partial(
        _draft, text=text, source=source, picture=picture, remark=remark, international=international, extra=extra
    )
    FILING.file(account, draft, config, sandbox, json=json)


@signatures.command("modify")
def modify_signature(
    account: asked.AccountArgument,
    signature_id: _Id,
    *,
    config: option.Config = Path("smsway.toml"),
    text: _Text = None,
    source: _From = None,
    picture: _Picture = None,
    remark: filed.Remark = "",
    international: filed.International = False,
    extra: filed.Extras = None,
    sandbox: asked.SandboxUrl = None,
    json: option.Json = False,
) -> None:
    """Replace a signature as a whole; it goes back to review."""
    draft = partial(
        _draft, text=text, source=source, picture=picture, remark=remark, international=international, extra=extra
    )
    FILING.file(account, draft, config, sandbox, json=json, instead_of=signature_id)


@signatures.command("delete")
def delete_signatures(
    account: asked.AccountArgument,
    ids: _Ids,
    *,
    config: option.Config = Path("smsway.toml"),
    yes: filed.Yes = False,
    sandbox: asked.SandboxUrl = None,
) -> None:
    """Delete signatures, after a question."""
    FILING.delete(account, ids, config, sandbox, yes=yes)


def _draft(
    configuration: Configuration,
    account: str,
    *,
    text: str | None,
    source: str | None,
    picture: Path | None,
    remark: str,
    international: bool,
    extra: Sequence[str] | None,
) -> SignatureDraft:
    return SignatureDraft(
        text=wording("signature", text, source, partial(_named, configuration, account)),
        remark=remark,
        picture=None if picture is None else picture.read_bytes(),
        international=international,
        options=pairs("--option", extra or (), "KEY=VALUE"),
    )


# A vendor keeps a signature without the brackets that it puts around it.
_BRACKETS = " 【】[]"


def _named(configuration: Configuration, account: str, name: str) -> str:
    """Return the signature *name* of the catalogue as *account* has it; raises `Failure`."""
    names = configuration.catalogue.signatures
    if name not in names:
        raise Failure(f"--from {name!r}: the catalogue has no such signature{hint(name, names)}")
    if account not in names[name]:
        raise Failure(f"--from {name!r}: signatures.{name}.{account} is not set; set it, or give --text")
    return names[name][account].strip(_BRACKETS)

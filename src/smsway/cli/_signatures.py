"""`smsway signatures`: the signatures that the vendors have."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.table import Table

from smsway.cli import _accounts as asked
from smsway.cli import _draft as option
from smsway.cli import _filing as filed
from smsway.cli._accounts import asking, check_account
from smsway.cli._draft import pairs
from smsway.cli._failure import INCOMPLETE, Failure
from smsway.cli._filing import changing, confirm, missing, yes_or_no
from smsway.cli._moments import shown
from smsway.cli._output import console, print_all, table
from smsway.cli._pages import paging
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


@signatures.command("list")
def list_signatures(
    account: asked.AccountArgument,
    *,
    config: option.Config = Path("smsway.toml"),
    sandbox: asked.SandboxUrl = None,
    json: option.Json = False,
) -> None:
    """List all signatures of an account."""
    with asking(config, sandbox) as client:
        check_account(client.configuration, account)
        with paging("signatures") as progress:
            found = client.signatures(account).list(progress)
    print_all(found, signatures_table, json=json, nothing="The vendor has no signature.")


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
    with asking(config, sandbox) as client:
        check_account(client.configuration, account)
        found = client.signatures(account).get(ids)
    print_all(found, signatures_table, json=json, nothing="The vendor has none of them.")
    raise typer.Exit(INCOMPLETE if missing("signature", ids, {each.id for each in found}) else 0)


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
    print_all([found] if found else [], signatures_table, json=json, nothing="The vendor has no such signature.")
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
    with asking(config, sandbox) as client:
        draft = SignatureDraft(
            text=_text(client.configuration, account, text, source),
            remark=remark,
            picture=picture.read_bytes() if picture is not None else None,
            international=international,
            options=pairs("--option", extra or (), "KEY=VALUE"),
        )
        with changing():
            added = client.signatures(account).add(draft)
    print_all([added], signatures_table, json=json, nothing="")


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
    with asking(config, sandbox) as client:
        draft = SignatureDraft(
            text=_text(client.configuration, account, text, source),
            remark=remark,
            picture=picture.read_bytes() if picture is not None else None,
            international=international,
            options=pairs("--option", extra or (), "KEY=VALUE"),
        )
        with changing():
            changed = client.signatures(account).modify(signature_id, draft)
    print_all([changed], signatures_table, json=json, nothing="")


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
    with asking(config, sandbox) as client:
        check_account(client.configuration, account)
        confirm(f"Delete {', '.join(ids)} of account {account}?", yes=yes)
        with changing():
            client.signatures(account).delete(ids)
    console().print(f"Deleted: {', '.join(ids)}")


# A vendor keeps a signature without the brackets that it puts around it.
_BRACKETS = " 【】[]"


def _text(configuration: Configuration, account: str, text: str | None, source: str | None) -> str:
    """Return the signature that the options name; raises `Failure`."""
    check_account(configuration, account)
    if (text is None) == (source is None):
        raise Failure("say what the signature says: either --text TEXT, or --from NAME of the catalogue")
    if source is None:
        return text or ""
    names = configuration.catalogue.signatures
    if source not in names:
        raise Failure(f"--from {source!r}: the catalogue has no such signature{hint(source, names)}")
    if account not in names[source]:
        raise Failure(f"--from {source!r}: signatures.{source}.{account} is not set; set it, or give --text")
    return names[source][account].strip(_BRACKETS)


def signatures_table(found: Sequence[SignatureInfo]) -> Table:
    """Tabulate signatures."""
    columns = ("review", "id", "text", "international", "reviewer's words", "created")
    rows = [
        (each.review, each.id, each.text, yes_or_no(each.international), each.detail, shown(each.created_at))
        for each in found
    ]
    return table(None, columns, rows)

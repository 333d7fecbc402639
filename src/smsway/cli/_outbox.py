"""`smsway outbox`: puts messages into the outbox, and tells what became of them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smsway.cli import _accounts as asked
from smsway.cli import _draft as option
from smsway.cli._configuration import configuration_of
from smsway.cli._draft import check_duplicates, content_of, options_of
from smsway.cli._failure import INCOMPLETE, Failure, Interruption
from smsway.cli._listing import Listing
from smsway.cli._moments import ahead, shown
from smsway.cli._output import console, json_line, table
from smsway.model import Kind, Message

if TYPE_CHECKING:
    from smsway.outbox import Outbox, Tracing

outbox = typer.Typer(no_args_is_help=True, help="Put messages into the outbox, and tell what became of them.")

Id = Annotated[str | None, typer.Argument(metavar="ID", help="The id that `add` printed.")]
Key = Annotated[str | None, typer.Option("--key", metavar="KEY", help="Your own name for the message.")]
_WHEN = "2026-11-22T10:00+08:00, or so long from now: 30m, 24h, 7d."


@outbox.command()
def add(
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
    extra: option.Extra = None,
    caller: option.CallerKey = None,
    key: Key = None,
    not_before: Annotated[str | None, typer.Option(metavar="TIME", help=f"Send no earlier: {_WHEN}")] = None,
    not_after: Annotated[str | None, typer.Option(metavar="TIME", help=f"Send no later: {_WHEN}")] = None,
    allow_duplicates: option.Duplicates = False,
    sandbox: asked.SandboxUrl = None,
) -> None:
    """Write a message down, which workers then send, and print its id.

    Exit status: 0 if it is in the outbox, also if it was there before under the same --key; 2 if not.
    """
    if not to:
        raise Failure("say to whom: phones in E.164, or in national form with --region")
    message = Message(
        to=to,
        content=content_of(template, param or (), text),
        kind=kind,
        reference=reference,
        region=region,
        signature=signature,
        sender=sender,
        tags=tag or (),
        accounts=account or (),
        options=options_of(extra or ()),
        caller=caller,
    )
    with Interruption("look it up by its --key; without one, it may be in the outbox"), opened(config, sandbox) as box:
        box.check(message)
        if not allow_duplicates:
            check_duplicates(message, box.configuration.region)
        enqueued = box.enqueue(
            message, key=key, not_before=ahead("--not-before", not_before), not_after=ahead("--not-after", not_after)
        )
    sys.stdout.write(f"{enqueued.id}\n")
    if not enqueued.created:
        console(stderr=True).print("It was there before; nothing was added.")


@outbox.command()
def show(
    id_: Id = None,
    *,
    key: Key = None,
    config: option.Config = Path("smsway.toml"),
    sandbox: asked.SandboxUrl = None,
    json: option.Json = False,
) -> None:
    """Tell what is known of a message, by its id or your --key.

    Exit status: 0 if it is known, 1 if not, 2 after an error.
    """
    with Interruption(asked.READ), opened(config, sandbox) as box:
        found = box.find(_one(id_, key), key=key)
    if found is None:
        console(stderr=True).print("The outbox knows no such message.")
        raise typer.Exit(INCOMPLETE)
    if json:
        sys.stdout.write(json_line(found) + "\n")
    else:
        console().print(_message_table(found))


def _one(id_: str | None, key: str | None) -> str | None:
    if (id_ is None) == (key is None):
        raise Failure("name the message, either by its ID or by --key")
    return id_


@outbox.command()
def cancel(
    id_: Id = None,
    *,
    key: Key = None,
    config: option.Config = Path("smsway.toml"),
    sandbox: asked.SandboxUrl = None,
) -> None:
    """Let nothing more of a message be sent, as far as workers have not begun.

    Exit status: 0 if nothing of it will be sent any more, 1 if some of it has been or is being sent, or it is not
    known, 2 after an error.
    """
    with Interruption("look the message up with `show`"), opened(config, sandbox) as box:
        found = box.find(_one(id_, key), key=key)
        count = box.cancel(found.id) if found else 0
    if found is None:
        console(stderr=True).print("The outbox knows no such message.")
        raise typer.Exit(INCOMPLETE)
    total = len(found.recipients)
    console().print(f"Cancelled for {count} of {total} recipients.")
    raise typer.Exit(0 if count == total else INCOMPLETE)


@outbox.command()
def status(
    *, config: option.Config = Path("smsway.toml"), sandbox: asked.SandboxUrl = None, json: option.Json = False
) -> None:
    """Tell how many recipients are in each state.

    Exit status: 0, or 2 after an error.
    """
    with Interruption(asked.READ), opened(config, sandbox) as box:
        counts, due = box.counts(), box.next_due()
    if json:
        sys.stdout.write(json_line({str(state): count for state, count in counts.items()}) + "\n")
    elif counts:
        console().print(table(None, ("state", "recipients"), [(str(state), counts[state]) for state in counts]))
        if due is not None:
            console().print(f"The next one is due {'now' if due <= 0 else f'at {shown(time.time() + due)}'}.")
    else:
        console().print("The outbox is empty.")


@outbox.command()
def prune(*, config: option.Config = Path("smsway.toml"), sandbox: asked.SandboxUrl = None) -> None:
    """Forget messages that are older than `keep_days` and done; workers do so by themselves.

    Exit status: 0, or 2 after an error.
    """
    with Interruption("some messages may be forgotten"), opened(config, sandbox) as box:
        count = box.prune()
    console().print(f"Forgot {count} messages.")


@outbox.command()
def migrate(*, config: option.Config = Path("smsway.toml"), sandbox: asked.SandboxUrl = None) -> None:
    """Make the tables in the database, or bring those of an earlier smsway up to date.

    Exit status: 0, or 2 after an error, and then nothing is changed.
    """
    room = outbox_room()
    with Interruption("look at the database before you go on"):
        room.migrate(configuration_of(config, sandbox))
    console().print("The tables are up to date.")


@contextmanager
def opened(config: Path, sandbox: str | None) -> Iterator[Outbox]:
    """Open the outbox that the configuration names."""
    room = outbox_room()
    with room.Outbox.open(configuration_of(config, sandbox)) as box:
        yield box


def _message_table(found: Tracing) -> Listing:
    columns = ("state", "recipient", "account", "reason", "code", "detail", "due", "tries", "message id", "reference")
    rows = []
    for each in found.recipients:
        known = each.outcome
        said = (known.account, known.reason, known.code, known.detail) if known else (None,) * 4
        due = None if each.state.is_final else shown(each.due)
        rows.append(
            (
                str(each.state),
                each.phone,
                *said,
                due,
                each.tries or None,
                known.provider_message_id if known else None,
                each.reference,
            )
        )
    return table(f"{found.id} ({found.kind}), to be sent until {shown(found.not_after)}", columns, rows)


def outbox_room() -> Any:
    """Return the module `smsway.outbox`; raises `Failure` if its extra is missing."""
    try:
        import smsway.outbox as room  # noqa: PLC0415  # the extra may be missing, and other commands need no database
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in {"sqlalchemy", "alembic"}:
            raise
        raise Failure(f'the outbox needs {error.name}; pip install "smsway[outbox]"') from None
    return room

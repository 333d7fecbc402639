"""What the options of `send` and `explain` say about a message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from smsway.cli._failure import Failure
from smsway.model import Content, Kind, Message, Recipient, Template, Text

Config: TypeAlias = Annotated[
    Path, typer.Option("--config", "-c", envvar="SMSWAY_CONFIG", help="The configuration file.")
]
To: TypeAlias = Annotated[
    list[str] | None, typer.Argument(metavar="TO...", help="Phones in E.164, or in national form with --region.")
]
TemplateName: TypeAlias = Annotated[str | None, typer.Option("--template", help="A template of the catalogue.")]
Param: TypeAlias = Annotated[
    list[str] | None, typer.Option("--param", metavar="NAME=VALUE", help="A param of the template; repeat it.")
]
PlainText: TypeAlias = Annotated[str | None, typer.Option("--text", help="Free text instead of a template.")]
KindOf: TypeAlias = Annotated[Kind, typer.Option("--kind", help="What the message is for.")]
Reference: TypeAlias = Annotated[str | None, typer.Option("--reference", help="Your name for it; comes back.")]
Region: TypeAlias = Annotated[
    str | None, typer.Option("--region", metavar="CC", help="The country of phones in national form, such as CN.")
]
Tag: TypeAlias = Annotated[list[str] | None, typer.Option("--tag", help="A tag that routes may ask for; repeat it.")]
AccountName: TypeAlias = Annotated[
    list[str] | None, typer.Option("--account", help="Only this account of the route; repeat it.")
]
SignatureName: TypeAlias = Annotated[
    str | None, typer.Option("--signature", metavar="NAME", help="A signature of the catalogue, not the account's own.")
]
SenderName: TypeAlias = Annotated[
    str | None, typer.Option("--sender", metavar="NAME", help="A sender id of the catalogue, not the account's own.")
]
Within: TypeAlias = Annotated[
    float | None, typer.Option("--within", metavar="SECONDS", help="The time that the whole delivery may take.")
]
SandboxUrl: TypeAlias = Annotated[
    str | None, typer.Option("--sandbox", metavar="URL", help="Send to a sandbox: the control URL that it printed.")
]
Csv: TypeAlias = Annotated[
    Path | None, typer.Option("--csv", metavar="FILE", help="Recipients: phone, reference, and params.")
]
Duplicates: TypeAlias = Annotated[
    bool, typer.Option("--allow-duplicates", help="Let a phone stand in several rows of --csv.")
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Write JSON to stdout.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message without its recipients."""

    content: Content
    kind: Kind
    reference: str | None = None
    region: str | None = None
    signature: str | None = None
    sender: str | None = None
    tags: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    within: float | None = None

    def message(self, to: Iterable[Recipient | str]) -> Message:
        """Address the message."""
        return Message(
            to=to,
            content=self.content,
            kind=self.kind,
            reference=self.reference,
            region=self.region,
            signature=self.signature,
            sender=self.sender,
            tags=self.tags,
            accounts=self.accounts,
            within=self.within,
        )

    def without_reference(self) -> Draft:
        """Return the draft for recipients that carry their own references."""
        return replace(self, reference=None)


def check_recipients(to: Sequence[str] | None, csv: Path | None) -> None:
    """Raise `Failure` unless the recipients come from exactly one place."""
    if bool(to) == (csv is not None):
        raise Failure("say to whom: either phones, or --csv FILE")


def content_of(template: str | None, params: Sequence[str], text: str | None) -> Content:
    """Return the content that the options name; raises `Failure` unless it is exactly one."""
    if (template is None) == (text is None):
        raise Failure("say what to send: either --template NAME with --param NAME=VALUE, or --text TEXT")
    if text is not None:
        if params:
            raise Failure("--param belongs to --template; --text is sent as it stands")
        return Text(text)
    return Template(template or "", _pairs(params))


def _pairs(params: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for param in params:
        name, equals, value = param.partition("=")
        # What follows the name may be a code: it is not repeated.
        if not equals or not name:
            raise Failure("--param takes NAME=VALUE, such as --param code=1234")
        if name in pairs:
            raise Failure(f"--param {name} is given twice")
        pairs[name] = value
    return pairs

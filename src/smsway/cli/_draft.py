"""What the options of `send` and `explain` say about a message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from smsway.cli._failure import Failure
from smsway.model import Content, Kind, Message, Problem, Template, Text, parse_phone

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
CallerKey: TypeAlias = Annotated[
    str | None,
    typer.Option("--caller", metavar="KEY", help="Who asks for it, such as a user id, for guards that count."),
]
Within: TypeAlias = Annotated[
    float | None, typer.Option("--within", metavar="SECONDS", help="The time that the whole delivery may take.")
]
SandboxUrl: TypeAlias = Annotated[
    str | None, typer.Option("--sandbox", metavar="URL", help="Send to a sandbox: the control URL that it printed.")
]
Extra: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--option", metavar="PROVIDER.NAME=VALUE", help="A provider's own option; repeat it."),
]
Csv: TypeAlias = Annotated[
    Path | None, typer.Option("--csv", metavar="FILE", help="Recipients: phone, reference, and params.")
]
Duplicates: TypeAlias = Annotated[
    bool, typer.Option("--allow-duplicates", help="Send to a phone as often as it is named.")
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Write JSON to stdout.")]


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
    return Template(template or "", pairs("--param", params, "NAME=VALUE, such as --param code=1234"))


def options_of(extras: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    """Return what the options say to providers, by provider; raises `Failure`."""
    options: dict[str, dict[str, str]] = {}
    form = "PROVIDER.NAME=VALUE, such as --option acme.extend_code=12"
    for place, value in pairs("--option", extras, form).items():
        provider, _, name = place.partition(".")
        if not (provider and name):
            raise Failure(f"--option {place} lacks the provider or the name; it takes {form}")
        options.setdefault(provider, {})[name] = value
    return options


def pairs(option: str, given: Sequence[str], form: str) -> dict[str, str]:
    """Return what an *option* that takes NAME=VALUE was *given*, by name; raises `Failure`, which shows the *form*."""
    pairs: dict[str, str] = {}
    for each in given:
        name, equals, value = each.partition("=")
        # What follows the name may be a code: it is not repeated.
        if not equals or not name:
            raise Failure(f"{option} takes {form}")
        if name in pairs:
            raise Failure(f"{option} {name} is given twice")
        pairs[name] = value
    return pairs


def check_duplicates(message: Message, region: str | None) -> None:
    """Raise `Failure` if a phone stands in *message*, which is valid, more than once; *region* is the usual one."""
    problems = [*_duplicates(message, message.region or region)]
    if problems:
        raise Failure("nothing was sent, for phones are named twice:", problems)


def _duplicates(message: Message, region: str | None) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, recipient in enumerate(message.to):
        earlier = first.setdefault(parse_phone(recipient.phone, region), index)
        if earlier != index:
            yield Problem(f"to[{index}]", f"is the phone of to[{earlier}]; --allow-duplicates sends to both")

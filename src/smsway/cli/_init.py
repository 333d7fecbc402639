"""`smsway init`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer

from smsway.cli._failure import Failure
from smsway.plugins import PROVIDERS, Plugins, names
from smsway.provider import Example, ProviderSpec
from smsway.routing import hint

Told = tuple[str, Example]
"""A provider, whose name the account has as well, and the account to begin with."""


def starter(chosen: Sequence[str] = ()) -> str:
    """Return the configuration that `smsway init` writes, with an account of each provider that is *chosen*, or of all.

    Raises `Failure` for one that is not installed, and if there is none.
    """
    told = [(spec.name, spec.example) for spec in _specs(chosen) if spec.example is not None]
    if not told:
        raise Failure("no provider is installed; pip install smsway-<name>, or name one with --provider")
    accounts = ", ".join(json.dumps(name) for name, _ in told)
    text = files("smsway.cli").joinpath("starter.toml").read_text(encoding="utf-8")
    for place, written in {
        "@accounts": "\n\n".join(map(_account, told)),
        "@templates": _each(told, "accounts.{} = {{ id = {} }}", lambda example: example.template),
        "@signatures": _each(told, "{} = {}", lambda example: example.signature),
        "@senders": _each(told, "{} = {}", lambda example: example.sender),
        "@names": accounts,
        "@first": told[0][0],
    }.items():
        text = text.replace(place, written)
    return text


def _specs(chosen: Sequence[str]) -> Iterator[ProviderSpec[Any]]:
    plugins = Plugins()
    for name in chosen or names(PROVIDERS):
        spec = plugins.load_provider(name)
        if spec is not None:
            yield spec
        elif chosen:
            why = plugins.broken.get(name) or f"no provider {name!r} is installed{hint(name, names(PROVIDERS))}"
            raise Failure(why)


def _account(told: Told) -> str:
    name, example = told
    return f'[accounts.{name}]\nprovider = "{name}"\n{example.settings.strip()}'


def _each(told: Sequence[Told], line: str, value: Callable[[Example], object]) -> str:
    lines = [line.format(name, json.dumps(found, ensure_ascii=False)) for name, each in told if (found := value(each))]
    return "\n".join(lines) or "# none of these accounts needs one"


def init(
    path: Annotated[Path, typer.Argument(help="The file to write.")] = Path("smsway.toml"),
    *,
    provider: Annotated[
        list[str] | None, typer.Option("--provider", help="A provider to write an account of; repeat it. Default: all.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write a configuration to start from, with a comment at every part."""
    text = starter(provider or ())
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise Failure(f"{path} is there already; name another file, or write over it with --force") from None
    typer.echo(f"{path} written. Set the environment variables it names, then: smsway check --config {path}")

"""`smsway init`."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from smsway.cli._failure import Failure


def starter() -> str:
    """Return the configuration that `smsway init` writes."""
    return files("smsway.cli").joinpath("starter.toml").read_text(encoding="utf-8")


def init(
    path: Annotated[Path, typer.Argument(help="The file to write.")] = Path("smsway.toml"),
    *,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write a configuration to start from, with a comment at every part."""
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(starter())
    except FileExistsError:
        raise Failure(f"{path} is there already; name another file, or write over it with --force") from None
    typer.echo(f"{path} written. Set the environment variables it names, then: smsway check --config {path}")

"""`smsway new-provider`."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Any

import typer

import smsway.provider
from smsway import __version__
from smsway.cli._failure import Failure
from smsway.plugins import PROVIDERS, names

LONGEST_NAME = 30
"""Characters of a name, at most: then no line of what is written is too long."""

LONGEST = 40
"""Characters of a title or an author, at most."""

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def new_provider(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The provider's name: lower-case letters, digits and hyphens.")
    ],
    *,
    into: Annotated[
        Path | None, typer.Option("--into", metavar="FOLDER", help="The folder to make. Default: smsway-NAME.")
    ] = None,
    title: Annotated[
        str | None, typer.Option("--title", help="The vendor's name in sentences. Default: made of NAME.")
    ] = None,
    author: Annotated[str | None, typer.Option("--author", help="Whose work it is.")] = None,
    ask: Annotated[bool, typer.Option("--ask", help="Ask for the title and the author on the terminal.")] = False,
) -> None:
    """Write a whole distribution for a new provider, which passes every check before you change it."""
    check_name(name)
    into = into or Path(f"smsway-{name}")
    if into.exists():
        raise Failure(f"{into} is there already, and nothing is written over; name another folder with --into FOLDER")
    told = _asked if ask else _given
    said = {
        "title": told("--title", title, name.replace("-", " ").title()),
        "author": told("--author", author, f"The smsway-{name} authors"),
    }
    _copy()(into, {**_words(name), **said})
    typer.echo(
        f"{into} written. Whatever is yours to change says CHANGE: grep -rn CHANGE {into}\n"
        f"Then, in that folder: pip install --editable . --group dev && pytest"
    )


def check_name(name: str) -> None:
    """Raise `Failure` unless a new provider can be called *name*."""
    if not _NAME.fullmatch(name):
        plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        way = f", such as {plain!r}" if plain else ""
        raise Failure(f"{name!r} is no name; take lower-case letters, digits and single hyphens between them{way}")
    if name.startswith("smsway-"):
        raise Failure(f"the distribution of {name!r} would be smsway-{name}; say {name.removeprefix('smsway-')!r}")
    if len(name) > LONGEST_NAME:
        raise Failure(f"{name!r} has {len(name)} characters; {LONGEST_NAME} are the most")
    if name in names(PROVIDERS):
        raise Failure(f"a provider {name!r} is installed already; take another name, or uninstall it")
    clashing = [each for part in ("Config", "Provider", "Side") if (each := _prefix(name) + part) in _TAKEN]
    if clashing:
        raise Failure(f"{name!r} would make a class {clashing[0]}, which smsway has; take another name: {name}-sms")


_TAKEN = frozenset(smsway.provider.__all__)


def _words(name: str) -> Mapping[str, Any]:
    """Return what the template makes of *name*."""
    major, minor, *_ = __version__.split(".")
    prefix = _prefix(name)
    return {
        "name": name,
        "package": f"smsway_{name.replace('-', '_')}",
        "prefix": prefix,
        "variable": prefix.upper(),
        "bounds": f">={major}.{minor},<{major}.{int(minor) + 1}",
        "year": datetime.now().astimezone().year,
    }


def _prefix(name: str) -> str:
    """Return what the classes begin with; a name such as `2go` makes no identifier by itself."""
    words = "".join(word.capitalize() for word in name.split("-"))
    return words if words.isidentifier() else f"Sms{words}"


def _given(option: str, value: str | None, default: str) -> str:
    return default if value is None else _checked(option, value)


def _asked(option: str, value: str | None, default: str) -> str:
    if value is not None:
        return _checked(option, value)
    if not sys.stdin.isatty():
        raise Failure(f"--ask needs a terminal; say it with {option}")
    answer: str = typer.prompt(option.strip("-").capitalize(), default=default)
    return _checked(option, answer)


def _checked(option: str, value: str) -> str:
    """Return *value* if it can stand in code, in TOML and in Markdown alike; raises `Failure`."""
    value = value.strip()
    if not value or len(value) > LONGEST or not value.isprintable() or set(value) & set('"\\{}<>`'):
        raise Failure(f'{option} {value!r}: take 1 to {LONGEST} characters in one line, without " \\ {{ }} < > or `')
    return value


def _copy() -> Callable[[Path, Mapping[str, Any]], None]:
    """Return what fills the template; raises `Failure` if copier is not installed."""
    try:
        import copier  # noqa: PLC0415  # half a second, and an extra
    except ModuleNotFoundError as error:
        if error.name != "copier":
            raise
        raise Failure('new-provider needs copier; pip install "smsway[scaffold]"') from None

    def copy(into: Path, words: Mapping[str, Any]) -> None:
        with as_file(files("smsway.cli") / "scaffold") as template:
            copier.run_copy(str(template), into, data=dict(words), defaults=True, quiet=True)

    return copy

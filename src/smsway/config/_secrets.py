"""Secrets by reference: `env:NAME`, `file:PATH`, `literal:TEXT`, or whatever a plugin resolves."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

Resolver = Callable[[str], str | None]

WAYS = "env:NAME, file:PATH, a plugin's scheme, or literal:TEXT if it must stand in the file"


class Unfit(ValueError):
    """What is given can be no secret, wherever it is read; any other `ValueError` says that it is missing here."""


def resolve(reference: object, folder: Path, plugin: Resolver) -> str:
    """Return the secret that *reference* stands for; relative files lie in *folder*.

    Raises `Unfit` for what is no reference, and `ValueError` for one that leads nowhere, with the way out; their texts
    never quote what could be a secret.
    """
    if not isinstance(reference, str) or ":" not in reference:
        raise Unfit(f"is a secret, so it is given by reference: {WAYS}")
    scheme, _, rest = reference.partition(":")
    if scheme == "env":
        return _from_environment(rest)
    if scheme == "file":
        return _from_file(folder / rest)
    if scheme == "literal":
        return rest
    secret = plugin(reference)
    if secret is None:
        # What precedes the colon may be part of a secret that was pasted here.
        raise ValueError(f"is a reference that no plugin resolves; use {WAYS}")
    return secret


def _from_environment(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise ValueError(f"environment variable {name!r} is {'empty' if value == '' else 'not set'}")
    return value


def _from_file(path: Path) -> str:
    try:
        value = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"file {str(path)!r} cannot be read: {type(error).__name__}") from None
    if not value:
        raise ValueError(f"file {str(path)!r} is empty")
    return value

"""What `smsway check` finds about the store of reports and about those who post into it, without opening either."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from smsway.cli._accounts import able
from smsway.config import Configuration
from smsway.model import Problem
from smsway.tracking._sqlite import APPLICATION
from smsway.tracking._statements import VERSION

_MAGIC = b"SQLite format 3\0"
_HEADER = 100
"""Bytes that a database begins with (sqlite.org/fileformat.html#the_database_header)."""


def kept_problems(configuration: Configuration) -> Iterator[Problem]:
    """Yield what would keep `smsway reports`, or `smsway webhooks` where there are webhooks, from starting."""
    store, webhooks = configuration.reports.store, configuration.webhooks
    what = _store_problem(store) if isinstance(store, Path) else None
    if store is None and (webhooks.accounts or webhooks.unresolved):
        what = "is not set, and [webhooks] keeps in it what is posted; name an SQLite file"
    if what is not None:
        yield Problem("reports.store", what)
    yield from webhooks.unresolved
    can = able(configuration, "callbacks")
    for name in webhooks.accounts:
        account = configuration.accounts[name]
        if name not in can and not account.broken:
            way = f"; {', '.join(can)} can" if can else ""
            yield Problem(f"webhooks.accounts.{name}", f"provider {account.provider_name!r} takes no callbacks{way}")


def _store_problem(path: Path) -> str | None:
    """Say why the store cannot be used; it is only looked at, for opening a database may write beside it."""
    try:
        return _folder_problem(path.parent) or (_file_problem(path) if path.exists() else None)
    except OSError as error:
        return f"{path} cannot be looked at: {error.strerror}; name another file"


def _folder_problem(folder: Path) -> str | None:
    if not folder.is_dir():
        return f"folder {folder} does not exist; make it, or name another file"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"folder {folder} cannot be written, where a store needs files beside it; give this user the right"
    return None


def _file_problem(path: Path) -> str | None:
    if not path.is_file():
        return f"{path} is no file; name another one"
    if not os.access(path, os.R_OK | os.W_OK):
        return f"{path} cannot be read and written; give this user the right"
    with path.open("rb") as file:
        header = file.read(_HEADER)
    # An empty file becomes a store when it is first opened.
    return _header_problem(path, header) if header else None


def _header_problem(path: Path, header: bytes) -> str | None:
    if len(header) < _HEADER or not header.startswith(_MAGIC):
        return f"{path} is no SQLite database; name another file"
    # The same page: the schema's cookie, the version of the tables, the application's id.
    cookie, version, application = (int.from_bytes(header[at : at + 4]) for at in (40, 60, 68))
    if not (cookie or version or application):
        return None  # a database without tables
    if application != APPLICATION:
        return f"{path} is a database of another application; name another file"
    if version != VERSION:
        return (
            f"{path} has version {version} of the tables, and this smsway knows version {VERSION}; "
            "update smsway, or name another file"
        )
    return None

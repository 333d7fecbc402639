"""Tells whether a file can be a store, without opening it: opening a database may write beside it."""

from __future__ import annotations

import os
from pathlib import Path

from smsway.tracking._statements import VERSION

APPLICATION = int.from_bytes(b"smsw")
"""Tells our files from those of other applications (sqlite.org/pragma.html#pragma_application_id)."""

_MAGIC = b"SQLite format 3\0"
_HEADER = 100
"""Bytes that a database begins with (sqlite.org/fileformat.html#the_database_header)."""


def misfit(application: int, version: int) -> str | None:
    """Say why a database with these marks is no store of ours; `None` if it is one."""
    if application != APPLICATION:
        return "is a database of another application; name another file"
    if version != VERSION:
        return (
            f"has version {version} of the tables, and this smsway knows version {VERSION}; "
            "update smsway, or name another file"
        )
    return None


def problem_of(path: Path) -> str | None:
    """Say why *path* cannot be used as a store, as far as can be seen from outside; `None` if it can.

    A file that is not there yet can, if there is a folder for it. Damage behind the header is not seen.
    Not for a file that this process has open as a store: looking takes its locks (sqlite.org/howtocorrupt.html, 2.2).
    """
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
    wrong = misfit(application, version) if cookie or version or application else None  # none: it has no tables
    return f"{path} {wrong}" if wrong else None

"""The command `smsway`; it needs the extra `cli`."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line and end the process with its exit status."""
    try:
        from smsway.cli._app import app  # noqa: PLC0415  # the extra may be missing, and that is to be said nicely
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in {"typer", "rich", "click"}:
            raise
        sys.stderr.write(f'smsway: the command line needs {error.name}; pip install "smsway[cli]"\n')
        sys.exit(2)
    app(prog_name="smsway")

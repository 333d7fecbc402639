"""The command `smsway`; it needs the extra `cli`."""

from __future__ import annotations

import io
import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line and end the process with its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What a terminal cannot show must not end a run in the middle.
            stream.reconfigure(errors="backslashreplace")
    try:
        from smsway.cli._app import app  # noqa: PLC0415  # the extra may be missing, and that is to be said nicely
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in {"typer", "rich", "click"}:
            raise
        sys.stderr.write(f'smsway: the command line needs {error.name}; pip install "smsway[cli]"\n')
        sys.exit(2)
    except KeyboardInterrupt:
        sys.stderr.write("smsway: stopped before anything was done\n")
        sys.exit(130)
    app(prog_name="smsway")

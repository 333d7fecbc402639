"""`smsway worker`: sends what the outbox holds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from smsway.cli import _draft as option
from smsway.cli._configuration import configuration_of
from smsway.cli._outbox import outbox_room
from smsway.cli._output import console
from smsway.cli._stop import Stop, stoppable


def worker(
    *,
    config: option.Config = Path("smsway.toml"),
    until_empty: Annotated[
        bool, typer.Option("--until-empty", help="End when every recipient has its result.")
    ] = False,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What people call it; host and process by default.")
    ] = None,
    sandbox: option.SandboxUrl = None,
) -> None:
    """Send what the outbox holds, until Ctrl-C or SIGTERM.

    Any number of workers may share an outbox. The first signal lets what is in flight end; a second one leaves at
    once, and what was in flight is unknown then. Exit status: 0 after a signal or with --until-empty, 2 after an error.
    """
    room = outbox_room()
    from smsway.worker import Worker  # noqa: PLC0415  # as the outbox, it needs the extra

    configuration = configuration_of(config, sandbox)
    out = console(stderr=True)
    store = room.open_store(configuration)
    try:
        made = Worker(configuration, store, name=name)

        def first() -> None:
            out.print("Stopping: waiting for what is in flight. Press Ctrl-C again to leave at once.")
            made.stop()

        def again(number: int) -> None:
            out.print("Left at once: what was in flight may have been sent.")
            os._exit(128 + number)

        with stoppable(Stop(), first, again):
            made.run(until_empty=until_empty)
    finally:
        store.close()

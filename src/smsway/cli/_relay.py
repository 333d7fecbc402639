"""`smsway relay`: tells Celery's workers of what is due in the outbox."""

from __future__ import annotations

import os
from pathlib import Path

from smsway.cli import _draft as option
from smsway.cli._configuration import configuration_of
from smsway.cli._failure import Failure
from smsway.cli._outbox import outbox_room
from smsway.cli._output import console
from smsway.cli._stop import Stop, stoppable


def relay(*, config: option.Config = Path("smsway.toml")) -> None:
    """Tell Celery's workers of what is due in the outbox, until Ctrl-C or SIGTERM.

    One is enough, and several do no harm. Needs the extra `celery`, and `outbox.broker`. Exit status: 0 after a signal,
    2 after an error.
    """
    room = outbox_room()
    try:
        from smsway.worker.celery import CeleryDispatcher, make_app  # noqa: PLC0415  # the extra may be missing
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in {"celery", "kombu"}:
            raise
        raise Failure(f'the relay needs {error.name}; pip install "smsway[celery]"') from None
    from smsway.worker import Relay  # noqa: PLC0415  # as the outbox, it needs the extra

    configuration = configuration_of(config, None)
    out = console(stderr=True)
    app = make_app(configuration)
    store = room.open_store(configuration)
    try:
        made = Relay(store, CeleryDispatcher(app), configuration.outbox.poll, configuration.outbox.lease / 3)

        def first() -> None:
            out.print("Stopping.")
            made.stop()

        def again(number: int) -> None:
            os._exit(128 + number)

        with stoppable(Stop(), first, again):
            made.run()
    finally:
        store.close()
        app.close()

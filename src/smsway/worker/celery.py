"""The outbox on Celery and RabbitMQ, for users who run these already. Needs `smsway[celery]`.

A task carries the numbers of rows, and nothing else: no phone, no text, no secret. Whatever the broker loses or repeats
does no harm, for the outbox decides who is sent to.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from celery import Celery, signals
from celery.exceptions import CeleryError
from kombu import Exchange, Queue
from kombu.exceptions import KombuError

from smsway.config import Configuration, load
from smsway.model import ConfigError, Kind, Problem
from smsway.outbox import OutboxError, Row, open_store
from smsway.worker._errand import Errands
from smsway.worker._relay import DispatchError

log = logging.getLogger("smsway")

PAUSE = 1.0
"""Seconds after which a task tries again that the database has failed."""

EXCHANGE = Exchange("smsway", type="topic", durable=True)

TASK = "smsway.send"

QUEUES = tuple(
    Queue(f"smsway.{kind}", EXCHANGE, routing_key=f"send.{kind}", queue_arguments={"x-queue-type": "quorum"})
    for kind in Kind
)
"""A quorum queue per kind, so that codes never wait behind a campaign; let some workers take `smsway.otp` only."""

SETTINGS: Mapping[str, Any] = {
    "task_queues": QUEUES,
    "task_default_exchange": EXCHANGE.name,
    "task_default_exchange_type": EXCHANGE.type,
    "task_default_queue": QUEUES[1].name,
    "task_serializer": "json",
    "accept_content": ["json"],
    "task_ignore_result": True,
    # A task is done when it has run; one whose worker is killed is delivered again.
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    # The relay must know that a task has arrived.
    "broker_transport_options": {"confirm_publish": True},
    "broker_connection_retry_on_startup": True,
    # Quorum queues know no global prefetch (rabbitmq.com/docs/quorum-queues).
    "worker_detect_quorum_queues": True,
}
"""How Celery is set up; `make_app` uses it."""


def make_app(source: str | Path | Mapping[str, Any] | Configuration) -> Celery:
    """Return a Celery application whose workers send what the outbox of a configuration holds.

    The broker is `[outbox] broker`. Raises `ConfigError` if it is not there.
    """
    configuration = source if isinstance(source, Configuration) else load(source)
    settings = configuration.outbox
    if settings.broker is None:
        missing = Problem("outbox.broker", "is not set; give RabbitMQ's address, such as env:BROKER_URL")
        raise ConfigError([settings.brokerless or missing])
    app = Celery("smsway", broker=settings.broker.get_secret_value())
    app.conf.update(SETTINGS)
    hands = _Hands(configuration)

    @app.task(name=TASK, max_retries=0)
    def send(rows: list[Row]) -> None:
        hands.send(rows)

    signals.worker_process_shutdown.connect(hands.close, weak=False)
    return app


class _Hands:
    """What a worker process needs, made when its first task comes: connections must not be older than the process."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._errands: Errands | None = None

    def send(self, rows: Sequence[Row]) -> None:
        while True:
            try:
                self._ready().run(rows)
            except OutboxError as error:
                # A task that failed would be gone, and while the database is down all of them would.
                log.error("%s; trying again", error)  # noqa: TRY400  # said by the error itself
                time.sleep(PAUSE)
            else:
                return

    def _ready(self) -> Errands:
        if self._errands is None:
            name = f"celery {socket.gethostname()}:{os.getpid()}"
            self._errands = Errands(self._configuration, open_store(self._configuration), name=name)
        return self._errands

    def close(self, **_: Any) -> None:
        if self._errands is not None:
            self._errands.close()


class CeleryDispatcher:
    """Puts the numbers of rows into the queue of their kind, and waits until the broker has confirmed it."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def dispatch(self, kind: Kind, rows: Sequence[Row]) -> None:
        """See `Dispatcher`."""
        try:
            self._app.send_task(
                TASK,
                [list(rows)],
                exchange=EXCHANGE.name,
                routing_key=f"send.{kind}",
                retry=False,
            )
        except (KombuError, CeleryError, OSError) as error:
            failure = type(error).__name__
        else:
            return
        raise DispatchError(f"the broker took no task: {failure}; see that it runs, and that outbox.broker names it")

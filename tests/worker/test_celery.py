"""The outbox on Celery and RabbitMQ: whatever these lose, repeat or kill, everybody is sent to once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from kombu import Queue

from smsway import Message, Template
from smsway.config import load
from smsway.model import Kind, Status
from smsway.outbox import Outbox, State
from smsway.sandbox import sandbox_of
from smsway.worker import DispatchError, Relay
from smsway.worker.celery import EXCHANGE, CeleryDispatcher, make_app

HERE = Path(__file__).parent
PHONES = [f"+86137888{number:05}" for number in range(600)]

STOPS = int(os.environ.get("SMSWAY_STOPS", "1"))
PER_STOP = 50

pytestmark = pytest.mark.timeout(300 + 60 * STOPS)


@pytest.fixture(scope="module")
def broker():
    sys.path.insert(0, str(HERE.parent))
    from rabbitmq import RabbitMQ, programs  # noqa: PLC0415  # it lies beside the folders

    if programs() is None and not os.environ.get("SMSWAY_SERVERS"):
        pytest.skip("RabbitMQ is not installed; on Debian: make servers")
    server = RabbitMQ()
    server.start()
    yield server
    server.remove()


class Plant:
    """A sandbox, an outbox, a relay and Celery workers."""

    def __init__(self, source, broker, sandbox):
        self.sandbox = sandbox
        self.broker = broker
        configuration = load(source, base_urls=sandbox.urls)
        self.outbox = Outbox.open(configuration)
        said = {"configuration": source, "urls": dict(sandbox.urls)}
        self._environment = {**os.environ, "SMSWAY_TEST_CELERY": json.dumps(said), "PYTHONPATH": str(HERE)}
        self.app = make_app(configuration)
        self.dispatcher = CeleryDispatcher(self.app)
        self.relay = Relay(self.outbox.store, self.dispatcher, poll=0.05, sweep=0.5)
        self._thread = threading.Thread(target=self.relay.run)
        self._thread.start()
        self._workers = []

    def hire(self):
        command = [sys.executable, "-m", "celery", "-A", "celery_app", "worker", "--concurrency", "2", "-l", "ERROR"]
        worker = subprocess.Popen(
            [*command, "--without-mingle", "--without-gossip"],
            env=self._environment,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._workers.append(worker)
        return worker

    def texts(self):
        found = {}
        for submission in self.sandbox.submissions():
            found[submission.phone] = found.get(submission.phone, 0) + 1
        return found

    def wait(self, condition, patience=120.0):
        end = time.monotonic() + patience
        while not condition():
            assert time.monotonic() < end, self.outbox.counts()
            time.sleep(0.05)

    def close(self):
        self.relay.stop()
        self._thread.join(60)
        for worker in self._workers:
            kill(worker)
        self.app.close()
        self.outbox.close()


def kill(worker):
    """Kill a worker with all of its children."""
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait(30)


@pytest.fixture
def plant(configuration, broker, tmp_path, monkeypatch):
    monkeypatch.setenv("SMSWAY_TEST_BROKER", broker.url)
    configuration["outbox"] = {
        "database": f"sqlite:///{tmp_path / 'outbox.db'}",
        "broker": "env:SMSWAY_TEST_BROKER",
        "lease": 2,
    }
    configuration["accounts"]["cn"]["max_batch"] = 20
    with sandbox_of(load(configuration), rate=False) as sandbox:
        made = Plant(configuration, broker, sandbox)
        yield made
        made.close()


def news(phones):
    return Message(to=phones, content=Template("login_code", {"code": "190191", "minutes": "4"}))


def test_what_is_enqueued_is_sent_once_by_celery(plant):
    plant.hire()

    sent = plant.outbox.enqueue(news(PHONES))

    plant.wait(lambda: plant.outbox.counts() == {State.ACCEPTED: len(PHONES)})
    assert {each.outcome.status for each in plant.outbox.find(sent.id).recipients} == {Status.ACCEPTED}
    assert plant.texts() == dict.fromkeys(PHONES, 1)


def test_a_task_that_is_delivered_again_sends_nothing_again(plant):
    plant.hire()
    plant.outbox.enqueue(news(PHONES[:50]))
    plant.wait(lambda: plant.outbox.counts() == {State.ACCEPTED: 50})

    for _ in range(3):
        plant.dispatcher.dispatch(Kind.NOTIFICATION, range(1, 60))
    plant.outbox.enqueue(news(PHONES[50:51]))
    plant.wait(lambda: plant.outbox.counts() == {State.ACCEPTED: 51})

    assert plant.texts() == dict.fromkeys(PHONES[:51], 1)


def test_a_broker_that_refuses_a_task_is_asked_again_later(plant):
    """A queue that is full refuses in its confirmation."""
    full = Queue(
        "full",
        EXCHANGE,
        routing_key=f"send.{Kind.OTP}",
        queue_arguments={"x-max-length": 0, "x-overflow": "reject-publish"},
    )
    with plant.app.connection() as connection:
        bound = full(connection.default_channel)
        bound.declare()
        try:
            with pytest.raises(DispatchError, match="no task"):
                plant.dispatcher.dispatch(Kind.OTP, [1])
        finally:
            bound.delete()

    plant.dispatcher.dispatch(Kind.OTP, [1])


def test_workers_that_are_killed_and_a_broker_that_stops_lose_nobody(plant):
    plant.sandbox.inject("slow", seconds=0.05)
    workers = [plant.hire(), plant.hire()]
    for start in range(0, len(PHONES), 100):
        plant.outbox.enqueue(news(PHONES[start : start + 100]))
    plant.wait(lambda: len(plant.texts()) > 20)

    for stop in range(STOPS):
        kill(workers[stop % 2])
        plant.broker.stop()
        plant.broker.start()
        workers[stop % 2] = plant.hire()
        plant.outbox.enqueue(news([f"+86138{stop:04}{number:04}" for number in range(PER_STOP)]))

    final = {State.ACCEPTED, State.UNKNOWN}
    plant.wait(lambda: set(plant.outbox.counts()) <= final)
    assert sum(plant.outbox.counts().values()) == len(PHONES) + STOPS * PER_STOP
    assert set(plant.texts().values()) == {1}

"""An outbox that was opened before its process was forked, as by a server that loads the application first."""

from __future__ import annotations

import multiprocessing
import os
import threading
import warnings

import pytest

from smsway.outbox import OutboxError, SqlOutbox, open_database

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks")


@pytest.fixture(params=["sqlite", "postgres"])
def outbox(request, tmp_path, clock, stack):
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'outbox.db'}" if sqlite else request.getfixturevalue("postgres_url")
    database = open_database(url, clock)
    stack.callback(database.close)
    database.migrate()
    return SqlOutbox(database)


def in_child(work):
    """Do *work* in a forked process, and return what it returns."""
    fork = multiprocessing.get_context("fork")
    answers = fork.SimpleQueue()
    child = fork.Process(target=lambda: answers.put(work()))
    with warnings.catch_warnings():
        # Python 3.12 and later warn of a fork beside threads.
        warnings.simplefilter("ignore", DeprecationWarning)
        child.start()
    child.join(60)
    assert child.exitcode == 0
    return answers.get()


def test_a_child_uses_no_connection_of_its_parent(outbox):
    def connection():
        return outbox.database.read(lambda connection: connection.connection.driver_connection)

    parents = connection()

    assert connection() is parents
    assert in_child(lambda: connection() is parents) is False


def test_a_child_that_closes_the_outbox_leaves_the_connections_of_its_parent(outbox, entry):
    def serve(connection):
        in_child(outbox.close)
        return connection.exec_driver_sql("select 1").scalar()

    assert outbox.database.read(serve) == 1
    assert in_child(outbox.close) is None
    assert [each.created for each in outbox.enqueue([entry()])] == [True]


def test_a_child_does_not_wait_for_a_thread_of_its_parent(tmp_path, stack):
    """The thread is not there to give back its turn; the lock on the file is, and is waited for as long as it may."""
    database = open_database(f"sqlite:///{tmp_path / 'outbox.db'}", patience=0.05)
    stack.callback(database.close)
    database.migrate()
    writes, forked = threading.Event(), threading.Event()

    def hold(_):
        writes.set()
        forked.wait(60)

    def failure():
        try:
            database.write(lambda _: None)
        except OutboxError as error:
            return str(error)

    writer = threading.Thread(target=database.write, args=(hold,))
    writer.start()
    writes.wait(60)

    said = in_child(failure)

    forked.set()
    writer.join()
    assert said.endswith("another process keeps it locked")

"""A sandbox, an outbox in SQLite, and workers between them."""

from __future__ import annotations

import copy
import os
import sys
import threading
from pathlib import Path

import pytest

from smsway.config import load
from smsway.outbox import Outbox
from smsway.sandbox import sandbox_of
from smsway.worker import Worker


class Office:
    """Everything that a test of workers needs, over real sockets."""

    def __init__(self, source, sandbox):
        self.sandbox = sandbox
        self.configuration = load(source, base_urls=sandbox.urls)
        self.outbox = Outbox.open(self.configuration)

    def worker(self, **options):
        return Worker(self.configuration, self.outbox.store, **options)

    def work(self, **options):
        """Send all that waits."""
        self.worker(**options).run(until_empty=True)

    def start(self, **options):
        """Let a worker run until it is stopped."""
        worker = self.worker(**options)
        thread = threading.Thread(target=worker.run)
        thread.start()

        def stop():
            worker.stop()
            thread.join(30)
            assert not thread.is_alive()

        return stop

    def texts(self):
        """Return what phones were really sent, by phone."""
        found = {}
        for submission in self.sandbox.submissions():
            found.setdefault(submission.phone, []).append(submission)
        return found


@pytest.fixture
def make_office(configuration, tmp_path):
    """Return a function that opens an office whose configuration was changed."""
    opened = []

    def make(**changes):
        source = copy.deepcopy(configuration)
        source["outbox"] = {"database": f"sqlite:///{tmp_path / 'outbox.db'}", "lease": 2, "poll": 0.02}
        source["outbox"] |= changes.pop("outbox", {})
        source |= changes
        sandbox = sandbox_of(load(source))
        sandbox.__enter__()
        office = Office(source, sandbox)
        opened.append(office)
        return office

    yield make
    for office in opened:
        office.outbox.close()
        office.sandbox.__exit__(None, None, None)


@pytest.fixture
def office(make_office):
    return make_office()


@pytest.fixture
def _postgres():
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from postgres import programs  # noqa: PLC0415  # it lies beside the folders

    if programs() is None and not os.environ.get("SMSWAY_SERVERS"):
        pytest.skip("PostgreSQL is not installed; on Debian: make servers")

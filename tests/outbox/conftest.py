"""Outboxes of every kind, with a clock that the test moves."""

from __future__ import annotations

import itertools

import pytest

from smsway.model import Kind
from smsway.outbox import Addressee, Entry, MemoryOutbox, SqlOutbox, open_database

EPOCH = 1_700_000_000.0


class Clock:
    """The time, which passes only when a test says so."""

    def __init__(self):
        self.time = EPOCH

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def outbox(request, clock, tmp_path):
    match request.param:
        case "memory":
            yield MemoryOutbox(clock)
            return
        case "sqlite":
            url = f"sqlite:///{tmp_path / 'outbox.db'}"
        case "postgres":
            url = request.getfixturevalue("postgres_url")
    database = open_database(url, clock)
    database.migrate()
    store = SqlOutbox(database)
    yield store
    store.close()


_ids = itertools.count()


@pytest.fixture
def entry():
    """Return a function that makes an entry for so many phones."""

    def make(count=1, *, key=None, kind=Kind.NOTIFICATION, digest=b"", not_before=EPOCH, not_after=EPOCH + 600):
        phones = [Addressee(f"+65812345{number:02}", None, f"r{number}") for number in range(count)]
        return Entry(f"m{next(_ids)}", key, digest, kind, '{"text": "hello"}', "{}", not_before, not_after, phones)

    return make

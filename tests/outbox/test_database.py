"""No connection is left open."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import text

from smsway.config import load
from smsway.outbox import OutboxError, open_database, open_store

OTHERS = text("select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")


def test_a_database_without_tables_keeps_no_connection(configuration, postgres_url, monkeypatch):
    monkeypatch.setenv("SMSWAY_TEST_DATABASE", postgres_url)
    settings = load(configuration | {"outbox": {"database": "env:SMSWAY_TEST_DATABASE"}})

    with pytest.raises(OutboxError, match="no tables") as caught:
        open_store(settings)

    # The error's frames keep the pool.
    assert caught.tb is not None
    database = open_database(postgres_url)
    deadline = time.monotonic() + 10
    while (others := database.read(lambda connection: connection.scalar(OTHERS))) and time.monotonic() < deadline:
        time.sleep(0.05)
    database.close()
    assert others == 0


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_what_is_in_use_when_a_database_is_closed_closes_when_it_is_given_back(kind, request, tmp_path):
    url = f"sqlite:///{tmp_path}/outbox.db" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    database = open_database(url)
    used = []

    def work(connection):
        used.append(connection.connection.dbapi_connection)
        database.close()
        return connection.scalar(text("select 1"))

    found = database.read(work)

    assert found == 1
    with pytest.raises(Exception, match="closed"):
        used[0].cursor().execute("select 1")
    # It can still be used, with a connection of its own.
    assert database.read(lambda connection: connection.scalar(text("select 2"))) == 2
    database.close()

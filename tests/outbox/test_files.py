"""What an outbox asks of its database: that others may have it open, and that what is committed is on the disk."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sqlalchemy import make_url

from smsway.outbox import OutboxError, SqlOutbox, open_database

LOOK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
print(*(row[0] for row in connection.execute("select id from smsway_workers")))
connection.close()
"""


def look(path):
    """Let another process open the file, look who works, and close it again."""
    return subprocess.run([sys.executable, "-c", LOOK, path], capture_output=True, text=True, check=True).stdout.split()


def test_what_is_committed_after_the_file_was_opened_twice_and_closed_by_others_is_there(tmp_path, stack):
    path = tmp_path / "outbox.db"
    first = SqlOutbox(open_database(f"sqlite:///{path}"))
    stack.callback(first.close)
    first.database.migrate()
    first.join("w1", "first", 30)
    # As the guards and the store of reports do in the same process.
    stack.callback(open_database(f"sqlite:///{path}").close)
    look(path)

    first.join("w2", "second", 30)

    assert look(path) == ["w1", "w2"]


def test_a_file_that_cannot_be_made_is_named(tmp_path):
    with pytest.raises(OutboxError, match=r"outbox\.db cannot be opened: No such file"):
        open_database(f"sqlite:///{tmp_path / 'nowhere' / 'outbox.db'}")


def test_what_is_no_file_is_not_opened(tmp_path):
    database = open_database(f"sqlite:///{tmp_path}")

    with pytest.raises(OutboxError, match="name a file that this user may read and write"):
        database.migrate()


def test_a_commit_in_a_file_waits_for_the_disk(tmp_path, stack):
    database = open_database(f"sqlite:///{tmp_path / 'outbox.db'}")
    stack.callback(database.close)

    def settings(connection):
        asked = ("pragma journal_mode", "pragma synchronous", "pragma foreign_keys")
        return [connection.exec_driver_sql(each).scalar() for each in asked]

    # 2 is FULL (sqlite.org/pragma.html#pragma_synchronous).
    assert database.read(settings) == ["wal", 2, 1]


def test_a_commit_in_a_server_waits_for_the_disk_whatever_is_usual_there(postgres_url, stack):
    first, second = open_database(postgres_url), open_database(postgres_url)
    stack.callback(first.close)
    stack.callback(second.close)
    usual = f'alter database "{make_url(postgres_url).database}" set synchronous_commit = off'
    first.write(lambda connection: connection.exec_driver_sql(usual))

    asked = "show synchronous_commit"

    assert second.read(lambda connection: connection.exec_driver_sql(asked).scalar()) == "on"

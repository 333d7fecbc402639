"""The store in a file: who may read it, what it refuses, and what it says when it cannot be used."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from smsway.model import Delivery, SmswayError
from smsway.tracking import SqliteStatements, SqliteStore, StoreError
from smsway.tracking._sqlite_records import find
from smsway.tracking._store import Submissions


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_stored_is_there_when_the_file_is_opened_again(file: Path, desks: Any) -> None:
    with closing(SqliteStore(file)) as store:
        desks(store).sent("a", "m1")

    with closing(SqliteStore(str(file))) as store:
        desk = desks(store)
        desk.take(desk.report("m1"))

        assert desk.delivery("a") is Delivery.DELIVERED


def test_only_the_owner_may_read_the_file_and_what_lies_beside_it(file: Path, desks: Any) -> None:
    earlier = os.umask(0)
    try:
        with closing(SqliteStore(file)) as store:
            desks(store).start("a")

            modes = {path.name: _mode(path) for path in file.parent.iterdir()}
    finally:
        os.umask(earlier)

    assert modes == {"tracking.db": 0o600, "tracking.db-wal": 0o600, "tracking.db-shm": 0o600}


def test_an_empty_file_that_was_made_beforehand_is_closed_to_others(file: Path) -> None:
    file.touch(0o644)

    SqliteStore(file).close()

    assert _mode(file) == 0o600


def test_who_may_read_a_file_that_is_in_use_is_left_alone(file: Path) -> None:
    SqliteStore(file).close()
    file.chmod(0o640)

    SqliteStore(file).close()

    assert _mode(file) == 0o640


def test_each_commit_reaches_the_disk_before_it_is_believed(file: Path) -> None:
    with closing(SqliteStore(file)) as store:
        modes = []
        for durable in (True, False, True):
            with store.writing(durable=durable):
                [(mode,)] = store._connection.execute("pragma synchronous").fetchall()
                modes.append(mode)
        [(journal,)] = store._connection.execute("pragma journal_mode").fetchall()

    # 2 is FULL and 1 is NORMAL (sqlite.org/pragma.html#pragma_synchronous).
    assert (modes, journal) == ([2, 1, 2], "wal")


def _no_folder(file: Path) -> Path:
    return file.parent / "none" / file.name


def _folder(file: Path) -> Path:
    file.mkdir()
    return file


def _below_a_file(file: Path) -> Path:
    file.write_bytes(b"")
    return file / "tracking.db"


def _dangling(file: Path) -> Path:
    file.symlink_to(file.parent / "none" / "tracking.db")
    return file


def _text(file: Path) -> Path:
    file.write_text("+8613700000001 is no database" * 100)
    return file


def _foreign(file: Path) -> Path:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("create table books (title text)")
    return file


def _foreign_with_a_version(file: Path) -> Path:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("pragma user_version = 1")
        connection.execute("pragma application_id = 5")
        connection.execute("create table submissions (title text)")
    return file


def _from_the_future(file: Path) -> Path:
    SqliteStore(file).close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("pragma user_version = 7")
    return file


def _damaged(file: Path) -> Path:
    SqliteStore(file).close()
    content = bytearray(file.read_bytes())
    content[100:4096] = os.urandom(3996)
    file.write_bytes(content)
    return file


@pytest.mark.parametrize(
    ("spoil", "way_out"),
    [
        (_no_folder, "its folder does not exist; make it, or name another file"),
        (_folder, "is no file; name another one"),
        (_below_a_file, "cannot be used (Not a directory); name another file"),
        (_dangling, "its folder does not exist; make it, or name another file"),
        (_text, "it is no SQLite database; name another file"),
        (_foreign, "is a database of another application; name another file"),
        (_foreign_with_a_version, "is a database of another application; name another file"),
        (
            _from_the_future,
            "has version 7 of the tables, and this smsway knows version 1; update smsway, or name another file",
        ),
        (_damaged, "it is damaged; restore it, or move it away and begin with an empty one"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_way_out(
    file: Path, spoil: Callable[[Path], Path], way_out: str
) -> None:
    path = spoil(file)
    before = path.read_bytes() if path.is_file() else b""

    with pytest.raises(StoreError) as caught:
        SqliteStore(path)

    assert str(caught.value) == f"{path}: {way_out}"
    assert isinstance(caught.value, SmswayError)
    assert before == (path.read_bytes() if path.is_file() else b"")


READ_ONLY = """
import os, sys
from smsway.tracking import SqliteStore, StoreError
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    SqliteStore(sys.argv[1])
except StoreError as error:
    print(error)
"""


def test_a_file_that_may_only_be_read_is_named_with_the_way_out() -> None:
    # Root may write everything, so whoever tries is somebody else, who has to get at the file.
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        file = Path(folder) / "tracking.db"
        SqliteStore(file).close()
        file.chmod(0o444)

        said = subprocess.run([sys.executable, "-c", READ_ONLY, str(file)], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == f"{file}: it cannot be written; give this user the right to write it and its folder"


def test_a_file_that_another_process_keeps_locked_is_named_with_the_way_out(file: Path) -> None:
    with closing(SqliteStore(file, patience=0.05)) as store, closing(sqlite3.connect(file)) as other:
        other.execute("begin immediate")

        with pytest.raises(StoreError, match="another process keeps it locked; end that one, or let it finish"):
            store.writing().__enter__()

        with store.reading() as records:
            assert records.kept() == []


def test_a_disk_that_is_full_is_named_with_the_way_out_and_nothing_is_half_done(file: Path, desks: Any) -> None:
    with closing(SqliteStore(file)) as store:
        desk = desks(store)
        [(pages,)] = store._connection.execute("pragma page_count").fetchall()
        store._connection.execute(f"pragma max_page_count = {pages}")

        with pytest.raises(StoreError, match="the disk is full; make room on it"):
            desk.start("a", *(f"+86137{number:08d}" for number in range(2_000)))

        with store.reading() as records:
            assert records.submissions(Submissions.RECIPIENT, [("+8613700000000",)]) == []
        store._connection.execute("pragma max_page_count = 100000")
        desk.start("b")
        assert [desk.delivery(each, "+8613700000000") for each in "ab"] == [Delivery.UNKNOWN, None]


def test_a_file_that_was_taken_away_is_not_written_to(file: Path, desks: Any) -> None:
    with closing(SqliteStore(file)) as store:
        desk = desks(store)
        desk.start("a")
        file.unlink()

        with pytest.raises(StoreError, match="was moved or deleted while it was open"):
            desk.start("b")


def test_an_error_inside_undoes_everything(file: Path, desks: Any) -> None:
    with closing(SqliteStore(file)) as store:
        desk = desks(store)
        desk.sent("a", "m1")

        with pytest.raises(ZeroDivisionError), store.writing() as records:  # noqa: PT012  # the error is what is tested
            records.forget(1)
            records.prune(desk.now + 1, 0, 100)
            raise ZeroDivisionError

        assert desk.delivery("a") is Delivery.ACCEPTED


FORKED = """
import os, sys
from smsway.tracking import SqliteStore, StoreError
store = SqliteStore(sys.argv[1])
child = os.fork()
if not child:
    try:
        store.reading().__enter__()
    except StoreError as error:
        print(error, flush=True)
    os._exit(0)
os.waitpid(child, 0)
store.close()
"""


def test_a_store_is_not_taken_along_into_a_forked_process(file: Path) -> None:
    said = subprocess.run([sys.executable, "-c", FORKED, str(file)], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == f"{file}: was opened before this process was forked; open a client in each process"


def test_many_may_open_a_new_file_at_once(file: Path, desks: Any) -> None:
    count = 8
    barrier = threading.Barrier(count)

    def open_one(number: int) -> None:
        barrier.wait()
        with closing(SqliteStore(file)) as store:
            desks(store).start(f"{number}")

    with ThreadPoolExecutor(count) as pool:
        for each in [pool.submit(open_one, number) for number in range(count)]:
            each.result()

    with closing(SqliteStore(file)) as store:
        assert {desks(store).delivery(f"{number}") for number in range(count)} == {Delivery.UNKNOWN}


STATEMENTS = SqliteStatements()
OTHERS = (
    *("untold", "unmatched", "inbound", "last", "new", "change", "mark", "told"),
    *("prune_orphans", "prune_received", "prune_submissions"),
)
LOOKUPS = {
    f"{by.name} of {table}": find(lookup, 16)
    for table, lookups in (("submissions", STATEMENTS.find_submissions), ("reports", STATEMENTS.find_reports))
    for by, lookup in lookups.items()
} | {name: getattr(STATEMENTS, name) for name in OTHERS}


@pytest.mark.parametrize("statement", LOOKUPS.values(), ids=LOOKUPS)
def test_every_statement_has_its_index(file: Path, statement: str) -> None:
    SqliteStore(file).close()

    with closing(sqlite3.connect(file)) as connection:
        values = [None] * statement.count("?")
        plan = [row[3] for row in connection.execute(f"explain query plan {statement}", values)]

    assert any("USING" in step or step == "SEARCH received" for step in plan)
    assert not {"SCAN submissions", "SCAN received"} & set(plan)

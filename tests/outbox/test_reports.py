"""The store of reports in the outbox's database: one writer at a time, turns, and errors that quote nothing."""

from __future__ import annotations

import os
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData

from smsway.guards._tables import metadata as guards
from smsway.model import AttemptFinished, AttemptStarted, Inbound, Outcome, Status
from smsway.outbox import SqlReports, open_database
from smsway.outbox._migrate import VERSION_TABLE
from smsway.outbox._reports import _ON_POSTGRES, _ON_SQLITE
from smsway.outbox._reports_tables import metadata
from smsway.tracking import StoreError, Tracker
from smsway.tracking._postgres_records import _written
from smsway.tracking._records import ReceivedInbound
from smsway.tracking._sqlite_records import find

PHONE = "+8613799887766"
TEXT = "canary text 4711"
CANARIES = (PHONE, PHONE[3:], TEXT, "canary")


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    if request.param == "postgres":
        return request.getfixturevalue("migrated_url")
    database = open_database(f"sqlite:///{tmp_path / 'outbox.db'}")
    database.migrate()
    database.close()
    return f"sqlite:///{tmp_path / 'outbox.db'}"


@pytest.fixture
def make_store(url, clock):
    """Return what opens one more store on the same database, as another process would."""
    stores = []

    def make(**options):
        stores.append(SqlReports(open_database(url, clock), **options))
        return stores[-1]

    yield make
    for store in stores:
        store.close()


def test_the_migrations_make_the_tables_that_the_code_knows(url):
    database = open_database(url)
    with closing(database), database.engine.connect() as connection:
        known = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})

        # The guards have tables of their own in the same database.
        whole = MetaData()
        for each in (*metadata.tables.values(), *guards.tables.values()):
            each.to_metadata(whole)

        differences = compare_metadata(known, whole)

    assert differences == []


def test_a_turn_is_over_when_its_time_is(make_store, clock):
    one, other = make_store(), make_store()

    before = one.take_turn("cn", "pull_reports", 60), other.take_turn("cn", "pull_reports", 60)
    clock.time += 59
    late = other.take_turn("cn", "pull_reports", 60)
    clock.time += 1
    after = other.take_turn("cn", "pull_reports", 60), one.take_turn("cn", "pull_reports", 60)

    assert (before, late, after) == ((True, False), False, (True, False))


def test_a_turn_can_be_prolonged_and_cut_short_by_who_has_it(make_store, clock):
    one, other = make_store(), make_store()
    one.take_turn("cn", "pull_reports", 60)

    clock.time += 50
    prolonged = one.take_turn("cn", "pull_reports", 60)
    clock.time += 50
    waiting = other.take_turn("cn", "pull_reports", 60)
    one.take_turn("cn", "pull_reports", 0)
    free = other.take_turn("cn", "pull_reports", 60)
    one.take_turn("cn", "pull_reports", 0)

    assert (prolonged, waiting, free) == (True, False, True)
    assert not one.take_turn("cn", "pull_reports", 60)


def test_of_many_who_want_the_turn_at_once_one_gets_it(make_store):
    stores = [make_store() for _ in range(8)]
    barrier = threading.Barrier(len(stores))

    def take(store):
        barrier.wait()
        return store.take_turn("cn", "pull_reports", 60)

    with ThreadPoolExecutor(len(stores)) as pool:
        taken = list(pool.map(take, stores))

    assert taken.count(True) == 1


def test_a_writer_waits_until_no_other_writes_and_then_sees_what_it_did(make_store, clock):
    one, other = make_store(), make_store()
    began = threading.Event()

    def count():
        began.set()
        with other.writing() as records:
            return len(records.inbound(0))

    with ThreadPoolExecutor(1) as pool:
        with one.writing() as records:
            waiting = pool.submit(count)
            assert began.wait(10)
            time.sleep(0.1)
            assert not waiting.done()
            _add(records, clock)
        seen = waiting.result(10)

    assert seen == 1


def _add(records, clock, text=TEXT):
    records.add([ReceivedInbound(inbound=Inbound(sender=PHONE, text=text, account="cn"), received_at=clock())])


def test_a_reader_waits_for_no_writer_and_sees_nothing_half_done(make_store, clock):
    one, other = make_store(), make_store()
    with one.writing() as records, other.reading() as read:
        _add(records, clock)
        before = read.inbound(0)
    with other.reading() as read:
        first = read.inbound(0)
        with one.writing() as records:
            _add(records, clock, "another")
        second = read.inbound(0)

    assert (before, len(first), first == second) == ([], 1, True)


def test_nothing_of_a_transaction_that_raises_is_kept(make_store, clock):
    store = make_store()

    def write():
        with store.writing() as records:
            _add(records, clock)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()

    with store.reading() as records:
        assert records.inbound(0) == []


def test_whoever_waits_too_long_is_told_why(make_store):
    one, other = make_store(), make_store(patience=0.1)

    with one.writing(), pytest.raises(StoreError, match="another process keeps it locked"), other.writing():
        pass

    with other.writing() as records:
        assert records.kept() == []


def test_a_thread_that_waits_too_long_is_told_why(make_store):
    store = make_store(patience=0.1)

    def write():
        with store.writing():
            pass

    with store.writing(), ThreadPoolExecutor(1) as pool:
        failure = pool.submit(write).exception(10)

    assert "another thread keeps it locked" in str(failure)


def test_a_closed_store_says_so_and_can_be_closed_again(make_store):
    store = make_store()
    store.close()

    with pytest.raises(StoreError, match="is closed; open a new client"), store.writing():
        pass

    store.close()


def test_a_forked_process_uses_no_connection_of_its_parent(make_store, monkeypatch):
    store = make_store()
    with store.writing():
        pass
    parent = os.getpid()

    with monkeypatch.context() as child:
        child.setattr(os, "getpid", lambda: parent + 1)
        with pytest.raises(StoreError, match="open a client in each"), store.reading():
            pass

    with store.reading() as records:
        assert records.kept() == []


@pytest.mark.parametrize("durable", [True, False])
def test_only_what_is_durable_waits_for_the_disk(make_store, durable):
    store = make_store()

    with store._writing(durable=durable) as connection:
        setting = "show synchronous_commit" if store._database.is_postgres else "pragma synchronous"
        value = connection.exec_driver_sql(setting).scalar()

    # 2 is FULL and 1 is NORMAL (sqlite.org/pragma.html#pragma_synchronous).
    assert value == (("on" if durable else "off") if store._database.is_postgres else (2 if durable else 1))


@pytest.mark.parametrize("table", ["received", "submissions"])
def test_no_error_shows_a_phone_or_a_text(make_store, clock, table):
    store = make_store()
    tracker = Tracker(store, clock, lambda _: None)
    started = AttemptStarted("0" * 20, "cn", ((0, 0),), clock(), (PHONE,), (TEXT,))
    tracker.record(started)
    with store._writing(durable=True) as connection:
        connection.exec_driver_sql(f"drop table smsway_{table}")
    shown = repr(store)

    for call in (
        lambda: tracker.record(AttemptStarted("1" * 20, "cn", ((0, 0),), clock(), (PHONE,), (TEXT,))),
        lambda: tracker.receive([Inbound(sender=PHONE, text=TEXT, account="cn")]),
        lambda: tracker.tracked(recipient=PHONE),
    ):
        try:
            call()
        except StoreError as error:
            shown += "".join(traceback.format_exception(error)) + repr(error)

    assert "make the tables with `smsway outbox migrate`" in shown
    assert not [each for each in CANARIES if each in shown]
    tracker._buffer.take()


def test_no_error_of_a_value_that_the_database_refuses_shows_it(make_store, clock):
    store = make_store()
    with store._writing(durable=True) as connection:
        connection.exec_driver_sql("create unique index canary_index on smsway_submissions (reference)")
    tracker = Tracker(store, clock, lambda _: None)
    tracker.record(AttemptStarted("0" * 20, "cn", ((0, 0),), clock(), (PHONE,), (TEXT,)))

    with pytest.raises(StoreError) as caught:
        tracker.record(AttemptStarted("1" * 20, "cn", ((0, 0),), clock(), (PHONE,), (TEXT,)))

    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert not [each for each in CANARIES if each in shown]
    tracker._buffer.take()


PLAIN = ("untold", "unmatched", "inbound", "prune_orphans", "prune_received", "prune_submissions")


def test_a_plan_of_a_table_that_was_empty_is_not_kept(migrated_url):
    database = open_database(migrated_url)
    database.check()

    with closing(SqlReports(database)) as store, store._writing(durable=True) as connection:
        mode = connection.exec_driver_sql("show plan_cache_mode").scalar()

    assert mode == "force_custom_plan"


def _plans(statements):
    lookups = {
        **{f"{by.name} of submissions": each for by, each in statements.find_submissions.items()},
        **{f"{by.name} of reports": each for by, each in statements.find_reports.items()},
        "received": statements.find_received,
    }
    return lookups, {name: getattr(statements, name) for name in PLAIN}


def test_every_statement_has_its_index_in_a_table_that_is_empty_yet(make_store):
    store = make_store()
    postgres = store._database.is_postgres
    lookups, plain = _plans(_ON_POSTGRES if postgres else _ON_SQLITE)
    explained = {}

    with store._writing(durable=True) as connection:
        for name, lookup in lookups.items():
            shape = ", ".join(f"{key} text" for key in lookup.names)
            keys = f"select * from json_to_recordset(%s::json) as wanted ({shape})"
            statement = lookup.by(keys) if postgres else find(lookup, 16)
            given = (_written(lookup.names, [("5",) * len(lookup.names)]),)
            values = given if postgres else (None,) * statement.count("?")
            explained[name] = _explain(connection, statement, values, postgres=postgres)
        for name, statement in plain.items():
            values = (5,) * statement.count("%s" if postgres else "?")
            explained[name] = _explain(connection, statement, values, postgres=postgres)

    scans = ("Seq Scan on smsway", "SCAN smsway_submissions\n", "SCAN smsway_received\n")
    assert {name: plan for name, plan in explained.items() if any(each in plan for each in scans)} == {}


def _explain(connection, statement, values, *, postgres):
    word = "explain" if postgres else "explain query plan"
    rows = connection.exec_driver_sql(f"{word} {statement}", values).fetchall()
    return "".join(f"{row[0] if postgres else row[3]}\n" for row in rows)


def test_threads_of_two_processes_write_everything_and_never_wait_for_each_other_for_good(make_store, clock):
    trackers = [Tracker(make_store(), clock, lambda _: None) for _ in range(2)]

    def send(number):
        tracker, attempt = trackers[number % 2], f"{number:020}"
        # In another order each time: locks of rows would cross.
        phones = tuple(sorted((f"+86137000000{each:02}" for each in range(20)), reverse=bool(number % 3)))
        tracker.record(AttemptStarted(attempt, "cn", tuple((0, n) for n in range(20)), clock(), phones))
        outcomes = [Outcome(phone, Status.ACCEPTED, provider_message_id=f"{number}") for phone in phones]
        tracker.record(AttemptFinished(attempt, "cn", 20, 20, 0, 0, 0, (), 0.1, outcomes))
        tracker.flush()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(send, range(30)))

    known = [len(trackers[0].tracked(message_id=f"{number}")) for number in range(30)]
    assert known == [20] * 30

"""Whatever keeps what guards remember, it decides alike, and for all who share it."""

from __future__ import annotations

import multiprocessing
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy import event, inspect, text

from smsway.guards import Ask, Counted, GuardError, Limit, OptOut, Party
from smsway.guards._sql import SqlGuards
from smsway.guards._tables import metadata
from smsway.outbox import open_database

EPOCH = 1_700_000_000.0
ONE = Party([Ask(b"1" * 16, Limit(3, 60))])


def test_a_store_counts(make_store):
    store = make_store()

    over = [bool(store.admit([ONE], EPOCH + second)[0]) for second in (0, 10, 20, 30, 62, 63)]

    assert over == [False, False, False, True, False, True]


def test_a_dry_run_tells_and_does_not_count(make_store):
    store = make_store()
    for _ in range(2):
        store.admit([ONE], EPOCH)

    told = [store.admit([ONE, ONE], EPOCH, dry=True) for _ in range(2)]

    assert [[bool(over) for over in each] for each in told] == [[False, True]] * 2
    assert not store.admit([ONE], EPOCH)[0]


def test_recipients_of_one_message_count_in_turn(make_store):
    over = make_store().admit([ONE] * 5, EPOCH)

    assert [bool(each) for each in over] == [False, False, False, True, True]


def test_what_was_counted_is_there_after_a_restart(make_store):
    make_store().admit([ONE] * 3, EPOCH)

    again = make_store()

    assert again.admit([ONE], EPOCH + 1)[0]


def test_whoever_comes_again_is_counted_once_by_whichever_worker(make_store):
    one, other = make_store(), make_store()
    named = Party(ONE.asks, b"m" * 16)

    over = [store.admit([named], EPOCH)[0] for store in (one, other, one, other, one)]

    assert over == [[]] * 5
    assert [bool(other.admit([ONE], EPOCH)[0]) for _ in range(3)] == [False, False, True]


def test_threads_that_share_a_limit_never_exceed_it(make_store):
    stores = [make_store() for _ in range(4)]
    wide = Party([Ask(bytes([number]) * 16, Limit(25, 3_600)) for number in range(3)])

    with ThreadPoolExecutor(4) as pool:
        over = list(pool.map(lambda number: stores[number % 4].admit([wide], EPOCH)[0], range(100)))

    assert sum(not each for each in over) == 25


def test_a_count_is_not_lost_when_its_old_row_is_thrown_away_meanwhile(postgres):
    # SQLite has one writer at a time.
    url = postgres.create("meanwhile")
    store, other, third = (open_store(url) for _ in range(3))
    store.admit([ONE], EPOCH)
    later = EPOCH + 200
    counting = threading.Thread(target=other.admit, args=([ONE], later))
    read, other_read = threading.Event(), threading.Event()

    def of_store(_connection, _cursor, statement, *_):
        if statement.startswith("INSERT") and counting.ident is None:
            third._database.write(lambda connection: third._tidy(connection, later))
            counting.start()
            # Where the other one has to wait for this transaction, it does not come that far.
            other_read.wait(0.5)
        elif statement.startswith("SELECT"):
            read.set()

    def of_other(_connection, _cursor, statement, *_):
        if statement.startswith("SELECT"):
            other_read.set()
            read.wait(10)

    event.listen(store._database.engine, "after_cursor_execute", of_store)
    event.listen(other._database.engine, "after_cursor_execute", of_other)
    store.admit([ONE], later)
    counting.join(30)

    over = third.admit([ONE, ONE], later)

    assert [bool(each) for each in over] == [False, True]
    for each in (store, other, third):
        each.close()


def test_what_is_kept_is_changed_by_one_at_a_time(make_store):
    stores, key = [make_store() for _ in range(4)], b"k" * 16

    def work(known):
        ((slot, count),) = known[key].tally if key in known and known[key].tally else ((-7, 0),)
        known[key] = Counted(((slot, count + 1),), EPOCH + 60)
        return count + 1

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda number: stores[number % 4].change([key, key], work, EPOCH), range(40)))

    assert sorted(counts) == list(range(1, 41))
    assert stores[0].known([key, b"n" * 16]) == {key: Counted(((-7, 40),), EPOCH + 60)}


def test_what_matters_no_more_is_thrown_away(make_store):
    store = make_store()
    for number in range(50):
        store.admit([Party([Ask(bytes([number]) * 16, Limit(1, 60))])], EPOCH + number / 1_000)

    store.admit([ONE], EPOCH + 200)

    if isinstance(store, SqlGuards):
        count = store._database.read(
            lambda connection: connection.scalar(text("select count(*) from smsway_guard_counts"))
        )
    else:
        count = len(store._counted)
    assert count == 1


def test_what_matters_no_more_is_thrown_away_as_fast_as_it_comes(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'outbox.db'}")

    for second in range(40):
        keys = [(second * 1_000 + number).to_bytes(16, "big") for number in range(1_000)]
        store.admit([Party([Ask(key, Limit(1, 5))]) for key in keys], EPOCH + second)

    count = store._database.read(lambda connection: connection.scalar(text("select count(*) from smsway_guard_counts")))
    store.close()
    assert count < 8_000


def test_opt_outs_are_added_once_and_removed_by_scope(make_store):
    store, phone, other = make_store(), b"p" * 16, b"o" * 16
    first, second = OptOut("marketing", EPOCH, "inbound"), OptOut("all", EPOCH + 1, "api")

    added = [store.opt_out([phone, phone, other], first), store.opt_out([phone], OptOut("marketing", 5.0, "api"))]
    store.opt_out([phone], second)

    assert added == [2, 0]
    found = store.opted_out([phone, other, b"n" * 16])
    assert {key: set(each) for key, each in found.items()} == {phone: {first, second}, other: {first}}
    assert (store.opt_in(phone, "marketing"), store.opt_in(phone, "marketing"), store.opt_in(other, None)) == (1, 0, 1)
    assert {key: [*each] for key, each in store.opted_out([phone, other]).items()} == {phone: [second]}


def test_opt_outs_are_there_after_a_restart_and_many_are_found(make_store):
    phones = [number.to_bytes(16, "big") for number in range(1_201)]
    make_store().opt_out(phones, OptOut("all", EPOCH, "import"))

    found = make_store().opted_out(phones)

    assert len(found) == len(phones)


def open_store(url):
    database = open_database(url)
    database.migrate()
    return SqlGuards(database)


def test_a_key_of_the_store_is_the_same_for_all(database_url):
    stores = [open_store(database_url) for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        keys = list(pool.map(lambda store: store.key(None), stores))

    assert len(set(keys)) == 1
    assert len(keys[0]) == 32
    for store in stores:
        store.close()


def test_a_key_that_is_given_is_not_kept_and_no_other_is_taken(database_url):
    store = open_store(database_url)
    store.key(b"a key that is long enough")

    found = store._database.read(lambda each: each.execute(text("select value from smsway_guard_secrets")).all())

    assert b"a key that is long enough" not in [bytes(row.value) for row in found]
    assert store.key(b"a key that is long enough") == b"a key that is long enough"
    for other in (b"another key, also long", None):
        with pytest.raises(GuardError, match="kept under another key"):
            store.key(other)
    store.close()


def test_a_key_that_comes_later_than_the_database_s_own_is_refused_with_the_way_out(database_url):
    store = open_store(database_url)
    own = store.key(None)

    with pytest.raises(GuardError, match=r"kept without guards\.key; take it out"):
        store.key(b"a key that is long enough")

    assert store.key(None) == own
    store.close()


def test_the_tables_are_those_that_the_migration_makes(database_url):
    store = open_store(database_url)

    found = store._database.read(
        lambda connection: {
            table: {
                each["name"]: (str(each["type"]), each["nullable"]) for each in inspect(connection).get_columns(table)
            }
            for table in metadata.tables
        }
    )

    assert {name: [*columns] for name, columns in found.items()} == {
        name: [column.name for column in table.c] for name, table in metadata.tables.items()
    }
    store.close()


def test_a_database_that_fails_is_told_without_what_was_asked(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'outbox.db'}")
    with closing(sqlite3.connect(tmp_path / "outbox.db")) as connection, connection:
        connection.execute("drop table smsway_guard_counts")
        connection.execute("drop table smsway_guard_optouts")

    with pytest.raises(GuardError, match="make the tables") as caught:
        store.admit([ONE], EPOCH)

    assert "1111" not in str(caught.value)
    for work in (lambda: store.opted_out([b"p"]), lambda: store.opt_in(b"p", None)):
        with pytest.raises(GuardError):
            work()
    store.close()


def _pump(url, start, count):
    store = open_store(url)
    cap = Ask(b"country MY......", Limit(500, 3_600))
    passed = sum(
        not store.admit([Party([cap, Ask(number.to_bytes(16, "big"), Limit(1, 30))])], EPOCH + number / 100)[0]
        for number in range(start, start + count)
    )
    store.close()
    return passed


def test_two_processes_on_one_database_share_a_cap(database_url):
    open_store(database_url).close()

    with multiprocessing.get_context("spawn").Pool(2) as pool:
        passed = pool.starmap(_pump, [(database_url, 1_000, 450), (database_url, 5_000, 450)])

    assert sum(passed) == 500

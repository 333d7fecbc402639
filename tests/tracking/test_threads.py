"""Threads that write at the same time: nothing overtakes what it rests on, and nothing is left behind at the end."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from smsway.model import AttemptStarted, Delivery, Status
from smsway.tracking import SqliteStore, Store, StoreError

PHONE = "+8613700000001"


class Stop:
    """Holds the next thread that comes, until it may go on."""

    def __init__(self) -> None:
        self.came, self.go_on = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.came.set()
        assert self.go_on.wait(10)


class Gated:
    """A store in which the next writer can be held: *before* its transaction begins, or *within*, when all is done."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.before: Stop | None = None
        self.within: Stop | None = None

    def reading(self) -> AbstractContextManager[Any]:
        return self._store.reading()

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[Any]:
        before, within = self.before, self.within
        self.before = self.within = None
        if before:
            before()
        with self._store.writing(durable=durable) as records:
            yield records
            if within:
                within()

    def close(self) -> None:
        self._store.close()


@pytest.fixture
def elsewhere() -> Iterator[Callable[..., Future[None]]]:
    """Do something in another thread."""
    with ThreadPoolExecutor(2) as pool:
        yield pool.submit


def test_no_answer_overtakes_the_start_of_its_attempt(store: Store, desks: Any, elsewhere: Any) -> None:
    gated = Gated(store)
    desk = desks(gated)
    desk.tracker.note(AttemptStarted(desk.name("a"), "cn", ((0, 0),), desk.now, (PHONE,)))
    stop = gated.before = Stop()
    slow = elsewhere(desk.tracker.flush)
    assert stop.came.wait(10)

    desk.finish("a", Status.ACCEPTED, message_id="m1")
    desk.tracker.flush()
    stop.go_on.set()
    slow.result(10)

    assert desk.delivery("a") is Delivery.ACCEPTED


def test_closing_writes_what_another_thread_has_not_begun_to_write(file: Path, desks: Any, elsewhere: Any) -> None:
    gated = Gated(SqliteStore(file))
    desk = desks(gated)
    desk.start("a")
    desk.finish("a", Status.ACCEPTED, message_id="m1")
    stop = gated.before = Stop()
    slow = elsewhere(desk.tracker.flush)
    assert stop.came.wait(10)

    desk.tracker.close()
    stop.go_on.set()

    with pytest.raises(StoreError, match="closed"):
        slow.result(10)
    with closing(SqliteStore(file)) as later:
        assert desks(later).delivery("a") is Delivery.ACCEPTED


def test_what_is_flushed_is_written_even_if_another_thread_writes_it(store: Store, desks: Any, elsewhere: Any) -> None:
    gated = Gated(store)
    desk = desks(gated)
    desk.start("a")
    desk.finish("a", Status.ACCEPTED, message_id="m1")
    stop = gated.within = Stop()
    slow = elsewhere(desk.tracker.flush)
    assert stop.came.wait(10)

    flushed = elsewhere(desk.tracker.flush)
    with suppress(TimeoutError):
        flushed.result(0.2)

    assert not flushed.done()
    stop.go_on.set()
    for each in (slow, flushed):
        each.result(10)
    assert desk.delivery("a") is Delivery.ACCEPTED


def test_what_cannot_be_written_is_not_lost_and_not_taken_for_written(file: Path, desks: Any) -> None:
    with closing(SqliteStore(file, patience=0.05)) as store, closing(sqlite3.connect(file)) as other:
        desk = desks(store)
        other.execute("begin immediate")
        for _ in range(2):
            with pytest.raises(StoreError, match="locked"):
                desk.start("a")
        desk.finish("a", Status.ACCEPTED, message_id="m1")
        with pytest.raises(StoreError, match="locked"):
            desk.tracker.flush()
        other.execute("rollback")

        assert desk.delivery("a") is Delivery.ACCEPTED
        assert desk.tracker._buffer.is_written


def test_nobody_waits_for_other_threads_and_then_as_long_for_another_process(file: Path, elsewhere: Any) -> None:
    def wait() -> float:
        began = time.monotonic()
        with pytest.raises(StoreError, match="locked"):
            store.writing().__enter__()
        return time.monotonic() - began

    with closing(SqliteStore(file, patience=1.5)) as store, closing(sqlite3.connect(file)) as other:
        other.execute("begin immediate")
        first = elsewhere(wait)
        time.sleep(0.7)
        second = wait()

        assert second < 2
        assert first.result(10) < 2
        other.execute("rollback")
        with store.writing() as records:
            assert records.kept() == []


CLOSED_IN_A_CHILD = """
import os, sys
from smsway.tracking import SqliteStore
store = SqliteStore(sys.argv[1])
with store.writing() as records:
    child = os.fork()
    if not child:
        store.close()
        os._exit(7)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    records.kept()
store.close()
"""


def test_a_forked_process_closes_nothing_of_its_parent_and_does_not_wait_for_it(file: Path) -> None:
    command = [sys.executable, "-c", CLOSED_IN_A_CHILD, str(file)]

    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)

    assert said.stdout.strip() == "7"


def test_an_interrupt_leaves_no_transaction_open(file: Path, desks: Any) -> None:
    with closing(SqliteStore(file)) as store:
        # As if the interrupt had come right after the beginning.
        store._connection.execute("begin immediate")
        with pytest.raises(StoreError):
            desks(store).start("a")

        desks(store).start("b")

        assert [desks(store).delivery(each) for each in "ab"] == [None, Delivery.UNKNOWN]

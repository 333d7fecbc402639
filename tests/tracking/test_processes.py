"""Processes that share a store, and processes that die: whatever was confirmed is there."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from smsway.model import Delivery, Status
from smsway.outbox import SqlReports, open_database
from smsway.tracking import SqliteStore, Store

POINTS = 20

OPENED = """
import sys, time
from smsway.model import *
from smsway.tracking import Pull, SqliteStore, Tracker
from smsway.outbox import SqlReports, open_database

place = sys.argv[1]
store = SqlReports(open_database(place)) if "://" in place else SqliteStore(place)
tracker = Tracker(store, time.time, lambda event: None)
"""

PULLING = (
    OPENED
    + """
print("ready", flush=True)
for turn in range(int(sys.argv[2]), 10**9):
    pull = tracker.keep(Pull("cn", "pull_reports", Stamp(1.0, turn), 100, (Response(200, b"%d" % turn),)))
    print("kept", turn, pull.number, flush=True)
    reports = [
        Report(recipient="+8613700000001", delivery=Delivery.DELIVERED, account="cn", provider_message_id=f"{turn}.{n}")
        for n in range(3)
    ]
    numbers = tracker.receive(reports, pull)
    print("received", turn, *numbers, flush=True)
    if turn % 2:
        tracker.process(numbers)
"""
)


@pytest.fixture(params=["file", "outbox", "postgres"])
def place(request: pytest.FixtureRequest, file: Path, tables: Any) -> str:
    """Return where processes share a store: a file, or the address of a database."""
    return str(file) if request.param == "file" else tables(request.param)


def _open(place: str) -> Store:
    return SqlReports(open_database(place)) if "://" in place else SqliteStore(place)


def _pull_and_die(place: str, first: int, count: int, delay: float) -> list[list[str]]:
    """Kill a process that pulls, *delay* after it confirmed so many things; return what it had confirmed by then."""
    command = [sys.executable, "-c", PULLING, place, str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        first_lines = "".join(process.stdout.readline() for _ in range(count))
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        # A line that was cut off confirms nothing.
        lines = (first_lines + process.stdout.read()).split("\n")[:-1]
    return [line.split() for line in lines]


def test_whatever_a_killed_process_had_confirmed_is_in_the_store(place: str, desks: Any) -> None:
    chance = random.Random(7)
    kept: dict[int, int] = {}
    received: set[int] = set()
    for point in range(POINTS):
        # What was kept and could not be confirmed any more has a number that is not used again.
        said = _pull_and_die(place, 10_000 * point, chance.randint(2, 6), chance.uniform(0.0, 0.02))
        for what, of, *numbers in said:
            if what == "kept":
                kept[int(of)] = int(numbers[0])
            else:
                received.add(int(of))

        with closing(_open(place)) as store:
            desk = desks(store, now=time.time() + 61)
            with store.writing():
                # A server may still be at what the process had asked for last.
                pass
            waiting = {pull.stamp.nonce: pull for pull in desk.tracker.kept()}
            with store.reading() as records:
                there = {each.report.provider_message_id for each in _all_reports(records)}

        for each, number in kept.items():
            whole = {f"{each}.{index}" for index in range(3)} <= there
            assert whole is (each not in waiting), "received and forgotten at once, or neither"
            assert whole or (waiting[each].number, waiting[each].answers[0].body) == (number, b"%d" % each)
        assert received <= {int(each.split(".")[0]) for each in there}
        # What only the death of the process left undone.
        assert len(waiting) <= POINTS

    with closing(_open(place)) as store:
        desk = desks(store, now=time.time() + 61)
        desk.tracker.process(desk.tracker.unprocessed())
        assert desk.tracker.unprocessed() == []
        assert len(desk.tracker.unmatched()) == len(there)
    assert len(received) > POINTS


def _all_reports(records: Any) -> list[Any]:
    return [each for each in records.received(range(1, 100_000)) if hasattr(each, "report")]


def test_a_new_process_takes_up_what_a_dead_one_left(place: str, desks: Any) -> None:
    with closing(_open(place)) as store:
        before = desks(store)
        before.start("pending")
        before.sent("sent", "m1", "+8613700000002")
        before.tracker.receive([before.report("m1", phone="+8613700000002")])
        before.finish("pending", Status.ACCEPTED, message_id="never written")

        with closing(_open(place)) as other:
            after = desks(other, now=before.now + 901)
            events = after.tracker.process(after.tracker.unprocessed())
            [late] = after.take(after.report("m2"))

            assert [event.tracked.delivery for event in events] == [Delivery.DELIVERED]
            assert late.tracked.delivery is Delivery.DELIVERED


SHARING = (
    OPENED
    + """
me, rounds = sys.argv[2], int(sys.argv[3])
for turn in range(rounds):
    attempt, phone = f"{me}{turn:019d}", f"+86137{turn:08d}"
    tracker.record(AttemptStarted(attempt, "cn", ((0, 0),), time.time(), (phone,)))
    outcome = Outcome(phone, Status.ACCEPTED, provider_message_id=f"{me}{turn}")
    tracker.record(AttemptFinished(attempt, "cn", 1, 1, 0, 0, 0, (), 0.1, [outcome]))
    # Reports of what the other process sends, too, whether it has sent it yet or not.
    reports = [
        Report(recipient=phone, delivery=Delivery.DELIVERED, account="cn", provider_message_id=f"{whose}{turn}")
        for whose in "ab"
    ]
    tracker.process(tracker.receive(reports))
tracker.close()
"""
)


def test_two_processes_on_one_store_lose_nothing(place: str, desks: Any) -> None:
    rounds = 60
    processes = [subprocess.Popen([sys.executable, "-c", SHARING, place, me, str(rounds)]) for me in "ab"]
    codes = [process.wait(60) for process in processes]

    with closing(_open(place)) as store:
        desk = desks(store, now=time.time())
        states = {
            desk.tracker.progress(f"{me}{turn:019d}", f"+86137{turn:08d}").delivery
            for me in "ab"
            for turn in range(rounds)
        }
        assert codes == [0, 0]
        assert states == {Delivery.DELIVERED}
        assert desk.tracker.unmatched() == []


def test_two_trackers_on_one_store_see_what_the_other_did(place: str, desks: Any) -> None:
    with closing(_open(place)) as one, closing(_open(place)) as two:
        sender, receiver = desks(one), desks(two)
        sender.sent("a", "m1")

        [event] = receiver.take(receiver.report("m1"))

        assert event.tracked.delivery is Delivery.DELIVERED
        assert sender.delivery("a") is Delivery.DELIVERED


OPENING = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
print(*connection.execute("select count(*) from submissions").fetchone())
connection.close()
"""


def test_a_second_store_leaves_the_first_its_locks(file: Path, desks: Any) -> None:
    # Whoever closes a descriptor of the file that is not SQLite's own drops the locks of his whole process, and then
    # another process takes itself for the last, and removes what is written ahead.
    with closing(SqliteStore(file)) as store:
        SqliteStore(file).close()
        desks(store).start("a")

        said = subprocess.run([sys.executable, "-c", OPENING, str(file)], capture_output=True, text=True, check=True)

        assert said.stdout.strip() == "1"
        assert file.with_name(f"{file.name}-wal").stat().st_size > 0


def test_a_file_can_be_opened_and_read_while_another_writes(file: Path, desks: Any) -> None:
    with closing(SqliteStore(file)) as store:
        desks(store).sent("a", "m1")
        with store.writing(), closing(SqliteStore(file, patience=0)) as other, other.reading() as records:
            assert records.kept() == []

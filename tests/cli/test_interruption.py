"""The process is killed or stopped in the middle of a run, and the run is taken up again."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from smsway.cli._watch import Watch
from smsway.model import Attempt, AttemptStarted, Certainty, Outcome, OutcomeSettled, Reason, Status, Stopped

COUNT = 300


def wait_until(holds, process=None):
    """Wait until something holds; fails if *process* ends before."""
    for _ in range(2_000):
        if holds():
            return
        if process is not None and process.poll() is not None:
            raise AssertionError(process.communicate())
        time.sleep(0.005)
    raise AssertionError("it never happened")


@pytest.fixture
def run(start, sandbox, sheet, tmp_path, phone):
    """Start a run of the same file to the same results."""
    path = sheet([phone(n) for n in range(COUNT)])
    arguments = ("--csv", path, "--results", tmp_path / "out.csv", "--template", "notice")
    return lambda: start("send", "--sandbox", sandbox.control_url, *arguments)


@pytest.fixture
def statuses(tmp_path, read_results):
    """Count the last results of all lines by status; each line has one final result."""

    def count():
        rows = read_results(tmp_path / "out.csv")
        final = Counter(row["line"] for row in rows if row["status"] != "not_sent")
        assert max(final.values()) == 1
        return Counter({row["line"]: row["status"] for row in rows}.values())

    return count


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "out.csv.journal"


def test_a_killed_run_is_resumed_and_nobody_is_texted_twice(run, sandbox, statuses, journal, read_results, tmp_path):
    sandbox.inject("slow", delay=0.05)
    for wanted in (10, 60, 150):
        process = run()
        wait_until(lambda wanted=wanted: len(sandbox.texts()) >= wanted, process)
        process.kill()
        process.wait()
        assert journal.exists()
    sandbox.clear_faults()

    process = run()
    process.communicate()

    assert {1} == set(sandbox.texts().values())
    counts = statuses()
    assert counts.keys() == {"accepted", "unknown"}
    assert COUNT == counts.total()
    # Nobody is told as accepted who was not texted, and nobody is forgotten.
    rows = read_results(tmp_path / "out.csv")
    accepted = {row["recipient"] for row in rows if row["status"] == "accepted"}
    assert accepted <= sandbox.texts().keys()
    assert not journal.exists()
    assert 1 == process.returncode


def test_ctrl_c_lets_what_is_under_way_settle(run, sandbox, statuses):
    sandbox.inject("slow", delay=0.1)
    process = run()
    wait_until(lambda: len(sandbox.texts()) >= 60, process)

    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate()

    assert 130 == process.returncode
    assert "Stopping" in stderr
    assert "have a final result" in stderr
    assert "failed inside" not in stderr
    assert "accepted" in stdout
    assert "Traceback" not in stderr
    assert len(sandbox.texts()) < COUNT
    # Nobody is told of as not sent who was not asked for.
    assert Counter(accepted=len(sandbox.texts())) == statuses()

    sandbox.clear_faults()
    process = run()
    process.communicate()

    assert 0 == process.returncode
    assert Counter(accepted=COUNT) == statuses()
    assert {1} == set(sandbox.texts().values())


def test_sigterm_stops_like_ctrl_c(run, sandbox):
    sandbox.inject("slow", delay=0.1)
    process = run()
    wait_until(lambda: len(sandbox.texts()) >= 10, process)

    process.send_signal(signal.SIGTERM)
    process.communicate()

    assert 143 == process.returncode


def test_a_second_ctrl_c_leaves_at_once_and_what_was_in_flight_is_unknown(run, sandbox, statuses, journal):
    sandbox.inject("hang")
    process = run()
    wait_until(lambda: len(sandbox.texts()) >= 40, process)

    process.send_signal(signal.SIGINT)
    assert "Stopping" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=5)

    assert 130 == process.returncode
    assert "Left at once" in stderr
    assert journal.exists()

    texted = len(sandbox.texts())
    sandbox.clear_faults()
    process = run()
    process.communicate()

    assert Counter(unknown=texted, accepted=COUNT - texted) == statuses()
    assert {1} == set(sandbox.texts().values())


def test_ctrl_c_while_sending_to_a_few_phones_tells_their_outcomes(start, sandbox, phone):
    sandbox.inject("slow", delay=1)
    process = start("send", "--sandbox", sandbox.control_url, phone(1), "--template", "notice", "--json")
    wait_until(sandbox.texts, process)

    process.send_signal(signal.SIGINT)
    stdout, _ = process.communicate()

    assert 130 == process.returncode
    assert '"accepted"' in stdout


def test_a_closed_pipe_stops_the_run_but_loses_no_result(run, start, sandbox, sheet, tmp_path, phone, statuses):
    sandbox.inject("slow", delay=0.05)
    path = sheet([phone(n) for n in range(COUNT)])
    arguments = ("--csv", path, "--results", tmp_path / "out.csv", "--template", "notice", "--json")
    process = start("send", "--sandbox", sandbox.control_url, *arguments)
    process.stdout.readline()
    process.stdout.close()
    stderr = process.stderr.read()
    process.wait()

    assert 1 == process.returncode
    assert "could not be written" in stderr
    assert "Traceback" not in stderr
    assert len(sandbox.texts()) == statuses()["accepted"] < COUNT

    process = run()
    process.communicate()

    assert 0 == process.returncode
    assert Counter(accepted=COUNT) == statuses()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("form", ["--json", "--tag=x"])
def test_an_output_that_is_full_is_told_after_sending(start, sandbox, phone, form):
    with Path("/dev/full").open("w") as full:
        arguments = ("send", "--sandbox", sandbox.control_url, phone(1), "--template", "notice", form)
        process = start(*arguments, stdout=full)
        _, stderr = process.communicate()

    assert 1 == process.returncode
    assert "could not be written: No space left" in stderr
    assert {phone(1): 1} == sandbox.texts()


class FullDisk:
    """A ledger on a disk that is full."""

    def __init__(self, *, at):
        self.at = at
        self.settled = []

    def note(self, *_):
        self._write("note")

    def settle(self, line, _):
        self._write("settle")
        self.settled.append(line)

    def _write(self, what):
        if self.at == what:
            raise OSError(28, "No space left on device")


class TestAFullDisk:
    def test_it_keeps_attempts_from_being_sent(self, phone):
        watch = Watch(lambda _: None, FullDisk(at="note"))
        watch.expect(0, [(2, phone(1))])

        with pytest.raises(Stopped):
            watch(AttemptStarted("a", "cn", ((0, 0),), 0.0))

        assert watch.stopping

    def test_results_after_the_first_that_failed_are_left_to_the_journal(self, phone):
        ledger = FullDisk(at="settle")
        watch = Watch(lambda _: None, ledger)
        watch.expect(0, [(2, phone(1)), (3, phone(2))])

        watch(OutcomeSettled((0, 0), Outcome(phone(1), Status.ACCEPTED)))
        ledger.at = ""
        watch(OutcomeSettled((0, 1), Outcome(phone(2), Status.ACCEPTED)))

        assert [] == ledger.settled
        assert not watch.recorded
        assert watch.stopping


class Notebook:
    """A ledger that remembers which lines got a row."""

    def __init__(self):
        self.rows = []

    def settle(self, line, _):
        self.rows.append(line)


def test_of_those_who_were_stopped_only_they_get_a_row_for_whom_something_was_attempted(phone):
    def stopped(*reasons):
        attempts = tuple(Attempt("cn", Certainty.NOT_SENT, reason) for reason in reasons)
        return Outcome(phone(1), Status.NOT_SENT, "cn", Reason.STOPPED, attempts=attempts)

    ledger, shown = Notebook(), []
    watch = Watch(shown.append, ledger)
    outcomes = [stopped(), stopped(Reason.INSUFFICIENT_BALANCE)]
    watch.expect(0, [(line, phone(line)) for line in (2, 3)])

    for place, outcome in enumerate(outcomes):
        watch(OutcomeSettled((0, place), outcome))

    assert [3] == ledger.rows
    assert outcomes == shown
    assert 0 == watch.unsettled


def open_for_writing(fifo, process):
    """Open a pipe as soon as *process* reads it."""
    opened = []

    def is_open():
        try:
            opened.append(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:
            return False
        return True

    wait_until(is_open, process)
    return opened[0]


def test_ctrl_c_before_anything_was_sent_is_no_traceback(start, tmp_path):
    fifo = tmp_path / "slow.toml"
    os.mkfifo(fifo)
    process = start("send", "--config", fifo, "+8613700000001", "--template", "notice")
    writer = open_for_writing(fifo, process)

    process.send_signal(signal.SIGINT)
    # The end of the file wakes a command that had not begun to wait for more of it yet.
    os.close(writer)
    _, stderr = process.communicate(timeout=30)

    assert 130 == process.returncode
    assert "smsway: stopped; nothing was sent\n" == stderr

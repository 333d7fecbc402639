"""Whatever happens to the process, no line is sent twice, and every line ends with one result that is true."""

from __future__ import annotations

import json
from collections import Counter
from enum import Enum, auto
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smsway.cli._failure import Failure
from smsway.cli._ledger import CUT_OFF, Ledger
from smsway.model import Outcome, Reason, Status


class Fate(Enum):
    """What happens to one batch of lines, and when the process dies, if it does."""

    ACCEPTED = auto()
    REJECTED = auto()
    UNKNOWN = auto()
    NOT_SENT = auto()
    DIES_BEFORE_THE_NOTE = auto()
    DIES_IN_THE_NOTE = auto()
    DIES_AFTER_THE_NOTE = auto()
    DIES_AFTER_SENDING = auto()
    DIES_IN_THE_RESULT = auto()
    DIES_AFTER_THE_RESULT = auto()


SENDS = {Fate.ACCEPTED, Fate.UNKNOWN, Fate.DIES_AFTER_SENDING, Fate.DIES_IN_THE_RESULT, Fate.DIES_AFTER_THE_RESULT}
STATUS = {
    Fate.ACCEPTED: Status.ACCEPTED,
    Fate.REJECTED: Status.REJECTED,
    Fate.UNKNOWN: Status.UNKNOWN,
    Fate.NOT_SENT: Status.NOT_SENT,
}


def phone_of(line):
    return f"+86137{line:08d}"


def outcome(line, status):
    return Outcome(phone_of(line), status, "cn", None if status is Status.ACCEPTED else Reason.OTHER)


class World:
    """Phones that count their texts, and a process that runs again and again on the same files."""

    def __init__(self, folder, lines):
        self.path = Path(folder) / "out.csv"
        self.lines = range(2, lines + 2)
        self.texts = Counter()

    def run(self, batches):
        """Run until a fate ends the process; then, or at the end, return whether it ended well."""
        with Ledger(self.path) as ledger:
            ledger.begin({})
            todo = [line for line in self.lines if not ledger.is_done(line)]
            for size, fate in batches:
                batch, todo = todo[:size], todo[size:]
                if batch and not self._batch(ledger, batch, fate):
                    return False
            for line in todo:
                self._batch(ledger, [line], Fate.ACCEPTED)
            ledger.finish()
            return True

    def _batch(self, ledger, batch, fate):
        journal = self.path.with_name("out.csv.journal")
        if fate is Fate.DIES_BEFORE_THE_NOTE:
            return False
        if fate is Fate.DIES_IN_THE_NOTE:
            with journal.open("ab") as file:
                file.write(b'{"account":"cn","lines":[[2')
            return False
        ledger.note("cn", [(line, phone_of(line)) for line in batch])
        if fate in SENDS:
            self.texts.update(batch)
        if fate in STATUS:
            for line in batch:
                ledger.settle(line, outcome(line, STATUS[fate]))
            return True
        if fate in {Fate.DIES_IN_THE_RESULT, Fate.DIES_AFTER_THE_RESULT}:
            ledger.settle(batch[0], outcome(batch[0], Status.ACCEPTED))
        if fate is Fate.DIES_IN_THE_RESULT:
            with self.path.open("r+b") as file:
                file.truncate(self.path.stat().st_size - 3)
        return False


runs = st.lists(st.lists(st.tuples(st.integers(1, 4), st.sampled_from(Fate)), max_size=6), max_size=6)


@given(lines=st.integers(1, 12), runs=runs)
@example(lines=1, runs=[[(1, Fate.NOT_SENT)], [(1, Fate.DIES_AFTER_SENDING)]])
@settings(max_examples=200)
def test_no_line_is_sent_twice_whenever_the_process_dies(lines, runs):
    with TemporaryDirectory() as folder:
        world = World(folder, lines)
        for batches in runs:
            world.run(batches)

        world.run([])

        assert max(world.texts.values(), default=0) <= 1
        with Ledger(world.path) as ledger:
            assert set(world.lines) == set(ledger.results)
            for line, result in ledger.results.items():
                possible = {
                    Status.ACCEPTED: {1},
                    Status.REJECTED: {0},
                    Status.NOT_SENT: {0},
                    Status.UNKNOWN: {0, 1},
                }
                assert world.texts[line] in possible[result.status]


@given(lines=st.integers(1, 6), runs=runs)
@settings(max_examples=50)
def test_only_what_was_in_flight_becomes_unknown(lines, runs):
    with TemporaryDirectory() as folder:
        world = World(folder, lines)
        harmless = {Fate.DIES_BEFORE_THE_NOTE, Fate.DIES_IN_THE_NOTE, Fate.ACCEPTED, Fate.NOT_SENT}
        for batches in runs:
            world.run([(size, fate) for size, fate in batches if fate in harmless])

        world.run([])

        with Ledger(world.path) as ledger:
            assert {Status.ACCEPTED} == {result.status for result in ledger.results.values()}
        assert dict.fromkeys(world.lines, 1) == world.texts


@pytest.fixture
def path(tmp_path):
    return tmp_path / "out.csv"


@pytest.fixture
def interrupted(path):
    """Leave line 2 in flight and line 3 accepted."""
    with Ledger(path) as ledger:
        ledger.begin({})
        ledger.note("cn", [(2, phone_of(2)), (3, phone_of(3))])
        ledger.settle(3, outcome(3, Status.ACCEPTED))
    return path


def test_a_line_in_flight_is_written_as_unknown_with_its_reference_and_the_last_account(interrupted, read_results):
    with Ledger(interrupted) as ledger:
        ledger.begin({2: "order-7"})

    row = read_results(interrupted)[-1]

    assert ("2", phone_of(2), "order-7", "unknown", "cn", CUT_OFF) == tuple(
        row[name] for name in ("line", "recipient", "reference", "status", "account", "detail")
    )


def test_a_crash_between_the_unknown_rows_and_the_new_journal_loses_nothing(interrupted):
    journal = interrupted.with_name("out.csv.journal")
    old = journal.read_bytes()
    with Ledger(interrupted) as ledger:
        ledger.begin({})
    journal.write_bytes(old)

    with Ledger(interrupted) as ledger:
        assert ledger.pending == {}
        assert ledger.is_done(2)
        assert ledger.is_done(3)


def test_a_clean_end_leaves_no_journal(path):
    with Ledger(path) as ledger:
        ledger.begin({})
        ledger.note("cn", [(2, phone_of(2))])
        ledger.settle(2, outcome(2, Status.ACCEPTED))
        ledger.finish()

    assert [path] == list(path.parent.glob("out.csv*"))


def test_the_journal_is_on_the_disk_when_note_returns(path):
    with Ledger(path) as ledger:
        ledger.begin({})
        ledger.note("cn", [(2, phone_of(2))])

        last = path.with_name("out.csv.journal").read_bytes().splitlines()[-1]

        assert {"account": "cn", "lines": [[2, phone_of(2)]]} == json.loads(last)


def test_lost_results_that_the_journal_counts_on_are_an_error(interrupted):
    with Ledger(interrupted) as ledger:
        ledger.begin({})
    interrupted.unlink()

    with pytest.raises(Failure, match="has lost rows"):
        Ledger(interrupted)


def test_two_runs_at_once_are_refused(path):
    with Ledger(path) as ledger:
        ledger.begin({})

        with pytest.raises(Failure, match="another run is writing it"):
            Ledger(path)


def test_of_two_runs_that_found_no_file_the_second_one_is_refused_even_if_the_first_has_ended(path):
    with Ledger(path) as late:
        with Ledger(path) as ledger:
            ledger.begin({})
            ledger.settle(2, outcome(2, Status.ACCEPTED))
            ledger.finish()

        with pytest.raises(Failure, match="another run has made it just now"):
            late.begin({})


def test_nothing_is_written_before_the_run_begins(path):
    with Ledger(path) as ledger:
        assert set() == ledger.lines()

    assert [] == list(path.parent.iterdir())


def test_the_last_account_that_was_asked_is_that_of_an_interrupted_line(path, read_results):
    with Ledger(path) as ledger:
        ledger.begin({})
        ledger.note("cn", [(2, phone_of(2)), (3, phone_of(3))])
        ledger.note("backup", [(2, phone_of(2))])

    with Ledger(path) as ledger:
        ledger.begin({})

    assert {"2": "backup", "3": "cn"} == {row["line"]: row["account"] for row in read_results(path)}


@pytest.mark.parametrize("content", [b"phone,code\n+8613700000000,1\n", b"hello", b"line,recipient\n"])
def test_a_file_of_something_else_is_left_alone(path, content):
    path.write_bytes(content)

    with pytest.raises(Failure, match="not a file of results"):
        Ledger(path)

    assert content == path.read_bytes()


def test_a_row_that_was_edited_is_named(interrupted):
    with interrupted.open("a", encoding="utf-8") as file:
        file.write("x,y\n")

    with pytest.raises(Failure, match="line 3 is not a row of results"):
        Ledger(interrupted)


@pytest.mark.parametrize("content", [b"hello\n", b'{"results":1}\n{"lines":3}\n', b"\n"])
def test_a_damaged_journal_is_an_error(interrupted, content):
    interrupted.with_name("out.csv.journal").write_bytes(content)

    with pytest.raises(Failure, match="damaged"):
        Ledger(interrupted)


def test_only_its_owner_can_read_the_files(interrupted):
    modes = {path.stat().st_mode & 0o777 for path in interrupted.parent.glob("out.csv*")}

    assert {0o600} == modes


def test_a_repr_shows_no_phone(interrupted):
    with Ledger(interrupted) as ledger:
        assert phone_of(2) not in repr(ledger)
        assert "1 pending" in repr(ledger)


@given(detail=st.text(st.characters()), reference=st.text(st.characters()))
def test_every_result_is_one_row_whatever_it_says(detail, reference):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "out.csv"
        said = outcome(2, Status.REJECTED)
        said.detail, said.reference = detail, reference

        with Ledger(path) as ledger:
            ledger.begin({})
            ledger.settle(2, said)
            ledger.settle(3, outcome(3, Status.ACCEPTED))

        with Ledger(path) as ledger:
            assert {2: Status.REJECTED, 3: Status.ACCEPTED} == {
                line: result.status for line, result in ledger.results.items()
            }

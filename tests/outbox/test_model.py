"""Every outbox does the same as the one in memory, whatever is asked of it in whatever order."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from smsway.model import Attempt, Certainty, Kind, Outcome, Reason, Status
from smsway.outbox import (
    Addressee,
    Entry,
    Fenced,
    IdempotencyConflict,
    Mark,
    MemoryOutbox,
    Settlement,
    SqlOutbox,
    Wanted,
    open_database,
)

EPOCH = 1_700_000_000.0
WORKERS = st.sampled_from(["w1", "w2", "w3"])
LANES = st.sampled_from(["backup", "cn", "sg"])
BUSY = st.dictionaries(st.sampled_from(Kind), st.frozensets(LANES))
_CERTAINTY = {
    Status.ACCEPTED: Certainty.SENT,
    Status.REJECTED: Certainty.NOT_SENT,
    Status.NOT_SENT: Certainty.NOT_SENT,
    Status.UNKNOWN: Certainty.MAYBE_SENT,
}


class Machine(RuleBasedStateMachine):
    """Asks both for the same, and wants the same answers."""

    url: str
    clean: staticmethod

    @initialize()
    def open(self):
        self.time = EPOCH
        self.ids = itertools.count()
        self.model = MemoryOutbox(lambda: self.time)
        database = open_database(self.url, lambda: self.time)
        type(self).clean(database)
        self.store = SqlOutbox(database)
        self.messages = []
        self.rows = {}
        self.held = {}
        self.told = []

    def both(self, ask):
        answers = []
        for outbox in (self.model, self.store):
            try:
                answers.append(ask(outbox))
            except (Fenced, IdempotencyConflict) as error:
                answers.append(type(error))
        return answers

    def same(self, ask):
        model, store = self.both(ask)
        assert model == store
        return model

    @rule(
        count=st.integers(1, 3),
        key=st.sampled_from([None, "k1", "k2"]),
        digest=st.sampled_from([b"x", b"y"]),
        kind=st.sampled_from(Kind),
        begin=st.integers(-5, 30),
        length=st.integers(0, 60),
    )
    def enqueue(self, count, key, digest, kind, begin, length):
        phones = [Addressee(f"+658123450{number}", None, f"r{number}") for number in range(count)]
        start = self.time + begin
        entry = Entry(f"m{next(self.ids)}", key, digest, kind, "{}", "{}", start, start + length, phones)
        if self.same(lambda outbox: outbox.enqueue([entry])) is not IdempotencyConflict:
            self.messages.append(entry.id)

    @rule(seconds=st.integers(1, 20))
    def wait(self, seconds):
        self.time += seconds

    @rule(worker=WORKERS)
    def join(self, worker):
        if worker not in self.held:
            self.held[worker] = {}
            self.same(lambda outbox: outbox.join(worker, "name", 15))

    @rule(worker=WORKERS)
    def beat(self, worker):
        self.same(lambda outbox: outbox.beat(worker, 15))

    @rule(worker=WORKERS)
    def leave(self, worker):
        self.same(lambda outbox: outbox.leave(worker))

    @rule()
    def sweep(self):
        self.same(lambda outbox: outbox.sweep())

    @rule(worker=WORKERS, most=st.integers(1, 4), busy=BUSY, fresh=st.booleans())
    def claim(self, worker, most, busy, fresh):
        wanted = Wanted(busy, fresh)
        model, store = self.both(lambda outbox: outbox.claim(worker, most, None, wanted))
        if model is Fenced:
            assert store is Fenced
            return
        assert [self.seen(each) for each in model] == [self.seen(each) for each in store]
        for one, other in zip(model, store, strict=True):
            self.rows[one.row] = other.row
            self.held[worker][one.row] = one

    @precondition(lambda self: any(self.held.values()))
    @rule(data=st.data())
    def pass_over(self, data):
        worker, rows = self.some(data)
        lanes = {row: data.draw(LANES) for row in rows}
        given = {self.model: lanes, self.store: {self.rows[row]: lane for row, lane in lanes.items()}}
        self.same(lambda outbox: outbox.pass_over(worker, given[outbox]))

    @rule(most=st.integers(1, 4))
    def offer(self, most):
        hold = {Kind.OTP: 5.0, Kind.NOTIFICATION: 10.0, Kind.MARKETING: 10.0}
        model, store = self.both(lambda outbox: outbox.offer(most, hold))
        names = [
            {kind: [self.name(outbox, row) for row in rows] for kind, rows in offered.items()}
            for outbox, offered in ((self.model, model), (self.store, store))
        ]
        assert {kind: sorted(rows) for kind, rows in names[0].items()} == {
            kind: sorted(rows) for kind, rows in names[1].items()
        }
        for kind, rows in model.items():
            for row in rows:
                of = self.name(self.model, row)
                self.rows[row] = next(each for each in store[kind] if self.name(self.store, each) == of)
                self.told.append(row)

    @precondition(lambda self: self.told)
    @rule(worker=WORKERS, data=st.data())
    def come(self, worker, data):
        rows = data.draw(st.lists(st.sampled_from(self.told), min_size=1, max_size=3, unique=True))
        asked = {self.model: rows, self.store: [self.rows[row] for row in rows]}
        model, store = self.both(lambda outbox: outbox.claim(worker, 10, asked[outbox]))
        if model is Fenced:
            assert store is Fenced
            return
        assert [self.seen(each) for each in model] == [self.seen(each) for each in store]
        for one, other in zip(model, store, strict=True):
            self.rows[one.row] = other.row
            self.held[worker][one.row] = one

    @staticmethod
    def name(outbox, row):
        """Return which recipient of which message it is: the numbers of the rows differ."""
        if isinstance(outbox, MemoryOutbox):
            line = outbox._lines[row]
            return line.entry.id, line.position
        with outbox.database.engine.connect() as connection:
            return tuple(
                connection.exec_driver_sql(f"select message, position from smsway_recipients where id = {row}").one()
            )

    @staticmethod
    def seen(claim):
        names = ("message", "position", "kind", "addressee", "left", "doubts", "tries", "attempts")
        return [getattr(claim, name) for name in names]

    @precondition(lambda self: any(self.held.values()))
    @rule(data=st.data())
    def mark(self, data):
        worker, rows = self.some(data)
        again = data.draw(st.sets(st.sampled_from(rows)))
        doubts = dict.fromkeys(data.draw(st.sets(st.sampled_from(rows))), 1)
        attempt = f"a{data.draw(st.integers(0, 5))}"
        marks = {
            self.model: Mark(attempt, "cn", rows, frozenset(again), doubts),
            self.store: Mark(
                attempt,
                "cn",
                [self.rows[row] for row in rows],
                frozenset(self.rows[row] for row in again),
                {self.rows[row]: count for row, count in doubts.items()},
            ),
        }
        self.same(lambda outbox: outbox.mark(worker, marks[outbox]))

    @precondition(lambda self: any(self.held.values()))
    @rule(data=st.data())
    def settle(self, data):
        worker, rows = self.some(data)
        said = []
        for row in rows:
            status = data.draw(st.sampled_from(Status))
            delay = data.draw(st.sampled_from([None, 0.0, 8.0])) if status is not Status.ACCEPTED else None
            attempt = Attempt("cn", _CERTAINTY[status], Reason.OTHER, "9", 1.0, 2.0, f"a{data.draw(st.integers(0, 5))}")
            claim = self.held[worker][row]
            attempts = (*claim.attempts, attempt) if data.draw(st.booleans()) else claim.attempts
            outcome = Outcome(
                claim.addressee.phone,
                status,
                "cn",
                Reason.OTHER,
                "9",
                "why",
                "sid",
                1,
                2,
                attempts,
                claim.addressee.reference,
            )
            said.append((row, outcome, delay))
        result = {
            self.model: [Settlement(row, *rest) for row, *rest in said],
            self.store: [Settlement(self.rows[row], *rest) for row, *rest in said],
        }
        self.same(lambda outbox: outbox.settle(worker, result[outbox]))

    def some(self, data):
        worker = data.draw(st.sampled_from([name for name, held in self.held.items() if held]))
        return worker, sorted(data.draw(st.sets(st.sampled_from(sorted(self.held[worker])), min_size=1)))

    @precondition(lambda self: self.messages)
    @rule(data=st.data())
    def cancel(self, data):
        message = data.draw(st.sampled_from(self.messages))
        self.same(lambda outbox: outbox.cancel(message))

    @rule(older=st.integers(0, 60))
    def prune(self, older):
        self.same(lambda outbox: outbox.prune(older, 100))

    @invariant()
    def knows_the_same(self):
        if not hasattr(self, "store"):
            return
        self.same(lambda outbox: outbox.counts())
        self.same(lambda outbox: outbox.next_due())
        self.same(lambda outbox: outbox.is_done())
        self.same(lambda outbox: outbox.offered())
        for message in self.messages:
            self.same(lambda outbox, message=message: outbox.find(message=message))

    def teardown(self):
        if hasattr(self, "store"):
            self.store.close()


def _clean(database):
    database.migrate()
    for table in ("recipients", "messages", "workers"):
        database.write(lambda connection, table=table: connection.exec_driver_sql(f"delete from smsway_{table}"))


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_database_does_what_memory_does(kind, tmp_path, request):
    url = f"sqlite:///{tmp_path / 'outbox.db'}" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    machine = type("Both", (Machine,), {"url": url, "clean": staticmethod(_clean)})

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=60 if kind == "sqlite" else 25,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

"""What is asked all the time is found by an index, however many recipients there are, in lanes or not."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from smsway.model import Kind
from smsway.outbox import SqlOutbox, Wanted, open_database

BUT_CN = Wanted(dict.fromkeys(Kind, frozenset({"cn"})))

LOOKS = {
    "claim": lambda outbox: outbox.claim("w1", 50),
    "claim while an account is busy": lambda outbox: outbox.claim("w1", 50, None, BUT_CN),
    "offer": lambda outbox: outbox.offer(5, dict.fromkeys(Kind, 10.0)),
    "offered": lambda outbox: outbox.offered(),
    "next_due": lambda outbox: outbox.next_due(),
    "is_done": lambda outbox: outbox.is_done(),
    "leave": lambda outbox: outbox.leave("w1"),
}

EXPLAIN = {
    # The planner would read a small table as a whole; so it does only what it has no index for.
    "postgres": ["set enable_seqscan = off", "set enable_bitmapscan = off", "explain {}"],
    "sqlite": ["explain query plan {}"],
}


@pytest.fixture(params=["sqlite", "postgres"])
def kind(request):
    return request.param


@pytest.fixture
def outbox(kind, request, clock, tmp_path, entry):
    url = f"sqlite:///{tmp_path / 'outbox.db'}" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    store = SqlOutbox(open_database(url, clock))
    store.database.migrate()
    store.enqueue([entry() for _ in range(20)])
    store.join("w1", "first", 30)
    claims = store.claim("w1", 10)
    store.pass_over("w1", {claim.row: ("cn", "sg")[n % 2] for n, claim in enumerate(claims)})
    yield store
    store.close()


@pytest.mark.parametrize("look", LOOKS)
def test_no_table_is_read_as_a_whole(outbox, kind, look):
    plans, asking = [], []

    def explain(connection, _cursor, statement, parameters, _context, _many):
        if "smsway_recipients" in statement and not asking:
            asking.append(True)
            *settings, asked = EXPLAIN[kind]
            for each in settings:
                connection.exec_driver_sql(each)
            plans.extend(str(row) for row in connection.exec_driver_sql(asked.format(statement), parameters))
            asking.clear()

    event.listen(outbox.database.engine, "before_cursor_execute", explain)
    LOOKS[look](outbox)

    whole = [line for line in plans if "Seq Scan on smsway_recipients" in line or "SCAN smsway_recipients" in line]
    assert plans
    assert [line for line in whole if "USING" not in line] == []


def test_an_index_that_is_there_is_seen(outbox, kind):
    """The statement that looks for what nobody keeps an index of is found by the same means."""
    *settings, asked = EXPLAIN[kind]
    with outbox.database.engine.connect() as connection:
        for each in settings:
            connection.exec_driver_sql(each)
        plan = [
            str(row)
            for row in connection.exec_driver_sql(asked.format("select id from smsway_recipients where tries > 1"))
        ]

    assert any("Seq Scan on smsway_recipients" in line or "SCAN smsway_recipients" in line for line in plan)

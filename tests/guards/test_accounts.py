"""Accounts have caps, which no failover, no worker and no restart exceeds."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from smsway import AsyncClient, Client, Message, Reason, Status, Template
from smsway.outbox import State, open_database
from smsway.provider import hookimpl

A, B = "+8613788888888", "+8613788888889"


@pytest.fixture
def make_capped(source, tencent, clock, stack):
    """Return a function that makes a client of which the accounts have caps."""

    def make(accounts, *, plugins=(), caps=(), **changes):
        guards = {"guards": {"caps": {"accounts": accounts} | dict(caps)}}
        client = Client.from_config(source | guards | changes, transport=tencent, clock=clock, plugins=plugins)
        return stack.enter_context(client)

    return make


def code(*phones, kind="otp"):
    return Message(to=phones, content=Template("login_code", {"code": "190191"}), kind=kind)


def phones(count, start=0):
    return [f"+86137888{number:05}" for number in range(start, start + count)]


FULL = "guard caps: account two may send no more than 3 in 1 h"


def test_an_account_whose_cap_is_full_is_passed_over(make_capped, tencent, clock):
    client = make_capped({"one": ["2/h"], "two": ["3/h"]})

    outcomes = [client.send(code(phone))[0] for phone in phones(7)]

    assert [each.account for each in outcomes[:5]] == ["one"] * 2 + ["two"] * 3
    assert {(each.status, each.reason, each.detail) for each in outcomes[5:]} == {
        (Status.NOT_SENT, Reason.QUOTA_EXCEEDED, FULL)
    }
    assert [len(each.attempts) for each in outcomes] == [1] * 5 + [0] * 2
    clock.time += 3_700
    assert client.send(code(A))[0].account == "one"
    assert tencent.sent == {"one": 3, "two": 3}


def test_the_others_share_a_rule_and_no_count(make_capped, tencent):
    client = make_capped({"one": ["1/h"], "*": ["2/h"]}, routes=[{"accounts": ["one", "two", "three"]}])

    for phone in phones(9):
        client.send(code(phone))

    assert tencent.sent == {"one": 1, "two": 2, "three": 2}


def test_of_a_batch_so_many_go_as_the_cap_has_room_for(make_capped, tencent):
    client = make_capped({"one": ["5/h"], "two": ["4/h"]})

    first, second = client.send(code(*phones(3))), client.send(code(*phones(7, 3)))

    assert tencent.sent == {"one": 5, "two": 4}
    assert [each.account for each in first] == ["one"] * 3
    assert [each.account for each in second] == ["one"] * 2 + ["two"] * 5
    assert [each.reason for each in second] == [None] * 6 + [Reason.QUOTA_EXCEEDED]


def test_only_the_kinds_that_are_named_count(make_capped, tencent):
    client = make_capped({"one": ["1/h"]}, caps={"kinds": ["marketing"]})

    for kind in ("otp", "otp", "marketing", "marketing"):
        client.send(code(A, kind=kind))

    assert tencent.sent == {"one": 3, "two": 1}


def test_an_attempt_that_fails_is_counted_and_one_that_fails_over_counts_at_both(make_capped, tencent):
    client = make_capped({"one": ["3/h"], "two": ["2/h"]})
    tencent.down.add("one")

    first = [client.send(code(phone))[0] for phone in phones(3)]
    tencent.down.clear()
    last = client.send(code(A))[0]

    assert [each.account for each in first] == ["two", "two", "two"]
    assert [each.reason for each in first] == [None, None, Reason.QUOTA_EXCEEDED]
    assert last.reason is Reason.QUOTA_EXCEEDED
    assert tencent.sent == {"two": 2}


def test_two_clients_on_one_database_and_those_after_a_restart_share_a_cap(make_capped, tencent, database_url):
    outbox = {"database": database_url}
    database = open_database(database_url)
    database.migrate()
    database.close()
    clients = [make_capped({"one": ["20/h"], "two": ["10/h"]}, outbox=outbox) for _ in range(2)]

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda number: clients[number % 2].send(code(f"+86137888{number:05}"))[0], range(40)))
    for client in clients:
        client.close()
    after = make_capped({"one": ["20/h"], "two": ["10/h"]}, outbox=outbox).send(code(A))[0]

    assert tencent.sent == {"one": 20, "two": 10}
    assert Counter(each.reason for each in outcomes) == {None: 30, Reason.QUOTA_EXCEEDED: 10}
    assert after.reason is Reason.QUOTA_EXCEEDED


def test_an_async_client_holds_to_caps_as_well(source, tencent, clock, tmp_path):
    source |= {
        "guards": {"caps": {"accounts": {"one": ["4/h"], "two": ["3/h"]}}},
        "outbox": {"database": f"sqlite:///{tmp_path / 'outbox.db'}"},
    }

    async def send():
        async with AsyncClient.from_config(source, transport=tencent, clock=clock) as client:
            results = await asyncio.gather(*(client.send(code(phone)) for phone in phones(10)))
            many = [outcome async for outcome in client.send_many([code(A), code(B)])]
        return [*(result[0] for result in results), *many]

    outcomes = asyncio.run(send())

    assert tencent.sent == {"one": 4, "two": 3}
    assert Counter(each.reason for each in outcomes) == {None: 7, Reason.QUOTA_EXCEEDED: 5}


def test_workers_hold_to_caps_and_a_restart_forgets_none(source, tencent, make_office):
    source["guards"] = {"caps": {"accounts": {"one": ["2/h"], "two": ["3/h"]}}}
    office = make_office(source, tencent)
    ids = [office.outbox.enqueue(code(phone)).id for phone in phones(8)]

    office.work(3)
    office.begin_anew()
    office.work(100)
    office.clock.time += 400
    office.work(100)

    progress = [office.progress(each)[0] for each in ids]
    assert tencent.sent == {"one": 2, "two": 3}
    assert Counter(each.state for each in progress) == {State.ACCEPTED: 5, State.NOT_SENT: 3}
    assert {each.outcome.detail for each in progress if each.state is State.NOT_SENT} == {FULL}


def test_a_worker_tries_again_when_the_database_works_again(source, tencent, make_office, tmp_path, caplog):
    source["guards"] = {"caps": {"accounts": {"one": ["2/h"]}}}
    office = make_office(source, tencent)
    id_ = office.outbox.enqueue(code(A)).id
    with closing(sqlite3.connect(tmp_path / "outbox.db")) as connection, connection:
        connection.execute("alter table smsway_guard_counts rename to hidden")

    office.work(100)

    (known,) = office.progress(id_)
    assert tencent.sent == {}
    assert (known.state, known.outcome.reason) == (State.PENDING, Reason.SCREENED)
    assert known.outcome.detail == "guard caps failed"
    assert "guard caps failed: " in caplog.text
    with closing(sqlite3.connect(tmp_path / "outbox.db")) as connection, connection:
        connection.execute("alter table hidden rename to smsway_guard_counts")
    office.clock.time += 30
    office.work(100)
    assert tencent.sent == {"one": 1}


def test_a_monitored_cap_tells_and_lets_pass(make_capped, tencent, caplog):
    class Watcher:
        events: list[object] = []  # one for this test

        @hookimpl
        def guard_triggered(self, event):
            self.events.append(event)

    client = make_capped({"one": ["1/h"]}, caps={"mode": "monitor"}, plugins=[Watcher()])

    with caplog.at_level(logging.DEBUG):
        for phone in (A, B):
            client.send(code(phone))

    assert tencent.sent == {"one": 2}
    rule = "account one may send no more than 1 in 1 h"
    assert [(each.guard, each.rule, each.phone, each.blocked) for each in Watcher.events] == [("caps", rule, B, False)]
    assert f"guard caps: {rule}: would pass it over for 1 of 1 recipients (otp)" in caplog.messages
    assert client.explain(code(A)).recipients[0].warnings == (f"guard caps: {rule}",)
    assert client.explain(code(A)).batches[0].account == "one"
    assert A not in caplog.text


def test_a_dry_run_tells_of_a_full_cap_and_counts_nothing(make_capped, tencent):
    client = make_capped({"one": ["1/h"], "two": ["3/h"]})

    before = [client.explain(code(A)) for _ in range(5)]
    client.send(code(A))
    after = client.explain(code(A))
    for phone in phones(3):
        client.send(code(phone))
    last = client.explain(code(A))

    assert {each.batches[0].account for each in before} == {"one"}
    assert [each.resting for each in after.recipients[0].candidates] == [
        "guard caps: account one may send no more than 1 in 1 h",
        None,
    ]
    assert [each.account for each in after.batches] == ["two"]
    assert last.recipients[0].candidates[1].resting == FULL
    assert last.batches == ()
    assert tencent.sent == {"one": 1, "two": 3}


def test_nothing_is_sent_where_the_database_of_the_caps_fails(make_capped, tencent, tmp_path):
    client = make_capped({"one": ["9/h"]}, outbox={"database": f"sqlite:///{tmp_path / 'outbox.db'}"})
    with closing(sqlite3.connect(tmp_path / "outbox.db")) as connection, connection:
        connection.execute("drop table smsway_guard_counts")

    outcome = client.send(code(A))[0]
    told = client.explain(code(A)).recipients[0].candidates[0].resting

    assert (outcome.status, outcome.reason, outcome.detail) == (Status.NOT_SENT, Reason.SCREENED, "guard caps failed")
    assert told == "guard caps failed"
    assert tencent.sent == {}
    assert client.health()["one"].state == "closed"

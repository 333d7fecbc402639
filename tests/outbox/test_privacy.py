"""What an outbox says of itself holds no phone, no code, and no password."""

from __future__ import annotations

import logging
import os

import pytest

from smsway import Message, Template
from smsway.config import load
from smsway.model import Attempt, Certainty, Kind, Outcome, Status
from smsway.outbox import Addressee, Entry, Outbox, OutboxError, Settlement, SqlOutbox, open_database

PHONE, CODE, PASSWORD = "+6591112223", "774411", "hunter2secret"


def test_no_repr_shows_a_phone_or_a_code(outbox, clock):
    addressee = Addressee(PHONE, f'{{"code": "{CODE}"}}', "r")
    entry = Entry("m", None, b"", Kind.OTP, f'{{"code": "{CODE}"}}', "{}", clock.time, clock.time + 60, [addressee])
    outbox.enqueue([entry])
    outbox.join("w", "name", 30)
    [claim] = outbox.claim("w", 1)
    outbox.settle("w", [Settlement(claim.row, Outcome(PHONE, Status.UNKNOWN, "cn"))])

    shown = repr([entry, claim, addressee, outbox.find(message="m"), Settlement(1, Outcome(PHONE, Status.UNKNOWN))])

    assert PHONE[-7:] not in shown
    assert CODE not in shown


def test_an_error_of_the_database_quotes_nothing(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    database = open_database(f"sqlite:///{tmp_path / 'empty.db'}")
    store = SqlOutbox(database)
    addressee = Addressee(PHONE, f'{{"code": "{CODE}"}}')
    entry = Entry("m", "k", b"", Kind.OTP, CODE, "{}", 0.0, 1.0, [addressee])

    with pytest.raises(OutboxError, match="smsway outbox migrate") as caught:
        store.enqueue([entry])

    store.close()
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    said = str(caught.value) + repr(caught.value) + caplog.text
    assert PHONE[-7:] not in said
    assert CODE not in said


def test_no_error_shows_the_password_of_the_database(configuration, monkeypatch):
    monkeypatch.setenv("SMSWAY_TEST_DATABASE", f"postgresql://user:{PASSWORD}@127.0.0.1:9/none")
    loaded = load(configuration | {"outbox": {"database": "env:SMSWAY_TEST_DATABASE"}})

    with pytest.raises(OutboxError) as caught:
        Outbox.open(loaded)

    assert PASSWORD not in str(caught.value) + repr(loaded) + repr(caught.value.__context__)


def test_a_code_is_forgotten_with_its_result(configuration, tmp_path):
    path = tmp_path / "outbox.db"
    loaded = load(configuration | {"outbox": {"database": f"sqlite:///{path}"}})
    content = Template("login_code", {"code": CODE, "minutes": "4"})
    with Outbox.open(loaded) as outbox:
        outbox.enqueue(Message(to=[PHONE], content=content, kind="otp"))
        outbox.store.join("w", "name", 30)
        [claim] = outbox.store.claim("w", 1)
        attempts = (Attempt("cn", Certainty.SENT, None, None, 1.0, 0.1, "a"),)
        outbox.store.settle("w", [Settlement(claim.row, Outcome(PHONE, Status.ACCEPTED, "cn", attempts=attempts))])

        rows = outbox.store.database.read(
            lambda connection: [
                *connection.exec_driver_sql("select content, terms from smsway_messages"),
                *connection.exec_driver_sql("select params, attempts from smsway_recipients"),
            ]
        )

    assert CODE not in str([tuple(row) for row in rows])


@pytest.mark.skipif(os.name != "posix", reason="no such rights")
def test_the_file_is_its_owners_only(configuration, tmp_path):
    path = tmp_path / "outbox.db"

    Outbox.open(load(configuration | {"outbox": {"database": f"sqlite:///{path}"}})).close()

    assert path.stat().st_mode & 0o077 == 0

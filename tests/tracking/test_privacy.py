"""Phones, texts and the vendors' records stand in the store, and never in a repr or an error."""

from __future__ import annotations

import traceback
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from smsway.model import AttemptStarted, Inbound, Response, Stamp, Status
from smsway.tracking import Pull, SqliteStore, StoreError
from smsway.tracking._matching import Book
from smsway.tracking._records import ReceivedInbound, ReceivedReport, Submission
from smsway.tracking._settling import Match

PHONE = "+8613799887766"
TEXT = "canary text 4711"
RAW = {"canary": "raw record 0815"}
CANARIES = (PHONE, PHONE[3:], TEXT, "0815", "canary")


def _shown(thing: object) -> str:
    return f"{thing!r} {thing}"


def test_no_value_shows_a_phone_a_text_or_a_record(desk: Any) -> None:
    report = desk.report("m1", phone=PHONE, reference=desk.name("a"))
    report = type(report)(**{each.name: getattr(report, each.name) for each in fields(report)} | {"raw": RAW})
    inbound = Inbound(sender=PHONE, text=TEXT, account="cn", raw=RAW)
    submission = Submission(attempt=desk.name("a"), phone=PHONE, account="cn", started_at=desk.now)
    received = ReceivedReport(report=report, received_at=desk.now)
    pull = Pull("cn", "pull_reports", Stamp(1.0, 1), 100, (Response(200, TEXT.encode()),))
    desk.start("a", PHONE)
    book = Book([submission], [received])
    values = [
        submission,
        received,
        ReceivedInbound(inbound=inbound, received_at=desk.now),
        pull,
        Match(received, submission),
        book,
        book.count(received),
        desk.store,
        desk.tracker,
        *desk.take(report, inbound),
    ]

    shown = " ".join(_shown(each) for each in values)

    assert not [each for each in CANARIES if each in shown]


@pytest.mark.parametrize("broken", ["drop table received", "drop table submissions"])
def test_no_error_shows_a_phone_a_text_or_a_record(file: Path, desks: Any, broken: str) -> None:
    with closing(SqliteStore(file)) as store:
        desk = desks(store)
        desk.start("a", PHONE)
        desk.finish("a", Status.ACCEPTED, PHONE, detail=TEXT)
        store._connection.execute(broken)
        shown = ""
        for call in (
            lambda: desk.start("b", PHONE),
            lambda: desk.tracker.receive([desk.report(TEXT, phone=PHONE)]),
            lambda: desk.tracker.receive([Inbound(sender=PHONE, text=TEXT, raw=RAW)]),
            lambda: desk.tracker.tracked(recipient=PHONE),
            lambda: desk.tracker.record(AttemptStarted(desk.name("c"), "cn", ((0, 0),), 1.0, (PHONE,))),
        ):
            try:
                call()
            except StoreError as error:
                shown += "".join(traceback.format_exception(error)) + _shown(error)
        desk.tracker._buffer.take()

    assert "no such table" in shown
    assert not [each for each in CANARIES if each in shown.replace("canary_", "")]

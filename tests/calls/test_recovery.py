"""What was pulled is never lost between the vendor's answer and the application, whatever fails on the way."""

import sqlite3
import time
from contextlib import closing
from dataclasses import replace

import pytest

from smsway import BreakerState, CallFailed, Delivery, InvalidCall, Status, StoreError, UnsupportedFeature
from smsway.guards import GuardError
from smsway.model import Response, Stamp
from smsway.tracking import Pull, Tracker

CHINESE = "+8613788888888"
STOP = "TD"


@pytest.fixture
def failing(monkeypatch):
    """Let a method of the tracker fail at these calls, counted from 1."""

    def arm(method, *numbers, error=StoreError):
        real, calls = getattr(Tracker, method), []

        def counted(self, *given, **named):
            calls.append(1)
            if len(calls) in numbers:
                raise error("the disk is full; make room on it")
            return real(self, *given, **named)

        monkeypatch.setattr(Tracker, method, counted)

    return arm


def test_what_cannot_be_written_down_before_it_is_read_is_read_all_the_same(office, failing):
    office.send(CHINESE, accounts=["cn"])
    failing("keep", 2)

    (received,) = office.ask(office.client.reports.pull("cn"))

    assert received.tracked.delivery is Delivery.DELIVERED
    assert office.another().tracker.kept() == []
    assert office.ask(office.client.reports.pull("cn")) == []


def test_what_cannot_be_stored_at_all_is_stored_by_the_next_pull(office, failing):
    office.send(CHINESE, accounts=["cn"])
    failing("keep", 2)
    failing("receive", 1)

    with pytest.raises(StoreError):
        office.ask(office.client.reports.pull("cn"))
    (received,) = office.ask(office.client.reports.pull("cn"))

    assert received.report.recipient == CHINESE
    assert office.observer.reports == [received]


def test_a_store_that_cannot_be_written_costs_nothing_that_the_vendor_gives_once(office, failing):
    office.send(CHINESE, accounts=["cn"])
    failing("keep", 1)

    with pytest.raises(StoreError):
        office.ask(office.client.reports.pull("cn"))

    assert office.sandbox.queued("cn").reports == 1


def test_what_is_kept_is_read_by_a_process_that_runs_already(office):
    office.send(CHINESE, accounts=["cn"])
    (first,) = office.ask(office.client.reports.pull("cn"))
    dead = office.another().tracker
    body = b'{"result":0,"errmsg":"ok","count":1,"data":[{"user_receive_time":"2026-11-22 10:00:00","nationcode":"86",'
    body += b'"mobile":"13700000000","report_status":"SUCCESS","errmsg":"DELIVRD","description":"","sid":"8:1"}]}'
    pull = dead.keep(Pull("cn", "pull_reports", Stamp(time.time(), 1), 100))
    dead.keep(replace(pull, answers=(Response(200, body),)))

    received = office.ask(office.client.reports.pull("cn"))

    assert first.report.recipient == CHINESE
    assert [each.report.recipient for each in received] == ["+8613700000000"]
    assert office.another().tracker.kept() == []


def test_the_pull_of_another_process_is_left_to_it(office):
    pull = office.another().tracker.keep(Pull("cn", "pull_reports", Stamp(time.time(), 1), 100))

    office.ask(office.client.reports.pull("cn"))

    assert office.another().tracker.kept() == [pull]


def test_a_refusal_leaves_nothing_behind(office):
    office.sandbox.set_clock(3600, "cn")

    with pytest.raises(CallFailed, match="clock_skew"):
        office.ask(office.client.reports.pull("cn"))

    assert office.another().tracker.kept() == []


REPLY = b'{"result":0,"errmsg":"ok","count":1,"data":[{"extend":"","mobile":"13788888888","nationcode":"86","sign":"",'
REPLY += b'"text":"TD","time":1457336869}]}'


def test_what_a_pull_of_reports_recovers_of_messages_comes_with_the_pull_of_messages(office):
    dead = office.another().tracker
    pull = dead.keep(Pull("cn", "pull_inbound", Stamp(time.time(), 1), 100))
    dead.keep(replace(pull, answers=(Response(200, REPLY),)))

    reports = office.ask(office.client.reports.pull("cn"))
    (received,) = office.ask(office.client.inbound.pull("cn"))

    assert reports == []
    assert received.inbound.text == STOP
    assert office.observer.inbound == [received]


def test_what_was_looked_up_is_told_and_is_no_news_to_a_pull(office):
    office.send(CHINESE, accounts=["cn"])

    (found,) = office.ask(office.client.reports.find("cn", CHINESE, since=time.time() - 3600))
    pulled = office.ask(office.client.reports.pull("cn"))

    assert [each.report for each in office.observer.reports] == [found]
    assert pulled == []
    assert office.sandbox.queued("cn").reports == 0


@pytest.mark.parametrize(("step", "error"), [("receive", StoreError), ("process", GuardError)])
def test_what_is_looked_up_is_returned_although_it_cannot_be_kept(office, failing, step, error):
    office.send(CHINESE, accounts=["cn"])
    failing(step, 1, error=error)

    (found,) = office.ask(office.client.reports.find("cn", CHINESE, since=time.time() - 3600))

    assert found.recipient == CHINESE


def test_a_pull_of_what_is_known_already_goes_on_to_what_is_new(office):
    office.send(CHINESE, accounts=["cn"])
    office.ask(office.client.reports.find("cn", CHINESE, since=time.time() - 3600))
    office.send("+8613700000001", accounts=["cn"])

    received = office.ask(office.client.reports.pull("cn", limit=1))

    assert [each.report.recipient for each in received] == ["+8613700000001"]


@pytest.mark.parametrize("kept", ["file"], indirect=True)
def test_a_locked_store_stops_no_text(office):
    with closing(sqlite3.connect(office.folder / "reports.db", isolation_level=None)) as other:
        other.execute("begin immediate")
        outcomes = [office.send(f"+861370000000{number}", accounts=["cn"], kind="otp")[0] for number in range(5)]
        other.execute("rollback")
    office.ask(office.client.reports.pull("cn"))

    assert {each.status for each in outcomes} == {Status.ACCEPTED}
    assert office.client.health()["cn"].state is BreakerState.CLOSED
    phones = [f"+861370000000{number}" for number in range(5)]
    known = [office.ask(office.client.reports.tracked(recipient=phone)) for phone in phones]
    assert [each.delivery for (each,) in known] == [Delivery.DELIVERED] * 5


def test_a_pull_into_the_memory_that_only_verifying_needs_is_refused(opened):
    def change(configuration):
        configuration["reports"] = {"store": None}
        configuration["routes"][0]["on_unknown"] = "verify"

    office = opened(change)
    office.send(CHINESE, accounts=["cn"])

    with pytest.raises(UnsupportedFeature, match=r"reports\.store is not set"):
        office.ask(office.client.reports.pull("cn"))

    assert office.sandbox.queued("cn").reports == 1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda c: c.reports.find("+8613788888888", since=0), r"no account '\+\*+'"),
        (lambda c: c.reports.find("cn", CHINESE, since="2026-01-01"), "since: .* is neither a datetime nor seconds"),
        (lambda c: c.reports.find("cn", CHINESE, since=None), "since"),
        (lambda c: c.reports.find("backup", message_ids=[5], since=0), "message_ids: 5 is no text"),
        (lambda c: c.reports.tracked(recipient="12"), "recipient"),
        (lambda c: c.reports.tracked(reference=5), "reference"),
        (lambda c: c.reports.pull("cn", limit="5"), "limit: '5'"),
        (lambda c: c.templates("cn").get(19), "template_ids: 19 is no text"),
        (lambda c: c.templates("cn").add("Hello"), "a TemplateDraft is wanted, and no str"),
        (lambda c: c.templates(5).get("1"), "no account of type int"),
        (lambda c: c.drift(["nope"]), "no account 'nope'"),
    ],
)
def test_what_a_caller_got_wrong_is_named(office, call, words):
    with pytest.raises(InvalidCall, match=words) as caught:
        office.ask(call(office.client))

    assert "13788888888" not in str(caught.value)
    assert sum(office.sandbox.requests().values()) == 0


def test_a_phone_in_national_form_is_found(office):
    office.send(CHINESE, accounts=["cn"])

    (tracked,) = office.ask(office.client.reports.tracked(recipient="137 8888 8888"))

    assert tracked.recipient == CHINESE


def test_drift_of_one_account_may_be_asked_by_its_name(office):
    office.ask(office.client.templates("cn").delete("19"))

    drift = office.ask(office.client.drift("cn"))

    assert [each.where for each in drift.failing] == ["templates.login_code.accounts.cn.id"]

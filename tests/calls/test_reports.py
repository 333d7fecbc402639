"""Delivery reports and messages from phones, pulled and looked up over sockets with both clients."""

import time
from datetime import UTC, datetime

import pytest

from smsway import CallFailed, Delivery, InvalidCall, Status, UnsupportedFeature

CHINESE = "+8613788888888"
MALAYSIAN = "+60198890000"
EVERYWHERE = [("cn", CHINESE), ("world", MALAYSIAN), ("backup", CHINESE)]


def ago(seconds=60):
    return time.time() - seconds


@pytest.mark.parametrize(("account", "phone"), EVERYWHERE)
def test_a_pull_brings_one_matched_report_per_text_and_never_again(office, account, phone):
    (outcome,) = office.send(phone, accounts=[account], reference="login-77")

    (received,) = office.ask(office.client.reports.pull(account))
    again = office.ask(office.client.reports.pull(account))

    report, tracked = received.report, received.tracked
    assert (report.account, report.recipient, report.delivery) == (account, phone, Delivery.DELIVERED)
    assert report.provider_message_id == outcome.provider_message_id
    assert abs(report.at - time.time()) < 60
    assert report.raw
    assert received.changed
    assert (tracked.recipient, tracked.reference, tracked.delivery) == (phone, "login-77", Delivery.DELIVERED)
    assert again == []
    assert office.observer.reports == [received]


def test_without_a_name_all_accounts_that_can_are_asked(office):
    office.send(CHINESE, MALAYSIAN)

    received = office.ask(office.client.reports.pull())

    assert {each.report.account for each in received} == {"cn", "world"}


def test_what_is_known_of_a_text_is_found_by_reference_phone_and_id(office):
    (outcome,) = office.send(CHINESE, reference="login-77")

    asks = office.client.reports.tracked
    (before,) = office.ask(asks(reference="login-77"))
    office.ask(office.client.reports.pull("cn"))

    assert before.delivery is Delivery.ACCEPTED
    for given in ({"reference": "login-77"}, {"recipient": CHINESE}, {"message_id": outcome.provider_message_id}):
        (after,) = office.ask(asks(**given))
        assert after.delivery is Delivery.DELIVERED
    assert office.ask(asks(reference="login-78")) == []


def test_a_text_in_doubt_is_found_by_its_phone_and_time(office):
    office.sandbox.inject("drop_after", account="cn", times=1)
    (outcome,) = office.send(CHINESE, accounts=["cn"])

    (received,) = office.ask(office.client.reports.pull("cn"))

    assert outcome.status is Status.UNKNOWN
    assert received.tracked.delivery is Delivery.DELIVERED
    assert office.sandbox.texts() == {CHINESE: 1}


def test_an_undelivered_text_says_why(office):
    office.sandbox.fail_deliveries("unreachable_recipient")
    office.send(CHINESE, accounts=["cn"])

    (received,) = office.ask(office.client.reports.pull("cn"))

    assert received.report.delivery is Delivery.UNDELIVERED
    assert str(received.report.reason) == "unreachable_recipient"
    assert received.report.code


def test_reports_are_looked_up_by_phone_and_time(office):
    office.send(CHINESE, accounts=["cn"])

    (report,) = office.ask(office.client.reports.find("cn", CHINESE, since=ago()))
    (again,) = office.ask(office.client.reports.find("cn", "137 8888 8888", since=datetime.fromtimestamp(ago(), UTC)))
    none = office.ask(office.client.reports.find("cn", CHINESE, since=ago(7200), until=ago(3600)))

    assert report == again
    assert report.delivery is Delivery.DELIVERED
    assert none == []
    assert len(office.observer.reports) == 1


def test_reports_are_looked_up_by_message_id(office):
    (outcome,) = office.send(CHINESE, accounts=["backup"])

    (report,) = office.ask(office.client.reports.find("backup", message_ids=outcome.provider_message_id, since=ago()))

    assert report.recipient == CHINESE


def test_messages_from_phones_are_pulled_once_and_remembered(office):
    office.sandbox.receive(CHINESE, "TD", "cn")

    (received,) = office.ask(office.client.inbound.pull("cn"))

    message = received.inbound
    assert (message.account, message.sender, message.text) == ("cn", CHINESE, "TD")
    assert office.ask(office.client.inbound.pull()) == []
    assert office.ask(office.client.inbound.received()) == [message]
    assert office.ask(office.client.inbound.received(since=time.time() + 3600)) == []
    assert office.observer.inbound == [received]


def test_messages_are_looked_up_by_phone(office):
    office.sandbox.receive(MALAYSIAN, "STOP", "world")

    (message,) = office.ask(office.client.inbound.find("world", MALAYSIAN, since=ago(), until=time.time() + 60))

    assert message.text == "STOP"


def test_a_pull_without_a_store_is_refused_before_anything_is_asked(opened):
    def without(configuration):
        configuration["reports"] = {"store": None}

    office = opened(without)
    office.send(CHINESE, accounts=["cn"])
    before = office.sandbox.requests()

    with pytest.raises(UnsupportedFeature, match=r'reports\.store is not set.*"memory"'):
        office.ask(office.client.reports.pull("cn"))

    assert office.sandbox.requests() == before


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda c: c.reports.pull("wrold"), InvalidCall, "no account 'wrold'.*did you mean 'world'"),
        (lambda c: c.reports.pull("cn", limit=101), InvalidCall, "101.*100"),
        (lambda c: c.reports.pull("cn", limit=0), InvalidCall, "0"),
        (lambda c: c.inbound.pull("backup"), UnsupportedFeature, "'backup'.*pull inbound; cn, world can"),
        (lambda c: c.balance("world"), UnsupportedFeature, "'world'.*balance; cn can"),
        (lambda c: c.reports.find("cn", "12", since=0), InvalidCall, "phone"),
        (lambda c: c.reports.find("cn", CHINESE, since=10, until=5), InvalidCall, "before"),
        (lambda c: c.reports.find("cn", CHINESE, since=datetime(2026, 1, 1)), InvalidCall, "time zone"),  # noqa: DTZ001
        (lambda c: c.reports.find("backup", CHINESE, since=0), InvalidCall, "message"),
        (lambda c: c.templates("cn").get("nineteen"), InvalidCall, "nineteen"),
    ],
)
def test_a_call_that_cannot_be_made_says_why_and_asks_nobody(office, call, error, words):
    with pytest.raises(error, match=words):
        office.ask(call(office.client))

    assert sum(office.sandbox.requests().values()) == 0


@pytest.mark.parametrize(
    ("fault", "reason", "maybe"),
    [
        ("refuse", "unreachable", False),
        ("drop_after", "no_answer", True),
        ("truncated", "no_answer", True),
        ("html", "unexpected_response", True),
        ("empty", "unexpected_response", True),
        ("http_500", "unexpected_response", True),
    ],
)
def test_what_goes_wrong_on_the_way_is_told_in_one_way(office, fault, reason, maybe):
    office.sandbox.inject(fault, account="cn")

    with pytest.raises(CallFailed) as caught:
        office.ask(office.client.reports.pull("cn"))

    error = caught.value
    assert (error.account, error.call, str(error.reason)) == ("cn", "pull_reports", reason)
    assert error.maybe_done is maybe
    assert error.__cause__ is None
    assert "account 'cn': pull_reports failed" in str(error)


def test_a_lost_answer_to_a_question_that_changes_nothing_leaves_no_doubt(office):
    office.sandbox.inject("drop_after", account="cn")

    with pytest.raises(CallFailed) as caught:
        office.ask(office.client.templates("cn").get("19"))

    assert not caught.value.maybe_done


def test_a_refusal_has_the_vendors_code(office):
    office.sandbox.set_clock(3600, "cn")

    with pytest.raises(CallFailed) as caught:
        office.ask(office.client.reports.pull("cn"))

    assert (str(caught.value.reason), caught.value.code) == ("clock_skew", "1021")
    assert not caught.value.maybe_done


def test_the_trouble_of_one_account_keeps_no_other_from_being_asked(office):
    office.send(CHINESE, MALAYSIAN)
    office.sandbox.inject("http_500", account="cn")

    with pytest.raises(CallFailed, match="'cn'"):
        office.ask(office.client.reports.pull())

    assert [each.report.recipient for each in office.observer.reports] == [MALAYSIAN]


def test_an_answer_that_cannot_be_read_is_kept(office):
    office.send(CHINESE, accounts=["cn"])
    office.sandbox.inject("garbled", account="cn", times=1)

    with pytest.raises(CallFailed, match="the answer is kept in the store"):
        office.ask(office.client.reports.pull("cn"))

    (kept,) = office.another().tracker.kept()
    assert (kept.account, kept.call, len(kept.answers)) == ("cn", "pull_reports", 1)


def test_a_question_that_had_no_answer_leaves_nothing_behind(office):
    office.sandbox.inject("drop_after", account="cn", times=1)

    with pytest.raises(CallFailed):
        office.ask(office.client.reports.pull("cn"))

    assert office.another().tracker.kept() == []


def test_a_closed_client_asks_nobody(office):
    client = office.another()
    office.ask((client.aclose if hasattr(client, "aclose") else client.close)())

    with pytest.raises(RuntimeError, match="closed"):
        office.ask(client.reports.pull("cn"))

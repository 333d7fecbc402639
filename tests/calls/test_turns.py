"""Whose turn it is to pull: of several processes on one outbox, one fetches from an account, and others stand by."""

import time

import pytest

from smsway import InvalidCall
from smsway.model import Response, Stamp
from smsway.tracking import Pull

CHINESE, MALAYSIAN = "+8613788888888", "+60198890000"

pytestmark = pytest.mark.parametrize("kept", ["outbox", "postgres"], indirect=True)


def test_while_one_pulls_again_and_again_another_gets_no_part(office):
    other = office.another()
    office.ask(office.client.reports.pull("cn", every=30))
    office.send(CHINESE, accounts=["cn"])

    stood_by = office.ask(other.reports.pull("cn", every=30))
    (received,) = office.ask(office.client.reports.pull("cn", every=30))

    assert stood_by == []
    assert (other.reports.standing_by, office.client.reports.standing_by) == ({"cn"}, frozenset())
    assert received.report.recipient == CHINESE


def test_when_the_one_is_closed_the_other_is_next(office):
    first, second = office.another(), office.another()
    office.ask(first.reports.pull("cn", every=30))
    assert office.ask(second.reports.pull("cn")) == []
    office.send(CHINESE, accounts=["cn"])

    office.ask(first.aclose() if hasattr(first, "aclose") else first.close())
    (received,) = office.ask(second.reports.pull("cn"))

    assert received.report.recipient == CHINESE
    assert second.reports.standing_by == frozenset()


def test_who_does_not_come_again_leaves_the_account_to_others_at_once(office):
    other = office.another()
    office.ask(office.client.reports.pull("cn"))
    office.send(CHINESE, accounts=["cn"])

    (received,) = office.ask(other.reports.pull("cn"))

    assert received.report.recipient == CHINESE


def test_a_pull_that_fails_leaves_the_account_to_others_at_once(office):
    other = office.another()
    office.send(CHINESE, accounts=["cn"])
    office.sandbox.inject("http_500", account="cn", processed=False, times=1)
    with pytest.raises(Exception, match="pull_reports failed"):
        office.ask(office.client.reports.pull("cn"))

    (received,) = office.ask(other.reports.pull("cn"))

    assert received.report.recipient == CHINESE


def test_each_account_and_each_queue_has_its_turn(office):
    other = office.another()
    office.ask(office.client.reports.pull("cn", every=30))
    office.send(CHINESE, accounts=["cn"])
    office.send(MALAYSIAN, accounts=["world"])
    office.sandbox.receive(CHINESE, "TD", "cn")

    reports = office.ask(other.reports.pull(["cn", "world"]))
    (message,) = office.ask(other.inbound.pull("cn"))

    assert [each.report.recipient for each in reports] == [MALAYSIAN]
    assert message.inbound.text == "TD"
    assert (other.reports.standing_by, other.inbound.standing_by) == ({"cn"}, frozenset())


REPLY = b'{"result":0,"errmsg":"ok","count":1,"data":[{"extend":"","mobile":"13788888888","nationcode":"86","sign":"",'
REPLY += b'"text":"TD","time":1457336869}]}'


def test_what_another_process_is_reading_is_left_to_it(office):
    at_it = office.another().tracker
    assert at_it.take_turn("cn", "pull_inbound", 60)
    pull = at_it.keep(Pull("cn", "pull_inbound", Stamp(time.time(), 1), 100, (Response(200, REPLY),)))

    office.ask(office.client.reports.pull("cn"))
    assert office.another().tracker.kept() == [pull]
    at_it.take_turn("cn", "pull_inbound", 0)
    (received,) = office.ask(office.client.inbound.pull("cn"))

    assert received.inbound.text == "TD"


@pytest.mark.parametrize("every", [0, -1, True, "30", float("inf"), float("nan")])
def test_a_time_that_is_none_is_named_and_nobody_is_asked(office, every):
    with pytest.raises(InvalidCall, match=r"every: .* is no number of seconds"):
        office.ask(office.client.reports.pull("cn", every=every))

    assert sum(office.sandbox.requests().values()) == 0

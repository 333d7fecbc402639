"""Checks of what comes back: reports and messages from phones, pulled and looked up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from smsway.model import (
    CallFailed,
    Delivery,
    InvalidCall,
    Report,
    Response,
    UnexpectedResponse,
)
from smsway.provider import FindsInbound, FindsReports, PullsInbound, PullsReports, TakesCallbacks
from smsway.testing._calls import CALLS, prepared, queries
from smsway.testing._cast import frozen_stamp, home, phones
from smsway.testing._checks._returned import SAID, Returned, beside_no_record, list_in
from smsway.testing._garbage import (
    at,
    json_of,
)
from smsway.testing._stage import Stage


class ReturningChecks(Returned):
    """What holds for reports and messages from phones."""

    def test_a_pulled_report_names_its_text(self) -> None:
        """A report leads to the text by its phone and the vendor's message id, and says when and how it ended.

        If it fails: fill the fields of `Report` from the vendor's record.
        """
        self._has(PullsReports, "it pulls no reports")
        stage = self._reported()

        reports = stage.play(self._pull("reports"))

        self._check_reports(stage, reports)

    def test_a_pull_takes_so_many_and_leaves_the_rest(self) -> None:
        """The vendor never gives again what was taken: what is not asked for must wait.

        If it fails: pass the limit on.
        """
        self._has(PullsReports, "it pulls no reports")
        stage = self._reported()
        waiting = len(stage.book.returns.report_queue)

        first = stage.play(self.subject.provider().pull_reports(1, frozen_stamp()))  # type: ignore[attr-defined]

        left = len(stage.book.returns.report_queue)
        assert (len(first), left) == (1, waiting - 1), f"a pull of one takes {waiting - left} off the queue"

    def test_an_empty_queue_is_no_error(self) -> None:
        """Nothing waiting is an empty list.

        If it fails: look at how the vendor says that there is nothing.
        """
        for what, facet in (("reports", PullsReports), ("inbound", PullsInbound)):
            if not self.subject.has(facet):
                continue
            try:
                pulled = self.stage().play(self._pull(what))
            except (CallFailed, UnexpectedResponse) as error:
                pytest.fail(f"an empty queue of {what} is told as an error: {error}")
            assert list(pulled) == [], f"an empty queue of {what} gives something"
        self.need(self.subject.has(PullsReports) or self.subject.has(PullsInbound), "it pulls nothing")

    def test_a_pulled_message_is_the_one_that_was_sent(self) -> None:
        """Sender and text of a message arrive as they are.

        If it fails: fill the fields of `Inbound` from the vendor's record.
        """
        self._has(PullsInbound, "it pulls no messages")
        stage = self.stage()
        phone = self._phone()
        stage.receive(phone, SAID)

        (message,) = stage.play(self._pull("inbound"))

        self._check_message(message, phone)

    def test_a_record_that_cannot_be_read_does_not_cost_the_others(self) -> None:
        """A queue never gives again what it gave: a bad record is a report with delivery `unknown`, beside good ones.

        If it fails: read each record by itself, and keep what cannot be read in `raw`.
        """
        self.stage()
        for name, facet in (("pull_reports", PullsReports), ("pull_inbound", PullsInbound)):
            if not self.subject.has(facet):
                continue
            scene = next(each for each in self.scenes() if each.name == name)
            value = json_of(scene.answers[0])
            listed = list_in(value)
            if listed is not None:
                self._check_kept(name, beside_no_record(scene.answers[0]), len(at(value, listed)))
        self.need(self.subject.has(PullsReports) or self.subject.has(PullsInbound), "it pulls nothing")

    def _check_kept(self, name: str, spoilt: Response, count: int) -> None:
        stage = prepared(self.subject)
        exchange = CALLS[name](stage)(self.subject.provider(), frozen_stamp())
        next(exchange)
        try:
            exchange.send(spoilt)
        except StopIteration as stop:
            kept = [each for each in stop.value if getattr(each, "recipient", None) or getattr(each, "sender", None)]
            assert len(kept) == count, f"{name} loses a good record beside one that cannot be read"
        except UnexpectedResponse:
            pytest.fail(f"{name} drops all records for one that cannot be read: they are never given again")

    def test_reports_that_are_looked_up_name_their_text(self) -> None:
        """As for those that are pulled, again and again; our reference may name a text whose record has no id.

        If it fails: fill the fields of `Report`.
        """
        self._has(FindsReports, "it looks no reports up")
        stage = self._reported()
        begin = CALLS["find_reports"](stage)

        for nonce in (1, 2):
            reports = stage.play(begin(self.subject.provider(), frozen_stamp(nonce)))

            assert reports, "a report that is due is not found"
            self._check_reports(stage, reports, by_reference=True)

    def test_messages_that_are_looked_up_are_those_that_were_sent(self) -> None:
        """As for those that are pulled.

        If it fails: fill the fields of `Inbound`.
        """
        self._has(FindsInbound, "it looks no messages up")
        stage = self._reported()
        stage.receive(stage.submissions[0].phone, SAID)

        found = stage.play(CALLS["find_inbound"](stage)(self.subject.provider(), frozen_stamp()))

        assert found, "a message that has come is not found"
        self._check_message(found[-1], stage.submissions[0].phone)

    def test_nothing_is_found_of_whom_nobody_texted(self) -> None:
        """Another phone, or other ids, have no reports: what is asked must be told to the vendor, or picked out here.

        If it fails: pass on what the query asks for; look at how the vendor says that there is nothing.
        """
        self._has(FindsReports, "it looks no reports up")
        stage, provider = self._reported(), self.subject.provider()
        stranger = phones(home(self.subject.capabilities), 9)[-1]
        asked = 0

        for query in queries(stage):
            ids = tuple(f"{each[:-4]}ffff" for each in query.message_ids)
            other = replace(query, phone=query.phone and stranger, message_ids=ids)
            try:
                found = stage.play(provider.find_reports(other, frozen_stamp()))  # type: ignore[attr-defined]
            except InvalidCall:
                continue
            except CallFailed as error:
                pytest.fail(f"that there is no report is told as an error: {error}")
            asked += 1
            assert not found, f"{len(found)} reports are found of a phone that nobody texted"
        assert asked, "reports can be looked up neither by phone nor by ids"

    def test_a_report_that_is_not_good_news_says_why(self) -> None:
        """A text that did not arrive has a neutral reason, and the vendor's code where it has one.

        If it fails: map the vendor's states in a table.
        """
        ways: dict[type[Any], Callable[[Stage], Sequence[Report]]] = {
            TakesCallbacks: lambda stage: self._read(stage.pushed(stage.book.returns.reports[:1])),
            PullsReports: lambda stage: stage.play(self._pull("reports")),
            FindsReports: lambda stage: stage.play(
                CALLS["find_reports"](stage)(self.subject.provider(), frozen_stamp())
            ),
        }
        there = [way for facet, way in ways.items() if self.subject.has(facet)]
        self.need(there, "it has no reports")
        for reports in (way(self._failed()) for way in there):
            assert reports, "a text that did not arrive has no report"
            for report in reports:
                assert report.delivery is Delivery.UNDELIVERED, f"a text that did not arrive is {report.delivery!s}"
                assert report.reason is not None, "a text that did not arrive has no reason"

    def test_verification_is_possible(self) -> None:
        """How to ask about a text is told in seconds and a number of questions that end.

        If it fails: look at `verification`.
        """
        self._has(FindsReports, "it looks no reports up")
        rule = self.subject.provider().verification  # type: ignore[attr-defined]
        self.need(rule, "a phone and a time are not enough to ask it")

        possible = rule.grace >= 0 and rule.interval > 0 and 1 <= rule.questions <= 100
        assert possible, f"{rule!r} asks never, without end, or without a pause"

    def _pull(self, what: str) -> Any:
        provider = self.subject.provider()
        return getattr(provider, f"pull_{what}")(getattr(provider, f"most_{what}"), frozen_stamp())

"""Checks of what comes back: reports and messages from phones, pulled, looked up and posted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from smsway.model import (
    Callback,
    Delivery,
    Inbound,
    MalformedCallback,
    Reason,
    Report,
    Response,
    UnexpectedResponse,
)
from smsway.provider import FindsInbound, FindsReports, PullsInbound, PullsReports, SandboxPusher, TakesCallbacks
from smsway.testing._calls import CALLS, prepared
from smsway.testing._cast import NOW, frozen_stamp, some
from smsway.testing._checks._declared import Declared
from smsway.testing._garbage import NOT_AN_ANSWER, OTHER_JSON, at, changed_at, json_of, paths, told
from smsway.testing._stage import Stage

_SAID = 'STOP 退订 é & "x"'
_DAY = 86_400.0


class ReturningChecks(Declared):
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

        assert len(first) == 1
        assert len(stage.book.returns.report_queue) == waiting - 1, "a pull of one takes more off the queue"

    def test_an_empty_queue_is_no_error(self) -> None:
        """Nothing waiting is an empty list.

        If it fails: look at how the vendor says that there is nothing.
        """
        for what, facet in (("reports", PullsReports), ("inbound", PullsInbound)):
            if self.subject.has(facet):
                assert list(self.stage().play(self._pull(what))) == []
        self.need(self.subject.has(PullsReports) or self.subject.has(PullsInbound), "it pulls nothing")

    def test_a_pulled_message_is_the_one_that_was_sent(self) -> None:
        """Sender and text of a message arrive as they are.

        If it fails: fill the fields of `Inbound` from the vendor's record.
        """
        self._has(PullsInbound, "it pulls no messages")
        stage = self.stage()
        phone = self._phone()
        stage.receive(phone, _SAID)

        (message,) = stage.play(self._pull("inbound"))

        self._check_message(message, phone)

    def test_a_record_that_cannot_be_read_does_not_cost_the_others(self) -> None:
        """A queue never gives again what it gave: a bad record is a report with delivery `unknown`, beside good ones.

        If it fails: read each record by itself, and keep what cannot be read in `raw`.
        """
        for name, facet in (("pull_reports", PullsReports), ("pull_inbound", PullsInbound)):
            if not self.subject.has(facet):
                continue
            scene = next(each for each in self.scenes() if each.name == name)
            value = json_of(scene.answers[0])
            listed = [path for path in paths(value) if isinstance(at(value, path), list) and at(value, path)]
            if not listed:
                continue
            records = at(value, listed[0])
            spoilt = changed_at(value, listed[0], [*records, {"no": "record"}])
            self._check_kept(name, scene.answers[0], spoilt, len(records))
        self.need(self.subject.has(PullsReports) or self.subject.has(PullsInbound), "it pulls nothing")

    def _check_kept(self, name: str, good: Response, spoilt: Any, count: int) -> None:
        stage = prepared(self.subject)
        exchange = CALLS[name](stage)(self.subject.provider(), frozen_stamp())
        next(exchange)
        try:
            exchange.send(told(good, spoilt))
        except StopIteration as stop:
            kept = [each for each in stop.value if getattr(each, "recipient", None) or getattr(each, "sender", None)]
            assert len(kept) == count, f"{name} loses a good record beside one that cannot be read"
        except UnexpectedResponse:
            pytest.fail(f"{name} drops all records for one that cannot be read: they are never given again")

    def test_reports_that_are_looked_up_name_their_text(self) -> None:
        """As for those that are pulled, and they can be asked for again and again.

        Where the vendor's records have no message id, our reference names the text.

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
        stage.receive(stage.submissions[0].phone, _SAID)

        found = stage.play(CALLS["find_inbound"](stage)(self.subject.provider(), frozen_stamp()))

        self._check_message(found[-1], stage.submissions[0].phone)

    def test_a_posted_report_names_its_text(self) -> None:
        """What the vendor posts is read like what it is asked for.

        If it fails: fill the fields of `Report` from the vendor's record.
        """
        stage = self._posting()

        for report in stage.book.returns.reports:
            reports = self._read(stage.pushed([report]))
            self._check_reports(stage, reports)
        assert stage.book.returns.reports, "the side has nothing to report"

    def test_as_many_reports_as_the_vendor_posts_at_once_are_read(self) -> None:
        """A vendor that posts several at once says so in the side's `push_rule`.

        If it fails: read every record of the callback.
        """
        stage = self._posting()
        side = stage.side
        assert isinstance(side, SandboxPusher)
        most = min(side.push_rule.reports, 100)
        items = (stage.book.returns.reports * most)[:most]

        assert len(self._read(stage.pushed(items))) == len(items), "not every report of a callback is read"

    def test_a_posted_message_is_the_one_that_was_sent(self) -> None:
        """Sender and text of a message arrive as they are.

        If it fails: fill the fields of `Inbound` from the vendor's record.
        """
        stage, phone = self._posting(), self._phone()
        assert isinstance(stage.side, SandboxPusher)
        self.need(stage.side.push_rule.inbound, "its vendor posts no messages from phones")

        (message,) = self._read(stage.pushed([stage.receive(phone, _SAID)]))

        self._check_message(message, phone)

    def test_the_vendor_takes_our_receipt_for_one(self) -> None:
        """What `answer_callback(taken=True)` returns is what the vendor waits for, and the other is not.

        If it fails: compare with the vendor's page; most want a certain body, some only a status.
        """
        stage = self._posting()
        side, provider = stage.side, self.subject.provider()
        assert isinstance(side, SandboxPusher)
        taken = provider.answer_callback(taken=True)  # type: ignore[attr-defined]
        again = provider.answer_callback(taken=False)  # type: ignore[attr-defined]

        assert side.acknowledged(taken.status, taken.body), "the vendor would post it again though we took it"
        assert not side.acknowledged(again.status, again.body), "the vendor would not post it again though we could not"

    def test_what_is_no_callback_is_malformed(self) -> None:
        """Anybody can post anything: it is `MalformedCallback`, never another exception, and never a report.

        If it fails: read inside `with reading(callback):`.
        """
        stage = self._posting()
        good = stage.pushed(stage.book.returns.reports[:1])
        for name, bad in {**NOT_AN_ANSWER, **OTHER_JSON}.items():
            self._refuses(replace(good, body=bad.body), name)
            self._refuses(Callback(bad.body), name)

    def test_a_callback_that_was_changed_on_its_way_is_no_other_report(self) -> None:
        """Without any of its members, a callback is malformed or says less; where the vendor signs, it is malformed.

        If it fails: look for a default that reads what is missing as delivered.
        """
        stage = self._posting()
        good = stage.pushed(stage.book.returns.reports[:1])
        value = json_of(Response(200, good.body))
        (meant,) = self._read(good)
        for path in paths(value):
            changed = told(Response(200, b""), changed_at(value, path, None)).body
            for report in self._survivors(replace(good, body=changed)):
                if isinstance(report, Report) and report.delivery is Delivery.DELIVERED is not meant.delivery:
                    pytest.fail("a report that was spoilt says that a text was delivered")

    def test_a_report_that_is_not_good_news_says_why(self) -> None:
        """A text that did not arrive has a neutral reason, and the vendor's code where it has one.

        If it fails: map the vendor's states in a table.
        """
        stage = self._failed()
        if self.subject.has(TakesCallbacks):
            reports: Sequence[Any] = self._read(stage.pushed(stage.book.returns.reports[:1]))
        elif self.subject.has(PullsReports):
            reports = stage.play(self._pull("reports"))
        else:
            self._has(FindsReports, "it has no reports")
            reports = stage.play(CALLS["find_reports"](stage)(self.subject.provider(), frozen_stamp()))

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

        assert rule.grace >= 0 and rule.interval > 0 and 1 <= rule.questions <= 100

    def _has(self, facet: type[Any], what: str) -> None:
        self.need(self.subject.has(facet), what)

    def _phone(self) -> str:
        return str(some(self.subject, 1).parcels[0].phone)

    def _pull(self, what: str) -> Any:
        provider = self.subject.provider()
        return getattr(provider, f"pull_{what}")(getattr(provider, f"most_{what}"), frozen_stamp())

    def _reported(self) -> Stage:
        self.stage()
        stage = prepared(self.subject)
        stage.book.settle()
        return stage

    def _posting(self) -> Stage:
        self._has(TakesCallbacks, "it takes no callbacks")
        return self._reported()

    def _failed(self) -> Stage:
        from smsway.sandbox._orders import DeliveryFailure  # noqa: PLC0415  # beside its only use

        stage = self.stage()
        stage.plan.fail(DeliveryFailure(reason=Reason.UNREACHABLE_RECIPIENT))
        stage.send(some(self.subject, 1))
        stage.book.settle()
        return stage

    def _read(self, callback: Callback) -> list[Any]:
        return list(self.subject.provider().read_callback(callback))  # type: ignore[attr-defined]

    def _survivors(self, callback: Callback) -> list[Any]:
        try:
            return self._read(callback)
        except MalformedCallback:
            return []

    def _refuses(self, callback: Callback, name: str) -> None:
        try:
            items = self._read(callback)
        except MalformedCallback:
            return
        except Exception as error:  # noqa: BLE001  # what it is, is the finding
            pytest.fail(f"{name} makes read_callback raise {type(error).__name__}; only MalformedCallback may")
        if items:
            pytest.fail(f"{name} is read as {len(items)} reports or messages")

    def _check_reports(self, stage: Stage, reports: Sequence[Report], *, by_reference: bool = False) -> None:
        known = {each.phone: each for each in stage.submissions}
        for report in reports:
            assert isinstance(report, Report), f"a {type(report).__name__} is no Report"
            if report.recipient not in known:
                pytest.fail("a report names a phone that was not texted; write it in E.164")
            text = known[report.recipient]
            named = by_reference and text.reference is not None and report.reference == text.reference
            if not (named and report.provider_message_id is None):
                assert report.provider_message_id == text.message_id, "a report has not the message id of its text"
            assert report.delivery is Delivery.DELIVERED, f"a delivered text is reported as {report.delivery!s}"
            assert report.reason is None, "a delivered text has a reason"
            assert report.raw, "a report has lost the vendor's record; keep it in raw"
            if report.at is not None and abs(report.at - NOW) > _DAY:
                pytest.fail("the time of a report is not in seconds since the epoch (UTC)")

    def _check_message(self, message: Inbound, phone: str) -> None:
        assert isinstance(message, Inbound), f"a {type(message).__name__} is no Inbound"
        assert message.text == _SAID, "the text of a message from a phone does not arrive as it was sent"
        if message.sender != phone:
            pytest.fail("the sender of a message from a phone is not in E.164")
        if message.at is not None and abs(message.at - NOW) > _DAY:
            pytest.fail("the time of a message is not in seconds since the epoch (UTC)")

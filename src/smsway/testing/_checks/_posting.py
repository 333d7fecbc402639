"""Checks of what the vendor posts to us, and of our receipts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smsway.model import (
    Callback,
    Delivery,
    MalformedCallback,
    Report,
    Response,
)
from smsway.provider import SandboxPusher, SandboxSigner, TakesCallbacks
from smsway.testing._checks._returned import SAID, Returned, beside_no_record, list_in
from smsway.testing._garbage import NOT_AN_ANSWER, OTHER_JSON, json_of, spoilt
from smsway.testing._stage import Stage


class PostingChecks(Returned):
    """What holds for callbacks."""

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

        messages = self._read(stage.pushed([stage.receive(phone, SAID)]))

        assert len(messages) == 1, f"a message that the vendor posts is read as {len(messages)}"
        self._check_message(messages[0], phone)

    def test_a_posted_record_that_cannot_be_read_does_not_cost_the_others(self) -> None:
        """A callback is posted again with the same bytes: a bad record is a report with delivery `unknown`.

        If it fails: read each record by itself, and keep what cannot be read in `raw`.
        """
        stage = self._posting()
        side = stage.side
        assert isinstance(side, SandboxPusher)
        self.need(side.push_rule.reports > 1, "the vendor posts one report at once")
        good = stage.posts(stage.book.returns.reports[:1])
        listed = list_in(json_of(Response(200, good.body)))
        self.need(listed is not None, "the vendor posts no list of JSON")

        kept = self._read(stage.callback(replace(good, body=beside_no_record(Response(200, good.body)).body)))

        assert sum(bool(report.recipient) for report in kept) == 1, (
            "a good report is lost beside one that cannot be read"
        )

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
        good = stage.posts(stage.book.returns.reports[:1])
        for name, bad in {**NOT_AN_ANSWER, **OTHER_JSON}.items():
            self._refuses(Callback(bad.body), name)
            try:
                signed = stage.callback(replace(good, body=bad.body))
            except ValueError:
                # What is no form, a vendor that signs forms cannot sign.
                continue
            self._refuses(signed, name)

    def test_a_callback_that_was_changed_on_its_way_is_no_other_report(self) -> None:
        """Without any of its members, a callback is malformed or says less.

        If it fails: look for a default that reads what is missing as delivered.
        """
        self._has(TakesCallbacks, "it takes no callbacks")
        stage = self._failed()
        for where, push in spoilt(stage.posts(stage.book.returns.reports[:1])):
            for report in self._survivors(stage.callback(push)):
                if isinstance(report, Report) and report.delivery is Delivery.DELIVERED:
                    pytest.fail(f"a report of a text that did not arrive says delivered after {where} was spoilt")

    def test_a_callback_that_somebody_else_made_is_malformed(self) -> None:
        """Where the vendor signs, nothing is read that was changed, that is for another address, or not signed at all.

        If it fails: compare the signature, with `hmac.compare_digest`, before anything is read.
        """
        stage = self._posting()
        self.need(isinstance(stage.side, SandboxSigner), "its vendor signs no address")
        push = stage.posts(stage.book.returns.reports[:1])
        good = stage.callback(push)
        unsigned = {name: value for name, value in good.headers.items() if name == "content-type"}
        forged = {
            "that is not signed": replace(good, headers=unsigned),
            "for another address": replace(good, url=good.url.replace("you.example", "them.example")),
            **{f"whose {where} was changed": replace(good, body=each.body) for where, each in spoilt(push)},
        }

        assert self._survivors(good), "a signed callback is refused"
        for what, callback in forged.items():
            if callback != good and self._survivors(callback):
                pytest.fail(f"a callback {what} is read")

    def _posting(self) -> Stage:
        self._has(TakesCallbacks, "it takes no callbacks")
        return self._reported()

    def _survivors(self, callback: Callback) -> list[Any]:
        try:
            return list(self.subject.provider().read_callback(callback))  # type: ignore[attr-defined]
        except MalformedCallback:
            return []

    def _refuses(self, callback: Callback, name: str) -> None:
        try:
            items = list(self.subject.provider().read_callback(callback))  # type: ignore[attr-defined]
        except MalformedCallback:
            return
        except Exception as error:  # noqa: BLE001  # what it is, is the finding
            pytest.fail(f"{name} makes read_callback raise {type(error).__name__}; only MalformedCallback may")
        if items:
            pytest.fail(f"{name} is read as {len(items)} reports or messages")

"""The client side and the server side of this package against each other, for everything beside sending."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsway.provider import (
    CallFailed,
    Delivery,
    Kind,
    Phone,
    Reason,
    ReportQuery,
    Review,
    SandboxPusher,
    SandboxReport,
    SignatureDraft,
    Stamp,
    TemplateDraft,
)
from smsway_usms._config import UsmsConfig
from smsway_usms._provider import Usms
from smsway_usms._sandbox import UsmsSide

A, B, C = "+8618500000507", "+8618500000608", "+60198890000"
STAMP = Stamp(now=1_700_000_000.0, nonce=1)
NOW = 1_700_000_000.0
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def call(config, server, converse):
    """Return a function that makes one call of the client against the server."""

    def call(name, *given, client=config):
        return converse(getattr(Usms(client), name)(*given, STAMP), server)

    return call


@pytest.fixture(scope="session")
def side(config):
    return UsmsSide(config)


def report(phone=A, session="s1", **members):
    own = {"reference": "0123456789abcdef0123-0", "sent_at": NOW, "at": NOW + 5, "delivery": Delivery.DELIVERED}
    return SandboxReport(message_id=session, phone=phone, **{**own, **members})


def query(*sessions, phone=None):
    return ReportQuery(since=0.0, until=1.0, phone=phone, message_ids=sessions)


class TestReports:
    def test_all_recipients_of_a_batch_share_one_session(self, batch_of, deliver, desk):
        desk.refusals[A] = Reason.BLOCKED_RECIPIENT

        outcomes = deliver(batch_of(A, B, C))

        assert [outcome.provider_message_id for outcome in outcomes] == [None, "session-1", "session-1"]

    def test_reports_are_given_once_and_the_oldest_first(self, call, desk):
        desk.due += [report(A), report(C, "s2", delivery=Delivery.UNDELIVERED, reason=Reason.BLOCKED_RECIPIENT, fee=3)]

        first, second, third = (call("pull_reports", 1) for _ in range(3))

        assert [(each.recipient, each.provider_message_id, each.delivery) for each in first + second] == [
            (A, "s1", Delivery.DELIVERED),
            (C, "s2", Delivery.UNDELIVERED),
        ]
        assert (second[0].reason, second[0].code, second[0].fee) == (Reason.BLOCKED_RECIPIENT, "MSBLACK", 3)
        assert third == []

    def test_reports_of_sessions_are_found_again_and_again(self, call, desk):
        desk.due += [report(A), report(B, reference=None), report(C, "s2")]

        for _ in range(2):
            found = call("find_reports", query("s1", "s9"))

            assert [(each.recipient, each.reference, each.at) for each in found] == [
                (A, "0123456789abcdef0123-0", NOW + 5),
                (B, None, NOW + 5),
            ]
        assert [each.recipient for each in call("find_reports", query("s1", "s2", phone=Phone(C)))] == [C]

    def test_more_sessions_than_fit_into_a_request_are_found(self, call, desk):
        desk.due += [report(session=f"s{number}") for number in range(250)]

        assert len(call("find_reports", query(*(f"s{number}" for number in range(250))))) == 250

    @pytest.mark.parametrize(
        ("reason", "told"),
        [
            (Reason.BLOCKED_RECIPIENT, Reason.BLOCKED_RECIPIENT),
            (Reason.INVALID_RECIPIENT, Reason.INVALID_RECIPIENT),
            (Reason.UNREACHABLE_RECIPIENT, Reason.UNREACHABLE_RECIPIENT),
            (Reason.RECIPIENT_RATE_LIMITED, Reason.RECIPIENT_RATE_LIMITED),
            (Reason.INVALID_CONTENT, Reason.INVALID_CONTENT),
            (Reason.SIGNATURE_REFUSED, Reason.SIGNATURE_REFUSED),
            (Reason.TEMPLATE_REFUSED, Reason.TEMPLATE_REFUSED),
            (Reason.CARRIER_FAILURE, Reason.CARRIER_FAILURE),
            (Reason.UNSUPPORTED_DESTINATION, Reason.CARRIER_FAILURE),
            (None, Reason.CARRIER_FAILURE),
        ],
    )
    def test_why_a_text_did_not_arrive_is_told_in_the_vendors_words(self, call, desk, reason, told):
        desk.due.append(report(delivery=Delivery.UNDELIVERED, reason=reason))

        (found,) = call("pull_reports", 1)

        assert (found.delivery, found.reason) == (Delivery.UNDELIVERED, told)


class TestPushes:
    def test_the_side_pushes_by_the_documented_rule(self, side):
        assert isinstance(side, SandboxPusher)
        assert (side.push_rule.tries, side.push_rule.interval) == (4, 1.0)

    def test_what_the_client_answers_is_a_receipt_only_if_it_has_taken_the_push(self, config, side):
        taken, refused = (Usms(config).answer_callback(taken=each) for each in (True, False))

        assert side.acknowledged(taken.status, taken.body)
        assert not side.acknowledged(refused.status, refused.body)

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (500, b'{"code": 0}'),
            (302, b'{"code": 0}'),
            (200, b'{"code": 1}'),
            (200, b"{}"),
            (200, b"0"),
            (200, b""),
            (200, b'{code: 0, message: "ok"}'),
            (200, b"[" * 100_000),
        ],
    )
    def test_any_other_answer_is_none(self, side, status, body):
        assert not side.acknowledged(status, body)


class TestTemplates:
    def test_a_template_goes_through_its_review(self, call, desk):
        draft = TemplateDraft(text="Code {1}, {2} minutes, {1}", name="code", kind=Kind.OTP, remark="login")

        added = call("add_template", draft)
        (pending,) = call("get_templates", [added.id])
        desk.shelf[added.id] = replace(desk.shelf[added.id], review=Review.REJECTED, words="too short")
        (rejected,) = call("get_templates", [added.id])
        new = replace(draft, text="Your code is {1}", kind=Kind.MARKETING, international=True)
        changed = call("modify_template", added.id, new)
        (again,) = call("get_templates", [added.id])

        assert added.id.startswith("UTA")
        assert desk.shelf[added.id].params == 1
        assert (pending.review, pending.text, pending.kind, pending.name) == (
            Review.PENDING,
            draft.text,
            Kind.OTP,
            "code",
        )
        assert pending.created_at == NOW
        assert (rejected.review, rejected.detail) == (Review.REJECTED, "too short")
        assert changed == again
        assert (again.review, again.kind, again.text) == (Review.PENDING, Kind.OTP, "Your code is {1}")

    def test_a_new_name_alone_does_not_go_back_to_review(self, call, desk):
        draft = TemplateDraft(text=desk.shelf["UTB0"].text, name="hello")

        info = call("modify_template", "UTB0", draft)

        assert (info.review, info.name) == (Review.APPROVED, "hello")

    def test_templates_are_deleted_all_or_none(self, call, desk):
        with pytest.raises(CallFailed) as error:
            call("delete_templates", ["UTB0", "UTX"])
        there = sorted(desk.shelf)
        call("delete_templates", ["UTB0", "UTB2"])

        assert (error.value.reason, error.value.code) == (Reason.TEMPLATE_REFUSED, "18017")
        assert (there, sorted(desk.shelf)) == (["UTA20212831C85C", "UTB0", "UTB2"], ["UTA20212831C85C"])

    def test_one_under_review_is_not_deleted_and_neither_are_the_others(self, call, desk):
        desk.shelf["UTB2"] = replace(desk.shelf["UTB2"], review=Review.PENDING)

        with pytest.raises(CallFailed) as error:
            call("delete_templates", ["UTB0", "UTB2"])

        assert error.value.code == "18003"
        assert {"UTB0", "UTB2"} <= desk.shelf.keys()

    @pytest.mark.parametrize("review", [Review.REJECTED, Review.DISABLED])
    def test_one_that_was_reviewed_is_deleted_whatever_came_of_it(self, call, desk, review):
        desk.shelf["UTB2"] = replace(desk.shelf["UTB2"], review=review)

        call("delete_templates", ["UTB2"])

        assert "UTB2" not in desk.shelf

    def test_those_that_are_not_there_are_left_out(self, call):
        found = call("get_templates", ["UTX", "UTB0", "UTY"])

        assert [each.id for each in found] == ["UTB0"]

    def test_to_change_one_that_is_not_there_is_refused(self, call):
        with pytest.raises(CallFailed) as error:
            call("modify_template", "UTX", TemplateDraft(text="Hello", name="hello"))

        assert error.value.reason is Reason.TEMPLATE_REFUSED


class TestSignatures:
    def test_a_signature_goes_through_its_review(self, call, desk):
        draft = SignatureDraft(text="Acme", remark="us", picture=PNG, options={"sig_type": 0})

        added = call("add_signature", draft)
        (pending,) = call("get_signatures", [added.id])
        desk.signed[added.id] = replace(desk.signed[added.id], review=Review.REJECTED, words="whose?")
        rejected = call("find_signature", "Acme")
        changed = call("modify_signature", added.id, replace(draft, text="Acme Ltd", remark=""))
        (again,) = call("get_signatures", [added.id])

        assert added.id.startswith("SIG")
        assert (pending.review, pending.text) == (Review.PENDING, "Acme")
        assert (rejected.id, rejected.review, rejected.detail) == (added.id, Review.REJECTED, "whose?")
        assert changed == again
        assert (again.review, again.text) == (Review.PENDING, "Acme Ltd")
        assert call("find_signature", "Acme") is None

    def test_an_approved_signature_cannot_be_changed(self, call):
        with pytest.raises(CallFailed) as error:
            call("modify_signature", "SIG1", SignatureDraft(text="SCloud 2", options={"sig_type": 0}))

        assert error.value.code == "18003"

    def test_one_for_somebody_else_carries_an_authorization(self, call, desk):
        options = {"sig_type": 1, "sig_purpose": 1, "proxy_file": PNG}

        added = call("add_signature", SignatureDraft(text="Acme", remark="for them", options=options))
        call("modify_signature", added.id, SignatureDraft(text="Acme", options={**options, "proxy_file": PNG}))

        assert desk.signed[added.id].text == "Acme"

    def test_signatures_are_deleted_all_or_none(self, call, desk):
        with pytest.raises(CallFailed) as error:
            call("delete_signatures", ["SIG1", "SIGX"])
        there = sorted(desk.signed)
        call("delete_signatures", ["SIG1", "SIG2"])

        assert (error.value.reason, error.value.code) == (Reason.SIGNATURE_REFUSED, "18016")
        assert (there, desk.signed) == (["SIG1", "SIG2"], {})

    def test_one_under_review_is_not_deleted_and_neither_are_the_others(self, call, desk):
        desk.signed["SIG2"] = replace(desk.signed["SIG2"], review=Review.PENDING)

        with pytest.raises(CallFailed) as error:
            call("delete_signatures", ["SIG1", "SIG2"])

        assert error.value.code == "18003"
        assert {"SIG1", "SIG2"} <= desk.signed.keys()

    @pytest.mark.parametrize("review", [Review.REJECTED, Review.DISABLED])
    def test_one_that_was_reviewed_is_deleted_whatever_came_of_it(self, call, desk, review):
        desk.signed["SIG2"] = replace(desk.signed["SIG2"], review=review)

        call("delete_signatures", ["SIG2"])

        assert "SIG2" not in desk.signed


class TestStatistics:
    def test_counts_are_those_of_the_desk(self, call, desk):
        desk.due += [
            report(A),
            report(B, fee=2),
            report(A, delivery=Delivery.UNDELIVERED),
            report(C, fee=3),
            report(C, sent_at=NOW - 3 * 86_400),
        ]
        desk.unreported, desk.refused = 2, 4

        sent = call("send_statistics", NOW - 60, NOW + 60)
        fates = call("delivery_statistics", NOW - 60, NOW + 60)

        assert (sent.requested, sent.accepted, sent.billed) == (10, 6, 9)
        assert (fates.accepted, fates.reported, fates.delivered, fates.undelivered) == (6, 4, 3, 1)
        assert sent.since <= NOW - 60 < NOW + 60 <= sent.until
        assert {each["BrevityCode"] for each in sent.raw["international"][0]["Data"]} == {"MY"}

    def test_many_days_are_many_pages(self, call, desk):
        days = 250
        desk.due += [report(A, sent_at=NOW - day * 86_400) for day in range(days)]

        sent = call("send_statistics", NOW - days * 86_400, NOW + 1)

        assert (sent.accepted, len(sent.raw["mainland"]), len(sent.raw["international"])) == (days, 3, 1)

    def test_each_template_is_counted_for_itself(self, call, desk):
        desk.due += [
            report(A, template="UTB0"),
            report(B, template="UTB0", fee=2, delivery=Delivery.UNDELIVERED),
            report(C, template="UTB0", fee=3),
            report(C, template="UTA9"),
            report(A, template="UTB0", sent_at=NOW - 3 * 86_400),
            report(A),
        ]
        desk.unreported, desk.refused = 2, 4

        first, second = sorted(call("template_statistics", NOW - 60, NOW + 60), key=lambda each: each.template_id)

        assert (first.template_id, first.requested, first.accepted, first.billed) == ("UTA9", 1, 1, 1)
        assert (second.template_id, second.requested, second.accepted, second.billed) == ("UTB0", 3, 3, 6)
        assert (second.reported, second.delivered, second.undelivered) == (3, 2, 1)
        assert [each["BrevityCode"] for each in second.raw["international"]] == ["MY"]

    def test_days_without_texts_count_nothing(self, call):
        assert call("send_statistics", 0.0, 86_400.0).requested == 0


class TestGateway:
    """What every call has in common with sending."""

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"private_key": "wrong"}, (Reason.AUTHENTICATION, "171")),
            ({"public_key": "wrong"}, (Reason.AUTHENTICATION, "172")),
            ({"security_token": "token"}, (Reason.AUTHENTICATION, "174")),
            ({"project_id": "org-other"}, (Reason.CONFIGURATION, "292")),
        ],
    )
    @pytest.mark.parametrize("name", ["pull_reports", "get_templates"])
    def test_wrong_settings(self, call, config, name, changes, expected):
        with pytest.raises(CallFailed) as error:
            call(name, 1 if name == "pull_reports" else ["UTB0"], client=UsmsConfig(**{**dict(config), **changes}))

        assert (error.value.reason, error.value.code) == expected

    def test_too_many_requests_are_153(self, call, desk):
        desk.too_fast = True

        with pytest.raises(CallFailed) as error:
            call("pull_reports", 1)

        assert (error.value.reason, error.value.code) == (Reason.RATE_LIMITED, "153")

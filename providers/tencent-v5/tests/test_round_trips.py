"""Both sides talking to each other without a socket: what the server side has is what the client side reads."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smsway.provider import (
    Callback,
    CallFailed,
    Delivery,
    Kind,
    Phone,
    Reason,
    ReportQuery,
    Review,
    SandboxInbound,
    SandboxReport,
    SandboxSignature,
    SandboxTally,
    SandboxTemplate,
    SignatureDraft,
    TemplateDraft,
)

NOW = 1457336869
PROPERTY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SOME_TEXTS = TEXTS.filter(str.strip)
PHONES = st.one_of(
    st.integers(13_000_000_000, 19_999_999_999).map(lambda number: f"+86{number}"),
    st.sampled_from(["+60198890000", "+14155550100", "+85261234567", "+6598765432"]),
)
REASONS = (
    Reason.INVALID_RECIPIENT,
    Reason.UNREACHABLE_RECIPIENT,
    Reason.BLOCKED_RECIPIENT,
    Reason.RECIPIENT_RATE_LIMITED,
    Reason.INVALID_CONTENT,
    Reason.CARRIER_FAILURE,
)
SENT = st.integers(NOW - 1000, NOW).map(float)
REPORTS = st.one_of(
    st.builds(
        SandboxReport,
        SOME_TEXTS,
        PHONES,
        st.none(),
        SENT,
        st.integers(NOW, 2**32).map(float),
        st.just(Delivery.DELIVERED),
    ),
    st.builds(
        SandboxReport,
        SOME_TEXTS,
        PHONES,
        st.none(),
        SENT,
        st.integers(NOW, 2**32).map(float),
        st.just(Delivery.UNDELIVERED),
        st.sampled_from(REASONS),
    ),
)
MESSAGES = st.builds(SandboxInbound, PHONES, TEXTS, SENT, TEXTS, TEXTS)


def reported(report):
    """What the client side should read of a sandbox report."""
    return (report.phone, report.delivery, report.message_id, report.reason, report.at)


def read(report):
    return (report.recipient, report.delivery, report.provider_message_id, report.reason, report.at)


def received(message):
    """What the client side should read of a sandbox message."""
    return (message.phone, message.text, message.at, message.extension or None, message.signature or None)


def heard(message):
    return (message.sender, message.text, message.at, message.extension, message.signature)


@PROPERTY
@given(reports=st.lists(REPORTS, max_size=30), limit=st.integers(1, 100))
def test_reports_are_pulled_once_in_their_order(reports, limit, provider, stamp, desk, played):
    desk.waiting = list(reports)

    pulls = [played(provider.pull_reports(limit, stamp)) for _ in range(math.ceil(len(reports) / limit) + 1)]

    assert [read(report) for pull in pulls for report in pull] == [reported(report) for report in reports]
    assert pulls[-1] == []
    assert all(len(pull) <= limit for pull in pulls)


@PROPERTY
@given(messages=st.lists(MESSAGES, max_size=30), limit=st.integers(1, 100))
def test_replies_are_pulled_once_in_their_order(messages, limit, provider, stamp, desk, played):
    desk.received = list(messages)

    pulls = [played(provider.pull_inbound(limit, stamp)) for _ in range(math.ceil(len(messages) / limit) + 1)]

    assert [heard(message) for pull in pulls for message in pull] == [received(message) for message in messages]


@PROPERTY
@given(
    reports=st.lists(REPORTS, max_size=20), phone=PHONES, since=st.floats(NOW - 1000, NOW), length=st.floats(0.1, 1000)
)
def test_reports_are_found_by_phone_and_window_again_and_again(
    reports, phone, since, length, provider, stamp, desk, played
):
    desk.waiting = [*reports, *(dataclasses.replace(report, phone=phone) for report in reports)]
    query = ReportQuery(since=since, until=since + length, phone=Phone(phone))

    finds = [played(provider.find_reports(query, stamp)) for _ in range(2)]

    window = range(math.floor(since), math.ceil(since + length) + 1)
    expected = [report for report in desk.waiting if report.phone == phone and report.sent_at in window]
    assert [read(report) for report in finds[0]] == [reported(report) for report in expected]
    assert finds[0] == finds[1]


@pytest.mark.parametrize("many", [100, 101, 399])
def test_more_reports_than_one_answer_holds_are_found(many, provider, stamp, desk, played):
    sent = [NOW - 2 * number for number in reversed(range(many))]
    desk.waiting = [SandboxReport(f"8:{at}", "+8613788888888", None, at, at, Delivery.DELIVERED) for at in sent]
    query = ReportQuery(since=NOW - 1000, until=NOW, phone=Phone("+8613788888888"))

    found = played(provider.find_reports(query, stamp))

    assert [report.provider_message_id for report in found] == [f"8:{at}" for at in sent]


@PROPERTY
@given(messages=st.lists(MESSAGES, max_size=20), phone=PHONES)
def test_replies_are_found_by_phone(messages, phone, provider, stamp, desk, played):
    desk.received = [*messages, *(dataclasses.replace(message, phone=phone) for message in messages)]
    query = ReportQuery(since=NOW - 1000, until=NOW, phone=Phone(phone))

    found = played(provider.find_inbound(query, stamp))

    assert [heard(each) for each in found] == [received(each) for each in desk.received if each.phone == phone]


@PROPERTY
@given(reports=st.lists(REPORTS, min_size=1, max_size=100))
def test_pushed_reports_are_read(reports, provider, side):
    push = side.push(reports)

    assert [read(report) for report in provider.read_callback(Callback(push.body))] == [
        reported(report) for report in reports
    ]


@PROPERTY
@given(message=MESSAGES)
def test_a_pushed_reply_is_read(message, provider, side):
    push = side.push([message])

    assert [heard(each) for each in provider.read_callback(Callback(push.body))] == [received(message)]


def test_our_receipts_are_what_the_vendor_takes_for_one(provider, side):
    taken, left = provider.answer_callback(taken=True), provider.answer_callback(taken=False)

    assert side.acknowledged(taken.status, taken.body)
    assert not side.acknowledged(left.status, left.body)
    assert not side.acknowledged(200, left.body)


DRAFTS = st.builds(
    TemplateDraft,
    text=SOME_TEXTS,
    kind=st.sampled_from(Kind),
    name=TEXTS,
    remark=TEXTS,
    international=st.booleans(),
)


@PROPERTY
@given(draft=DRAFTS, other=DRAFTS)
def test_a_template_is_added_changed_reviewed_and_deleted(draft, other, provider, stamp, desk, played):
    added = played(provider.add_template(draft, stamp))
    desk.shelf[added.id] = dataclasses.replace(desk.shelf[added.id], review=Review.REJECTED, words="no")
    [rejected] = played(provider.get_templates([added.id], stamp))
    changed = played(provider.modify_template(added.id, other, stamp))
    played(provider.delete_templates([added.id], stamp))

    assert (added.review, rejected.review, changed.review) == (Review.PENDING, Review.REJECTED, Review.PENDING)
    assert (added.text, added.kind is Kind.MARKETING, added.international) == (
        draft.text,
        draft.kind is Kind.MARKETING,
        draft.international,
    )
    assert (rejected.detail, rejected.name, rejected.created_at) == ("no", draft.name or None, NOW)
    assert (changed.id, changed.text) == (added.id, other.text)
    assert played(provider.get_templates([added.id], stamp)) == []


SIGN_DRAFTS = st.builds(
    SignatureDraft,
    text=TEXTS.filter(lambda text: text == text.strip() and text and not set("【】[]") & set(text)),
    remark=TEXTS,
    picture=st.one_of(st.none(), st.binary(min_size=1)),
    international=st.booleans(),
)


@PROPERTY
@given(draft=SIGN_DRAFTS, other=SIGN_DRAFTS)
def test_a_signature_is_added_changed_reviewed_and_deleted(draft, other, provider, stamp, desk, played):
    added = played(provider.add_signature(draft, stamp))
    desk.drawer[added.id] = dataclasses.replace(desk.drawer[added.id], review=Review.APPROVED)
    [approved] = played(provider.get_signatures([added.id], stamp))
    changed = played(provider.modify_signature(added.id, other, stamp))
    played(provider.delete_signatures([added.id], stamp))

    assert (added.review, approved.review, changed.review) == (Review.PENDING, Review.APPROVED, Review.PENDING)
    assert (approved.text, approved.international, approved.created_at) == (draft.text, draft.international, NOW)
    assert (changed.id, changed.text) == (added.id, other.text)
    assert played(provider.get_signatures([added.id], stamp)) == []


@PROPERTY
@given(many=st.integers(0, 170))
def test_all_templates_are_listed_page_by_page(many, provider, stamp, desk, played):
    desk.shelf = {str(number): SandboxTemplate(str(number), 0, "x") for number in range(1, many + 1)}
    cursor, pages = None, []

    while not pages or cursor is not None:
        pages.append(played(provider.list_templates(cursor, stamp)))
        cursor = pages[-1].next

    assert [template.id for page in pages for template in page.items] == list(desk.shelf)
    assert {page.total for page in pages} == {many}
    assert len(pages) == max(math.ceil(many / 50), 1)


COUNTS = st.integers(0, 10**6)


@PROPERTY
@given(requested=COUNTS, accepted=COUNTS, billed=COUNTS, delivered=COUNTS, causes=st.lists(st.sampled_from(REASONS)))
def test_counts_are_read(requested, accepted, billed, delivered, causes, provider, stamp, desk, played):
    failures = Counter(causes)
    desk.counts = SandboxTally(requested, accepted, billed, delivered, len(causes), failures)

    sent = played(provider.send_statistics(NOW - 7200, NOW, stamp))
    counts = played(provider.delivery_statistics(NOW - 7200, NOW, stamp))

    assert (sent.requested, sent.accepted, sent.billed) == (requested, accepted, billed)
    assert (counts.accepted, counts.reported, counts.delivered, counts.undelivered) == (
        accepted,
        delivered + len(causes),
        delivered,
        len(causes),
    )
    assert sum(counts.failures.values()) == len(causes)
    assert counts.failures.get(Reason.BLOCKED_RECIPIENT, 0) == failures[Reason.BLOCKED_RECIPIENT]
    assert 0 not in counts.failures.values()
    since, until = desk.spans[-1]
    assert (since, math.ceil(until)) == (counts.since, counts.until)


@pytest.mark.parametrize(("balance", "remaining"), [(0, 0), (7, 7), (None, 1_000_000)])
def test_the_balance_is_read_without_what_was_left_of_a_past_package(balance, remaining, provider, stamp, desk, played):
    desk.balance = balance
    desk.counts = SandboxTally(billed=42)

    told = played(provider.get_balance(stamp))

    assert (told.remaining, len(told.raw["data"])) == (remaining, 2)


@pytest.mark.parametrize("call", ["modify", "delete"])
def test_what_is_not_there_is_refused(call, provider, stamp, desk, played):
    desk.drawer["2"] = SandboxSignature("2", "Acme")
    exchanges = {
        "modify": (
            lambda: provider.modify_template("7", TemplateDraft(text="x"), stamp),
            lambda: provider.modify_signature("7", SignatureDraft(text="x"), stamp),
        ),
        "delete": (
            lambda: provider.delete_templates(["19", "7"], stamp),
            lambda: provider.delete_signatures(["2", "7"], stamp),
        ),
    }

    reasons = []
    for begin in exchanges[call]:
        with pytest.raises(CallFailed) as raised:
            played(begin())
        reasons.append((raised.value.reason, raised.value.code))

    assert reasons == [(Reason.TEMPLATE_REFUSED, "1014"), (Reason.SIGNATURE_REFUSED, "1012")]
    assert {"19", "20"} == set(desk.shelf)
    assert {"1", "2"} == set(desk.drawer)

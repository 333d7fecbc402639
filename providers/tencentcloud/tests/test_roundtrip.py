"""Client and server of this package against each other, over everything but sending, without a network."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import (
    Callback,
    CallFailed,
    Delivery,
    Kind,
    Reason,
    ReportQuery,
    Review,
    SandboxInbound,
    SandboxReport,
    SandboxSignature,
    SandboxTally,
    SandboxTemplate,
    SignatureDraft,
    Stamp,
    TemplateDraft,
    parse_phone,
)

NOW = 1_776_313_405.0
PHONES = ["+60198890000", "+6598765432", "+85298765432", "+14155552671", "+447400123456"]
CHINA = timezone(timedelta(hours=8))
TEMPLATE = TemplateDraft(text="Your code is {1}", kind=Kind.OTP, name="code", remark="login")
SIGNATURE = SignatureDraft(text="Acme", picture=b"\xff\xd8", options={"sign_type": 0, "document_type": 1})

# A vendor tells whole seconds.
seconds = st.integers(int(NOW) - 6 * 86_400, int(NOW)).map(float)
outcomes = st.one_of(
    st.just((Delivery.DELIVERED, None)),
    st.sampled_from(
        [
            Reason.UNREACHABLE_RECIPIENT,
            Reason.INVALID_RECIPIENT,
            Reason.INVALID_CONTENT,
            Reason.CARRIER_FAILURE,
        ]
    ).map(lambda reason: (Delivery.UNDELIVERED, reason)),
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@st.composite
def reports(draw):
    delivery, reason = draw(outcomes)
    sent = draw(seconds)
    return SandboxReport(
        message_id=draw(st.uuids().map(str)),
        phone=draw(st.sampled_from(PHONES)),
        reference=draw(st.none() | st.from_regex(r"[0-9a-f]{20}-[0-9]{1,3}", fullmatch=True)),
        sent_at=sent,
        at=sent + draw(st.integers(0, 60)),
        delivery=delivery,
        reason=reason,
    )


messages = st.builds(
    SandboxInbound, phone=st.sampled_from(PHONES), text=texts, at=seconds, extension=texts, signature=texts
)


def told(report):
    """What a client can know of a report of the sandbox."""
    return (report.phone, report.delivery, report.message_id, report.reference, report.reason, report.at)


def read(report):
    return (
        report.recipient,
        report.delivery,
        report.provider_message_id,
        report.reference,
        report.reason,
        report.at,
    )


def heard(message):
    return (message.phone, message.text, message.at, message.extension or None, message.signature or None)


def understood(message):
    return (message.sender, message.text, message.at, message.extension, message.signature)


# Reports and messages


@given(sent=st.lists(reports(), max_size=130), limit=st.integers(1, 100))
def test_reports_come_off_the_queue_once_in_order_and_whole(provider, stamp, carry, make_desk, sent, limit):
    desk, found = make_desk(told=list(sent)), []

    while pulled := carry(provider.pull_reports(limit, stamp), desk):
        assert len(pulled) <= limit
        found += pulled

    assert [read(report) for report in found] == [told(report) for report in sent]


@given(sent=st.lists(messages, max_size=130), limit=st.integers(1, 100))
def test_messages_come_off_the_queue_once_in_order_and_whole(provider, stamp, carry, make_desk, sent, limit):
    desk, found = make_desk(heard=list(sent)), []

    while pulled := carry(provider.pull_inbound(limit, stamp), desk):
        found += pulled

    assert [understood(message) for message in found] == [heard(message) for message in sent]


@given(sent=st.lists(reports(), max_size=30, unique_by=lambda report: report.message_id), data=st.data())
def test_the_reports_of_a_phone_in_a_span_are_found_and_no_other(provider, stamp, carry, make_desk, sent, data):
    phone = parse_phone(data.draw(st.sampled_from(PHONES)))
    since, until = sorted(data.draw(st.lists(seconds, min_size=2, max_size=2, unique=True)))

    query = ReportQuery(phone=phone, since=since, until=until)
    found = carry(provider.find_reports(query, stamp), make_desk(told=sent))

    assert [read(report) for report in found] == [
        told(report) for report in sent if report.phone == phone and since <= report.sent_at <= until
    ]


def test_more_reports_of_a_phone_than_fit_into_one_answer_are_all_found(provider, stamp, converse, desk):
    desk.told = [
        SandboxReport(f"serial-{number}", PHONES[0], None, NOW - number * 7, NOW, Delivery.DELIVERED)
        for number in range(1_000)
    ]
    query = ReportQuery(phone=parse_phone(PHONES[0]), since=NOW - 7_000, until=NOW)

    found = converse(provider.find_reports(query, stamp))

    assert sorted(report.provider_message_id for report in found) == sorted(report.message_id for report in desk.told)


@pytest.mark.parametrize("begin", [0, 1, 4])
def test_the_messages_of_a_phone_in_a_span_are_found_and_no_other(provider, stamp, converse, desk, begin):
    desk.heard = [SandboxInbound(PHONES[number % 2], str(number), NOW - 100 + number) for number in range(10)]
    query = ReportQuery(phone=parse_phone(PHONES[0]), since=NOW - 100 + begin, until=NOW - 95)

    found = converse(provider.find_inbound(query, stamp))

    assert [message.text for message in found] == [str(number) for number in range(begin, 6) if number % 2 == 0]


@given(sent=st.lists(reports(), min_size=1, max_size=100))
def test_pushed_reports_are_read_whole(provider, side, sent):
    pushed = side.push(sent)

    found = provider.read_callback(Callback(pushed.body))

    assert pushed.content_type == "application/json"
    assert [read(report) for report in found] == [told(report) for report in sent]


@given(message=messages)
def test_a_pushed_message_is_read_whole(provider, side, message):
    (found,) = provider.read_callback(Callback(side.push([message]).body))

    assert understood(found) == heard(message)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "Asia/Kolkata", "America/New_York"])
def test_both_sides_write_times_in_the_accounts_zone(make_client, make_config, make_side, zone):
    report = SandboxReport("serial-1", PHONES[0], None, NOW, NOW, Delivery.DELIVERED)

    pushed = make_side(make_config(time_zone=zone)).push([report])

    assert make_client(time_zone=zone).provider.read_callback(Callback(pushed.body))[0].at == NOW


def test_the_server_knows_our_receipts_for_receipts(provider, side):
    taken, refused = (provider.answer_callback(taken=taken) for taken in (True, False))

    assert side.acknowledged(taken.status, taken.body)
    assert not side.acknowledged(refused.status, refused.body)


# Templates and signatures


def test_a_template_lives_as_the_vendor_lets_it(provider, stamp, converse, desk):
    added = converse(provider.add_template(TEMPLATE, stamp))
    changed = converse(provider.modify_template(added.id, replace(TEMPLATE, text="{1} is {2}"), stamp))
    (pending,) = converse(provider.get_templates([added.id], stamp))
    desk.put_template(replace(desk.shelf[added.id], review=Review.REJECTED, words="too short"))
    (rejected,) = converse(provider.get_templates([added.id, "999"], stamp))
    desk.put_template(replace(desk.shelf[added.id], review=Review.APPROVED, words=""))
    (approved,) = converse(provider.list_templates(None, stamp)).items

    assert added.review is changed.review is pending.review is Review.PENDING
    assert (pending.id, pending.text, pending.name, pending.international) == (added.id, "{1} is {2}", "code", True)
    assert pending.created_at == desk.now
    assert (rejected.review, rejected.detail) == (Review.REJECTED, "too short")
    assert (approved.review, approved.detail) == (Review.APPROVED, None)
    assert desk.shelf[added.id].params == 2
    with pytest.raises(CallFailed, match="TemplateAlreadyPassedCheck"):
        converse(provider.modify_template(added.id, TEMPLATE, stamp))
    converse(provider.delete_templates([added.id], stamp))
    assert converse(provider.get_templates([added.id], stamp)) == ()


def test_a_signature_lives_as_the_vendor_lets_it(provider, stamp, converse, desk):
    added = converse(provider.add_signature(SIGNATURE, stamp))
    with pytest.raises(CallFailed, match="SignExistAndUnapproved"):
        converse(provider.add_signature(SIGNATURE, stamp))
    changed = converse(provider.modify_signature(added.id, replace(SIGNATURE, text="Acme Ltd", picture=None), stamp))
    (pending,) = converse(provider.get_signatures([added.id], stamp))
    desk.put_signature(replace(desk.names[added.id], review=Review.APPROVED))
    (approved,) = converse(provider.list_signatures(None, stamp)).items

    assert added.review is changed.review is pending.review is Review.PENDING
    assert (pending.id, pending.text, pending.international) == (added.id, "Acme Ltd", True)
    assert approved.review is Review.APPROVED
    with pytest.raises(CallFailed, match="SignAlreadyPassedCheck"):
        converse(provider.modify_signature(added.id, SIGNATURE, stamp))
    with pytest.raises(CallFailed, match="SignAlreadyPassedCheck"):
        converse(provider.add_signature(replace(SIGNATURE, text="Acme Ltd"), stamp))
    converse(provider.delete_signatures([added.id], stamp))
    assert converse(provider.get_signatures([added.id], stamp)) == ()


@given(count=st.sampled_from([0, 1, 99, 100, 101, 200, 250]))
def test_a_list_of_any_length_is_walked_to_its_end(provider, stamp, carry, make_desk, count):
    ids = [str(number) for number in range(1, count + 1)]
    desk = make_desk(
        shelf={id_: SandboxTemplate(id_, 0, "text") for id_ in ids},
        names={id_: SandboxSignature(id_, f"Acme {id_}") for id_ in ids},
    )

    for call in (provider.list_templates, provider.list_signatures):
        cursor, found = None, []
        while True:
            page = carry(call(cursor, stamp), desk)
            found += [item.id for item in page.items]
            if (cursor := page.next) is None:
                break

        assert found == ids


@pytest.mark.parametrize("count", [0, 1, 100, 101, 250])
def test_any_number_of_ids_is_looked_up(provider, stamp, carry, make_desk, count):
    ids = [str(number) for number in range(1, count + 1)]
    desk = make_desk(
        shelf={id_: SandboxTemplate(id_, 0, "text") for id_ in ids},
        names={id_: SandboxSignature(id_, f"Acme {id_}") for id_ in ids},
    )

    for call in (provider.get_templates, provider.get_signatures):
        assert [info.id for info in carry(call(ids, stamp), desk)] == ids


@given(
    text=st.text(st.characters(exclude_characters="{}", exclude_categories=["Cs"]), min_size=1, max_size=30),
    params=st.integers(0, 5),
    kind=st.sampled_from(Kind),
    name=texts,
    remark=texts,
)
def test_whatever_a_draft_says_reaches_the_vendor(provider, stamp, carry, make_desk, text, params, kind, name, remark):
    desk = make_desk()
    content = f"T{text}" + "".join(f"{{{number}}}" for number in range(1, params + 1))
    draft = TemplateDraft(text=content, kind=kind, name=f"n{name}", remark=f"r{remark}")

    added = carry(provider.add_template(draft, stamp), desk)

    kept = desk.shelf[added.id]
    assert (kept.text, kept.params, kept.extras["name"], kept.extras["remark"]) == (
        draft.text,
        params,
        draft.name,
        draft.remark,
    )
    assert kept.extras["type"] == {Kind.MARKETING: 1, Kind.NOTIFICATION: 2, Kind.OTP: 3}[kind]


def test_the_last_of_several_deletions_that_is_refused_is_told(provider, stamp, converse, desk):
    desk.shelf = {id_: SandboxTemplate(id_, 0) for id_ in ("1", "2")}

    with pytest.raises(CallFailed, match="2 of 3 were deleted before") as caught:
        converse(provider.delete_templates(["1", "2", "3"], stamp))

    assert caught.value.code == "FailedOperation.TemplateIdNotExist"
    assert desk.shelf == {}


# Statistics

counts = st.integers(0, 10**6)
causes = st.dictionaries(
    st.sampled_from(
        [
            Reason.CARRIER_FAILURE,
            Reason.INVALID_RECIPIENT,
            Reason.UNREACHABLE_RECIPIENT,
            Reason.BLOCKED_RECIPIENT,
            Reason.RECIPIENT_RATE_LIMITED,
        ]
    ),
    st.integers(1, 10**6),
)


@given(requested=counts, accepted=counts, billed=counts, delivered=counts, failures=causes)
def test_the_counts_are_those_of_the_server(
    provider, stamp, carry, make_desk, requested, accepted, billed, delivered, failures
):
    undelivered = sum(failures.values())
    desk = make_desk(counts=SandboxTally(requested, accepted, billed, delivered, undelivered, failures))

    sends = carry(provider.send_statistics(NOW - 7200, NOW, stamp), desk)
    deliveries = carry(provider.delivery_statistics(NOW - 7200, NOW, stamp), desk)

    assert (sends.requested, sends.accepted, sends.billed) == (requested, accepted, billed)
    assert (deliveries.accepted, deliveries.reported) == (accepted, delivered + undelivered)
    assert (deliveries.delivered, deliveries.undelivered) == (delivered, undelivered)
    assert deliveries.failures == failures
    assert desk.counted[0] == desk.counted[1]
    since, until = desk.counted[0]
    assert (sends.since, deliveries.since) == (since, since)
    assert sends.until - 0.001 < until < sends.until


def test_a_cause_that_the_vendor_does_not_count_is_one_of_the_carrier(provider, stamp, converse, desk):
    desk.counts = SandboxTally(undelivered=3, failures={Reason.OTHER: 2, Reason.INVALID_CONTENT: 1})

    counted = converse(provider.delivery_statistics(NOW - 7200, NOW, stamp))

    assert counted.failures == {Reason.CARRIER_FAILURE: 3}


# The whole way


def test_what_is_refused_at_the_gate_is_refused_for_every_call(make_client, carry, make_desk):
    wrong = make_client(secret_key="other", at=Stamp(NOW, 1))

    with pytest.raises(CallFailed) as caught:
        carry(wrong.provider.pull_reports(1, wrong.stamp), make_desk())

    assert (caught.value.reason, caught.value.code) == (Reason.AUTHENTICATION, "AuthFailure.SignatureFailure")


def test_another_application_is_refused_where_one_is_named(make_client, carry, make_desk):
    wrong = make_client(sdk_app_id="1400006666", at=Stamp(NOW, 1))
    query = ReportQuery(phone=parse_phone(PHONES[0]), since=NOW - 1, until=NOW)

    for exchange in (
        wrong.provider.pull_reports(1, wrong.stamp),
        wrong.provider.pull_inbound(1, wrong.stamp),
        wrong.provider.find_reports(query, wrong.stamp),
        wrong.provider.send_statistics(NOW - 1, NOW, wrong.stamp),
    ):
        with pytest.raises(CallFailed, match="SmsSdkAppIdVerifyFail"):
            carry(exchange, make_desk())


def test_only_sending_counts_against_the_rate_of_sending(provider, stamp, converse, desk):
    desk.busy = True

    assert converse(provider.pull_reports(1, stamp)) == ()


def test_a_pushed_report_has_the_members_of_the_published_one(side):
    report = SandboxReport("xxxxxxx", "+8613788888888", None, NOW, 1445040184.0, Delivery.DELIVERED)

    (pushed,) = json.loads(side.push([report]).body)

    assert list(pushed) == [
        "user_receive_time",
        "nationcode",
        "mobile",
        "report_status",
        "errmsg",
        "description",
        "sid",
    ]
    assert (pushed["user_receive_time"], pushed["nationcode"], pushed["mobile"]) == (
        "2015-10-17 08:03:04",
        "86",
        "13788888888",
    )


def test_a_pushed_message_has_the_members_of_the_published_one(side):
    pushed = json.loads(side.push([SandboxInbound("+8613788888888", "User reply", 1457336869.0)]).body)

    assert pushed == {
        "extend": "",
        "mobile": "13788888888",
        "nationcode": "86",
        "sign": "",
        "text": "User reply",
        "time": 1457336869,
    }


def test_the_rule_of_the_pushes_is_the_vendors(side):
    rule = side.push_rule

    assert (rule.reports, rule.inbound, rule.tries) == (100, 1, 3)


@pytest.mark.parametrize(
    ("status", "body", "receipt"),
    [
        (200, b'{"result":0,"errmsg":"OK"}', True),
        (200, b'{"result": 0}', True),
        (200, b'{"result":1,"errmsg":"no"}', False),
        (200, b'{"result":"0"}', False),
        (200, b'{"result":false}', False),
        (200, b"{}", False),
        (200, b"[]", False),
        (200, b"OK", False),
        (200, b"", False),
        (200, b"\xff", False),
        (500, b'{"result":0,"errmsg":"OK"}', False),
        (204, b'{"result":0}', False),
    ],
)
def test_only_a_result_of_zero_is_a_receipt(side, status, body, receipt):
    assert side.acknowledged(status, body) is receipt

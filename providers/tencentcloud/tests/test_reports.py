"""Delivery reports and messages from phones, off the vendor's queue or of one phone."""

from __future__ import annotations

import json

import pytest

from smsway.provider import Delivery, InvalidCall, Reason, ReportQuery, UnexpectedResponse, parse_phone

PHONE = parse_phone("+60198890000")
DAY = 86_400

# The answers of the pages of these actions. That of PullSmsSendStatus has SessionContext on the Chinese site only.
PUBLISHED_REPORT = {
    "Description": "DELIVRD",
    "CountryCode": "86",
    "SubscriberNumber": "15291990000",
    "ReportStatus": "SUCCESS",
    "PhoneNumber": "+8615291990000",
    "SerialNo": "14:19325917feb3914eb78b50d6182d7e452e",
    "UserReceiveTime": 1620734188,
}
PUBLISHED_REPLIES = [
    {
        "CountryCode": "86",
        "ReplyContent": "xxxxxx",
        "SubscriberNumber": "15291990000",
        "ExtendCode": "11",
        "ReplyTime": 1620734188,
        "PhoneNumber": "+8615291990000",
        "SignName": "Tencent Cloud",
    },
    {
        "CountryCode": "86",
        "ReplyContent": "xxxxxx",
        "SubscriberNumber": "15291990001",
        "ExtendCode": "11",
        "ReplyTime": 1620734189,
        "PhoneNumber": "+8615291990001",
        "SignName": "Tencent Cloud",
    },
]


def query(stamp, since=600.0, until=0.0, **changes):
    """Ask for the span from so many seconds ago to so many seconds ago."""
    return ReportQuery(**{"phone": PHONE, "since": stamp.now - since, "until": stamp.now - until, **changes})


@pytest.fixture
def pull(provider, replay, answer, stamp):
    """Pull an answer with these items; returns the reports."""
    return lambda *items: replay(provider.pull_reports(100, stamp), answer({"PullSmsSendStatusSet": list(items)}))[1]


@pytest.fixture
def pull_one(pull):
    """Pull the published item with changes (`...` takes a member away); returns its report."""

    def changed(**members):
        item = {name: value for name, value in {**PUBLISHED_REPORT, **members}.items() if value is not ...}
        (report,) = pull(item)
        return report

    return changed


# Requests


@pytest.mark.parametrize(
    ("call", "action"), [("pull_reports", "PullSmsSendStatus"), ("pull_inbound", "PullSmsReplyStatus")]
)
def test_a_pull_asks_with_these_members(provider, body_of, stamp, call, action):
    assert body_of(getattr(provider, call)(2, stamp)) == (action, {"Limit": 2, "SmsSdkAppId": "2400006666"})


@pytest.mark.parametrize(
    ("call", "action"),
    [("find_reports", "PullSmsSendStatusByPhoneNumber"), ("find_inbound", "PullSmsReplyStatusByPhoneNumber")],
)
def test_a_search_asks_with_these_members_for_whole_seconds(provider, stamp, call, action):
    request = next(getattr(provider, call)(query(stamp, 100.25, 0.25), stamp))

    assert request.headers["X-TC-Action"] == action
    assert request.body == (
        b'{"BeginTime":1776313305,"Offset":0,"Limit":100,"PhoneNumber":"+60198890000","SmsSdkAppId":"2400006666",'
        b'"EndTime":1776313406}'
    )


# Limits


@pytest.mark.parametrize("limit", [-1, 0, 101, True, 1.0, 1.5, float("nan"), "10", None])
@pytest.mark.parametrize("call", ["pull_reports", "pull_inbound"])
def test_what_cannot_be_pulled_at_once_is_never_asked_for(provider, stamp, call, limit):
    with pytest.raises(InvalidCall, match=f"limit: {limit!r} .*give 1 to 100"):
        next(getattr(provider, call)(limit, stamp))


def test_the_limits_of_the_pulls_are_told(provider):
    assert (provider.most_reports, provider.most_inbound) == (100, 100)


@pytest.mark.parametrize("call", ["find_reports", "find_inbound"])
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"since": 7 * DAY + 61}, "more than 7 days ago"),
        ({"since": 0.0}, "no span of time"),
        ({"since": -1.0}, "no span of time"),
        ({"phone": None}, "by phone alone"),
        ({"message_ids": ("14:1932",)}, "by phone alone"),
        ({"phone": None, "message_ids": ("14:1932",)}, "by phone alone"),
        ({"until": float("-inf")}, "no span of time"),
        ({"since": float("nan")}, "no span of time"),
    ],
)
def test_a_search_beyond_the_limits_is_never_asked_for(provider, stamp, call, changes, told):
    with pytest.raises(InvalidCall, match=told) as caught:
        next(getattr(provider, call)(query(stamp, **changes), stamp))

    assert "60198890000" not in str(caught.value)


@pytest.mark.parametrize("call", ["find_reports", "find_inbound"])
@pytest.mark.parametrize(("since", "until"), [("1776313405", 2e9), (True, 2e9), (1_776_313_405, None)])
def test_a_time_that_is_no_number_is_never_asked_for(provider, stamp, call, since, until):
    asked = ReportQuery(phone=PHONE, since=since, until=until)

    with pytest.raises(InvalidCall, match="no span of time"):
        next(getattr(provider, call)(asked, stamp))


@pytest.mark.parametrize("call", ["find_reports", "find_inbound"])
@pytest.mark.parametrize("since", [7 * DAY, 7 * DAY + 0.5, 7 * DAY + 59])
def test_seven_days_that_were_counted_a_moment_ago_are_within_the_limits(provider, body_of, stamp, call, since):
    _, body = body_of(getattr(provider, call)(query(stamp, since), stamp))

    assert body["BeginTime"] == int(stamp.now) - 7 * DAY + 1


def test_a_span_that_ended_seven_days_ago_is_not_asked_for_backwards(provider, body_of, stamp):
    _, body = body_of(provider.find_reports(query(stamp, 7 * DAY + 50, 7 * DAY + 40), stamp))

    assert body["BeginTime"] == body["EndTime"] == int(stamp.now) - 7 * DAY + 1


def test_how_to_ask_whether_a_text_was_sent_is_told(provider):
    rule = provider.verification

    assert (rule.grace, rule.questions, rule.interval, rule.absence_proves) == (15, 4, 15, False)


# Reports


def test_the_published_reports_are_read(pull):
    second = {
        **PUBLISHED_REPORT,
        "SubscriberNumber": "15291990001",
        "PhoneNumber": "+8615291990001",
        "SerialNo": "14:19325917feb3914eb78b50d6182d7e462f",
        "SessionContext": "",
    }

    reports = pull(PUBLISHED_REPORT, second)

    assert [(r.recipient, r.delivery, r.provider_message_id, r.reference, r.at) for r in reports] == [
        (
            "+8615291990000",
            Delivery.DELIVERED,
            "14:19325917feb3914eb78b50d6182d7e452e",
            None,
            1620734188.0,
        ),
        (
            "+8615291990001",
            Delivery.DELIVERED,
            "14:19325917feb3914eb78b50d6182d7e462f",
            None,
            1620734188.0,
        ),
    ]
    assert [(r.reason, r.code, r.detail, r.raw) for r in reports] == [
        (None, "DELIVRD", None, PUBLISHED_REPORT),
        (None, "DELIVRD", None, second),
    ]


@pytest.mark.parametrize("nothing", [[], None])
def test_an_empty_queue_is_no_reports(provider, replay, answer, stamp, nothing):
    assert replay(provider.pull_reports(1, stamp), answer({"PullSmsSendStatusSet": nothing}))[1] == ()
    assert replay(provider.pull_inbound(1, stamp), answer({"PullSmsReplyStatusSet": nothing}))[1] == ()


@pytest.mark.parametrize(
    ("description", "reason", "code", "detail"),
    [
        ("UNDELIV", Reason.UNREACHABLE_RECIPIENT, "UNDELIV", None),
        ("EXPIRED", Reason.UNREACHABLE_RECIPIENT, "EXPIRED", None),
        ("SUBFAIL", Reason.INVALID_RECIPIENT, "SUBFAIL", None),
        ("MK:0001", Reason.CARRIER_FAILURE, "MK:0001", None),
        ("Shut down", Reason.CARRIER_FAILURE, None, "Shut down"),
        ("refused by +60198890000", Reason.CARRIER_FAILURE, None, "refused by +***********"),
        ("60198890000", Reason.CARRIER_FAILURE, None, "***********"),
        ("", Reason.CARRIER_FAILURE, None, None),
        (None, Reason.CARRIER_FAILURE, None, None),
    ],
)
def test_a_text_that_did_not_arrive_has_a_reason(pull_one, description, reason, code, detail):
    report = pull_one(ReportStatus="FAIL", Description=description)

    assert report.delivery is Delivery.UNDELIVERED
    assert (report.reason, report.code, report.detail) == (reason, code, detail)


@pytest.mark.parametrize(
    ("context", "reference"), [("a84166-0", "a84166-0"), ("", None), (None, None), (..., None), (7, "7"), ([], None)]
)
def test_our_reference_is_there_if_support_has_switched_it_on(pull_one, context, reference):
    assert pull_one(SessionContext=context).reference == reference


@pytest.mark.parametrize(
    ("written", "at"),
    [
        (1620734188, 1620734188.0),
        ("1620734188", 1620734188.0),
        (0, None),
        ("", None),
        (None, None),
        (..., None),
        ("2021-05-11 19:56:28", None),
        (True, None),
        (10**400, None),
        (-1, None),
    ],
)
def test_a_time_that_cannot_be_read_costs_nothing_else(pull_one, written, at):
    report = pull_one(UserReceiveTime=written)

    assert (report.at, report.delivery) == (at, Delivery.DELIVERED)


@pytest.mark.parametrize("number", ["15291990000", "", None, ..., 8615291990000, "+86***"])
def test_a_phone_that_cannot_be_read_whole_is_read_in_its_parts(pull_one, number):
    assert pull_one(PhoneNumber=number).recipient == "+8615291990000"


@pytest.mark.parametrize("code", ["86", "+86", "0086", 86])
def test_the_parts_of_a_phone_may_be_written_in_these_ways(pull_one, code):
    assert pull_one(CountryCode=code).recipient == "+8615291990000"
    assert pull_one(CountryCode=code, PhoneNumber=...).recipient == "+8615291990000"


def test_a_part_that_cannot_be_read_contradicts_nothing(pull_one):
    assert pull_one(SubscriberNumber="").recipient == "+8615291990000"
    assert pull_one(CountryCode="999").recipient == "+8615291990000"
    assert pull_one(CountryCode="44", SubscriberNumber="07400123456", PhoneNumber="+447400123456").recipient == (
        "+447400123456"
    )


@pytest.mark.parametrize(
    "parts", [{"SubscriberNumber": "15291990001"}, {"CountryCode": "60", "SubscriberNumber": "198890000"}]
)
def test_a_record_that_names_two_phones_is_about_neither(pull, parts):
    contradiction = {**PUBLISHED_REPORT, **parts}

    wrong, good = pull(contradiction, PUBLISHED_REPORT)

    assert (wrong.recipient, wrong.delivery, wrong.reason, wrong.raw) == ("", Delivery.UNKNOWN, None, contradiction)
    assert (good.recipient, good.delivery) == ("+8615291990000", Delivery.DELIVERED)


@pytest.mark.parametrize(
    ("bad", "recipient"),
    [
        ({"ReportStatus": "success"}, "+8615291990000"),
        ({"ReportStatus": None}, "+8615291990000"),
        ({"ReportStatus": ...}, "+8615291990000"),
        ({"ReportStatus": ["SUCCESS"]}, "+8615291990000"),
        ({"PhoneNumber": "+60198***000", "CountryCode": ...}, ""),
        ({"PhoneNumber": "+999123456789", "SubscriberNumber": ...}, ""),
        ({"PhoneNumber": None, "SubscriberNumber": None}, ""),
    ],
)
def test_a_bad_item_is_a_report_that_proves_nothing(pull_one, bad, recipient):
    report = pull_one(**bad)

    assert (report.delivery, report.recipient, report.reason) == (Delivery.UNKNOWN, recipient, None)
    assert report.raw == {name: value for name, value in {**PUBLISHED_REPORT, **bad}.items() if value is not ...}


@pytest.mark.parametrize("item", [None, 1, "SUCCESS", [], [PUBLISHED_REPORT]])
def test_one_bad_item_does_not_lose_the_other_99(pull, item):
    reports = pull(*[PUBLISHED_REPORT] * 49, item, *[PUBLISHED_REPORT] * 50)

    assert [r.delivery for r in reports].count(Delivery.DELIVERED) == 99
    assert (reports[49].delivery, reports[49].recipient, reports[49].raw) == (Delivery.UNKNOWN, "", {"item": item})


def test_half_a_surrogate_pair_can_be_written_to_a_store(pull_one):
    report = pull_one(SessionContext="\ud83d", SerialNo="\ud83d\ude00")

    assert (report.reference, report.provider_message_id) == ("\ufffd", "\U0001f600")


def test_a_phone_is_not_in_what_a_report_shows(pull_one):
    assert "15291990000" not in repr(pull_one())


# Messages from phones


def test_the_published_replies_are_read(provider, replay, answer, stamp):
    _, messages = replay(provider.pull_inbound(2, stamp), answer({"PullSmsReplyStatusSet": PUBLISHED_REPLIES}))

    assert [(m.sender, m.text, m.at, m.extension, m.signature) for m in messages] == [
        ("+8615291990000", "xxxxxx", 1620734188.0, "11", "Tencent Cloud"),
        ("+8615291990001", "xxxxxx", 1620734189.0, "11", "Tencent Cloud"),
    ]
    assert [m.raw for m in messages] == PUBLISHED_REPLIES


@pytest.mark.parametrize(
    ("item", "sender", "text"),
    [
        ({**PUBLISHED_REPLIES[0], "PhoneNumber": None}, "+8615291990000", "xxxxxx"),
        ({**PUBLISHED_REPLIES[0], "ReplyContent": None}, "+8615291990000", ""),
        ({"ReplyContent": "STOP \ud83d"}, "", "STOP \ufffd"),
        (None, "", ""),
        ("STOP", "", ""),
    ],
)
def test_a_message_that_is_not_in_order_is_kept_as_far_as_it_can_be_read(
    provider, replay, answer, stamp, item, sender, text
):
    _, (message, other) = replay(
        provider.pull_inbound(2, stamp), answer({"PullSmsReplyStatusSet": [item, PUBLISHED_REPLIES[1]]})
    )

    assert (message.sender, message.text) == (sender, text)
    assert message.raw == ({**item, "ReplyContent": text or None} if isinstance(item, dict) else {"item": item})
    assert other.sender == "+8615291990001"


# The reports of one phone


def test_the_published_reports_of_one_phone_are_read(provider, replay, answer, stamp):
    item = {**PUBLISHED_REPORT, "SubscriberNumber": "15291996666", "PhoneNumber": "+8615291996666"}
    items = [item, {**item, "SerialNo": "14:19325917feb3914eb78b50d6182d7e456f"}]
    asked = query(stamp, phone=parse_phone("+8615291996666"))

    _, reports = replay(provider.find_reports(asked, stamp), answer({"PullSmsSendStatusSet": items}))

    assert [(r.recipient, r.provider_message_id) for r in reports] == [
        ("+8615291996666", "14:19325917feb3914eb78b50d6182d7e452e"),
        ("+8615291996666", "14:19325917feb3914eb78b50d6182d7e456f"),
    ]


STRANGER = {"PhoneNumber": "+60198890001", "CountryCode": "60", "SubscriberNumber": "198890001"}
OTHER = {**PUBLISHED_REPORT, **STRANGER}
OTHER_REPLY = {**PUBLISHED_REPLIES[0], **STRANGER}


@pytest.mark.parametrize(
    ("call", "content"),
    [
        ("find_reports", {"PullSmsSendStatusSet": [PUBLISHED_REPORT, OTHER]}),
        ("find_reports", {"PullSmsSendStatusSet": [{**OTHER, "ReportStatus": "maybe"}]}),
        ("find_inbound", {"PullSmsReplyStatusSet": [PUBLISHED_REPLIES[0], OTHER_REPLY]}),
        ("find_inbound", {"PullSmsReplyStatusSet": PUBLISHED_REPLIES}),
    ],
)
def test_what_is_told_of_another_phone_is_not_believed(provider, replay, answer, stamp, call, content):
    asked = query(stamp, phone=parse_phone("+8615291990000"))

    with pytest.raises(UnexpectedResponse, match="phone that was not in the request") as caught:
        replay(getattr(provider, call)(asked, stamp), answer(content))

    assert "198890001" not in str(caught.value)


def test_a_phone_that_cannot_be_read_is_no_other_one(provider, replay, answer, stamp):
    asked = query(stamp, phone=parse_phone("+8615291990000"))
    masked = {"PhoneNumber": "+86152****0000", "CountryCode": None}
    items, replies = ({**PUBLISHED_REPORT, **masked}, PUBLISHED_REPORT), [{**PUBLISHED_REPLIES[0], **masked}]

    _, reports = replay(provider.find_reports(asked, stamp), answer({"PullSmsSendStatusSet": items}))
    _, messages = replay(provider.find_inbound(asked, stamp), answer({"PullSmsReplyStatusSet": replies}))

    assert [report.delivery for report in reports] == [Delivery.UNKNOWN, Delivery.DELIVERED]
    assert [(message.sender, message.text) for message in messages] == [("", "xxxxxx")]


def spans(requests):
    bodies = [json.loads(request.body) for request in requests]
    assert {body["Offset"] for body in bodies} == {0}
    return [(body["BeginTime"], body["EndTime"]) for body in bodies]


def test_a_full_answer_is_asked_for_again_in_halves(provider, replay, answer, stamp):
    def reports(*numbers):
        items = [{**PUBLISHED_REPORT, "SerialNo": str(number)} for number in numbers]
        return answer({"PullSmsSendStatusSet": items})

    asked = ReportQuery(phone=parse_phone("+8615291990000"), since=1_776_313_000, until=1_776_313_100)
    exchange = provider.find_reports(asked, stamp)

    requests, found = replay(exchange, reports(*range(100)), reports(*range(60)), reports(*range(59, 130)))

    assert spans(requests) == [
        (1_776_313_000, 1_776_313_100),
        (1_776_313_000, 1_776_313_050),
        (1_776_313_050, 1_776_313_100),
    ]
    # The one that stands at the bound of both halves is there once.
    assert [report.provider_message_id for report in found] == [str(number) for number in range(130)]


def test_an_item_that_an_answer_has_twice_counts_twice(provider, replay, answer, stamp):
    asked = query(stamp, phone=parse_phone("+8615291990000"))

    _, found = replay(
        provider.find_inbound(asked, stamp), answer({"PullSmsReplyStatusSet": [PUBLISHED_REPLIES[0]] * 2})
    )

    assert [message.text for message in found] == ["xxxxxx", "xxxxxx"]


FULL = {
    "find_reports": {"PullSmsSendStatusSet": [PUBLISHED_REPORT] * 100},
    "find_inbound": {"PullSmsReplyStatusSet": [PUBLISHED_REPLIES[0]] * 100},
}


@pytest.mark.parametrize("call", FULL)
@pytest.mark.parametrize("length", [0.25, 1, 2])
def test_a_second_that_is_full_is_not_taken_for_the_whole(provider, answer, stamp, call, length):
    asked = ReportQuery(phone=parse_phone("+8615291990000"), since=1_776_313_000, until=1_776_313_000 + length)
    exchange = getattr(provider, call)(asked, stamp)
    next(exchange)

    with pytest.raises(UnexpectedResponse, match="100 items or more in one second") as caught:  # noqa: PT012  # the last of them
        for _ in range(2):
            exchange.send(answer(FULL[call]))

    assert "15291990000" not in str(caught.value)


def carried(exchange, said):
    """Answer each request with what *said* makes of it; returns the requests and the error that ends them."""
    requests = [next(exchange)]
    try:
        while True:
            requests.append(exchange.send(said(requests[-1])))
    except UnexpectedResponse as error:
        return requests, str(error)


@pytest.mark.parametrize("call", FULL)
def test_a_search_that_takes_too_many_requests_is_not_taken_for_the_whole(provider, answer, stamp, call):
    full, empty = answer(FULL[call]), answer({name: [] for name in FULL[call]})

    def said(request):
        ((begin, end),) = spans([request])
        return full if end - begin > 3600 else empty

    requests, told = carried(
        getattr(provider, call)(query(stamp, 7 * DAY, phone=parse_phone("+8615291990000")), stamp), said
    )

    assert told == "50 requests do not list all that the phone has; ask about a shorter time"
    assert len(requests) == 50

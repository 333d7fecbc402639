"""Looking up messages and the balance: what is asked, what is followed, and what is believed."""

from __future__ import annotations

import json
import logging
import traceback
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from smsway import CallFailed, Client, Message
from smsway.provider import Delivery, InvalidCall, Reason, ReportQuery, Response, Stamp, UnexpectedResponse, parse_phone
from smsway.sandbox import Sandbox, SandboxAccount
from smsway.testing import replay
from smsway_twilio._provider import Twilio
from smsway_twilio._sandbox import TwilioSide

ACCOUNT = "AC" + "a1" * 16
NUMBER = "+15017122661"
PHONE = parse_phone("+14155552345")
SIDS = tuple(f"SM{digit * 32}" for digit in "123")
NOON = datetime(2026, 4, 15, 12, tzinfo=UTC).timestamp()
STAMP = Stamp(now=NOON, nonce=1)
LIST = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
NEXT = f"{LIST}?To=%2B14155552345&PageSize=1000&Page=1&PageToken=PA{SIDS[0]}"


@pytest.fixture
def provider(config):
    return Twilio(config)


def query_of(**changes):
    return ReportQuery(**{"since": NOON - 60, "until": NOON + 60, "phone": PHONE, **changes})


def date(moment):
    return format_datetime(datetime.fromtimestamp(moment, UTC))


def message(sid=SIDS[0], **changes):
    """Return a message as twilio-oai 2.6.7 has it in its samples, as far as anybody reads it."""
    return {
        "body": "Hello",
        "date_created": date(NOON),
        "date_sent": date(NOON + 1),
        "date_updated": date(NOON + 5),
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": NUMBER,
        "num_segments": "2",
        "price": "-0.01500",
        "sid": sid,
        "status": "delivered",
        "to": PHONE,
        **changes,
    }


def listed(*messages, following=None):
    return answer({"messages": list(messages), "next_page_uri": following, "page": 0, "page_size": 1000})


def answer(told, status=200):
    return Response(status, json.dumps(told).encode())


def refused(code, status):
    return answer({"code": code, "message": "No", "more_info": "", "status": status}, status)


def asked(exchange, *answers):
    """Return the requests of *exchange*, as far as *answers* go."""
    requests = [next(exchange)]
    for each in answers:
        try:
            requests.append(exchange.send(each))
        except StopIteration:
            break
    return requests


class TestLists:
    def test_a_day_more_is_asked_for_on_both_sides(self, provider):
        (request,) = asked(provider.find_reports(query_of(), STAMP))

        url = urlsplit(request.url)
        assert (request.method, request.body, request.sends) == ("GET", b"", False)
        assert (f"{url.scheme}://{url.netloc}", url.path) == ("https://api.twilio.com", LIST)
        assert dict(parse_qsl(url.query, strict_parsing=True)) == {
            "To": PHONE,
            "DateSent>": "2026-04-14",
            "DateSent<": "2026-04-16",
            "PageSize": "1000",
        }
        assert "DateSent%3E=2026-04-14" in url.query

    def test_messages_from_a_phone_are_asked_for_by_their_sender(self, provider):
        (request,) = asked(provider.find_inbound(query_of(), STAMP))

        assert dict(parse_qsl(urlsplit(request.url).query))["From"] == PHONE

    def test_a_text_says_how_and_when_it_ended_and_what_it_cost(self, provider):
        (report,) = replay(provider.find_reports(query_of(), STAMP), [listed(message())])

        assert (report.recipient, report.delivery, report.provider_message_id) == (PHONE, Delivery.DELIVERED, SIDS[0])
        assert (report.at, report.fee, report.reason, report.code) == (NOON + 5, 2, None, None)

    @pytest.mark.parametrize(
        ("changes", "delivery", "reason", "at"),
        [
            ({"status": "queued", "date_sent": None}, Delivery.ACCEPTED, None, None),
            ({"status": "sent"}, Delivery.ACCEPTED, None, None),
            (
                {"status": "undelivered", "error_code": 30005},
                Delivery.UNDELIVERED,
                Reason.INVALID_RECIPIENT,
                NOON + 5,
            ),
            ({"status": "failed", "error_code": None}, Delivery.UNDELIVERED, Reason.CARRIER_FAILURE, NOON + 5),
            ({"status": "on its way"}, Delivery.UNKNOWN, None, None),
        ],
    )
    def test_only_what_has_ended_has_a_time(self, provider, changes, delivery, reason, at):
        (report,) = replay(provider.find_reports(query_of(), STAMP), [listed(message(**changes))])

        assert (report.delivery, report.reason, report.at) == (delivery, reason, at)

    def test_every_page_is_followed_below_the_base_url(self, make_config):
        provider = Twilio(make_config(base_url="http://127.0.0.1:8089/gateway"))
        pages = [listed(message(SIDS[0]), following=NEXT), listed(message(SIDS[1]))]

        requests = asked(provider.find_reports(query_of(), STAMP), *pages)
        reports = replay(provider.find_reports(query_of(), STAMP), pages)

        assert requests[1].url == f"http://127.0.0.1:8089/gateway{NEXT}"
        assert [report.provider_message_id for report in reports] == list(SIDS[:2])

    @pytest.mark.parametrize(
        "following",
        [
            "https://elsewhere.example/Messages.json?Page=1",
            f"//elsewhere.example{LIST}?Page=1",
            f"@elsewhere.example{LIST}?Page=1",
            LIST.replace(ACCOUNT, f"AC{'b2' * 16}") + "?Page=1",
            f"{LIST}/../../Keys.json?Page=1",
            f"{LIST}?Page=1\r\nX: y",
            f"{LIST}?Page=1 2",
            f"{LIST}?Page=é",
        ],
    )
    def test_a_page_that_is_not_of_the_list_is_not_followed(self, provider, following):
        with pytest.raises(UnexpectedResponse):
            replay(provider.find_reports(query_of(), STAMP), [listed(following=following)])

    def test_a_list_without_an_end_is_never_told_as_a_whole(self, provider):
        with pytest.raises(UnexpectedResponse, match="shorter time"):
            replay(provider.find_reports(query_of(), STAMP), [listed(message(), following=NEXT)] * 50)

    def test_what_is_of_another_time_or_direction_is_left_out(self, provider):
        found = listed(
            message(SIDS[0]),
            message(date_created=date(NOON - 61), date_sent=date(NOON)),
            message(date_created=date(NOON + 61)),
            message(direction="inbound", status="received"),
            message(SIDS[1], date_created=None),
            message(SIDS[2], date_created=None, date_sent=None),
        )

        reports = replay(provider.find_reports(query_of(), STAMP), [found])

        assert [report.provider_message_id for report in reports] == list(SIDS)

    def test_times_are_whole_seconds(self, provider):
        query = query_of(since=NOON + 0.9, until=NOON + 0.95)

        assert len(replay(provider.find_reports(query, STAMP), [listed(message())])) == 1

    def test_what_came_from_the_phone_is_told_with_its_time(self, provider):
        said = message(direction="inbound", status="received", to=NUMBER, **{"from": PHONE})
        sent = message(**{"from": PHONE, "to": NUMBER})

        (inbound,) = replay(provider.find_inbound(query_of(), STAMP), [listed(said, sent)])

        assert (inbound.sender, inbound.text, inbound.at, inbound.raw) == (PHONE, "Hello", NOON, said)

    @pytest.mark.parametrize("method", ["find_reports", "find_inbound"])
    def test_a_list_about_another_phone_is_not_believed(self, provider, method):
        other = message(to="+14155552346", **{"from": "+14155552346"})

        with pytest.raises(UnexpectedResponse):
            replay(getattr(provider, method)(query_of(), STAMP), [listed(other)])

    def test_a_record_that_cannot_be_read_takes_no_other_with_it(self, provider):
        spoilt = [{"sid": SIDS[1], "to": [], "status": "delivered", "date_created": "soon"}, "nothing", None]

        reports = replay(provider.find_reports(query_of(), STAMP), [listed(message(), *spoilt)])

        assert [(each.recipient, each.delivery) for each in reports] == [
            (PHONE, Delivery.DELIVERED),
            *[("", Delivery.UNKNOWN)] * 3,
        ]
        assert [each.raw for each in reports[1:]] == [spoilt[0], {"item": "nothing"}, {"item": None}]

    @pytest.mark.parametrize(
        ("changes", "what"),
        [
            ({"phone": None}, "give phone"),
            ({"message_ids": SIDS[:1]}, "one of them"),
            ({"since": NOON + 61}, "span"),
            ({"since": float("nan")}, "span"),
            ({"until": 1e300}, "calendar"),
            ({"since": -1e300}, "calendar"),
            ({"until": 253_402_300_799.0}, "calendar"),
        ],
    )
    def test_what_cannot_be_asked_is_refused_before_it_is(self, provider, changes, what):
        with pytest.raises(InvalidCall, match=what):
            next(provider.find_reports(query_of(**changes), STAMP))

    def test_messages_from_phones_have_no_ids_to_be_asked_by(self, provider):
        with pytest.raises(InvalidCall, match="phone alone"):
            next(provider.find_inbound(query_of(message_ids=SIDS), STAMP))


class TestIds:
    def test_each_is_fetched_once_whenever_it_was_and_one_that_is_not_there_is_left_out(self, provider):
        query = query_of(phone=None, message_ids=(*SIDS, SIDS[0]), since=0, until=1)
        answers = [answer(message(SIDS[0])), refused(20404, 404), answer(message(SIDS[2]))]

        requests = asked(provider.find_reports(query, STAMP), *answers)
        reports = replay(provider.find_reports(query, STAMP), answers)

        base = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages"
        assert [request.url for request in requests] == [f"{base}/{sid}.json" for sid in SIDS]
        assert [report.provider_message_id for report in reports] == [SIDS[0], SIDS[2]]

    def test_an_answer_about_another_message_is_not_believed(self, provider):
        with pytest.raises(UnexpectedResponse):
            replay(provider.find_reports(query_of(phone=None, message_ids=SIDS[:1]), STAMP), [answer(message(SIDS[1]))])

    @pytest.mark.parametrize("sid", ["", "SM1", "SM" + "g" * 32, f"{SIDS[0]}/../../Keys", f"{SIDS[0]}\n"])
    def test_what_is_no_id_is_never_asked_for(self, provider, sid):
        with pytest.raises(InvalidCall, match="is no id of twilio"):
            next(provider.find_reports(query_of(phone=None, message_ids=(sid,)), STAMP))


@pytest.mark.parametrize(
    ("response", "reason", "code"),
    [
        (refused(20003, 401), Reason.AUTHENTICATION, "20003"),
        (refused(20006, 403), Reason.PERMISSION, "20006"),
        (refused(20429, 429), Reason.RATE_LIMITED, "20429"),
        (refused(21481, 400), Reason.OTHER, "21481"),
        (refused(20500, 500), Reason.PROVIDER_FAILURE, "20500"),
        (refused(20404, 503), Reason.PROVIDER_FAILURE, "20404"),
    ],
)
def test_a_call_that_only_asks_is_never_in_doubt_when_it_is_refused(provider, response, reason, code):
    with pytest.raises(CallFailed) as caught:
        replay(provider.find_reports(query_of(), STAMP), [response])

    assert (caught.value.reason, caught.value.code, caught.value.maybe_done) == (reason, code, False)


@pytest.mark.parametrize("good", [listed(message()), refused(20003, 401)])
def test_an_answer_that_may_be_to_an_earlier_request_is_not_believed(provider, good):
    with pytest.raises(UnexpectedResponse):
        replay(provider.find_reports(query_of(), STAMP), [replace(good, fresh=False)])


@pytest.mark.parametrize(
    ("told", "remaining"),
    [({"balance": "0.05"}, 0.05), ({"balance": "-12"}, -12.0), ({"balance": "1000.5000"}, 1000.5)],
)
def test_the_balance_is_in_the_currency_of_the_account(provider, told, remaining):
    record = {"account_sid": ACCOUNT, "currency": "USD", **told}

    balance = replay(provider.get_balance(STAMP), [answer(record)])

    assert (balance.remaining, balance.unit, balance.raw) == (remaining, "USD", record)


@pytest.mark.parametrize("changes", [{"balance": None}, {"balance": "nan"}, {"balance": ""}, {"currency": None}])
def test_a_balance_that_is_none_is_not_made_up(provider, changes):
    record = {"account_sid": ACCOUNT, "balance": "1", "currency": "USD", **changes}

    with pytest.raises(UnexpectedResponse):
        replay(provider.get_balance(STAMP), [answer(record)])


@pytest.fixture(params=[None, httpx.HTTPTransport], ids=["ours", "theirs"])
def world(config, request):
    """Run the side on a socket, with a client of it, over our transport and over one that logs what it does."""
    settings = {
        "accounts": {"world": {"provider": "twilio", "account_sid": ACCOUNT, "auth_token": "literal:a-token"}},
        "senders": {"default": {"world": NUMBER}},
    }
    side = SandboxAccount("world", TwilioSide(config), senders=[NUMBER])
    transport = request.param() if request.param else None
    with (
        Sandbox([side]) as sandbox,
        Client.from_config(settings, base_urls=sandbox.urls, transport=transport) as client,
    ):
        yield sandbox, client, transport is not None


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "html", "truncated", "http_503"])
def test_the_phone_in_the_address_of_a_search_is_told_nowhere(world, caplog, fault):
    sandbox, client, logs = world
    caplog.set_level(logging.DEBUG)
    client.send(Message(to=PHONE, content="Hello"))

    found = client.reports.find("world", phone=PHONE, since=0)
    sandbox.inject(fault, account="world")
    with pytest.raises(CallFailed) as caught:
        client.reports.find("world", phone=PHONE, since=0)

    said = [repr(found), *traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()]
    lines = [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
    assert [report.recipient for report in found] == [PHONE]
    assert bool(lines) is logs
    # This frame has the phone itself.
    assert not [text for text in (*said, *lines) if PHONE.national in text and __file__ not in text]

"""The server side, with requests that are written by hand after the vendor's documents."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from smsway.provider import Delivery, Reason, SandboxInbound, SandboxPush, SandboxReport
from smsway_twilio._sandbox import TwilioSide
from smsway_twilio._sandbox_refusals import REFUSALS
from smsway_twilio._sandbox_send import _CODES

ACCOUNT = "AC" + "a1" * 16
KEY = "SK" + "b2" * 16
SERVICE = "MG" + "c3" * 16
TEMPLATE = "HX" + "d4" * 16
PHONE = "+6598765432"
NOW = 1_776_313_405.0

REPORT = SandboxReport("SM" + "e5" * 16, PHONE, None, NOW - 60, NOW - 55, Delivery.DELIVERED, fee=2)
MESSAGE = SandboxInbound(PHONE, "Yes, please", NOW - 30, extension="+15017122661")


def envelope(answer):
    """Check the envelope of a refusal, and return its code."""
    told = answer.told
    assert set(told) == {"code", "message", "more_info", "status"}
    assert told["status"] == answer.status == REFUSALS[told["code"]][0]
    assert told["more_info"] == f"https://www.twilio.com/docs/errors/{told['code']}"
    return told["code"]


class TestCreating:
    def test_a_text_is_answered_with_the_whole_resource(self, send, desk):
        answer = send(Body="Hello!")

        assert answer.status == 201
        sid = answer.told["sid"]
        assert re.fullmatch("SM[0-9a-f]{32}", sid)
        # The fields of the sample `create` of twilio-oai 2.6.7.
        assert answer.told == {
            "account_sid": ACCOUNT,
            "api_version": "2010-04-01",
            "body": "Hello!",
            "date_created": "Thu, 16 Apr 2026 04:23:25 +0000",
            "date_sent": None,
            "date_updated": "Thu, 16 Apr 2026 04:23:25 +0000",
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": "+15017122661",
            "messaging_service_sid": None,
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": None,
            "sid": sid,
            "status": "queued",
            "subresource_uris": {"media": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}/Media.json"},
            "to": PHONE,
            "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json",
        }
        assert desk.texts == [(PHONE, 1, None)]
        assert desk.ids == [sid]

    def test_with_a_messaging_service_it_is_accepted_and_not_counted_yet(self, send):
        answer = send(From=None, MessagingServiceSid=SERVICE)

        assert (answer.status, answer.told["status"], answer.told["num_segments"]) == (201, "accepted", "0")
        assert (answer.told["from"], answer.told["messaging_service_sid"]) == (None, SERVICE)

    def test_each_message_has_an_id_of_its_own(self, send):
        assert send().told["sid"] != send().told["sid"]

    @pytest.mark.parametrize(("body", "segments"), [("x" * 160, 1), ("x" * 161, 2), ("é" * 70 + "中", 2)])
    def test_every_segment_costs(self, send, desk, body, segments):
        answer = send(Body=body)

        assert answer.told["num_segments"] == str(segments)
        assert desk.texts == [(PHONE, segments, None)]

    @pytest.mark.parametrize("sender", ["+15017122661", "12345", "Acme"])
    def test_a_number_a_short_code_and_a_name_may_send(self, send, sender):
        assert send(From=sender).told["from"] == sender

    def test_what_nobody_knows_is_ignored(self, send):
        assert send(Nonsense="1", ForceDelivery="true").status == 201

    @pytest.mark.parametrize("address", ["https://hooks.example/a/b?c=1#rc=5&rp=all", "http://hooks.example"])
    def test_an_address_and_a_validity_are_taken(self, send, address):
        assert send(StatusCallback=address, ValidityPeriod="36000").status == 201


class TestTemplates:
    @pytest.mark.parametrize(
        ("variables", "text"),
        [
            ('{"1": "1234", "2": "4"}', "1234 is your code, for 4 minutes."),
            ('{"1": "{2}", "2": "4"}', "{2} is your code, for 4 minutes."),
            ('{"1": "1234"}', "1234 is your code, for sample 2 minutes."),
            (None, "sample 1 is your code, for sample 2 minutes."),
        ],
    )
    def test_what_is_left_out_is_filled_with_the_sample(self, send, desk, variables, text):
        answer = send(Body=None, ContentSid=TEMPLATE, ContentVariables=variables)

        assert (answer.status, answer.told["body"]) == (201, text)
        assert desk.texts == [(PHONE, 1, TEMPLATE)]

    def test_the_desk_is_told_what_was_sent_and_no_sample(self, send, desk):
        send(Body="Hello")
        send(Body=None, ContentSid=TEMPLATE, ContentVariables='{"2": "4", "1": "1234"}')
        send(Body=None, ContentSid=TEMPLATE, ContentVariables='{"1": "1234"}')

        assert desk.said == [("Hello", ()), (None, ("1234", "4")), (None, ("1234",))]

    @pytest.mark.parametrize(
        "variables",
        [
            "",
            "1234",
            "[]",
            "null",
            "{'1': '1234'}",
            '{"1": ""}',
            '{"1": null}',
            '{"1": 1234}',
            '{"3": "x"}',
            '{"code": "1234"}',
            f'{{"1": "{"x" * 1601}"}}',
        ],
    )
    def test_variables_that_do_not_fit_are_refused(self, send, desk, variables):
        answer = send(Body=None, ContentSid=TEMPLATE, ContentVariables=variables)

        assert envelope(answer) == 21656
        assert desk.texts == []


class TestRefusals:
    @pytest.mark.parametrize(
        ("code", "changes"),
        [
            (21604, {"To": None}),
            (21604, {"To": ""}),
            (21211, {"To": "6598765432"}),
            (21211, {"To": "+65"}),
            (21211, {"To": "+6598765432x"}),
            (21211, {"To": "whatsapp:+6598765432"}),
            (21603, {"From": None}),
            (21212, {"From": "An alphanumeric name"}),
            (21212, {"From": "Acme!"}),
            (21659, {"From": "+15017122662"}),
            (21659, {"From": "54321"}),
            (21606, {"From": "Unknown"}),
            (21705, {"MessagingServiceSid": "MG1"}),
            (21701, {"MessagingServiceSid": "MG" + "00" * 16}),
            (21619, {"Body": None}),
            (21602, {"Body": ""}),
            (21617, {"Body": "x" * 1601}),
            (21617, {"Body": "😀" * 801}),
            (21654, {"ContentVariables": '{"1": "x"}'}),
            (21655, {"Body": None, "ContentSid": "HX" + "00" * 16}),
            (21624, {"ValidityPeriod": "0"}),
            (21624, {"ValidityPeriod": "36001"}),
            (21624, {"ValidityPeriod": "soon"}),
            (21609, {"StatusCallback": "hooks.example"}),
            (21609, {"StatusCallback": "https://my_hooks.example/"}),
            (21609, {"StatusCallback": "https://[::1"}),
            (21609, {"StatusCallback": f"https://hooks.example/{'x' * 4000}"}),
        ],
    )
    def test_a_request_that_is_not_in_order_gets_the_documented_code(self, send, desk, code, changes):
        assert envelope(send(**changes)) == code

        assert desk.texts == []

    @pytest.mark.parametrize("reason", _CODES)
    def test_what_the_desk_refuses_gets_the_code_for_it(self, send, desk, reason):
        desk.refusals[PHONE] = reason

        assert envelope(send()) == _CODES[reason]
        assert desk.texts == []

    def test_a_phone_that_had_too_many_is_answered_with_a_message_that_failed(self, send, desk):
        desk.refusals[PHONE] = Reason.RECIPIENT_RATE_LIMITED

        answer = send()

        assert (answer.status, answer.told["status"], answer.told["error_code"]) == (201, "failed", 14107)
        assert desk.texts == []

    def test_an_empty_account_is_not_active(self, send, desk):
        desk.balance = 1

        assert envelope(send(Body="x" * 161)) == 20005

    def test_a_phone_is_named_as_the_vendor_does(self, send):
        assert send(To="123").told["message"] == "The 'To' number 123 is not a valid phone number."

    def test_a_body_that_is_no_form_has_no_recipient(self, ask):
        assert envelope(ask("POST", "/Messages.json", {"To": PHONE}, kind="application/json")) == 21604

    @pytest.mark.parametrize(
        ("results", "told"), [([], {}), ([{"sid": "1"}, {"sid": "2"}], {"sid": "2"})], ids=["missing", "twice"]
    )
    def test_a_fault_may_change_what_is_answered(self, send, desk, results, told):
        desk.rewrite = lambda _: results

        assert send() == (201, told)


class TestTheGate:
    @pytest.mark.parametrize("method", ["DELETE", "PUT"])
    def test_another_method_is_not_allowed(self, ask, method):
        assert envelope(ask(method, "/Messages.json")) == 20004

    @pytest.mark.parametrize(
        "path", ["/Messages", "/Messages.xml", "/Calls.json", "/Messages/a/Media.json", "2010-04-01/Accounts.json"]
    )
    def test_another_path_is_not_found(self, ask, path):
        assert envelope(ask("GET", path)) == 20404

    def test_another_account_is_not_found(self, ask):
        answer = ask("GET", f"2010-04-01/Accounts/AC{'00' * 16}/Balance.json")

        assert envelope(answer) == 20404
        assert answer.told["message"].startswith("The requested resource /2010-04-01/Accounts/AC00")

    @pytest.mark.parametrize(
        "authorization",
        [
            "",
            "Bearer a-token",
            "Basic",
            "Basic !",
            "Basic QUM6YS10b2tlbg==",
            "Basic \N{LATIN SMALL LETTER E WITH ACUTE}",
        ],
    )
    def test_who_does_not_know_the_token_is_refused(self, ask, authorization):
        assert envelope(ask("GET", "/Balance.json", authorization=authorization)) == 20003

    def test_a_key_is_as_good_as_the_token(self, ask, make_config):
        both = TwilioSide(make_config(api_key_sid=KEY, api_key_secret="a-secret"))
        key_only = TwilioSide(make_config(auth_token=None, api_key_sid=KEY, api_key_secret="a-secret"))
        # base64 of the name, a colon and the password.
        with_key = "Basic " + "U0tiMmIyYjJiMmIyYjJiMmIyYjJiMmIyYjJiMmIyYjJiMjphLXNlY3JldA=="

        assert ask("GET", "/Balance.json", side=both, authorization=with_key).status == 200
        assert ask("GET", "/Balance.json", side=both).status == 200
        assert ask("GET", "/Balance.json", side=key_only, authorization=with_key).status == 200
        assert envelope(ask("GET", "/Balance.json", side=key_only)) == 20003

    def test_too_many_requests_are_turned_away(self, ask, desk):
        desk.busy = True

        assert envelope(ask("GET", "/Balance.json")) == 20429


class TestRecords:
    def test_a_message_is_told_with_what_became_of_it(self, ask, desk):
        desk.told = [REPORT]

        answer = ask("GET", f"/Messages/{REPORT.message_id}.json")

        told = answer.told
        assert answer.status == 200
        assert (told["sid"], told["to"], told["status"], told["error_code"]) == (
            REPORT.message_id,
            PHONE,
            "delivered",
            None,
        )
        assert (told["num_segments"], told["price"], told["price_unit"]) == ("2", "-0.01500", "USD")
        assert told["date_sent"] == "Thu, 16 Apr 2026 04:22:25 +0000"
        assert told["date_updated"] == "Thu, 16 Apr 2026 04:22:30 +0000"

    @pytest.mark.parametrize(
        ("reason", "status", "code", "words"),
        [
            (Reason.UNREACHABLE_RECIPIENT, "undelivered", 30003, "Unreachable destination handset"),
            (Reason.INVALID_RECIPIENT, "undelivered", 30005, "Unknown destination handset"),
            (Reason.RECIPIENT_RATE_LIMITED, "failed", 14107, "SMS send rate limit exceeded"),
            (Reason.OTHER, "undelivered", 30008, "Unknown error"),
        ],
    )
    def test_a_message_that_did_not_arrive_has_a_code(self, ask, desk, reason, status, code, words):
        desk.told = [replace(REPORT, delivery=Delivery.UNDELIVERED, reason=reason)]

        told = ask("GET", f"/Messages/{REPORT.message_id}.json").told

        assert (told["status"], told["error_code"], told["error_message"]) == (status, code, words)

    def test_a_message_of_which_nobody_has_said_more_was_sent(self, ask, desk):
        desk.waiting = [replace(REPORT, delivery=Delivery.ACCEPTED)]

        (told,) = ask("GET", "/Messages.json").told["messages"]

        assert (told["sid"], told["status"], told["error_code"]) == (REPORT.message_id, "sent", None)

    def test_a_message_that_is_not_there_is_not_found(self, ask):
        assert envelope(ask("GET", f"/Messages/SM{'00' * 16}.json")) == 20404

    def test_a_message_from_a_phone_is_listed_beside_those_to_it(self, ask, desk):
        desk.told, desk.heard = [REPORT], [MESSAGE]

        messages = ask("GET", "/Messages.json").told["messages"]

        assert [(each["direction"], each["status"]) for each in messages] == [
            ("inbound", "received"),
            ("outbound-api", "delivered"),
        ]
        assert (messages[0]["from"], messages[0]["to"], messages[0]["body"]) == (PHONE, "+15017122661", "Yes, please")

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("To=%2B6598765432", ["d", "c", "b", "a"]),
            ("To=%2B6598765433", ["x"]),
            ("From=%2B6598765432", []),
            ("To=%2B6598765432&DateSent%3E=2026-04-15", ["d", "c", "b"]),
            ("To=%2B6598765432&DateSent%3E=2026-04-15T12:00:00Z", ["d", "c", "b"]),
            ("To=%2B6598765432&DateSent%3E=2026-04-15T12:00:01Z", ["d", "c"]),
            ("To=%2B6598765432&DateSent%3C=2026-04-14", ["a"]),
            ("To=%2B6598765432&DateSent%3C=2026-04-15T12:00:00Z", ["b", "a"]),
            ("To=%2B6598765432&DateSent%3C=2026-04-15T11:59:59Z", ["a"]),
            ("To=%2B6598765432&DateSent=2026-04-15", ["b"]),
            ("To=%2B6598765432&DateSent%3E=2026-04-15&DateSent%3C=2026-04-15", ["b"]),
        ],
    )
    def test_a_list_is_filtered_and_has_the_newest_first(self, ask, desk, query, found):
        noon = 1_776_168_000.0  # 2026-04-14 12:00:00 UTC
        days = {name: noon + 86_400 * index for index, name in enumerate("abc")} | {"d": noon + 2 * 86_400 + 1}
        desk.now = noon + 3 * 86_400
        desk.told = [replace(REPORT, message_id=name, sent_at=at, at=at) for name, at in days.items()]
        desk.told.append(replace(REPORT, message_id="x", phone="+6598765433"))

        assert [each["sid"] for each in ask("GET", f"/Messages.json?{query}").told["messages"]] == found

    def test_pages_follow_each_other_by_their_addresses(self, ask, desk):
        desk.told = [replace(REPORT, message_id=f"SM{index}", sent_at=index, at=index) for index in range(6)]
        base = f"/2010-04-01/Accounts/{ACCOUNT}"

        pages = [ask("GET", "/Messages.json?To=%2B6598765432&PageSize=2").told]
        while pages[-1]["next_page_uri"]:
            pages.append(ask("GET", pages[-1]["next_page_uri"].removeprefix(base)).told)

        assert [[each["sid"] for each in page["messages"]] for page in pages] == [
            ["SM5", "SM4"],
            ["SM3", "SM2"],
            ["SM1", "SM0"],
        ]
        assert [(page["page"], page["start"], page["end"], page["page_size"]) for page in pages] == [
            (0, 0, 1, 2),
            (1, 2, 3, 2),
            (2, 4, 5, 2),
        ]
        assert pages[0]["next_page_uri"] == (f"{base}/Messages.json?To=%2B6598765432&PageSize=2&Page=1&PageToken=PASM4")

    def test_an_empty_list_has_no_next_page(self, ask):
        answer = ask("GET", "/Messages.json")

        assert (answer.status, answer.told["messages"], answer.told["next_page_uri"]) == (200, [], None)
        assert (answer.told["page_size"], answer.told["start"], answer.told["end"]) == (50, 0, 0)

    @pytest.mark.parametrize(
        ("code", "query"),
        [
            (20007, "PageSize=1001"),
            (20422, "PageSize=0"),
            (20422, "PageSize=many"),
            (20422, "DateSent%3E=yesterday"),
            (21481, "Page=1"),
            (21481, "Page=1&PageToken=PASM1"),
        ],
    )
    def test_a_list_that_is_asked_for_in_a_wrong_way_is_refused(self, ask, code, query):
        assert envelope(ask("GET", f"/Messages.json?{query}")) == code

    @pytest.mark.parametrize(("left", "balance"), [(1_000, "7.5000"), (0, "0.0000"), (None, "7500.0000")])
    def test_the_balance_is_told_in_dollars(self, ask, desk, left, balance):
        desk.balance = left

        assert ask("GET", "/Balance.json") == (200, {"account_sid": ACCOUNT, "balance": balance, "currency": "USD"})


class TestPushes:
    def test_a_status_is_posted_with_the_fields_of_the_documents(self, side):
        pushed = side.push([REPORT])

        assert pushed.content_type == "application/x-www-form-urlencoded"
        assert parse_qs(pushed.body.decode(), keep_blank_values=True, strict_parsing=True) == {
            "AccountSid": [ACCOUNT],
            "ApiVersion": ["2010-04-01"],
            "From": ["+15005550006"],
            "MessageSid": [REPORT.message_id],
            "MessageStatus": ["delivered"],
            "RawDlrDoneDate": ["2604160422"],
            "SmsSid": [REPORT.message_id],
            "SmsStatus": ["delivered"],
            "To": [PHONE],
        }

    def test_a_status_of_failure_has_its_code(self, side):
        lost = replace(REPORT, delivery=Delivery.UNDELIVERED, reason=Reason.CARRIER_FAILURE)

        told = parse_qs(side.push([lost]).body.decode())

        assert (told["MessageStatus"], told["ErrorCode"]) == (["undelivered"], ["30008"])

    def test_a_message_is_posted_with_empty_fields_for_what_is_not_known(self, side):
        told = parse_qs(side.push([MESSAGE]).body.decode(), keep_blank_values=True)

        assert (told["Body"], told["From"], told["To"]) == (["Yes, please"], [PHONE], ["+15017122661"])
        assert (told["FromCountry"], told["FromCity"], told["NumMedia"]) == (["SG"], [""], ["0"])
        assert told["MessageSid"] == told["SmsSid"] == told["SmsMessageSid"]
        assert "OptOutType" not in told

    def test_the_posted_message_and_the_listed_one_have_the_same_sid(self, side, ask, desk):
        desk.heard = [MESSAGE]

        (listed,) = ask("GET", "/Messages.json").told["messages"]

        assert [listed["sid"]] == parse_qs(side.push([MESSAGE]).body.decode())["MessageSid"]

    @pytest.mark.parametrize(("text", "kind"), [("STOP", "STOP"), (" stop ", "STOP"), ("help", "HELP")])
    def test_an_opt_out_says_so(self, side, text, kind):
        told = parse_qs(side.push([replace(MESSAGE, text=text)]).body.decode())

        assert told["OptOutType"] == [kind]

    def test_every_try_has_the_same_token_and_another_callback_has_another(self, side):
        tokens = [side.push([each]).headers["I-Twilio-Idempotency-Token"] for each in (REPORT, REPORT, MESSAGE)]

        assert tokens[0] == tokens[1] != tokens[2]

    @pytest.mark.parametrize(
        ("url", "form", "token", "signature"),
        [
            # twilio-python, tests/unit/test_request_validator.py.
            (
                "https://mycompany.com/myapp.php?foo=1&bar=2",
                b"CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=%2B18005551212&Caller=%2B14158675309",
                "12345",
                "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
            ),
            (
                "http://mycompany.com:1234/myapp.php?foo=1&bar=2",
                b"To=%2B18005551212&CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&Caller=%2B14158675309",
                "12345",
                "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=",
            ),
            # The documentation of twilio_signature_plug.
            (
                "https://mycompany.com/myapp.php?foo=1&bar=2",
                b"CallSid=CA1234567890ABCDE&From=%2B12349013030&To=%2B18005551212&Caller=%2B12349013030&Digits=1234",
                "12345",
                "0/KCTR6DLpKmkAf8muzZqo1nDgQ=",
            ),
        ],
    )
    def test_a_callback_is_signed_like_the_published_ones(self, make_config, url, form, token, signature):
        side = TwilioSide(make_config(auth_token=token))

        assert side.sign(SandboxPush(form), url) == {"X-Twilio-Signature": signature}

    @pytest.mark.parametrize(
        "written", ["https://me:pass@hooks.example/a?b=c", "https://hooks.example/a?b=c#rc=5&rp=all"]
    )
    def test_neither_a_password_nor_a_fragment_is_signed(self, side, written):
        pushed = side.push([MESSAGE])

        assert side.sign(pushed, written) == side.sign(pushed, "https://hooks.example/a?b=c")

    def test_without_the_token_no_signature_is_the_one_that_we_could_make(self, side, make_config):
        unknown = TwilioSide(make_config(auth_token=None, api_key_sid=KEY, api_key_secret="a-secret"))
        pushed = side.push([MESSAGE])

        assert unknown.sign(pushed, "https://a.example")["X-Twilio-Signature"] != side.sign(pushed, "https://a.example")
        assert len(unknown.sign(pushed, "https://a.example")["X-Twilio-Signature"]) == len(
            side.sign(pushed, "https://a.example")["X-Twilio-Signature"]
        )

    @pytest.mark.parametrize(
        ("status", "body", "taken"),
        [
            (200, b"", True),
            (204, b"", True),
            (200, b"<Response/>", True),
            (200, b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>', True),
            (200, b"OK", False),
            (200, b'{"ok": true}', False),
            (302, b"", False),
            (403, b"", False),
            (503, b"", False),
        ],
    )
    def test_a_receipt_is_a_success_without_a_text(self, side, status, body, taken):
        assert side.acknowledged(status, body) is taken

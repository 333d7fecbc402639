"""The server side against requests that are written by hand, as the vendor's documents show them."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import httpx
import pytest

from smsway.provider import Reason
from smsway_vonage._sandbox_asked import TEXTS
from smsway_vonage._sandbox_send import _REFUSALS, count_parts
from smsway_vonage._sandbox_signature import signature

KEYS = {"api_key": "abcd1234", "api_secret": "abcdef0123456789"}
TO = "447700900001"
GOOD = {"from": "AcmeInc", "to": TO, "text": "Hello World!"}
# `Authorization: Basic`, from the same key and secret.
BASIC = "Basic YWJjZDEyMzQ6YWJjZGVmMDEyMzQ1Njc4OQ=="
SIGNATURE_SECRET = "my_secret_key_for_testing"


def ask(sandbox, method="POST", path="/sms/json", **request):
    with httpx.Client(base_url=sandbox.urls["v"], trust_env=False) as client:
        return client.request(method, path, **request)


@pytest.fixture
def send(sandbox):
    """Post the parameters as a form, with the keys of the account; returns the entries of the answer."""

    def sent(**changes: str | None):
        told = {**KEYS, **GOOD, **{name.replace("_ref", "-ref"): value for name, value in changes.items()}}
        answer = ask(sandbox, data={name: value for name, value in told.items() if value is not None})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
        body = answer.json()
        assert list(body) == ["message-count", "messages"]
        assert body["message-count"] == str(len(body["messages"]))
        return body["messages"]

    return sent


@pytest.fixture
def status(send):
    """Post parameters that are refused as a whole; returns the status and its text."""

    def refused(**changes: str | None):
        (entry,) = send(**changes)
        assert list(entry) == ["status", "error-text"]
        return entry["status"], entry["error-text"]

    return refused


# What is accepted


def test_a_success_has_the_members_of_the_published_one(send, sandbox):
    (entry,) = send(client_ref="my-personal-reference")

    (taken,) = sandbox.submissions("v")
    assert entry == {
        "to": TO,
        "message-id": taken.message_id,
        "status": "0",
        "remaining-balance": "15.53590000",
        "message-price": "0.03330000",
        "network": "23410",
        "client-ref": "my-personal-reference",
    }
    assert (taken.phone, taken.reference) == (f"+{TO}", "my-personal-reference")


def test_without_a_reference_none_is_echoed(send):
    (entry,) = send()

    assert "client-ref" not in entry


def test_a_long_text_has_an_entry_for_each_part_and_is_one_text(send, sandbox):
    entries = send(text="a" * 400, client_ref="ref123")

    assert [(each["status"], each["to"], each["client-ref"]) for each in entries] == [("0", TO, "ref123")] * 3
    assert len({each["message-id"] for each in entries}) == 3
    assert sandbox.texts() == {f"+{TO}": 1}


@pytest.mark.parametrize(
    ("text", "kind", "parts"),
    [
        ("a" * 160, None, 1),
        ("a" * 161, "text", 2),
        ("^" * 80, None, 1),
        ("^" * 81, None, 2),
        ("a" * 70, "unicode", 1),
        ("a" * 71, "unicode", 2),
        ("\u3053" * 70, "unicode", 1),
        ("\u3053" * 135, "unicode", 3),
        # What type `text` cannot say is said as one character, so nothing warns of it.
        ("\u3053" * 160, None, 1),
    ],
)
def test_the_parts_are_those_of_the_type_that_is_asked_for(text, kind, parts):
    assert count_parts({"text": text, **({"type": kind} if kind else {})}) == parts


def test_json_is_taken_as_a_form_is(sandbox):
    answer = ask(sandbox, json={**KEYS, **GOOD, "ttl": 900_000, "status-report-req": False})

    assert answer.json()["messages"][0]["status"] == "0"


def test_all_that_the_documents_name_is_taken(send):
    told = {
        "type": "unicode",
        "ttl": "900000",
        "status-report-req": "true",
        "callback": "https://example.com/sms-dlr",
        "message-class": "0",
        "client-ref": "r" * 100,
        "account-ref": "customer1234",
        "entity-id": "1101456324675322134",
        "content-id": "1107457532145798767",
    }

    (entry,) = send(**told)

    assert (entry["status"], entry["account-ref"]) == ("0", "customer1234")


# Who asks


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"api_secret": "wrong"}, ("4", "Bad Credentials")),
        ({"api_key": "wrong123"}, ("4", "Bad Credentials")),
        ({"api_key": None}, ("2", "Missing api_key param")),
        ({"api_secret": ""}, ("2", "Missing api_secret param")),
        ({"sig": "0" * 32}, ("32", "Signature And API Secret Disallowed")),
    ],
)
def test_keys_are_judged_as_documented(status, sandbox, changes, refusal):
    assert status(**changes) == refusal
    assert sandbox.texts() == {}


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (BASIC, "0"),
        (BASIC.replace("Basic", "basic"), "0"),
        ("Basic YWJjZDEyMzQ6d3Jvbmc=", "4"),
        ("Basic ???", "2"),
        ("Bearer x", "2"),
    ],
)
def test_the_keys_may_come_by_basic_authentication(sandbox, header, code):
    answer = ask(sandbox, data=GOOD, headers={"Authorization": header})

    assert (answer.status_code, answer.json()["messages"][0]["status"]) == (200, code)


@pytest.mark.parametrize("method", ["md5hash", "md5", "sha1", "sha256", "sha512"])
def test_a_signed_request_is_taken_without_a_secret(play, make_config, method):
    sandbox = play(make_config(api_secret=None, signature_secret=SIGNATURE_SECRET, signature_method=method))
    told = {**GOOD, "api_key": KEYS["api_key"], "timestamp": "1600000000", "text": "1 & 1 = 2"}

    answer = ask(sandbox, data={**told, "sig": signature(told, SIGNATURE_SECRET, method)})

    assert answer.json()["messages"][0]["status"] == "0"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"text": "Another"}, "14"),
        ({"sig": "0" * 32}, "14"),
        ({"sig": ""}, "14"),
        ({"timestamp": None}, "14"),
        ({"timestamp": "now"}, "14"),
        ({"api_key": "wrong123"}, "4"),
        ({"api_key": None}, "2"),
        ({"api_secret": "any"}, "32"),
    ],
)
def test_a_signature_that_does_not_fit_is_refused(play, make_config, changes, code):
    sandbox = play(make_config(signature_secret=SIGNATURE_SECRET))
    told = {**GOOD, "api_key": KEYS["api_key"], "timestamp": "1600000000"}
    signed = {**told, "sig": signature(told, SIGNATURE_SECRET, "md5hash"), **changes}

    answer = ask(sandbox, data={name: value for name, value in signed.items() if value is not None})

    assert answer.json()["messages"][0]["status"] == code
    assert sandbox.texts() == {}


@pytest.mark.parametrize("moment", [{}, {"timestamp": ""}, {"timestamp": "now"}])
def test_a_good_signature_without_a_time_is_refused(play, make_config, moment):
    sandbox = play(make_config(signature_secret=SIGNATURE_SECRET))
    told = {**GOOD, "api_key": KEYS["api_key"], **moment}

    answer = ask(sandbox, data={**told, "sig": signature(told, SIGNATURE_SECRET, "md5hash")})

    assert answer.json()["messages"][0]["status"] == "14"


def test_an_account_without_a_signature_secret_takes_no_signature(sandbox):
    told = {**GOOD, "api_key": KEYS["api_key"], "timestamp": "1600000000"}

    answer = ask(sandbox, data={**told, "sig": signature(told, "", "md5hash")})

    assert answer.json()["messages"][0] == {"status": "14", "error-text": "Invalid Signature"}


def test_a_signature_beside_basic_authentication_is_refused(play, make_config):
    sandbox = play(make_config(signature_secret=SIGNATURE_SECRET))
    told = {**GOOD, "api_key": KEYS["api_key"], "timestamp": "1600000000"}
    signed = {**told, "sig": signature(told, SIGNATURE_SECRET, "md5hash")}

    answer = ask(sandbox, data=signed, headers={"Authorization": BASIC})

    assert answer.json()["messages"][0]["status"] == "32"


# What is refused


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"to": None}, ("2", "Missing to param")),
        ({"from": None}, ("2", "Missing from param")),
        ({"text": None}, ("2", "Missing text param")),
        ({"text": ""}, ("2", "Missing text param")),
        ({"to": f"+{TO}"}, ("3", "Invalid to param")),
        ({"to": "123456"}, ("3", "Invalid to param")),
        ({"to": f"{TO},447700900002"}, ("3", "Invalid to param")),
        ({"to": "1234567890123456"}, ("3", "Invalid to param")),
        ({"to": "999123456789"}, ("6", "Invalid Message")),
        ({"from": "AcmeIncorporated"}, ("3", "Invalid from param")),
        ({"from": "1234567890123456"}, ("3", "Invalid from param")),
        ({"from": "Another"}, ("15", "Illegal Sender Address - rejected")),
        ({"to": "12025550123"}, ("15", "Illegal Sender Address - rejected")),
        ({"type": "uniasdf"}, ("3", "Invalid type param")),
        ({"type": "binary"}, ("19", "Facility not allowed")),
        ({"client-ref": "r" * 101}, ("3", "Invalid client-ref param")),
        ({"ttl": "19999"}, ("3", "Invalid ttl param")),
        ({"ttl": "604800001"}, ("3", "Invalid ttl param")),
        ({"ttl": "soon"}, ("3", "Invalid ttl param")),
        ({"status-report-req": "maybe"}, ("3", "Invalid status-report-req param")),
        ({"message-class": "4"}, ("3", "Invalid message-class param")),
        ({"callback": "example.com"}, ("23", "Invalid Callback Url")),
        ({"callback": "https://[example"}, ("23", "Invalid Callback Url")),
        ({"callback": f"https://example.com/{'x' * 100}"}, ("23", "Invalid Callback Url")),
        ({"callback": "https://example.com/a b"}, ("23", "Invalid Callback Url")),
        ({"text": "a" * 3201}, ("12", "Message Too Long")),
    ],
)
def test_what_is_wrong_with_a_request_has_its_documented_status(status, sandbox, changes, refusal):
    assert status(**changes) == refusal
    assert sandbox.texts() == {}


def test_a_number_is_a_sender_in_north_america(send):
    (entry,) = send(**{"to": "12025550123", "from": "447700900000"})

    assert entry["status"] == "0"


@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b"[]", b'{"api_key": 1}', b"[" * 100_000])
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_a_body_that_says_nothing_lacks_the_key(sandbox, body, kind):
    answer = ask(sandbox, content=body, headers={"Content-Type": kind})

    assert answer.json()["messages"][0]["status"] == "2"


@pytest.mark.parametrize("reason", _REFUSALS)
def test_a_refusal_of_the_operator_has_its_status(send, sandbox, reason):
    sandbox.refuse_recipients(reason, phones=[f"+{TO}"])

    (entry,) = send()

    assert entry["status"] == _REFUSALS[reason]
    assert entry["error-text"] == TEXTS.get(entry["status"], "Invalid to param")
    assert sandbox.texts() == {}


def test_a_reason_that_the_vendor_has_no_status_for_is_an_internal_error(status, sandbox):
    sandbox.refuse_recipients(Reason.QUIET_HOURS, phones=[f"+{TO}"])

    assert status() == ("5", "Server Error")


@pytest.mark.parametrize(
    ("tail", "code"),
    [("990001", "33"), ("990002", "7"), ("990004", "9"), ("990005", "12"), ("990006", "6")],
)
def test_magic_numbers_have_a_status(status, tail, code):
    assert status(to=f"447700{tail}")[0] == code


def test_too_many_requests_are_throttled(play):
    sandbox = play(rate=0.01)

    codes = [ask(sandbox, data={**KEYS, **GOOD}).json()["messages"][0]["status"] for _ in range(3)]

    assert codes[0] == "0"
    assert codes[-1] == "1"


def test_an_empty_account_refuses_and_says_to_whom_and_at_what_price(play):
    sandbox = play(balance=0)

    (entry,) = ask(sandbox, data={**KEYS, **GOOD, "client-ref": "r"}).json()["messages"]

    assert entry == {
        "to": TO,
        "remaining-balance": "0.00000000",
        "message-price": "0.03330000",
        "network": "23410",
        "status": "9",
        "error-text": "Quota Exceeded - rejected",
    }
    assert sandbox.texts() == {}


def test_the_parts_that_the_balance_covers_are_sent_and_the_others_refused(play):
    sandbox = play(balance=2)

    entries = ask(sandbox, data={**KEYS, **GOOD, "text": "a" * 400}).json()["messages"]

    assert [(each["status"], each["remaining-balance"]) for each in entries] == [
        ("0", "0.03330000"),
        ("0", "0.00000000"),
        ("9", "0.00000000"),
    ]
    assert "message-id" not in entries[2]
    assert sandbox.texts() == {f"+{TO}": 1}
    assert sandbox.accounts()[0].balance == 0


@pytest.mark.parametrize(("fault", "phones"), [("surplus", [TO, "447700000000"]), ("duplicated", [TO, TO])])
def test_results_can_be_spoilt(send, sandbox, fault, phones):
    sandbox.inject(fault, times=1)

    assert [entry["to"] for entry in send()] == phones


@pytest.mark.parametrize(("method", "path"), [("GET", "/sms/json"), ("POST", "/sms/xml"), ("POST", "/")])
def test_another_call_is_not_found(sandbox, method, path):
    assert ask(sandbox, method, path, params={**KEYS, **GOOD}).status_code == 404


# The balance


@pytest.mark.parametrize("request_", [{"params": KEYS}, {"headers": {"Authorization": BASIC}}])
def test_the_balance_is_told_in_euros(play, request_):
    sandbox = play(balance=100)

    answer = ask(sandbox, "GET", "/account/get-balance", **request_)

    assert (answer.status_code, answer.json()) == (200, {"value": 3.33, "autoReload": False})


def test_a_balance_without_a_limit_is_the_vendors_example(sandbox):
    assert ask(sandbox, "GET", "/account/get-balance", params=KEYS).json()["value"] == 15.5359


@pytest.mark.parametrize(
    "request_", [{}, {"params": {**KEYS, "api_secret": "x"}}, {"headers": {"Authorization": "Basic eDp5"}}]
)
def test_the_balance_is_told_to_nobody_else(sandbox, request_):
    answer = ask(sandbox, "GET", "/account/get-balance", **request_)

    assert (answer.status_code, answer.json()) == (
        401,
        {"error-code": "401", "error-code-label": "authentication failed"},
    )


def test_a_form_of_the_published_example_is_read_as_it_was_sent(sandbox):
    body = urlencode({**KEYS, "from": "AcmeInc", "to": TO, "text": "\u3053\u3093\u306b\u3061\u306f", "type": "unicode"})

    answer = ask(sandbox, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert json.loads(answer.content)["messages"][0]["status"] == "0"

"""What a text becomes on the wire, and what each answer to it proves."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest

from smsway import Client, Message
from smsway.provider import Batch, Filled, Parcel, Reason, Response, Stamp, UnexpectedResponse, parse_phone
from smsway_vonage._config import VonageOptions
from smsway_vonage._provider import Vonage
from smsway_vonage._sandbox_signature import signs
from smsway_vonage._wire import decode_send, encode_send

STAMP = Stamp(now=1_600_000_000.9, nonce=0xABC)
TO = "447700900000"
SECRET = "my_secret_key_for_testing"
SIGNING = {"api_secret": None, "signature_secret": SECRET}


def batch(text="Hello", options=None, sender="AcmeInc"):
    return Batch([Parcel(parse_phone(f"+{TO}"), Filled(text=text, sender=sender), options)])


@pytest.fixture
def encode(make_config):
    """Encode a text, and return the request and the fields of its form."""

    def encoded(text="Hello", options=None, sender="AcmeInc", **settings):
        request = encode_send(make_config(**settings), batch(text, options, sender), STAMP)
        return request, dict(parse_qsl(request.body.decode("ascii"), keep_blank_values=True, strict_parsing=True))

    return encoded


def test_a_text_is_the_documented_form_with_basic_authentication(encode):
    request, _ = encode("Hello & welcome")

    assert request.url == "https://rest.nexmo.com/sms/json"
    assert request.headers == {
        "Content-Type": "application/x-www-form-urlencoded",
        # The key and the secret with a colon between them.
        "Authorization": "Basic YWJjZDEyMzQ6YWJjZGVmMDEyMzQ1Njc4OQ==",
    }
    assert request.body == (
        b"from=AcmeInc&to=447700900000&text=Hello+%26+welcome&type=text&client-ref=00000000000000000abc"
    )


def test_an_account_without_a_secret_signs_and_sends_none(encode):
    request, form = encode("1 & 1 = 2", **SIGNING)

    assert "Authorization" not in request.headers
    assert (form["api_key"], form["timestamp"]) == ("abcd1234", "1600000000")
    assert "api_secret" not in form
    assert signs(form, SECRET, "md5hash")


def test_an_account_with_both_secrets_does_not_sign(encode):
    request, form = encode(signature_secret=SECRET)

    assert "Authorization" in request.headers
    assert "sig" not in form


@pytest.mark.parametrize("method", ["md5hash", "md5", "sha1", "sha256", "sha512"])
def test_a_signed_text_is_taken_whatever_the_method(play, make_config, method):
    sandbox = play(make_config(**SIGNING, signature_method=method))
    account = {
        "provider": "vonage",
        "api_key": "literal:abcd1234",
        "signature_secret": f"literal:{SECRET}",
        "signature_method": method,
    }
    settings = {"accounts": {"v": account}, "senders": {"default": {"v": "AcmeInc"}}}

    with Client.from_config(settings, base_urls=sandbox.urls) as client:
        (outcome,) = client.send(Message(to=f"+{TO}", content="a & b = c, é"))

    assert (outcome.status, outcome.reason) == ("accepted", None)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Hello", "text"), ("5€ [é] ~^", "text"), ("ê", "unicode"), ("验证码", "unicode"), ("🔑", "unicode")],
)
def test_a_text_that_the_alphabet_of_gsm_has_not_is_unicode(encode, text, kind):
    _, form = encode(text)

    assert (form["text"], form["type"]) == (text, kind)


@pytest.mark.parametrize(("sender", "spelt"), [("+447700900000", "447700900000"), ("Acme Inc.", "Acme Inc.")])
def test_a_number_that_sends_has_no_plus(encode, sender, spelt):
    _, form = encode(sender=sender)

    assert form["from"] == spelt


def test_options_go_out_as_the_vendor_spells_them(encode):
    options = VonageOptions(
        ttl=900_000,
        callback="https://example.com/dlr?a=b",
        message_class=0,
        entity_id="1101456324675322134",
        content_id="1107457532145798767",
        trusted_number=True,
    )

    _, form = encode(options=options)
    _, plain = encode()

    assert {name: value for name, value in form.items() if name not in plain} == {
        "ttl": "900000",
        "callback": "https://example.com/dlr?a=b",
        "message-class": "0",
        "entity-id": "1101456324675322134",
        "content-id": "1107457532145798767",
        "trusted-number": "true",
    }


@pytest.mark.parametrize(
    "options",
    [
        {"ttl": 19_999},
        {"ttl": 604_800_001},
        {"callback": "example.com"},
        {"callback": f"https://example.com/{'x' * 81}"},
        {"message_class": 4},
        {"message_class": -1},
        {"entity_id": "E 1"},
    ],
)
def test_options_that_the_vendor_would_refuse_are_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        VonageOptions.model_validate(options)


def test_the_address_of_a_callback_is_in_no_repr():
    assert "hook-secret" not in repr(VonageOptions(callback="https://example.com/hook-secret"))


# What an answer proves


def part(status="0", **changes):
    """Return an entry as the vendor writes it; `None` takes a member out."""
    told = {"status": status}
    if status == "0":
        told |= {"to": TO, "message-id": "0A00000001", "client-ref": STAMP.reference}
    told |= {name.replace("_", "-"): value for name, value in changes.items()}
    return {name: value for name, value in told.items() if value is not None}


@pytest.fixture
def decode():
    """Decode an answer with these entries."""

    def decoded(*parts, count=None, status=200, fresh=True):
        told = {"message-count": str(len(parts)) if count is None else count, "messages": parts}
        (outcome,) = decode_send(batch(), STAMP, Response(status, json.dumps(told).encode(), fresh=fresh))
        return outcome

    return decoded


def test_a_text_has_the_id_of_its_first_part_and_costs_as_many_as_it_has(decode):
    outcome = decode(*(part(message_id=f"0A0000000{index}") for index in range(3)))

    assert (outcome.status, outcome.provider_message_id, outcome.fee) == ("accepted", "0A00000000", 3)


@pytest.mark.parametrize("status", [200, 401, 500])
def test_the_status_of_http_proves_nothing(decode, status):
    assert decode(part(), status=status).status == "accepted"
    assert decode(part("4"), status=status).status == "rejected"


def test_a_count_may_be_a_number(decode):
    assert decode(part(), count=1).status == "accepted"


@pytest.mark.parametrize("parts", [[part()], [part("7")], [], [part(), part("7"), part()]])
def test_an_answer_that_does_not_speak_of_every_part_proves_nothing(decode, parts):
    outcome = decode(*parts, count="2")

    assert (outcome.status, outcome.reason) == ("unknown", Reason.MISSING_RESULT)


@pytest.mark.parametrize("parts", [[part(), part("9")], [part("9"), part()], [part("9"), part(), part("9")]])
def test_a_text_of_which_some_parts_were_refused_may_have_been_sent(decode, parts):
    outcome = decode(*parts)

    assert (outcome.status, outcome.reason, outcome.code) == ("unknown", Reason.AMBIGUOUS, "9")


def test_the_parts_that_the_balance_does_not_cover_leave_a_text_in_doubt(play):
    sandbox = play(balance=2)
    account = {"provider": "vonage", "api_key": "literal:abcd1234", "api_secret": "literal:abcdef0123456789"}
    spare = {**account, "base_url": sandbox.urls["v"]}
    settings = {
        "accounts": {"v": account, "spare": spare},
        "senders": {"default": {"v": "AcmeInc", "spare": "AcmeInc"}},
        "routes": [{"accounts": ["v", "spare"]}],
    }

    with Client.from_config(settings, base_urls=sandbox.urls) as client:
        (outcome,) = client.send(Message(to=f"+{TO}", content="a" * 400))

    assert (outcome.status, outcome.reason, outcome.code) == ("unknown", Reason.AMBIGUOUS, "9")
    assert [attempt.account for attempt in outcome.attempts] == ["v"]


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        (["9", "1"], ("rejected", Reason.INSUFFICIENT_BALANCE, "9")),
        (["1", "9"], ("rejected", Reason.RATE_LIMITED, "1")),
        (["9", "5"], ("unknown", Reason.AMBIGUOUS, "5")),
        (["5", "9"], ("unknown", Reason.AMBIGUOUS, "5")),
        (["5"], ("unknown", Reason.AMBIGUOUS, "5")),
        (["13"], ("rejected", Reason.PROVIDER_FAILURE, "13")),
        (["999"], ("unknown", Reason.AMBIGUOUS, "999")),
        (["00"], ("unknown", Reason.AMBIGUOUS, "00")),
    ],
)
def test_a_text_is_refused_if_every_part_is_and_each_status_says_so(decode, statuses, verdict):
    outcome = decode(*map(part, statuses))

    assert (outcome.status, outcome.reason, outcome.code) == verdict


@pytest.mark.parametrize(
    "bad",
    [
        part(to="447700900001"),
        part(to=f"+{TO}"),
        part(to=None),
        part(client_ref="00000000000000000abd"),
        part("7", to="447700900001"),
        part("7", client_ref="00000000000000000abd"),
        part(status=0),
        part(status=None),
    ],
)
def test_an_answer_about_somebody_else_or_of_another_shape_is_not_believed(decode, bad):
    for parts in ([bad], [part(), bad], [bad, part()]):
        with pytest.raises(UnexpectedResponse):
            decode(*parts)


@pytest.mark.parametrize(("entry", "believed"), [(part(), True), (part(client_ref=None), False), (part("7"), False)])
def test_only_our_reference_proves_whose_answer_it_is_on_a_connection_that_was_kept(decode, entry, believed):
    assert decode(entry).status in {"accepted", "rejected"}

    if believed:
        assert decode(entry, fresh=False).status == "accepted"
    else:
        with pytest.raises(UnexpectedResponse, match="without client-ref"):
            decode(entry, fresh=False)


@pytest.mark.parametrize(
    "said",
    [
        {"error-code": "401", "error-code-label": "authentication failed"},
        {"title": "Too Many Requests", "detail": "You have exceeded your request limit"},
    ],
)
def test_an_envelope_without_entries_is_left_to_the_status_of_http(make_config, said):
    exchange = Vonage(make_config()).submit(batch(), STAMP)
    next(exchange)

    with pytest.raises(UnexpectedResponse):
        exchange.send(Response(429, json.dumps(said).encode()))


def test_a_vendors_words_name_no_phone(decode):
    outcome = decode(part("6", error_text=f"no route to {TO}"))

    assert TO not in outcome.detail
    assert outcome.detail.startswith("no route to")

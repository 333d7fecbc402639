"""vonage-sms 1.2.0, the vendor's own SDK, against the server side over TLS, so that it can share no mistake of ours."""

from __future__ import annotations

import json
import os
import ssl
from contextlib import closing
from urllib.parse import urlsplit

import pytest
import trustme
from vonage_http_client import Auth, AuthenticationError, HttpClient, HttpClientOptions, RateLimitedError
from vonage_sms import PartialFailureError, Sms, SmsError, SmsMessage

from smsway.provider import SandboxInbound
from smsway_vonage._sandbox import VonageSide

API_KEY, API_SECRET, SIGNATURE_SECRET = "abcd1234", "abcdef0123456789", "my_secret_key_for_testing"
TO = "447700900001"
TEXT = {"to": TO, "from_": "AcmeInc", "text": "Hello, World!"}


@pytest.fixture
def tls(tmp_path, monkeypatch) -> ssl.SSLContext:
    """Vouch for this machine, and let the SDK, which takes no context and speaks https only, believe it."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def sandbox(play, tls):
    return play(ssl=tls)


@pytest.fixture
def client():
    """Call a function with the SDK's HTTP client for a sandbox, and close it."""

    def use(sandbox, do, **auth):
        host = urlsplit(sandbox.urls["v"]).netloc
        made = HttpClient(Auth(**{"api_key": API_KEY, **auth}), HttpClientOptions(rest_host=host))
        with closing(made._session):
            return do(made)

    return use


@pytest.fixture
def send(client):
    """Send with the SDK."""

    def send_with_sdk(sandbox, *, api_secret=API_SECRET, **message):
        text = SmsMessage(**{**TEXT, **message})
        return client(sandbox, lambda made: Sms(made).send(text), api_secret=api_secret)

    return send_with_sdk


@pytest.fixture
def refusal(send):
    """Send with the SDK what must be refused; returns the words of its exception."""

    def refused(sandbox, **message):
        with pytest.raises(SmsError) as caught:
            send(sandbox, **message)
        return str(caught.value)

    return refused


def test_a_text_is_accepted(send, sandbox):
    answer = send(sandbox, client_ref="ref123")

    (taken,) = sandbox.submissions("v")
    (message,) = answer.messages
    assert (answer.message_count, message.status, message.to) == ("1", "0", TO)
    assert (message.message_id, message.client_ref) == (taken.message_id, "ref123")
    assert (message.message_price, message.remaining_balance, message.network) == (
        "0.03330000",
        "15.53590000",
        "23410",
    )
    assert sandbox.texts() == {f"+{TO}": 1}


def test_a_long_text_beyond_gsm_is_accepted_in_parts(send, sandbox):
    answer = send(sandbox, text="\u3053\u3093\u306b\u3061\u306f" * 20, type="unicode")

    assert (answer.message_count, [each.status for each in answer.messages]) == ("2", ["0", "0"])
    assert sandbox.texts() == {f"+{TO}": 1}


def test_the_sdks_other_parameters_are_taken(send, sandbox):
    more = {
        "from_": "Acme Inc.",
        "ttl": 3_000_000,
        "status_report_req": True,
        "callback": "https://example.com/callback",
        "message_class": 0,
        "account_ref": "account123",
        "entity_id": "entity123",
        "content_id": "content123",
        "trusted_number": True,
    }

    answer = send(sandbox, **more)

    assert (answer.messages[0].status, answer.messages[0].account_ref) == ("0", "account123")


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        ("990001", "error code 33: Number De-activated"),
        ("990002", "error code 7: Number barred."),
        ("990004", "error code 9: Quota Exceeded - rejected"),
        ("990005", "error code 12: Message Too Long"),
        ("990006", "error code 6: Invalid Message"),
    ],
)
def test_a_refused_phone_is_told_with_its_status(refusal, sandbox, tail, words):
    assert words in refusal(sandbox, to=f"447700{tail}")
    assert sandbox.texts() == {}


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"api_secret": "wrong"}, "error code 4: Bad Credentials"),
        ({"to": f"+{TO}"}, "error code 3: Invalid to param"),
        ({"from_": "Nobody"}, "error code 15: Illegal Sender Address - rejected"),
        ({"type": "binary", "body": "0011", "udh": "06050415811581"}, "error code 19: Facility not allowed"),
    ],
)
def test_a_refused_request_is_told_with_its_status(refusal, sandbox, message, words):
    assert words in refusal(sandbox, **message)
    assert sandbox.texts() == {}


def test_a_text_of_which_a_part_was_refused_is_a_failure_in_part(send, play, tls):
    sandbox = play(balance=2, ssl=tls)

    with pytest.raises(PartialFailureError) as caught:
        send(sandbox, text="a" * 400)

    told = caught.value.response
    assert [each["status"] for each in told["messages"]] == ["0", "0", "9"]
    assert sandbox.texts() == {f"+{TO}": 1}


def test_the_answer_of_a_proxy_is_an_error_of_its_own(send, sandbox):
    sandbox.inject("http_429", times=1)

    with pytest.raises(RateLimitedError):
        send(sandbox)


def test_the_sdk_texts_again_when_an_answer_is_lost(send, sandbox):
    sandbox.inject("drop_after", times=2)

    send(sandbox)

    # `make_request` of vonage-http-client 1.5.2 posts up to ten times; who sends through it may text ten times.
    assert sandbox.texts() == {f"+{TO}": 3}


@pytest.fixture
def signing(play, make_config, tls):
    """Run a sandbox with an account that signs with an HMAC."""

    def run(method):
        config = make_config(api_secret=None, signature_secret=SIGNATURE_SECRET, signature_method=method)
        return play(config, ssl=tls)

    return run


@pytest.mark.parametrize("method", ["md5", "sha1", "sha256", "sha512"])
def test_what_the_sdk_signs_is_judged_fine(client, signing, method):
    sandbox = signing(method)
    params = {"to": TO, "from": "AcmeInc", "text": "1 & 1 = 2"}

    answer = client(
        sandbox,
        lambda made: made.post(made.rest_host, "/sms/json", params, "signature", "form"),
        signature_secret=SIGNATURE_SECRET,
        signature_method=method,
    )

    assert answer["messages"][0]["status"] == "0"


def test_another_secret_is_an_invalid_signature(client, signing):
    sandbox = signing("sha256")

    answer = client(
        sandbox,
        lambda made: made.post(
            made.rest_host, "/sms/json", {"to": TO, "from": "AcmeInc", "text": "T"}, "signature", "form"
        ),
        signature_secret=SIGNATURE_SECRET[::-1],
        signature_method="sha256",
    )

    assert answer["messages"][0] == {"status": "14", "error-text": "Invalid Signature"}


def test_the_sdk_signs_what_it_does_not_send(client, signing):
    sandbox = signing("sha256")

    # SmsMessage signs `None` for every parameter that is not set, its own `sig` included, and requests leaves them out.
    with pytest.raises(SmsError) as caught:
        client(
            sandbox,
            lambda made: Sms(made).send(SmsMessage(**TEXT)),
            signature_secret=SIGNATURE_SECRET,
            signature_method="sha256",
        )

    assert "error code 14: Invalid Signature" in str(caught.value)


@pytest.mark.parametrize("method", ["md5", "sha1", "sha256", "sha512"])
def test_the_sdk_believes_our_callbacks(make_config, method):
    config = make_config(signature_secret=SIGNATURE_SECRET, signature_method=method, signed_callbacks=True)
    auth = Auth(api_key=API_KEY, signature_secret=SIGNATURE_SECRET, signature_method=method)

    told = json.loads(VonageSide(config).push([SandboxInbound(f"+{TO}", "1 & 1 = 2", 1_600_000_000.0)]).body)

    assert auth.check_signature({**told}) is True
    assert auth.check_signature({**told, "text": "1"}) is False


def test_the_balance_is_told(client, play, tls):
    sandbox = play(balance=100, ssl=tls)

    told = client(
        sandbox,
        lambda made: made.get(made.rest_host, "/account/get-balance", auth_type="basic"),
        api_secret=API_SECRET,
    )

    assert told == {"value": 3.33, "autoReload": False}


def test_the_balance_is_not_told_to_another(client, sandbox):
    with pytest.raises(AuthenticationError):
        client(
            sandbox,
            lambda made: made.get(made.rest_host, "/account/get-balance", auth_type="basic"),
            api_secret="wrong",
        )

"""The balance, and what it takes to be told."""

from __future__ import annotations

import pytest

from smsway.provider import CallFailed, InvalidCall, Reason, Response, Stamp, UnexpectedResponse
from smsway_vonage._provider import Vonage

STAMP = Stamp(now=0.0, nonce=1)


@pytest.fixture
def ask(make_config):
    """Ask for the balance, and return what an answer comes to."""

    def asked(body, status=200, *, fresh=True):
        exchange = Vonage(make_config()).get_balance(STAMP)
        next(exchange)
        with pytest.raises(StopIteration) as ended:
            exchange.send(Response(status, body, fresh=fresh))
        return ended.value.value

    return asked


def test_a_balance_is_asked_for_with_the_secret_in_a_header(make_config):
    request = next(Vonage(make_config()).get_balance(STAMP))

    assert (request.method, request.url, request.body) == ("GET", "https://rest.nexmo.com/account/get-balance", b"")
    assert request.headers == {"Authorization": "Basic YWJjZDEyMzQ6YWJjZGVmMDEyMzQ1Njc4OQ=="}


@pytest.mark.parametrize(
    ("body", "left"), [(b'{"value": 10.17127500, "autoReload": false}', 10.171275), (b'{"value": 3}', 3.0)]
)
def test_a_balance_is_in_euros(ask, body, left):
    balance = ask(body)

    assert (balance.remaining, balance.unit, balance.raw["value"]) == (left, "EUR", left)


def test_a_refusal_keeps_the_vendors_words(ask):
    with pytest.raises(CallFailed) as caught:
        ask(b'{"error-code": "401", "error-code-label": "authentication failed"}', 401)

    assert (caught.value.reason, caught.value.code) == (Reason.AUTHENTICATION, "401")
    assert caught.value.detail == "authentication failed"


@pytest.mark.parametrize(
    ("body", "status", "fresh"),
    [
        (b'{"autoReload": false}', 200, True),
        (b'{"value": "10.17"}', 200, True),
        (b'{"value": true}', 200, True),
        (b'{"value": NaN}', 200, True),
        (b'{"value": 10.17}', 401, True),
        (b'{"value": 10.17}', 200, False),
        (b'{"title": "Too Many Requests"}', 429, True),
    ],
)
def test_what_tells_no_balance_of_ours_is_not_believed(ask, body, status, fresh):
    with pytest.raises(UnexpectedResponse):
        ask(body, status, fresh=fresh)


def test_an_account_that_signs_is_told_no_balance(make_config):
    account = Vonage(make_config(api_secret=None, signature_secret="my_secret_key_for_testing"))

    with pytest.raises(InvalidCall, match="api_secret"):
        next(account.get_balance(STAMP))

"""What each fault leaves behind: nobody is texted twice, and nothing that may have been sent is called otherwise."""

import pytest

from smsway import Status
from smsway.model import Certainty, Reason

# Each leaves open whether the message was sent; all but `drop_before` and the redirect have sent it.
DOUBTFUL = {
    "drop_after": {},
    "drop_before": {},
    "hang": {},
    "drip": {"interval": 0.3},
    "slow": {"delay": 3},
    "http_500": {},
    "http_502": {},
    "http_503": {},
    "html": {},
    "empty": {},
    "truncated": {},
    "garbled": {},
    "redirect_302": {"fault": "redirect", "status": 302},
    "wrong_length": {},
}
UNSENT = {"drop_before", "redirect_302"}
IMPATIENT = {"hang", "drip", "slow"}


def inject(world, name):
    given = DOUBTFUL[name]
    world.sandbox.inject(account="first", **{"fault": name, **given})


@pytest.fixture
def pair(make_world, provider):
    """Two accounts of one provider, the first of them impatient."""

    def make(fault="", **options):
        timeout = 0.3 if fault in IMPATIENT else 5
        return make_world({"first": provider, "second": provider}, settings={"first": {"timeout": timeout}}, **options)

    return make


@pytest.mark.parametrize("fault", DOUBTFUL)
def test_what_may_have_been_sent_is_unknown_and_goes_nowhere_else(pair, message, fault):
    world = pair(fault)
    inject(world, fault)

    (outcome,) = world.send(message())

    assert outcome.status is Status.UNKNOWN
    assert outcome.account == "first"
    assert [attempt.certainty for attempt in outcome.attempts] == [Certainty.MAYBE_SENT]
    assert world.sandbox.requests()["second"] == 0
    assert world.sandbox.texts() == ({} if fault in UNSENT else {"+6598765432": 1})


@pytest.mark.parametrize("fault", DOUBTFUL)
def test_a_route_that_resends_tries_one_other_account_once(pair, message, fault):
    world = pair(fault, on_unknown="resend")
    inject(world, fault)

    (outcome,) = world.send(message())

    assert outcome.status is Status.ACCEPTED
    assert [(each.account, each.certainty) for each in outcome.attempts] == [
        ("first", Certainty.MAYBE_SENT),
        ("second", Certainty.SENT),
    ]
    assert world.texts("second") == 1
    assert world.texts("first") <= 1


def test_a_route_that_resends_never_doubts_a_third_time(make_world, message, provider):
    world = make_world(dict.fromkeys(("first", "second", "third"), provider), on_unknown="resend")
    world.sandbox.inject("drop_after")

    (outcome,) = world.send(message())

    assert outcome.status is Status.UNKNOWN
    assert [each.account for each in outcome.attempts] == ["first", "second"]
    assert world.sandbox.requests() == {"first": 1, "second": 1, "third": 0}


def test_a_reset_on_accept_texts_nobody_twice(pair, message):
    world = pair()
    world.sandbox.inject("reset", account="first")

    (outcome,) = world.send(message())

    # Whether the reset comes before the first byte or after it is a race, and the phase decides.
    first = outcome.attempts[0]
    moved = first.certainty is Certainty.NOT_SENT
    assert outcome.status is (Status.ACCEPTED if moved else Status.UNKNOWN)
    assert len(outcome.attempts) == (2 if moved else 1)
    assert world.texts("second") == (1 if moved else 0)


def assert_moved(world, outcome, reason):
    """Nothing was sent through the first account, and one text through the second."""
    assert outcome.status is Status.ACCEPTED
    assert outcome.account == "second"
    assert [(each.account, each.certainty, each.reason) for each in outcome.attempts] == [
        ("first", Certainty.NOT_SENT, reason),
        ("second", Certainty.SENT, None),
    ]
    assert world.sandbox.texts() == {"+6598765432": 1}


def test_a_refused_connection_moves_on(pair, message):
    world = pair()
    world.sandbox.inject("refuse", account="first")

    (outcome,) = world.send(message())

    assert_moved(world, outcome, Reason.UNREACHABLE)


def test_an_unknown_host_moves_on(pair, message):
    world = pair(urls={"first": "https://sms.invalid"})

    (outcome,) = world.send(message())

    assert_moved(world, outcome, Reason.UNREACHABLE)


@pytest.mark.parametrize(("server", "name"), [("strange", "127.0.0.1"), ("trusted", "other.example")])
def test_a_certificate_that_is_not_the_servers_own_moves_on(
    pair, tls_sandbox, make_authority, message, provider, server, name
):
    authorities = {"trusted": make_authority(), "strange": make_authority()}
    tls = tls_sandbox({"first": provider}, authorities[server].server(name))
    world = pair(urls={"first": tls.urls["first"]}, ssl_context=authorities["trusted"].client())

    (outcome,) = world.send(message())

    assert_moved(world, outcome, Reason.UNREACHABLE)
    assert tls.texts() == {}


def test_tls_carries_a_message(pair, tls_sandbox, make_authority, message, provider):
    authority = make_authority()
    tls = tls_sandbox({"first": provider}, authority.server())
    world = pair(urls={"first": tls.urls["first"]}, ssl_context=authority.client())

    (outcome,) = world.send(message())

    assert (outcome.status, outcome.account) == (Status.ACCEPTED, "first")
    assert tls.texts() == {"+6598765432": 1}


def test_a_plaintext_server_behind_https_moves_on(pair, tls_sandbox, make_authority, message, provider):
    plain = tls_sandbox({"first": provider}, None)
    url = plain.urls["first"].replace("http:", "https:")
    world = pair(urls={"first": url}, ssl_context=make_authority().client())

    (outcome,) = world.send(message())

    assert_moved(world, outcome, Reason.UNREACHABLE)


def test_a_throttled_code_moves_on_at_once(pair, message):
    world = pair()
    world.sandbox.inject("http_429", account="first", retry_after=1)

    (outcome,) = world.send(message(kind="otp"))

    assert_moved(world, outcome, Reason.RATE_LIMITED)
    assert world.sandbox.requests()["first"] == 1


def test_a_throttled_notification_waits_for_its_account(pair, message):
    world = pair()
    world.sandbox.inject("http_429", account="first", retry_after=0, times=1)

    (outcome,) = world.send(message())

    assert (outcome.status, outcome.account) == (Status.ACCEPTED, "first")
    assert world.sandbox.requests() == {"first": 2, "second": 0}


def test_a_permanent_redirect_is_refused_and_not_followed(pair, message):
    world = pair()
    world.sandbox.inject("redirect", account="first", status=307)

    (outcome,) = world.send(message())

    assert_moved(world, outcome, Reason.CONFIGURATION)
    assert world.sandbox.requests()["first"] == 1

"""`on_unknown = "verify"` over sockets: what the provider knows of is accepted, and nobody is texted twice for it."""

import time
from dataclasses import dataclass

import pytest

from smsway import Attempt, Certainty, Client, Message, Reason, Status, Template
from smsway.model import Delivery, Report, parse_phone
from smsway.provider import AccountConfig, Capabilities, ProviderSpec, Request, Verification, hookimpl
from smsway_tencent_v5 import _server_side
from smsway_tencent_v5._config import TencentV5Config, TencentV5Options, template_id
from smsway_tencent_v5._provider import CAPABILITIES, TencentV5

CHINESE = "+8613788888888"
QUICK = Verification(grace=0.05, questions=2, interval=0.05)


@dataclass(frozen=True, slots=True)
class Quick(TencentV5):
    """The v5 API, asked at once."""

    @property
    def verification(self):
        return QUICK


class QuickPlugin:
    @hookimpl
    def register_providers(self, register):
        register(
            ProviderSpec(
                name="quick",
                config=TencentV5Config,
                build=Quick,
                capabilities=CAPABILITIES,
                options=TencentV5Options,
                template_id=template_id,
                sandbox=_server_side,
            )
        )


@pytest.fixture
def verifying(opened):
    def change(configuration):
        configuration["accounts"]["cn"]["provider"] = "quick"
        for route in configuration["routes"]:
            route["on_unknown"] = "verify"

    return opened(change, plugins=[QuickPlugin()])


def test_what_was_taken_is_found_and_nobody_is_texted_twice(verifying):
    verifying.sandbox.inject("drop_after", account="cn", times=1)

    (outcome,) = verifying.send(CHINESE, reference="login-77")

    assert (outcome.status, outcome.account) == (Status.ACCEPTED, "cn")
    assert outcome.provider_message_id == verifying.sandbox.submissions("cn")[0].message_id
    assert [each.certainty for each in outcome.attempts] == [Certainty.MAYBE_SENT]
    assert verifying.sandbox.texts() == {CHINESE: 1}
    (tracked,) = verifying.ask(verifying.client.reports.tracked(reference="login-77"))
    assert str(tracked.delivery) == "delivered"


@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
def test_what_is_not_found_is_held(verifying, fault):
    verifying.sandbox.set_report_delay(None)
    verifying.sandbox.inject(fault, account="cn", times=1)

    (outcome,) = verifying.send(CHINESE)

    assert outcome.status is Status.UNKNOWN
    assert [each.account for each in outcome.attempts] == ["cn"]
    assert verifying.sandbox.requests()["cn"] == 3
    assert verifying.sandbox.requests()["backup"] == 0


class Forger:
    """Posts what became of every text, as whoever knows the address for callbacks could."""

    def __init__(self, delivery):
        self.delivery = delivery
        self.tracker = None

    @hookimpl
    def attempt_finished(self, event):
        for outcome in event.outcomes:
            forged = Report(
                recipient=outcome.recipient,
                delivery=self.delivery,
                reference=event.attempt,
                reason=Reason.INSUFFICIENT_BALANCE,
                account=event.account,
            )
            self.tracker.process(self.tracker.receive([forged]))


@pytest.mark.parametrize("delivery", [Delivery.REJECTED, Delivery.UNDELIVERED])
@pytest.mark.parametrize("on_unknown", ["hold", "verify"])
def test_a_report_that_is_only_posted_lets_no_second_text_be_sent(opened, delivery, on_unknown):
    def change(configuration):
        configuration["accounts"]["cn"]["provider"] = "quick"
        for route in configuration["routes"]:
            route["on_unknown"] = on_unknown

    forger = Forger(delivery)
    office = opened(change, plugins=[QuickPlugin(), forger])
    forger.tracker = office.client.tracker
    office.sandbox.set_report_delay(None)
    office.sandbox.inject("drop_after", account="cn", times=1)

    (outcome,) = office.send(CHINESE)
    (tracked,) = office.ask(office.client.reports.tracked(recipient=CHINESE))

    assert tracked.delivery is delivery
    assert outcome.status is not Status.REJECTED
    assert [each.account for each in outcome.attempts] == ["cn"]
    assert office.sandbox.texts() == {CHINESE: 1}
    assert office.sandbox.requests()["backup"] == 0


def test_the_report_of_an_earlier_text_to_the_same_phone_is_no_proof(verifying):
    verifying.send(CHINESE)
    verifying.sandbox.set_report_delay(None)
    verifying.sandbox.inject("drop_before", account="cn", times=1)

    (outcome,) = verifying.send(CHINESE)

    assert outcome.status is Status.UNKNOWN
    assert verifying.sandbox.texts() == {CHINESE: 1}


def test_two_hundred_in_doubt_are_each_asked_about(verifying):
    phones = [f"+86138{number:08d}" for number in range(50)]
    verifying.sandbox.inject("drop_after", account="cn", times=1)

    result = verifying.send(*phones)

    assert result.all_accepted
    assert {each.account for each in result} == {"cn"}
    assert set(verifying.sandbox.texts().values()) == {1}


def test_the_store_that_verify_needs_is_in_memory_if_none_is_named(opened):
    def change(configuration):
        configuration["accounts"]["cn"]["provider"] = "quick"
        configuration["reports"] = {"store": None}
        configuration["routes"][0]["on_unknown"] = "verify"

    office = opened(change, plugins=[QuickPlugin()])
    office.sandbox.inject("drop_after", account="cn", times=1)

    (outcome,) = office.send(CHINESE)

    assert outcome.status is Status.ACCEPTED
    assert list(office.folder.iterdir()) == []


def test_the_dry_run_names_the_accounts_that_hold(verifying):
    message = Message(to=CHINESE, content=Template("login_code", {"code": "1234", "minutes": "4"}))

    explanation = verifying.client.explain(message)

    assert explanation.notes == (
        "on_unknown = verify acts as hold: account backup cannot be asked what became of a text",
    )


class Recording:
    """A plugin whose provider can be asked, and notes what it was asked for."""

    def __init__(self, *, complete):
        self.verification = Verification(grace=1.0, questions=1, interval=1.0, absence_proves=complete)
        self.queries = []

    @hookimpl
    def register_providers(self, register):
        able = Capabilities(template=True, max_batch=1)
        register(ProviderSpec(name="toy", config=AccountConfig, build=lambda _: self, capabilities=able))

    def submit(self, batch, stamp):
        raise NotImplementedError

    def find_reports(self, query, stamp):  # noqa: ARG002  # the facet's interface
        self.queries.append(query)
        yield Request("https://toy.example", {}, b"")


@pytest.mark.parametrize(("complete", "slack"), [(False, 60.0), (True, 86_400.0)])
def test_where_silence_is_proof_no_wrong_clock_hides_a_text(complete, slack):
    toy, now = Recording(complete=complete), time.time()
    source = {
        "accounts": {"toy": {"provider": "toy", "base_url": "https://toy.example"}},
        "routes": [{"name": "all", "accounts": ["toy"], "on_unknown": "verify"}],
    }
    attempt = Attempt("toy", Certainty.MAYBE_SENT, Reason.NO_ANSWER, None, now - 10, 1.0, "0" * 20)
    with Client.from_config(source, plugins=[toy]) as client:
        flow = client._desk.engine.verifier.ask(
            client.configuration.accounts["toy"], parse_phone(CHINESE), attempt, None
        )
        next(flow)
        flow.close()

    (query,) = toy.queries
    assert query.since == attempt.started_at - slack
    assert query.until == pytest.approx(now + slack, abs=5)

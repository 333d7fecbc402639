"""The tables of the documentation that repeat code are equal to it."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields

import features
import pytest

import smsway
from smsway import (
    Attempt,
    AttemptFinished,
    AttemptStarted,
    Client,
    ConversionDropped,
    Delivery,
    GuardTriggered,
    HealthChanged,
    InboundReceived,
    Message,
    Outcome,
    OutcomeSettled,
    Reason,
    ReportReceived,
    Screening,
    Status,
)
from smsway.config import load
from smsway.config._schema import FileSection
from smsway.delivery import AFTER_NOTHING_SENT, AFTER_REFUSAL, BEARINGS, BY_HTTP_STATUS, _breaker
from smsway.delivery._attempt import CERTAINTY
from smsway.guards import KEYWORDS
from smsway.model import Capabilities, Sharing
from smsway.plugins import HOOKS, PROVIDERS, Plugins, installed
from smsway.provider import FACETS, AccountConfig, FindsReports
from smsway.routing import STRATEGIES, Choice, Subject
from smsway.sandbox import FAULTS, Sandbox, SandboxAccount, sandbox_of
from smsway.transport._certainty import BEFORE_SENDING

OUTCOMES = "docs/reference/outcomes.md"
CONTRACT = "docs/reference/provider-contract.md"
CERTAIN = "docs/explanation/certainty.md"
NAMES = ("tencent-v5", "tencent-sms", "tencent-global", "usms", "twilio", "vonage", "aliyun")


def test_every_reason_is_described(table):
    rows = table(OUTCOMES, "## Reasons")

    assert [row[0] for row in rows] == [str(reason) for reason in Reason]


def test_the_policy_after_a_refusal_is_that_of_the_engine(table):
    rows = table(OUTCOMES, "## What follows a refusal")

    assert {row[0]: row[1] for row in rows} == {str(reason): step.name for reason, step in AFTER_REFUSAL.items()}


def test_the_policy_after_nothing_was_sent_is_that_of_the_engine(table):
    rows = table(OUTCOMES, "## What follows when nothing was sent")

    assert {row[0]: row[1] for row in rows} == {str(reason): step.name for reason, step in AFTER_NOTHING_SENT.items()}


HEALTH = "docs/explanation/health.md"


def test_what_each_reason_tells_of_health_is_what_the_engine_reads(table):
    rows = table(HEALTH, "## What one request tells")

    assert rows == [
        [str(reason), each.sign.name.lower(), str(each.scope), str(each.cost), "yes" if each.throttles else "no"]
        for reason, each in BEARINGS.items()
    ]


def test_every_reason_that_an_attempt_can_come_to_bears_on_health():
    assert set(AFTER_REFUSAL) | set(AFTER_NOTHING_SENT) <= set(BEARINGS)


def test_the_values_of_a_breaker_are_those_of_the_engine(table):
    rows = table(HEALTH, "## What rests")

    assert [row[1] for row in rows] == [
        f"{_breaker.WINDOW:g} s",
        f"{_breaker.IN_A_ROW}",
        f"{_breaker.FAILING:.0%}".replace("%", " %"),
        f"{_breaker.SLOW_SHARE:.0%}".replace("%", " %"),
        f"{_breaker.REST:g} s",
        f"{_breaker.LONGEST_REST:g} s",
        f"{_breaker.LONGEST_REST:g} s",
        f"{_breaker.JITTER:.0%}".replace("%", " %"),
        f"{_breaker.PROBES}",
    ]


def test_the_certainty_of_each_status_is_that_of_the_engine(table):
    rows = table(OUTCOMES, "## The four outcomes")

    assert {row[0]: row[1] for row in rows} == {str(status): str(CERTAINTY[status]) for status in Status}


def test_the_refusing_statuses_of_http_are_those_of_the_engine(table):
    rows = table(OUTCOMES, "## Refusals by HTTP status")

    assert {int(row[0]): row[1] for row in rows} == {status: str(why) for status, why in BY_HTTP_STATUS.items()}


def test_the_failures_before_sending_are_those_of_the_transport(table):
    rows = table(CERTAIN, "## What a transport failure proves")

    assert {row[0] for row in rows} == {kind.__name__ for kind in BEFORE_SENDING}


def test_the_strategies_are_those_of_the_router(table):
    rows = table("docs/how-to/route-and-fail-over.md", "## Choose accounts by rule")

    assert [row[0] for row in rows] == list(STRATEGIES)


def test_how_each_provider_is_asked_is_what_it_says(table):
    rows = table("docs/explanation/reports.md", "## Asking before moving on")

    finders = {name: each.provider() for name, each in features.subjects().items() if each.has(FindsReports)}
    rules = {name: provider.verification for name, provider in finders.items()}
    assert {row[0]: row[1:] if row[2] else None for row in rows} == {
        name: rule
        and [
            f"{rule.grace:g} s",
            str(rule.questions),
            f"{rule.interval:g} s",
            "yes" if rule.absence_proves else "no",
        ]
        for name, rule in rules.items()
    }


def test_every_state_of_a_text_is_described_in_the_order_of_its_weight(table):
    rows = table("docs/how-to/pull-reports.md", "## Know what a text came to")

    assert [row[0] for row in rows] == [str(each) for each in sorted(Delivery, key=lambda each: each.rank)]


def test_the_page_of_what_each_provider_can_do_is_fresh(read):
    assert read("docs/reference/facets.md") == features.page(), "stale; run: make features"


def test_the_kit_checks_every_provider_here():
    assert sorted(features.subjects()) == sorted(NAMES)


def test_every_facet_has_its_calls():
    assert list(features.CALLS) == list(FACETS)


def test_every_facet_is_described_with_its_methods(table):
    rows = table(CONTRACT, "## Facets")

    assert [(name, protocol, methods.split(", ")) for name, protocol, methods in rows] == [
        (name, protocol.__name__, sorted(_members(protocol), key=methods.find))
        for (name, protocol), (_, _, methods) in zip(FACETS.items(), rows, strict=True)
    ]


def _members(protocol):
    return [name for name in vars(protocol) if not name.startswith("_")]


HOOKS_PAGE = "docs/reference/hooks.md"


def test_every_hook_is_described(table):
    rows = table(HOOKS_PAGE, "## The hooks")

    assert [row[0].partition("(")[0] for row in rows] == list(HOOKS)


@pytest.mark.parametrize(
    ("heading", "shown"), [("### What a screening is told", Screening), ("### What a strategy is told", Choice)]
)
def test_every_field_that_a_hook_is_told_is_described(table, heading, shown):
    assert [row[0] for row in table(HOOKS_PAGE, heading)] == [field.name for field in fields(shown)]


def test_the_subject_of_a_strategy_has_the_first_six_fields_of_a_screening():
    assert [field.name for field in fields(Subject)] == [field.name for field in fields(Screening)][:6]


def test_every_field_of_an_event_is_described(table):
    rows = table(HOOKS_PAGE, "### What an observer is told")

    events = (
        AttemptStarted,
        AttemptFinished,
        GuardTriggered,
        ConversionDropped,
        OutcomeSettled,
        ReportReceived,
        InboundReceived,
        HealthChanged,
    )
    assert [tuple(row[:2]) for row in rows] == [
        (event.__name__, field.name) for event in events for field in fields(event)
    ]


SANDBOX = "docs/how-to/sandbox.md"


def test_every_method_of_the_sandbox_stands_beside_a_call(table):
    rows = table(SANDBOX, "## All calls")

    shown = {name for row in rows for name in re.findall(r"(\w+)\(", row[1])}
    methods = {name for name, each in vars(Sandbox).items() if inspect.isfunction(each) and not name.startswith("_")}
    assert shown == methods - {"serve", "stop"}


def test_every_argument_of_a_method_stands_beside_its_call(table):
    for row in table(SANDBOX, "## All calls"):
        for name, shown in re.findall(r"(\w+)\((.*?)\)", row[1]):
            takes = [each for each in inspect.signature(getattr(Sandbox, name)).parameters if each != "self"]
            assert [each if each != "..." else "limits" for each in shown.split(", ") if each] == takes


def test_every_argument_of_sandbox_of_is_described(table):
    rows = table(SANDBOX, "## From Python")

    assert [row[0] for row in rows] == list(inspect.signature(sandbox_of).parameters)


def test_every_fault_of_the_sandbox_is_described(table):
    rows = table(CERTAIN, "## Every fault of the sandbox")

    assert [row[0] for row in rows] == list(FAULTS)


@pytest.fixture
def configuration():
    account = {"provider": "tencent-v5", "sdk_app_id": 1, "app_key": "literal:key", "timeout": 0.4}
    return {"accounts": {"cn": account}}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_the_sandbox_proves_what_is_said(fault, table, configuration):
    rows = {row[0]: row[1:] for row in table(CERTAIN, "## Every fault of the sandbox")}
    account = load(configuration).accounts["cn"]
    side = Plugins().load_provider("tencent-v5").sandbox(account.config)

    with Sandbox([SandboxAccount("cn", side, texts=["Hello"])]) as sandbox:
        sandbox.inject(fault, account="cn")
        with Client.from_config(configuration, base_urls=sandbox.urls) as client:
            message = Message(to=["+6598765432", "+6598765433"], content="Hello", kind="otp")
            attempts = [outcome.attempts[0] for outcome in client.send(message)]

    certainties = dict.fromkeys(str(attempt.certainty) for attempt in attempts)
    reasons = dict.fromkeys(str(attempt.reason) for attempt in attempts if attempt.reason)
    proves, because = (cell.split(" or ") for cell in rows[fault])
    assert (", ".join(certainties), ", ".join(reasons)) in zip(proves, because, strict=True)


def _row(name: str, able: Capabilities) -> list[str]:
    own = {Sharing.SAME: "same content", Sharing.TEMPLATE: "own params", Sharing.OWN: "own content"}[able.sharing]
    content = ", ".join(word for word, takes in (("template", able.template), ("text", able.text)) if takes)
    served = "all" if able.countries is None else ", ".join(sorted(able.countries))
    if able.not_countries:
        served += f" but {', '.join(sorted(able.not_countries))}"
    return [name, f"{able.max_batch}, {own}", content, served]


def test_the_readme_tells_what_each_provider_can_do(table):
    rows = table("README.md", "## Providers")
    plugins = Plugins()
    own = [info.name for info in installed((PROVIDERS,)) if info.distribution == f"smsway-{info.name}"]

    assert sorted(own) == sorted(NAMES)
    shown = [[re.sub(r"\[(.*?)\]\(.*?\)", r"\1", row[0]), *row[2:]] for row in rows]
    assert shown == [_row(name, plugins.load_provider(name).capabilities) for name in NAMES]


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_a_provider_is_its_readme(name, read):
    page = read(f"docs/providers/{name}.md")
    readme = read(f"providers/{name}/README.md")

    assert page.partition("## Settings")[2] == re.sub(
        r"\[([^\]]*)\]\((?!https:)[^)]*\)", r"\1", readme.partition("## Settings")[2]
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_a_provider_has_the_common_headings(name, read):
    headings = re.findall(r"^## (.*)$", read(f"docs/providers/{name}.md"), re.MULTILINE)

    assert headings == [
        "Settings",
        "What it supports",
        "Templates and signatures",
        "Delivery reports",
        "Errors",
        "Limits",
        "Sources",
    ]


def test_every_page_about_moving_tells_the_same_of_each_library(root):
    pages = sorted((root / "docs/how-to").glob("move-from-*.md"))

    headings = {page.stem: re.findall(r"^## (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE) for page in pages}

    assert len(pages) == 4
    assert {stem: shown[1:4] + shown[-4:] for stem, shown in headings.items()} == {
        stem: [
            "Send a code",
            "Send to many",
            "Handle what goes wrong",
            "What you wrote, and what you write",
            "What behaves differently, and why",
            "Move step by step",
            "What is not there",
        ]
        for stem in headings
    }


def test_every_key_of_the_file_is_described(read):
    schema = FileSection.model_json_schema(by_alias=True)
    sections = [schema, *schema["$defs"].values()]
    keys = {key for section in sections for key in section.get("properties", {})}

    assert {key for key in keys if f"`{key}`" not in read("docs/reference/configuration.md")} == set()


def test_every_setting_of_all_accounts_is_described(table):
    shown = {row[0] for row in table("docs/reference/configuration.md", "## Accounts")}

    assert shown == {"provider", *AccountConfig.model_fields}


def test_every_field_of_an_outcome_is_described(table):
    rows = table(OUTCOMES, "## Fields")
    assert [row[0] for row in rows] == [field.name for field in fields(Outcome)]
    rows = table(OUTCOMES, "## Attempts")
    assert [row[0] for row in rows] == [field.name for field in fields(Attempt)]


def test_the_words_that_opt_out_are_those_that_are_known(table):
    rows = table("docs/how-to/guard-against-fraud.md", "## Opt-outs")

    shown = [(language, words, source.removeprefix("<").replace(">", "")) for language, words, source in rows]
    assert shown == [(language, ", ".join(words), source) for language, source, words in KEYWORDS]


def test_every_public_name_has_its_place_on_the_page_about_python(read):
    shown = re.findall(r"^::: smsway\.(\w+)$", read("docs/reference/python.md"), re.MULTILINE)

    assert sorted(shown) == sorted([*(name for name in smsway.__all__ if name != "__version__"), "provider"])

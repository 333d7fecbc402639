"""What vendors refuse in params is told beforehand, without the values, and stopped if so configured."""

from __future__ import annotations

import pytest

from smsway import Message, Reason, Recipient, Template
from smsway.guards import PARAM_RULES, template_warnings

CN, SG = "+8613788888888", "+6581234567"


def message(*phones, code, kind="otp"):
    return Message(to=phones, content=Template("login_code", {"code": code, "minutes": "4"}), kind=kind)


@pytest.mark.parametrize(
    ("code", "kind", "what"),
    [
        ("123456", "otp", None),
        ("", "otp", None),
        ("1234567", "otp", "is not 0 to 6 digits, as those of codes have to be"),
        ("12a4", "otp", "is not 0 to 6 digits, as those of codes have to be"),
        ("12a4", "notification", None),
        ("see https://a.example", "notification", "holds a link"),
        ("see www.example", "marketing", "holds a link"),
        ("shop.example.com", "marketing", "holds a link"),
        ("v1.2 is 3.5", "notification", None),
        ("【A】", "notification", "holds 【 or 】, which mark the signature"),
    ],
)
def test_params_are_held_against_the_rules(make_client, code, kind, what):
    watching, blocking = make_client({"content": {}}), make_client({"content": {"mode": "block"}})

    plan = watching.explain(message(CN, code=code, kind=kind)).recipients[0]
    outcome = blocking.send(message(CN, code=code, kind=kind))[0]

    rule = f"guard content: param code {what}"
    assert plan.warnings == ((rule,) if what else ())
    assert plan.vetoed is None
    assert (outcome.reason is Reason.INVALID_CONTENT) is (what is not None)
    assert not what or outcome.detail == rule
    assert not code or code not in repr(plan.warnings)


def test_other_countries_have_other_rules(make_client):
    plan = make_client({"content": {}}).explain(message(SG, code="see https://a.example")).recipients[0]

    assert plan.warnings == ()


def test_params_of_one_recipient_are_its_own(make_client):
    both = message(Recipient(CN, {"code": "12a4"}), CN, code="1234")

    plans = make_client({"content": {}}).explain(both).recipients

    assert [len(plan.warnings) for plan in plans] == [1, 0]


def test_every_rule_has_a_source():
    assert all(rule.source.startswith("https://") for rule in PARAM_RULES)


def test_templates_whose_placeholders_touch_are_told():
    texts = {"good": "{a} {b}", "bad": "Your {a}{b}", "literal": "{{}}{a}"}

    assert [name for name, _ in template_warnings(texts)] == ["bad"]

"""Every documented code, with what it means and whether something may have been sent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import Reason, Status
from smsway_tencent_v5._codes import REASONS, reason_of

# cloud.tencent.com/document/product/382/3771, 1128/37531 (voice) and the access layer's page.
NOTHING_SENT = {
    Reason.AUTHENTICATION: {1001},
    Reason.INVALID_CONTENT: {1002, 1017, 1018, 1036, 1038, 1048},
    Reason.INVALID_REQUEST: {1003, 1004, 1011, 1030, 3003, 3004, 60002, 60003, 60009, 60012},
    Reason.PERMISSION: {1006, 1009, 1020, 1032},
    Reason.SIGNATURE_REFUSED: {1012},
    Reason.RECIPIENT_RATE_LIMITED: {1013, 1023, 1024, 1025, 1026},
    Reason.TEMPLATE_REFUSED: {1014},
    Reason.BLOCKED_RECIPIENT: {1015},
    Reason.INVALID_RECIPIENT: {1016},
    Reason.CONFIGURATION: {1019, 3014, 60006},
    Reason.CLOCK_SKEW: {1021},
    Reason.QUOTA_EXCEEDED: {1022, 1047},
    Reason.QUIET_HOURS: {1029},
    Reason.INSUFFICIENT_BALANCE: {1031, 1033},
    Reason.INVALID_BATCH: {1034, 1046},
    Reason.UNSUPPORTED_DESTINATION: {1045},
    Reason.RATE_LIMITED: {60007},
}
MAYBE_SENT = {1007, 1008, 3001, 3002, 3011, 60008, 60013}
ABOUT_ONE = {Reason.INVALID_RECIPIENT, Reason.BLOCKED_RECIPIENT, Reason.RECIPIENT_RATE_LIMITED}
REFUSALS = [(code, reason) for reason, codes in NOTHING_SENT.items() for code in sorted(codes)]


def test_the_table_is_total():
    documented = {code for code, _ in REFUSALS} | MAYBE_SENT

    assert documented == set(REASONS)
    assert len(REFUSALS) + len(MAYBE_SENT) == 50 == len(documented)


def test_the_readme_lists_the_same_codes():
    readme = Path(__file__).parent.parent.joinpath("README.md").read_text("utf-8")
    rows = re.findall(r"^\| ([0-9, ]+) \| `(\w+)` \|$", readme, re.MULTILINE)
    [maybe] = re.findall(r"the outcome is `unknown`: (.*), and every code", readme)

    assert {Reason(reason): {int(code) for code in codes.split(", ")} for codes, reason in rows} == NOTHING_SENT
    assert {int(code) for code in re.findall("[0-9]+", maybe)} == MAYBE_SENT


@pytest.mark.parametrize(("code", "reason"), REFUSALS)
@pytest.mark.parametrize("phones", [("+8613788888888",), ("+60198890000",), ("+8613788888888", "+8613788888889")])
def test_a_refusal_is_an_outcome_with_its_reason_and_code(code, reason, phones, batch_of, answered):
    outcomes = answered(batch_of(*phones), {"result": code, "errmsg": "why"})

    # Which of several recipients a refusal of the whole request means, it does not say.
    expected = Reason.OTHER if len(phones) > 1 and reason in ABOUT_ONE else reason
    assert [(Status.REJECTED, expected, str(code), "why")] * len(phones) == [
        (outcome.status, outcome.reason, outcome.code, outcome.detail) for outcome in outcomes
    ]


@pytest.mark.parametrize("code", sorted(MAYBE_SENT))
def test_a_code_that_does_not_say_whether_it_was_sent_is_unknown(code, batch_of, answered):
    [outcome] = answered(batch_of("+8613788888888"), {"result": code, "errmsg": "please try again"})

    assert (Status.UNKNOWN, Reason.AMBIGUOUS, str(code)) == (outcome.status, outcome.reason, outcome.code)


def test_timeouts_whose_text_says_retry_are_never_resent(batch_of, answered):
    codes = (1008, 60008)

    statuses = [answered(batch_of("+8613788888888"), {"result": code, "errmsg": "retry"})[0].status for code in codes]

    assert statuses == [Status.UNKNOWN, Status.UNKNOWN]


@given(st.integers().filter(lambda code: code not in REASONS))
def test_an_unknown_code_is_ambiguous(code):
    assert reason_of(code) is Reason.AMBIGUOUS


@pytest.mark.parametrize("code", [60000, 60001, 60099, 70000])
def test_an_unknown_code_of_the_access_layer_is_ambiguous(code, batch_of, answered):
    [outcome] = answered(batch_of("+8613788888888"), {"ActionStatus": "FAIL", "ErrorInfo": "?", "ErrorCode": code})

    assert (Status.UNKNOWN, Reason.AMBIGUOUS, str(code)) == (outcome.status, outcome.reason, outcome.code)

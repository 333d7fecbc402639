"""Every documented code, with what it means and whether something may have been sent."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import Reason, Response, Status
from smsway_usms._codes import REASONS, reason_of, reason_of_details, reason_of_named
from smsway_usms._wire import decode_send

# Written from the two pages of the vendor, not from the table under test.
EXPECTED = {
    153: ("rejected", "rate_limited"),
    160: ("rejected", "invalid_request"),
    161: ("rejected", "invalid_request"),
    170: ("rejected", "invalid_request"),
    171: ("rejected", "authentication"),
    172: ("rejected", "authentication"),
    173: ("rejected", "permission"),
    174: ("rejected", "authentication"),
    180: ("rejected", "invalid_request"),
    290: ("rejected", "permission"),
    291: ("rejected", "permission"),
    292: ("rejected", "configuration"),
    293: ("rejected", "permission"),
    294: ("rejected", "permission"),
    295: ("rejected", "permission"),
    299: ("rejected", "permission"),
    18000: ("rejected", "invalid_request"),
    18001: ("rejected", "invalid_request"),
    18002: ("rejected", "invalid_request"),
    18003: ("rejected", "invalid_request"),
    18004: ("rejected", "provider_failure"),
    18007: ("rejected", "provider_failure"),
    18013: ("rejected", "insufficient_balance"),
    18016: ("rejected", "signature_refused"),
    18017: ("rejected", "template_refused"),
    18018: ("rejected", "template_refused"),
    18019: ("rejected", "invalid_batch"),
    18023: ("rejected", "invalid_content"),
    18033: ("rejected", "invalid_content"),
    18048: ("rejected", "invalid_batch"),
    18049: ("rejected", "invalid_batch"),
    110: ("unknown", "ambiguous"),
    130: ("unknown", "ambiguous"),
    150: ("unknown", "ambiguous"),
    151: ("unknown", "ambiguous"),
    200: ("unknown", "ambiguous"),
    18014: ("unknown", "ambiguous"),
    18046: ("unknown", "missing_result"),
}


REFUSALS = {code: Reason(reason) for code, (status, reason) in EXPECTED.items() if status == "rejected"}
MAYBE_SENT = {110, 130, 150, 151, 200, 18014}


def answer(code, **members):
    return Response(200, json.dumps({"RetCode": code, "Message": "no", **members}).encode())


@pytest.mark.parametrize(("code", "expected"), EXPECTED.items())
def test_every_documented_code_has_its_certainty_and_reason(batch_of, stamp, code, expected):
    batch = batch_of("+8618500000507", "+8618500000608")

    outcomes = decode_send(batch, stamp, answer(code))

    assert [(*expected, str(code), "no")] * 2 == [
        (outcome.status, outcome.reason, outcome.code, "no") for outcome in outcomes
    ]


def test_the_table_holds_the_documented_codes_and_no_others():
    assert {**REFUSALS, **dict.fromkeys(MAYBE_SENT, Reason.AMBIGUOUS)} == REASONS
    assert EXPECTED.keys() - REASONS.keys() == {18046}


@pytest.mark.parametrize("code", sorted(REASONS))
def test_a_code_is_either_a_refusal_or_ambiguous(code):
    assert (reason_of(code) is Reason.AMBIGUOUS) == (code in MAYBE_SENT)
    assert (reason_of(code) is Reason.AMBIGUOUS) != (code in REFUSALS)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        *REFUSALS.items(),
        *dict.fromkeys(MAYBE_SENT - {18014}, Reason.AMBIGUOUS).items(),
        (0, Reason.OTHER),
        (18046, Reason.OTHER),
        (18014, Reason.INVALID_RECIPIENT),
        (1, Reason.AMBIGUOUS),
    ],
)
def test_whoever_is_named_was_refused_for_the_codes_reason_or_for_one_that_only_the_details_tell(code, reason):
    assert reason_of_named(code) is reason


@given(code=st.integers().filter(lambda code: code not in EXPECTED and code != 0))
def test_a_code_that_nobody_documents_is_ambiguous(batch_of, stamp, code):
    (outcome,) = decode_send(batch_of("+60198890000"), stamp, answer(code))

    # One of eight digits could be a phone.
    kept = str(code) if abs(code) < 10_000_000 else None
    assert (outcome.status, outcome.reason, outcome.code) == (Status.UNKNOWN, Reason.AMBIGUOUS, kept)


@pytest.mark.parametrize("code", sorted(REFUSALS))
@pytest.mark.parametrize("evidence", [{"SessionNo": "abcd"}, {"SuccessCount": 1}])
def test_a_refusal_that_counts_successes_is_ambiguous(batch_of, stamp, code, evidence):
    outcomes = decode_send(batch_of("+60198890000", "+60198890001"), stamp, answer(code, **evidence))

    assert [outcome.reason for outcome in outcomes] == [Reason.AMBIGUOUS] * 2


@pytest.mark.parametrize(
    ("of_target", "of_item", "reason"),
    [
        ("phone in the black list", None, Reason.BLOCKED_RECIPIENT),
        (None, "phone in the black list", Reason.BLOCKED_RECIPIENT),
        ("", "Phone in the BlackList", Reason.BLOCKED_RECIPIENT),
        ("号码在黑名单中", None, Reason.BLOCKED_RECIPIENT),
        ("invalid phone number", None, Reason.INVALID_RECIPIENT),
        ("insufficient balance", None, Reason.INSUFFICIENT_BALANCE),
        (None, "短信剩余量不足", Reason.INSUFFICIENT_BALANCE),
        (None, "template not approved", Reason.TEMPLATE_REFUSED),
        (None, "模板不存在", Reason.TEMPLATE_REFUSED),
        (None, "signature not found", Reason.SIGNATURE_REFUSED),
        (None, "签名未审核", Reason.SIGNATURE_REFUSED),
        ("phone in the black list", "template not approved", Reason.BLOCKED_RECIPIENT),
        ("user unsubscribed from this template", None, Reason.BLOCKED_RECIPIENT),
        ("user unsubscribed", "template not approved", Reason.BLOCKED_RECIPIENT),
        ("user opted out of balance reminders", None, Reason.BLOCKED_RECIPIENT),
        ("balance reminders are not for this user", None, None),
        (None, "the phone has unsubscribed from this signature", Reason.BLOCKED_RECIPIENT),
        (None, "号码已退订该签名的短信", Reason.BLOCKED_RECIPIENT),
        (None, "number exceeded the daily limit for this template", Reason.OTHER),
        (None, "该模板发送频率超限", Reason.OTHER),
        ("sorry", "sorry", None),
        (None, None, None),
        ("", "", None),
    ],
)
def test_details_name_a_reason_only_where_a_word_is_unmistakable(of_target, of_item, reason):
    assert reason_of_details(of_target, of_item) is reason


def test_the_readme_lists_every_refusal_under_its_reason():
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    table = readme.partition("| RetCode | reason |")[2].partition("\n\n")[0]

    listed = {
        int(code): reason
        for codes, reason in re.findall(r"^\| ([0-9, ]+) \| `(\w+)`", table, re.MULTILINE)
        for code in codes.split(",")
    }

    assert listed == REFUSALS


def test_the_readme_lists_every_code_that_may_have_been_sent():
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    [maybe] = re.findall(r"the outcome is `unknown`: (.*), and every code", readme)

    assert {int(code) for code in re.findall("[0-9]+", maybe)} == MAYBE_SENT - {18014}

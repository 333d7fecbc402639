"""Numbers that misbehave by themselves."""

import json

import pytest

from smsway.model import Reason, parse_phone
from smsway.sandbox import FAULTS, REFUSED, STRUCK, UNDELIVERED
from smsway.sandbox._faults import Level

PLAIN = "+8613700000001"


def test_every_fault_has_its_number_unless_it_strikes_before_a_phone_is_known():
    by_number = {fault.kind.name for fault in STRUCK.values()}

    assert by_number == {kind.name for kind in FAULTS.values() if kind.level is not Level.CONNECTION}
    assert all(digits.startswith("9901") for digits in STRUCK)
    assert all(digits.startswith("9900") for digits in REFUSED)
    assert all(digits.startswith("9902") for digits in UNDELIVERED)


@pytest.mark.parametrize("digits", [*REFUSED, *STRUCK, *UNDELIVERED])
@pytest.mark.parametrize("stem", ["+8613700", "+60198", "+1415"])
def test_magic_digits_make_numbers_that_can_be_texted(stem, digits):
    phone = (stem + "0" if stem == "+1415" else stem) + digits

    assert parse_phone(phone) == phone


@pytest.mark.parametrize(("digits", "reason"), REFUSED.items())
def test_a_magic_recipient_is_refused_and_the_others_are_not(sandbox, line, digits, reason):
    line.post(f"+8613700{digits}", PLAIN)

    first, second = line.answer().results
    assert (first["ok"], first["reason"]) == (False, reason)
    assert second["ok"]
    assert sandbox.texts() == {PLAIN: 1}


def test_the_refusals_are_those_a_vendor_gives_for_one_recipient():
    assert set(REFUSED.values()) == {
        Reason.INVALID_RECIPIENT,
        Reason.BLOCKED_RECIPIENT,
        Reason.RECIPIENT_RATE_LIMITED,
        Reason.INSUFFICIENT_BALANCE,
        Reason.INVALID_CONTENT,
        Reason.UNSUPPORTED_DESTINATION,
        Reason.TEMPLATE_REFUSED,
    }


def _digits(name):
    return next(digits for digits, fault in STRUCK.items() if fault.kind.name == name)


def test_a_magic_drop_after_takes_the_whole_request_and_says_nothing(sandbox, line):
    phone = f"+8613700{_digits('drop_after')}"

    line.post(PLAIN, phone)

    assert line.read_all() == b""
    assert sandbox.texts() == {PLAIN: 1, phone: 1}


def test_a_magic_drop_before_takes_nothing(sandbox, line):
    line.post(PLAIN, f"+8613700{_digits('drop_before')}")

    assert line.read_all() == b""
    assert sandbox.texts() == {}
    assert sandbox.requests()["cn"] == 1


def test_a_magic_number_strikes_every_time(sandbox, line):
    phone = f"+8613700{_digits('http_429')}"

    for _ in range(3):
        line.post(phone)
        assert line.answer().status == 429

    assert sandbox.texts() == {}


@pytest.mark.parametrize(("name", "count"), [("missing", 1), ("duplicated", 3), ("surplus", 3), ("reordered", 2)])
def test_a_magic_number_can_spoil_the_results(line, name, count):
    phone = f"+8613700{_digits(name)}"

    line.post(phone, PLAIN)

    results = line.answer().results
    assert len(results) == count
    assert (results[0]["phone"] == phone) is (name not in ("missing", "reordered"))


def test_a_magic_number_leaves_a_list_alone_that_is_too_short_to_spoil(line):
    phone = f"+8613700{_digits('reordered')}"

    line.post(phone)

    assert [each["phone"] for each in line.answer().results] == [phone]


def test_of_two_magic_numbers_the_first_in_the_request_strikes(line):
    line.post(f"+8613700{_digits('empty')}", f"+8613700{_digits('html')}")

    assert line.answer().body == b""


def test_an_injected_fault_comes_before_a_magic_one(sandbox, line):
    sandbox.inject("slow", delay=0.01, times=1)

    line.post(f"+8613700{_digits('html')}")

    assert json.loads(line.answer().body)["results"][0]["ok"]


def test_a_magic_number_does_nothing_where_the_side_never_asks_about_it(line):
    line.post(f"+8613700{_digits('html')}", template="unknown")

    assert json.loads(line.answer().body) == {"error": "template"}


@pytest.mark.parametrize(("digits", "reason"), UNDELIVERED.items())
def test_a_text_to_a_magic_phone_is_accepted_and_does_not_arrive(sandbox, line, digits, reason):
    sent = line.send(f"+8613700{digits}", PLAIN)

    assert len(sent) == 2
    assert [(each.delivery, each.reason) for each in sandbox.reports()] == [
        ("undelivered", reason),
        ("delivered", None),
    ]

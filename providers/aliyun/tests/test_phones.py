"""Phones: none is ever written so that it could be taken for another's."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given

from smsway.provider import parse_phone
from smsway.testing import e164
from smsway_aliyun._phones import NORTH_AMERICA, read_phone, write_phone
from smsway_aliyun._provider import CAPABILITIES


def test_no_country_of_the_plan_of_north_america_is_served():
    assert frozenset(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1]) == NORTH_AMERICA
    assert not any(map(CAPABILITIES.serves, NORTH_AMERICA))


@given(phone=e164())
def test_a_phone_that_is_served_is_read_as_it_was_written(phone):
    phone = parse_phone(phone)

    if CAPABILITIES.serves(phone.country):
        assert read_phone(write_phone(phone)) == phone


@pytest.mark.parametrize(
    ("phone", "written"),
    [
        ("+8613700000001", "13700000001"),
        ("+85298765432", "85298765432"),
        # Bare, it would be the number of somebody in Egypt.
        ("+862012345678", "862012345678"),
    ],
)
def test_a_mobile_of_the_mainland_is_bare_and_any_other_phone_has_its_country_code(phone, written):
    assert write_phone(parse_phone(phone)) == written


@pytest.mark.parametrize(
    "written", ["13700000001", "+13700000001", "+8613700000001", "8613700000001", "008613700000001"]
)
def test_every_documented_form_of_the_mainland_is_read(written):
    assert read_phone(written) == "+8613700000001"


@pytest.mark.parametrize(
    "written", ["", "1370000****", "137 0000 0001", "0137", "abc", "++85298765432", "99999999999", "\u0661" * 11]
)
def test_what_is_no_phone_is_none(written):
    assert read_phone(written) is None

"""Phones, in any spelling that the vendor has been seen to use."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import Phone
from smsway_usms._phones import LOOKS_LIKE_ONE, read_phone, write_phone


@pytest.mark.parametrize(
    "written",
    [
        "(86)18500000507",
        "(0086)18500000507",
        "(+86)18500000507",
        "(86) 185-0000-0507",
        "+8618500000507",
        "008618500000507",
        "8618500000507",
        "18500000507",
    ],
)
def test_a_mainland_phone_is_read_in_every_spelling(written):
    assert read_phone(written) == "+8618500000507"


@pytest.mark.parametrize(
    "written", ["(60)198890000", "(0060)198890000", "+60198890000", "0060198890000", "60198890000"]
)
def test_a_phone_abroad_is_read_with_its_calling_code(written):
    assert read_phone(written) == "+60198890000"


# The same eleven digits are a mobile number in mainland China and, behind a plus or in brackets, one in area code 310.
@pytest.mark.parametrize(
    ("written", "phone"),
    [
        ("13105551234", "+8613105551234"),
        ("131-0555-1234", "+8613105551234"),
        ("+13105551234", "+13105551234"),
        ("131 0555 1234", "+8613105551234"),
        ("+1 310-555-1234", "+13105551234"),
        ("1-310-555-1234", "+13105551234"),
        ("1 310 555 1234", "+13105551234"),
        ("(1)3105551234", "+13105551234"),
        ("0013105551234", "+13105551234"),
    ],
)
def test_bare_digits_that_can_be_a_chinese_mobile_number_are_one(written, phone):
    assert read_phone(written) == phone


@pytest.mark.parametrize("written", ["+12025550123", "(1)2025550123", "12025550123"])
def test_eleven_digits_that_are_no_chinese_mobile_number_begin_with_their_calling_code(written):
    assert read_phone(written) == "+12025550123"


@pytest.mark.parametrize(
    "written",
    ["", "198890000", "185XXXX0507", "185****9057", "QbPtKJPa", "(86)1", "(999)12345678", "()1", "(\uff11)18500000507"],
)
def test_what_can_be_no_phone_is_not_read(written):
    assert read_phone(written) is None


@given(
    st.sampled_from(
        ["+8618500000507", "+60198890000", "+12025550123", "+390612345678", "+85251234567", "+4915112345678"]
    )
)
def test_what_is_written_is_read_again(phone):
    written = write_phone(Phone(phone))

    assert read_phone(written) == phone
    assert re.search(LOOKS_LIKE_ONE, written)


@given(st.text("0123456789()+- x\uff11*", max_size=20) | st.text())
def test_whatever_is_written_is_a_phone_or_nothing(written):
    phone = read_phone(written)

    assert phone is None or re.fullmatch(r"\+[1-9][0-9]{6,14}", phone)

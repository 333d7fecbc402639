"""Phones: judged by phonenumbers itself, and never shown whole by accident."""

import re
from enum import Enum

import phonenumbers
import pytest
from hypothesis import assume, example, given, reject, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from smsway.model import Locator, Phone, mask, parse_phone
from smsway.model._phone import _digits, _parse_slowly

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
TYPES = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE)
EXAMPLES = [
    (region, number)
    for region in REGIONS
    for kind in TYPES
    if (number := phonenumbers.example_number_for_type(region, kind)) is not None
]
CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
SHARED = {code: regions for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items() if len(regions) > 1}
EXAMPLES_OF_SHARED = [number for region, number in EXAMPLES if number.country_code in SHARED]
SEPARATORS = st.sampled_from([" ", "-", ".", " (", ") ", "\u00a0", "\uff0d"])


def e164(raw, region=None):
    return phonenumbers.format_number(phonenumbers.parse(raw, region), PhoneNumberFormat.E164)


def verdict(parse, raw, region=None):
    """Return the phone, or why there is none."""
    try:
        return str(parse(raw, region))
    except ValueError as error:
        return f"error: {error}"


def reason(raw, region=None):
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # its text is what is tested
        parse_phone(raw, region)
    return str(caught.value)


def test_every_region_has_an_example():
    assert {region for region, _ in EXAMPLES} == set(REGIONS)


@pytest.mark.parametrize("style", [PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.RFC3966])
def test_the_examples_of_every_region_parse_as_phonenumbers_parses_them(style):
    for _, number in EXAMPLES:
        raw = phonenumbers.format_number(number, style)

        assert str(parse_phone(raw)) == e164(raw)


def test_the_national_form_of_every_region_needs_only_the_region():
    for region, number in EXAMPLES:
        raw = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)

        assert str(parse_phone(raw, region)) == e164(raw, region)


def test_the_parts_and_the_country_of_the_examples_are_those_of_phonenumbers():
    for _, number in EXAMPLES:
        phone = parse_phone(phonenumbers.format_number(number, PhoneNumberFormat.E164))

        again = phonenumbers.parse(str(phone))
        assert phone.calling_code == str(again.country_code)
        assert phone.national == phonenumbers.national_significant_number(again)
        found = phonenumbers.region_code_for_number(again)
        assert found is None or phone.country == found


@given(st.sampled_from(EXAMPLES), st.text("0123456789", min_size=1, max_size=6))
def test_other_last_digits_of_an_example_parse_as_phonenumbers_parses_them(drawn, tail):
    raw = phonenumbers.format_number(drawn[1], PhoneNumberFormat.E164)
    raw = raw[: -len(tail)] + tail

    assert verdict(parse_phone, raw) == verdict(_parse_slowly, raw)


@settings(max_examples=1000)
@given(st.sampled_from(CODES), st.text("0123456789", min_size=3, max_size=15))
@example(1, "7901841")
@example(86, "115279288345")
@example(375, "80970481705")
def test_the_fast_path_agrees_with_the_slow_one(code, rest):
    raw = f"+{code}{rest}"

    assert verdict(parse_phone, raw) == verdict(_parse_slowly, raw)


@given(st.text())
@example("+86\u0661\u0663\u0667" + "\u0668" * 8)
@example("+8613788888888\n")
@example("+")
def test_any_text_is_a_phone_in_ascii_or_an_error(raw):
    found = verdict(parse_phone, raw)

    assert found == verdict(_parse_slowly, raw)
    assert found.startswith("error: ") or (found[0] == "+" and found[1:].isascii() and found[1:].isdigit())


@given(st.sampled_from(EXAMPLES), st.lists(SEPARATORS, min_size=1, max_size=3), st.data())
def test_a_phone_is_its_own_normal_form(drawn, separators, data):
    raw = phonenumbers.format_number(drawn[1], PhoneNumberFormat.E164)
    spaced = raw
    for separator in separators:
        place = data.draw(st.integers(5, len(spaced)))
        spaced = spaced[:place] + separator + spaced[place:]

    found = verdict(parse_phone, spaced)

    assert found == verdict(_parse_slowly, spaced)
    assert found.startswith("error: ") or verdict(parse_phone, found) == found


@pytest.mark.parametrize(
    ("raw", "phone"),
    [
        ("+44 (0)20 7946 0018", "+442079460018"),
        ("+4402079460018", "+442079460018"),
        ("+39 06 698 82000", "+390669882000"),
        ("+86 0 10 6552 9988", "+861065529988"),
        ("+49 0151 23456789", "+4915123456789"),
    ],
)
def test_a_trunk_zero_goes_where_the_numbering_plan_has_one_and_stays_in_italy(raw, phone):
    assert str(parse_phone(raw)) == phone


@pytest.mark.parametrize(
    ("raw", "region", "phone"),
    [
        ("137 8888 8888", "CN", "+8613788888888"),
        ("07400 123456", "GB", "+447400123456"),
        ("8 (912) 345-67-89", "RU", "+79123456789"),
        ("011 44 7400 123456", "US", "+447400123456"),
        ("+60198890000", "CN", "+60198890000"),
    ],
)
def test_national_form_is_read_with_the_region(raw, region, phone):
    assert str(parse_phone(raw, region)) == phone


@pytest.mark.parametrize(
    ("phone", "calling_code", "country"),
    [
        ("+12015550123", "1", "US"),
        ("+15062345678", "1", "CA"),
        ("+18762101234", "1", "JM"),
        ("+79123456789", "7", "RU"),
        ("+77710009998", "7", "KZ"),
        ("+447400123456", "44", "GB"),
        ("+447781123456", "44", "GG"),
        ("+447797712345", "44", "JE"),
        ("+441624756789", "44", "IM"),
        ("+80012345678", "800", "001"),
        ("+870773111632", "870", "001"),
        ("+8613788888888", "86", "CN"),
        ("+85251234567", "852", "HK"),
    ],
)
def test_a_shared_calling_code_is_told_apart_by_country(phone, calling_code, country):
    parsed = parse_phone(phone)

    assert (parsed.calling_code, parsed.country) == (calling_code, country)
    assert f"+{parsed.calling_code}{parsed.national}" == phone


def country_by_phonenumbers(phone):
    number = phonenumbers.parse(phone)
    return phonenumbers.region_code_for_number(number) or SHARED[number.country_code][0]


@settings(max_examples=1000)
@given(st.sampled_from(EXAMPLES_OF_SHARED), st.text("0123456789", max_size=7))
def test_countries_that_share_a_code_are_told_apart_as_phonenumbers_does(number, tail):
    raw = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    raw = raw[: len(raw) - len(tail)] + tail
    assume(not verdict(parse_phone, raw).startswith("error"))

    phone = parse_phone(raw)

    assert phone.country == country_by_phonenumbers(phone)


@settings(max_examples=500)
@given(st.sampled_from(sorted(SHARED)), st.text("0123456789", min_size=6, max_size=12))
def test_any_digits_after_a_shared_code_belong_to_the_country_that_phonenumbers_says(code, rest):
    raw = f"+{code}{rest}"
    assume(not verdict(parse_phone, raw).startswith("error"))

    phone = parse_phone(raw)

    assert phone.country == country_by_phonenumbers(phone)


def test_a_code_that_nobody_has_is_of_no_country():
    assert Phone("+999123456789").country == "001"


def test_a_number_that_no_country_of_its_code_claims_counts_for_the_main_one():
    assert parse_phone("+19995550123").country == "US"


@pytest.mark.parametrize(
    ("raw", "region", "words"),
    [
        ("13788888888", None, "no region is given"),
        ("13788888888", "cn", "region 'cn'"),
        ("not a phone", None, "not a phone number"),
        ("+999123456789", None, "not in E.164"),
        ("+86137", None, "too short"),
        ("+861378888888899", None, "too long"),
        ("+12015550123 ext. 9", None, "extension"),
        ("+1800FLOWERS", None, "letters"),
        ("1800flowers", "US", "letters"),
        ("", "CN", "not a phone number"),
    ],
)
def test_each_refusal_says_what_is_wrong(raw, region, words):
    assert words in reason(raw, region)


@given(st.text("0123456789+ -", min_size=5, max_size=40), st.sampled_from([None, "CN", "US", "IT"]))
def test_no_error_quotes_the_number(raw, region):
    found = verdict(parse_phone, raw, region)

    if found.startswith("error: "):
        own = found.replace("+8613712345678", "").replace("E.164", "").replace("3166-1", "")
        assert not any(character.isdigit() for character in own)


def test_the_repr_is_masked_and_the_text_is_not():
    phone = Phone("+8613788888888")

    assert repr(phone) == "+86*********88"
    assert str(phone) == f"{phone}" == "+8613788888888"
    assert "13788888" not in repr([phone])


@given(st.text("+0123456789", max_size=20))
def test_a_mask_keeps_the_length_and_shows_at_most_five_characters(phone):
    masked = mask(phone)

    assert len(masked) == len(phone)
    assert len(masked) - masked.count("*") <= 5
    assert len(phone) >= 8 or set(masked) <= {"*"}


@given(st.sets(st.integers(1, 15)), st.text("0123456789", max_size=16))
def test_a_pattern_takes_as_many_digits_as_it_was_told_and_no_others(lengths, digits):
    found = re.fullmatch(f"(?:{_digits(lengths)})", digits)

    assert (found is not None) == (len(digits) in lengths)


def numbers_like(example):
    """Numbers of which many, and rarely all, are like an example of some country."""
    raw = phonenumbers.format_number(example[1], PhoneNumberFormat.E164)
    tails = st.text("0123456789", min_size=4, max_size=4).map(lambda tail: raw[:-4] + tail)
    odd = st.sampled_from(
        [raw[:-1], f"{raw}0", f"{raw}\n", f"{raw}\n{raw}", f" {raw}", raw[1:], "", "\n", "+", f"+{raw}"]
    )
    return st.tuples(tails, st.lists(st.one_of(tails, tails, tails, odd), max_size=6))


@settings(max_examples=1000)
@given(st.sampled_from(EXAMPLES).flatmap(numbers_like), st.sampled_from(EXAMPLES))
def test_those_who_are_alike_are_what_each_is_alone(drawn, other):
    first, others = drawn
    locate = Locator()
    try:
        _, country = locate(first)
    except ValueError:
        reject()

    if locate.are_alike([*map(Phone, others)]):
        assert [Locator()(each) for each in others] == [(each, country) for each in others]
    elsewhere = phonenumbers.format_number(other[1], PhoneNumberFormat.E164)
    assert not locate.are_alike([*map(Phone, others), Phone(elsewhere)]) or parse_phone(elsewhere).country == country


def test_numbers_of_one_country_are_alike_and_others_are_not():
    locate = Locator()
    locate("+8613788888888")

    def alike(*texts):
        return locate.are_alike([*map(Phone, texts)])

    assert alike("+8613788888889", "+8613788888888", "+861065432100")
    assert alike()
    assert not alike("+8613788888889\n+8613788888880")
    assert not alike("+8613788888889", "+6598765432")
    assert not alike("+8613788888889\n")
    locate("+12015550123")
    assert not alike("+12015550124")


class Desk(str, Enum):  # noqa: UP042  # whose text is its name, unlike that of a StrEnum
    FRONT = "+8613788888888"
    HOME = "13788888888"


@pytest.mark.parametrize("desk", Desk)
def test_what_a_text_says_of_itself_is_not_its_number(desk):
    assert parse_phone(desk, "CN") == "+8613788888888"

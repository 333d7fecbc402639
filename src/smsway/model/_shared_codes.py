"""Tells the countries apart that share a calling code, as phonenumbers does, with one pattern per code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata
from phonenumbers.phonemetadata import PhoneNumberDesc


def country_of(code: str, national: str) -> str:
    """Return the country of the *national* number under calling *code*; the main one if none claims it."""
    found = _pattern(code).match(national)
    return (found and found.lastgroup) or COUNTRY_CODE_TO_REGION_CODE[int(code)][0]


@cache
def _pattern(code: str) -> re.Pattern[str]:
    """Return a pattern with one group per country, in the order in which they are asked."""
    # Asked one by one, as phonenumbers does, 25 countries and ten kinds of numbers for +1 cost thirty times as much.
    return re.compile("|".join(f"(?P<{region}>{_claim(region)})" for region in COUNTRY_CODE_TO_REGION_CODE[int(code)]))


def _claim(region: str) -> str:
    """Return what a number matches that *region* claims: its first digits, or a kind of numbers that it has."""
    metadata = PhoneMetadata.metadata_for_region(region)
    assert metadata is not None  # noqa: S101  # the regions come from the same tables
    if metadata.leading_digits is not None:
        return f"(?:{metadata.leading_digits})"
    kinds = (
        metadata.premium_rate,
        metadata.toll_free,
        metadata.shared_cost,
        metadata.voip,
        metadata.personal_number,
        metadata.pager,
        metadata.uan,
        metadata.voicemail,
        metadata.fixed_line,
        metadata.mobile,
    )
    general = "|".join(_whole(metadata.general_desc)) or "(?!)"
    return f"(?={general})(?:{'|'.join(each for kind in kinds for each in _whole(kind)) or '(?!)'})"


def _whole(kind: PhoneNumberDesc | None) -> Iterator[str]:
    """Yield the pattern of all numbers of *kind*, if there are any."""
    if kind is not None and kind.national_number_pattern:
        lengths = "|".join(f"[0-9]{{{length}}}" for length in kind.possible_length if length > 0)
        yield f"(?=(?:{lengths or '[0-9]*'})\\Z)(?:{kind.national_number_pattern})\\Z"

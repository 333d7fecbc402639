"""Phone numbers: normalized once to E.164, split, and masked wherever they could be printed by accident."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

_CLEAN = re.compile(r"\+[1-9][0-9]{6,14}")

# The only country of each calling code; empty where several share it.
_COUNTRY_OF = {
    str(code): regions[0] if len(regions) == 1 else "" for code, regions in COUNTRY_CODE_TO_REGION_CODE.items()
}

WORLD = "001"
"""The country of numbers that belong to no country, such as satellite and freephone ranges."""


class Phone(str):
    """A number in E.164, `+8613788888888`.

    `str()` and formatting give the number; `repr()` gives it masked, so that it does not
    reach logs and tracebacks by accident.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return mask(self)

    @property
    def calling_code(self) -> str:
        """The country calling code, `86`."""
        return calling_code(self)

    @property
    def national(self) -> str:
        """The number without plus and calling code, `13788888888`."""
        return self[1 + len(calling_code(self)) :]

    @property
    def country(self) -> str:
        """The ISO 3166-1 alpha-2 code of the country, `CN`; `001` for numbers of no country."""
        return country(self)


def mask(phone: str) -> str:
    """Show enough of *phone* to recognize it and too little to call it: `+86*********88`."""
    if len(phone) < 8:
        return "*" * len(phone)
    return f"{phone[:3]}{'*' * (len(phone) - 5)}{phone[-2:]}"


def calling_code(phone: str) -> str:
    """Return the country calling code of an E.164 *phone*; empty if no country has it."""
    # No code is the beginning of another.
    for end in (3, 4, 2):
        code = phone[1:end]
        if code in _COUNTRY_OF:
            return code
    return ""


def country(phone: str) -> str:
    """Return the ISO 3166-1 alpha-2 code of an E.164 *phone*, or `001`."""
    return _COUNTRY_OF[calling_code(phone)] or _country_of_shared_code(phone)


@lru_cache(maxsize=65_536)
def _country_of_shared_code(phone: str) -> str:
    number = phonenumbers.parse(phone)
    region = phonenumbers.region_code_for_number(number)
    return region or COUNTRY_CODE_TO_REGION_CODE[number.country_code or 0][0]


@lru_cache(maxsize=256)
def _numbering_plan(code: str) -> tuple[frozenset[int], re.Pattern[str]]:
    """Return the lengths of national numbers under a calling code, and what may be a trunk prefix before one."""
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(int(code), COUNTRY_CODE_TO_REGION_CODE[int(code)][0])
    lengths = metadata.general_desc.possible_length if metadata is not None and metadata.general_desc else ()
    prefix = metadata.national_prefix_for_parsing if metadata is not None else None
    return frozenset(lengths), re.compile(prefix or "(?!)")


def parse_phone(raw: str, region: str | None = None) -> Phone:
    """Normalize *raw* to E.164.

    *region* (ISO 3166-1 alpha-2) is needed for numbers in national form. Raises `ValueError`
    with a reason that does not quote the number.
    """
    if _CLEAN.fullmatch(raw) and (code := calling_code(raw)):
        lengths, trunk_prefix = _numbering_plan(code)
        rest = raw[1 + len(code) :]
        if len(rest) in lengths and not trunk_prefix.match(rest):
            return Phone(raw)
    return _parse_slowly(raw, region)


@lru_cache(maxsize=65_536)
def _parse_slowly(raw: str, region: str | None) -> Phone:
    if region is not None and region not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"region {region!r} is not an ISO 3166-1 alpha-2 code such as 'CN'")
    try:
        number = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE and region is None:
            raise ValueError("not in E.164 (+ and country code), and no region is given for national form") from None
        raise ValueError("not a phone number; write it in E.164, such as +8613712345678") from None
    if number.extension:
        raise ValueError("has an extension, which cannot be texted")
    why = _IMPOSSIBLE.get(phonenumbers.is_possible_number_with_reason(number))
    if why:
        raise ValueError(why)
    return Phone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


_IMPOSSIBLE = {
    phonenumbers.ValidationResult.INVALID_COUNTRY_CODE: "has a calling code that no country uses",
    phonenumbers.ValidationResult.TOO_SHORT: "is too short for its country",
    phonenumbers.ValidationResult.TOO_LONG: "is too long for its country",
    phonenumbers.ValidationResult.INVALID_LENGTH: "has a length that its country does not use",
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "lacks its area code",
}

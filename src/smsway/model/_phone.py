"""Phone numbers: normalized once to E.164, split, and masked wherever they could be printed by accident."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

from smsway.model._shared_codes import country_of


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
        """The country calling code, `86`; empty if no country has it."""
        plan = _plan_of(self[1:4])
        return plan.code if plan is not None else ""

    @property
    def national(self) -> str:
        """The number without plus and calling code, `13788888888`."""
        return self.split_code()[1]

    def split_code(self) -> tuple[str, str]:
        """Return the calling code and the number without it, `("86", "13788888888")`."""
        plan = _plan_of(self[1:4])
        code = plan.code if plan is not None else ""
        return code, self[1 + len(code) :]

    @property
    def country(self) -> str:
        """The ISO 3166-1 alpha-2 code of the country, `CN`; `001` for numbers of no country."""
        return _country_of(self, _plan_of(self[1:4]))


def mask(phone: str) -> str:
    """Show enough of *phone* to recognize it and too little to call it: `+86*********88`."""
    if len(phone) < 8:
        return "*" * len(phone)
    return f"{phone[:3]}{'*' * (len(phone) - 5)}{phone[-2:]}"


@dataclass(frozen=True, slots=True)
class _Plan:
    """The numbers under one calling code.

    *country* is empty where several share the code. *clean* matches a whole number in E.164 that needs no second look:
    its length is one that the code has, and no trunk prefix stands before the national number.
    """

    code: str
    country: str
    clean: re.Pattern[str]


@lru_cache(maxsize=1000)
def _plan_of(prefix: str) -> _Plan | None:
    """Return the plan of the numbers whose first three digits are *prefix*; `None` if no country has them."""
    # No code is the beginning of another.
    for code in (prefix[:2], prefix, prefix[:1]):
        regions = COUNTRY_CODE_TO_REGION_CODE.get(int(code)) if _DIGITS.fullmatch(code) else None
        if regions:
            return _Plan(code, regions[0] if len(regions) == 1 else "", _clean(code, regions[0]))
    return None


_DIGITS = re.compile("[1-9][0-9]*")
_LETTERS = re.compile("[A-Za-z]")


def _clean(code: str, region: str) -> re.Pattern[str]:
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(int(code), region)
    general = metadata.general_desc if metadata is not None else None
    # Lengths beyond those of E.164 are there as well.
    lengths = [n for n in (general.possible_length if general else ()) if 7 <= len(code) + n <= 15]
    trunk_prefix = (metadata.national_prefix_for_parsing if metadata is not None else None) or "(?!)"
    return re.compile(rf"\+{code}(?!{trunk_prefix})(?:{_digits(lengths)})")


def _digits(lengths: Sequence[int]) -> str:
    """Return a pattern of as many digits as one of *lengths* says, with as few branches as that takes."""
    spans: list[tuple[int, int]] = []
    for length in sorted(lengths):
        if spans and spans[-1][1] == length - 1:
            spans[-1] = spans[-1][0], length
        else:
            spans.append((length, length))
    return "|".join(f"[0-9]{{{first},{last}}}" for first, last in spans) or "(?!)"


def _country_of(phone: str, plan: _Plan | None) -> str:
    if plan is None:
        return "001"
    return plan.country or country_of(plan.code, phone[1 + len(plan.code) :])


def parse_phone(raw: str, region: str | None = None) -> Phone:
    """Normalize *raw* to E.164.

    *region* (ISO 3166-1 alpha-2) is needed for numbers in national form. Raises `ValueError`
    with a reason that does not quote the number.
    """
    return Locator(region)(raw)[0]


class Locator:
    """Normalizes numbers, one after the other, and tells the country of each.

    *region* is that of numbers in national form. Whoever has many may ask first whether the others `are_alike`.
    """

    __slots__ = ("_clean", "_region", "country")

    def __init__(self, region: str | None = None) -> None:
        self._region = region
        self._clean: re.Pattern[str] | None = None
        self.country = ""
        """The `Phone.country` of the number that was normalized last, and of those that are alike."""

    def __call__(self, raw: str) -> tuple[Phone, str]:
        """Return *raw* as `parse_phone` does, and its `country`; raises `ValueError` as that does."""
        # What it holds, and not what a subclass says that it is: that of an enum is its name.
        raw = str.__str__(raw)
        plan = _plan_of(raw[1:4])
        if plan is not None and plan.clean.fullmatch(raw):
            self._clean = plan.clean if plan.country else None
            self.country = plan.country or _country_of(raw, plan)
            return Phone(raw), self.country
        phone = _parse_slowly(raw, self._region)
        self._clean, self.country = None, phone.country
        return phone, self.country

    def are_alike(self, phones: Sequence[Phone]) -> bool:
        """True if all *phones* are in E.164, and in the same country as the last number, without doubt.

        They are texts that nobody has looked at yet, given as phones lest a traceback shows them.
        """
        if not phones or self._clean is None:
            return not phones
        return "\n".join(phones).count("\n") == len(phones) - 1 and bool(
            _many(self._clean).fullmatch("\n".join(phones))
        )


@lru_cache(maxsize=1000)
def _many(clean: re.Pattern[str]) -> re.Pattern[str]:
    """Return what matches lines that *clean* matches: one text takes half the time of as many as it has lines."""
    return re.compile(f"(?:{clean.pattern}\n)*+{clean.pattern}", re.MULTILINE)


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
    if _LETTERS.search(raw.removeprefix("tel:")):
        # They would be dialled as the digits they stand for, and so text whoever has that number.
        raise ValueError("holds letters; write its digits")
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

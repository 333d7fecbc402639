"""Phones as the vendor writes them, and as it wants them written."""

from __future__ import annotations

import re

from smsway.provider import Phone, parse_phone

NORTH_AMERICA = frozenset(
    {
        *("AG", "AI", "AS", "BB", "BM", "BS", "CA", "DM", "DO", "GD", "GU", "JM", "KN", "KY", "LC", "MP", "MS", "PR"),
        *("SX", "TC", "TT", "US", "VC", "VG", "VI"),
    }
)
"""The countries of +1. Their numbers, written as the vendor wants them, look like mobile ones of the mainland:
`13105551234` is one in Los Angeles and one of China Unicom, and no page says which of them would be texted."""

_MOBILE = re.compile("1[0-9]{10}")
_MAINLAND = re.compile(r"(?:\+86|0086|86|\+)?(1[0-9]{10})")
_ABROAD = re.compile(r"\+?[1-9][0-9]{4,14}")


def write_phone(phone: Phone) -> str:
    """Write *phone* as records and callbacks do: `13700000001` in the mainland, and `85298765432` elsewhere.

    A number of the mainland that is no mobile one keeps its country code, without which it could be taken for one of
    another country; the vendor refuses it.
    """
    return phone.national if phone.calling_code == "86" and _MOBILE.fullmatch(phone.national) else phone[1:]


def read_phone(written: str) -> Phone | None:
    """Read a phone in any documented form; `None` if there can be no such number.

    Eleven digits that begin with a 1 are a number of the mainland.
    """
    mainland, abroad = _MAINLAND.fullmatch(written), _ABROAD.fullmatch(written)
    if mainland is None and abroad is None:
        return None
    try:
        return parse_phone(f"+86{mainland[1]}" if mainland else f"+{written.removeprefix('+')}")
    except ValueError:
        return None

"""How many segments a text takes, and so what it costs."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

# 3GPP TS 23.038 §6.2.1: the default alphabet, and its extension table, whose characters take two septets.
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = "\f^{}\\[~]|€"
_GSM = re.compile(f"[{re.escape(_BASIC + _EXTENSION)}]*")
_ESCAPED = re.compile(f"[{re.escape(_EXTENSION)}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRule:
    """How a provider bills the length of a text to some destination.

    *gsm* and *ucs2* are the units that fit into a single text and into each part of a longer one
    (septets and UTF-16 code units). `gsm=None` bills every text as UCS-2. *signature* is how a
    signature that counts is put in front of the text, such as `[{}]`; `None` if it does not count.
    """

    gsm: tuple[int, int] | None = (160, 153)
    ucs2: tuple[int, int] = (70, 67)
    signature: str | None = None


STANDARD = SegmentRule()
"""The rule of 3GPP TS 23.040: 160/153 septets or 70/67 UTF-16 code units."""


def is_gsm(text: str) -> bool:
    """True if every character of *text* is in the GSM 7-bit default alphabet or its extension table."""
    return _GSM.fullmatch(text) is not None


def count_segments(text: str, rule: SegmentRule = STANDARD) -> int:
    """Count the segments that *text* takes under *rule*; the empty text takes one.

    A character of two units (an escaped GSM character, a UTF-16 surrogate pair) is never split over
    two segments.
    """
    if rule.gsm is not None and is_gsm(text):
        units, wide, (single, part) = len(text), _ESCAPED, rule.gsm
    else:
        units, wide, (single, part) = len(text), _ASTRAL, rule.ucs2
    pairs = sum(1 for _ in wide.finditer(text))
    if units + pairs <= single:
        return 1
    if not pairs:
        return math.ceil(units / part)
    return _parts_without_splitting(text, wide, part)


_ASTRAL = re.compile(r"[\U00010000-\U0010ffff]")


def _parts_without_splitting(text: str, wide: re.Pattern[str], part: int) -> int:
    parts, used = 1, 0
    for character in text:
        size = 2 if wide.match(character) else 1
        if used + size > part:
            parts, used = parts + 1, 0
        used += size
    return parts

"""Phones as USMS writes them, and as it wants them written."""

from __future__ import annotations

import re
from typing import Final

from smsway.provider import Phone, parse_phone

LOOKS_LIKE_ONE: Final = r"^[0-9()+ -]{3,32}$"
"""What a phone of any spelling is made of."""

_PUNCTUATION = str.maketrans("", "", "+ -")
_CODE = re.compile(r"\((?:00)?([1-9][0-9]{0,3})\)([0-9]+)")
# No calling code means mainland China (docs.ucloud.cn/api/usms-api/send_batch_usms_message), whose mobile numbers are
# these. The vendor does not say how it writes the others in receipts, so any other number without marks is taken to
# begin with its calling code. 13105551234 could be +1 310 555 1234, but bare numbers of this kind are Chinese in all of
# the vendor's examples. One that is set apart as 1-310-555-1234 begins with a calling code.
_MAINLAND = re.compile(r"1[3-9][0-9]{9}")
_CODE_APART = re.compile(r"\+|^[ -]*1[ -]")


def write_phone(phone: Phone) -> str:
    """Write *phone* as `(60)198890000`, for without the calling code it is taken for a mainland Chinese one."""
    code, national = phone.split_code()
    return f"({code}){national}"


def read_phone(written: str) -> Phone | None:
    """Read a phone in any spelling: `(86)185...`, `(0086)185...`, `+86185...`, `86185...` or `185...`.

    Returns `None` if there can be no such number.
    """
    digits = written.translate(_PUNCTUATION)
    coded = _CODE.fullmatch(digits)
    if coded is not None:
        digits = coded[1] + coded[2]
    elif _MAINLAND.fullmatch(digits) and not _CODE_APART.search(written):
        digits = f"86{digits}"
    digits = digits.removeprefix("00")
    try:
        return parse_phone(f"+{digits}") if digits.isdecimal() and digits.isascii() else None
    except ValueError:
        return None

"""The numbers that name templates and signatures: whole numbers on the wire, digits in text everywhere else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import BeforeValidator

from smsway.provider import InvalidCall

MOST = 100
"""How many templates or signatures one request can look up or list."""

_DIGITS = re.compile(r"[0-9]{1,20}")


def _digits(value: object) -> str:
    # The vendor writes the id of a new template as text, and every other id as a number.
    text = str(value) if type(value) is int else value
    if isinstance(text, str) and _DIGITS.fullmatch(text):
        return text
    raise ValueError("is no id")


VendorId = Annotated[str, BeforeValidator(_digits)]
"""An id as the vendor writes it, number or text, read as digits in text."""


def number_of(name: str, value: str) -> int:
    """Return the id *value* as a number; raises `InvalidCall`, which calls the argument *name*."""
    if isinstance(value, str) and _DIGITS.fullmatch(value) and int(value) < 2**64:
        return int(value)
    raise InvalidCall(f"{name}: {value!r} is no id of TencentCloud; give its digits in text, such as '1800308'")


def numbers_of(name: str, values: Sequence[str]) -> list[int]:
    """Return the ids *values* as numbers, each once; raises `InvalidCall`."""
    # A text is a sequence of texts, and its every digit would be an id.
    if not isinstance(values, Sequence) or isinstance(values, str | bytes):
        raise InvalidCall(f"{name}: {values!r} is no list of ids; give one, such as ['1800308']")
    return list(dict.fromkeys(number_of(f"{name}[{index}]", value) for index, value in enumerate(values)))

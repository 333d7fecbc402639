"""Countries in the file, as ISO 3166-1 says them."""

from __future__ import annotations

from typing import Annotated

from phonenumbers import SUPPORTED_REGIONS
from pydantic import AfterValidator


def _is_country(code: str) -> str:
    if code not in SUPPORTED_REGIONS:
        raise ValueError("is not an ISO 3166-1 alpha-2 code such as 'CN'")
    return code


def _is_destination(code: str) -> str:
    return code if code == "*" else _is_country(code)


Country = Annotated[str, AfterValidator(_is_country)]
Destination = Annotated[str, AfterValidator(_is_destination)]

"""The v5 API as the sandbox plays it, its calls that send nothing: what they all have.

Like the rest of the sandbox side, they share no wire code with the client side of this package.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from smsway.provider import SandboxDesk
from smsway_tencent_v5._sandbox_send import Object, Refused


class Signed(TypedDict):
    """What every package has."""

    sig: str
    time: int


class Call(NamedTuple):
    """A call: the *shape* of its package, what *answer* it gets, and in which field the *words* of a refusal stand.

    *answer* is told the time zone of the vendor's times, and raises `Refused`.
    """

    shape: TypeAdapter[Any]
    answer: Callable[[Object, SandboxDesk, tzinfo], Object]
    words: str = "errmsg"

    def check(self, body: Object) -> None:
        """Check that all fields are there with their types and within their limits; raises `Refused` with 1004."""
        try:
            self.shape.validate_python(body, strict=True)
        except ValidationError as error:
            raise Refused(1004, f"package format error, {error.errors()[0]['loc'][0]}") from None


def local_time(moment: float, zone: tzinfo) -> str:
    """Write a moment as the vendor does."""
    return f"{datetime.fromtimestamp(moment, zone):%Y-%m-%d %H:%M:%S}"

"""USMS as the sandbox plays it, what its actions share: parameters that go in, and verdicts that come out.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

Verdict: TypeAlias = tuple[int, dict[str, object]]
"""The RetCode, and the members of the answer beside it."""

MISSING: Final = 18001
WRONG_TYPE: Final = 18002
NOT_VALID: Final = 18003
UNDER_REVIEW: Final = NOT_VALID
"""Our assumption: the pages say that what is under review cannot be deleted, and not which code says so."""

# The vendor publishes meanings, not the sentences; these are ours.
MESSAGES: Mapping[int, str] = MappingProxyType(
    {
        110: "no response within 60 seconds",
        153: "too many requests",
        160: "Action is missing",
        161: "Action does not exist",
        170: "Signature is missing",
        171: "Signature is wrong",
        172: "account does not exist",
        174: "token does not exist",
        291: "no permission for this action",
        292: "project does not exist",
        18000: "TaskContent is not base64 of a JSON text",
        MISSING: "a parameter is missing",
        WRONG_TYPE: "a parameter has the wrong type",
        NOT_VALID: "a parameter is not valid",
        18004: "service fault, not submitted",
        18013: "insufficient balance",
        18014: "invalid phone number",
        18016: "signature does not exist or is not approved",
        18017: "template does not exist or is not approved",
        18018: "parameters do not match the template",
        18019: "too many numbers",
        18023: "content holds a word that carriers refuse",
        18046: "some messages failed, see FailContent",
    }
)


class Flaw(Exception):
    """A parameter for which the whole request is refused with this RetCode."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Form:
    """The parameters of a request, read by their documented types; whatever is not of them is a `Flaw`."""

    params: Mapping[str, str]

    def text(self, name: str, *, longest: int | None = None) -> str:
        """Return a required text."""
        value = self.optional_text(name, longest=longest)
        if not value:
            raise Flaw(MISSING)
        return value

    def optional_text(self, name: str, *, longest: int | None = None) -> str:
        """Return a text, empty if there is none."""
        value = self.params.get(name, "")
        if longest is not None and len(value) > longest:
            raise Flaw(NOT_VALID)
        return value

    def number(self, name: str, least: int, most: int | None = None) -> int:
        """Return a required number from *least* to *most*."""
        value = self.text(name)
        if not re.fullmatch("-?[0-9]{1,9}", value):
            raise Flaw(WRONG_TYPE)
        number = int(value)
        if number < least or (most is not None and number > most):
            raise Flaw(NOT_VALID)
        return number

    def flag(self, name: str) -> bool:
        """Return a boolean, False if there is none."""
        value = self.params.get(name, "") or "false"
        if value not in {"true", "false"}:
            raise Flaw(WRONG_TYPE)
        return value == "true"

    def texts(self, name: str) -> list[str]:
        """Return a required array, which is written as `name.0`, `name.1` and so on."""
        places = sorted(
            (int(index), each) for each in self.params for index in re.findall(rf"{name}\.([0-9]{{1,9}})$", each)
        )
        values = [self.params[each] for _, each in places]
        if not values or not all(values):
            raise Flaw(MISSING)
        return values

    def one_of(self, name: str, *known: str) -> str:
        """Return a required word that is one of those *known*."""
        value = self.text(name)
        if value not in known:
            raise Flaw(NOT_VALID)
        return value

"""What the sections of the configuration file are made of."""

from __future__ import annotations

from datetime import time
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PositiveFloat, WithJsonSchema

from smsway._rules import LIMIT, WINDOW

_PREFIX = r"^\+[1-9][0-9]{0,14}$"
_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"

SHAPES = {
    LIMIT: "is not a limit: a number, a slash, and a time, such as 5/10m, 10/d or 1/30s",
    WINDOW: "is not a time, such as 10m, 1h or d",
    _PREFIX: "is not a prefix such as '+86': a plus sign and digits",
    _NAME: "is not a name: ASCII letters, digits, '_', '.' and '-', at most 64, the first a letter or a digit",
}
"""What a text is not that does not match a pattern, in words."""

REFERENCE = {"type": "string", "pattern": "^[a-z0-9_+-]+:", "description": "A secret: env:NAME, file:PATH, ..."}
"""The JSON Schema of a secret."""


def _no_number(value: object) -> object:
    # It would be taken for seconds since midnight.
    if isinstance(value, (int, float)):
        raise ValueError("is not a time of day such as 09:00")  # noqa: TRY004  # pydantic passes a TypeError on
    return value


def _local(clock: time) -> time:
    if clock.tzinfo is not None:
        raise ValueError("names a time zone, which is known from elsewhere; say only the time of day, such as 09:00")
    return clock


TimeOfDay = Annotated[time, BeforeValidator(_no_number), AfterValidator(_local)]
"""What a clock on a wall shows."""

Prefix = Annotated[str, Field(pattern=_PREFIX)]
Name = Annotated[str, Field(pattern=_NAME)]
Seconds = Annotated[PositiveFloat, Field(le=300)]
Reference = Annotated[str, WithJsonSchema(REFERENCE)]


class Section(BaseModel):
    """A table of the file: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True)

"""What every account of API 3.0 can set, and the form of the template ids that the catalogue names for it."""

from __future__ import annotations

import re
from datetime import timedelta, timezone, tzinfo
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from smsway.provider import AccountConfig, Credential

_DIGITS = re.compile(r"[0-9]+")
_CHINA = "Asia/Shanghai"


def zone_of(name: str) -> tzinfo:
    """Return the time zone with this IANA *name*; raises `ValueError` if there is none."""
    try:
        return ZoneInfo(name)
    except (LookupError, OSError, ValueError):
        # A machine without a time zone database must be able to run with the default; China has no summer time.
        if name == _CHINA:
            return timezone(timedelta(hours=8), name)
        raise ValueError(
            f"no time zone {name!r} is known here; name one of the IANA database, such as {_CHINA!r} or 'UTC', "
            "and install tzdata where the machine has no such database"
        ) from None


def _known(name: str) -> str:
    zone_of(name)
    return name


class TencentCloudConfig(AccountConfig):
    """An account of Tencent Cloud's SMS; a provider's settings extend it, with a default address and its regions.

    *sdk_app_id* is the application's id from the SMS console, digits as text; *secret_id* and *secret_key* are a
    pair of TencentCloud API keys, and *token* belongs to a temporary pair only. *region* is where the request
    is handled; it does not restrict the recipients. *time_zone* is the zone of the times that the vendor writes
    without one, in callbacks and in the hours of statistics; the vendor does not document it.
    """

    sdk_app_id: Annotated[str, Field(pattern=r"^[0-9]+$")]
    secret_id: Credential
    secret_key: Credential
    region: str
    token: Credential | None = None
    time_zone: Annotated[str, AfterValidator(_known)] = _CHINA

    @property
    def zone(self) -> tzinfo:
        """The time zone that `time_zone` names."""
        return zone_of(self.time_zone)


def template_id(value: object) -> str:
    """Return a template id as the digits in text that API 3.0 takes; a whole number is accepted as well.

    Raises `ValueError` for anything else.
    """
    text = str(value) if type(value) is int else value
    if isinstance(text, str) and _DIGITS.fullmatch(text):
        return text
    raise ValueError(f"{value!r} is not a template id of TencentCloud; write its digits, such as '1800308'")

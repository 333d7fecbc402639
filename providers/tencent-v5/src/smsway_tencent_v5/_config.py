"""The settings of an account, the extras of a message and the form of template ids."""

from __future__ import annotations

from datetime import timedelta, timezone, tzinfo
from types import MappingProxyType
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, PositiveInt

from smsway.provider import AccountConfig, Credential, Options

# The mainland has one zone, and no summer time since 1991: it needs no time zone database.
_FIXED = MappingProxyType({"Asia/Shanghai": timezone(timedelta(hours=8), "Asia/Shanghai")})


def _zone(name: str) -> tzinfo:
    return _FIXED.get(name) or ZoneInfo(name)


def _zone_name(name: str) -> str:
    try:
        _zone(name)
    except (LookupError, OSError, ValueError):
        raise ValueError(
            f"{name!r} is no time zone known here; write an IANA name such as 'Asia/Shanghai' (on a system without a "
            "time zone database, pip install tzdata)"
        ) from None
    return name


class TencentV5Config(AccountConfig):
    """An account of the v5 API: one application, its SDK AppID (*sdk_app_id*) and its App Key (*app_key*).

    *time_zone* (IANA name) is that of the vendor's times and hours that name no zone. No page of the vendor tells it;
    the default is our assumption.
    """

    base_url: str = "https://yun.tim.qq.com"
    sdk_app_id: PositiveInt
    app_key: Credential
    time_zone: Annotated[str, AfterValidator(_zone_name)] = "Asia/Shanghai"

    @property
    def zone(self) -> tzinfo:
        """The time zone of *time_zone*."""
        return _zone(self.time_zone)


class TencentV5Options(Options):
    """What `Message.options["tencent-v5"]` can say.

    *extend* is the extension of the sending number, digits only. Tencent enables it on request, and answers 1006
    until then (cloud.tencent.com/document/product/382/5976).
    """

    extend: Annotated[str, Field(pattern=r"^[0-9]*$")] = ""


def template_id(value: object) -> str:
    """Check a template id of the catalogue and return its digits; raises `ValueError` if it is not a number."""
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else value
    if isinstance(number, int) and not isinstance(number, bool) and number > 0:
        return str(number)
    raise ValueError(f"template id {value!r} is not a positive number; write it as the console shows it, such as 19")

"""The settings of an account, the extras of a message and the form of template ids."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, PositiveInt

from smsway.provider import AccountConfig, Credential, Options


class TencentV5Config(AccountConfig):
    """An account of the v5 API: one application (SDK AppID) and its App Key."""

    base_url: str = "https://yun.tim.qq.com"
    sdk_app_id: PositiveInt
    app_key: Credential


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

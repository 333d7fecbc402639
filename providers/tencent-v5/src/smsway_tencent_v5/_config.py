"""The settings of an account, the extras of a message and the form of template ids."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, PositiveInt

from smsway.provider import AccountConfig, Options, SecretStr


def _whole(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value()
    if not value:
        raise ValueError("is empty; copy the App Key that the console shows beside the SDK AppID")
    if value != value.strip():
        # cloud.tencent.com/document/product/382/3771: a space copied along with the key is the known cause of 1001.
        raise ValueError("has white space before or after the key, which the vendor answers with 1001; remove it")
    return secret


class TencentV5Config(AccountConfig):
    """An account of the v5 API: one application (SDK AppID) and its App Key."""

    base_url: str = "https://yun.tim.qq.com"
    sdk_app_id: PositiveInt
    app_key: Annotated[SecretStr, AfterValidator(_whole)]


class TencentV5Options(Options):
    """What `Message.options["tencent-v5"]` can say.

    *extend* is the extension of the sending number, digits only. Tencent enables it on request, and answers 1006
    until then (cloud.tencent.com/document/product/382/5976).
    """

    extend: Annotated[str, Field(pattern=r"^[0-9]*$")] = ""


def template_id(value: object) -> str:
    """Check a template id of the catalogue and return its digits; raises `ValueError` if it is not a number."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return str(value)
    raise ValueError(f"template id {value!r} is not a positive number; write it as the console shows it, such as 19")

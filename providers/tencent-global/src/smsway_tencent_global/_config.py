"""What an account can set, and the form of the template ids that the catalogue names for it."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

from smsway.provider import AccountConfig, Credential

_DIGITS = re.compile(r"[0-9]+")


class TencentGlobalConfig(AccountConfig):
    """An account of Tencent Cloud's Global SMS.

    *sdk_app_id* is the application's id from the SMS console, digits as text; *secret_id* and *secret_key* are a
    pair of TencentCloud API keys, and *token* belongs to a temporary pair only. *region* is where the request
    is handled; it does not restrict the recipients. The host is the same for both regions
    (tencentcloud.com/document/product/382/40465).
    """

    base_url: str = "https://sms.intl.tencentcloudapi.com"
    sdk_app_id: Annotated[str, Field(pattern=r"^[0-9]+$")]
    secret_id: Credential
    secret_key: Credential
    region: Literal["ap-singapore", "eu-frankfurt"]
    token: Credential | None = None


def template_id(value: object) -> str:
    """Return a template id as the digits in text that API 3.0 takes; a whole number is accepted as well.

    Raises `ValueError` for anything else.
    """
    text = str(value) if type(value) is int else value
    if isinstance(text, str) and _DIGITS.fullmatch(text):
        return text
    raise ValueError(f"{value!r} is not a template id of tencent-global; write its digits, such as '1800308'")

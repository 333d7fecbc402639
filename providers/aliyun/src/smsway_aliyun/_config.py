"""What an account can set, and the form of the template ids that the catalogue names for it."""

from __future__ import annotations

import re

from smsway.provider import AccountConfig, Credential

_CODE = re.compile(r"SMS_[0-9]+")


class AliyunConfig(AccountConfig):
    """An account of Alibaba Cloud's Short Message Service, mainland site.

    *access_key_id* and *access_key_secret* are an AccessKey pair, best that of a RAM user who may use this service
    only; *security_token* belongs to a temporary pair from STS. Regional addresses, which lead to the same account, are
    listed at help.aliyun.com/document_detail/419270.html.
    """

    base_url: str = "https://dysmsapi.aliyuncs.com"
    access_key_id: Credential
    access_key_secret: Credential
    security_token: Credential | None = None


def template_id(value: object) -> str:
    """Return a template's code as the vendor writes it, such as `SMS_154950909`; raises `ValueError` for others."""
    if isinstance(value, str) and _CODE.fullmatch(value):
        return value
    raise ValueError(f"{value!r} is not a template code of aliyun; copy it from the console, such as 'SMS_154950909'")

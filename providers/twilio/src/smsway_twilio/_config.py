"""What an account can set, and the form of the template ids that the catalogue names for it."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator

from smsway.provider import AccountConfig, Credential, Options

_TEMPLATE = re.compile(r"HX[0-9a-fA-F]{32}")

# twilio.com/docs/api/errors/21609: at most 4000 characters, of which our reference and `#rc=5&rp=all` take some.
_LONGEST_ADDRESS = 4000 - 40


def _callback(address: SecretStr) -> SecretStr:
    value = address.get_secret_value()
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        raise ValueError("is not an address; write the one of your webhook, 'https://...'") from None
    if parts.scheme != "https" or not host:
        raise ValueError("must begin with https://, for it holds the secret of your webhook")
    if "_" in host:
        raise ValueError("has an underscore in its host name, which Twilio does not call; use another name")
    if len(value) > _LONGEST_ADDRESS:
        raise ValueError(f"has {len(value)} characters; Twilio takes {_LONGEST_ADDRESS}")
    return address


CallbackAddress: TypeAlias = Annotated[Credential, AfterValidator(_callback)]
"""Where Twilio posts status callbacks to; a secret, for our webhooks have theirs in the address."""


class TwilioConfig(AccountConfig):
    """An account of Twilio, or one of its subaccounts.

    *account_sid* names it. Requests are made either with the *auth_token* or with an API key, *api_key_sid* and
    *api_key_secret*, which Twilio recommends; callbacks are signed with the auth token in any case, so only with it can
    they be checked (twilio.com/docs/usage/security). *status_callback* is where status callbacks go, unless they are
    sent with a Messaging Service that has an address of its own. *base_url* leads to the region US1; that of another
    one is `https://api.dublin.ie1.twilio.com` (twilio.com/docs/global-infrastructure).
    """

    base_url: str = "https://api.twilio.com"
    account_sid: Annotated[str, Field(pattern=r"^AC[0-9a-fA-F]{32}$")]
    api_key_sid: Annotated[str, Field(pattern=r"^SK[0-9a-fA-F]{32}$")] | None = None
    api_key_secret: Credential | None = None
    auth_token: Credential | None = None
    status_callback: CallbackAddress | None = None

    @field_validator("api_key_secret")
    @classmethod
    def _paired(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if "api_key_sid" in info.data and (secret is None) != (info.data["api_key_sid"] is None):
            raise ValueError("belongs to an api_key_sid; set both or neither")
        return secret

    @field_validator("auth_token")
    @classmethod
    def _sufficient(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # A key or a secret that is wrong is not among the data, and said to be wrong already.
        if token is None and info.data.get("api_key_sid", "") is None and "api_key_secret" in info.data:
            raise ValueError("is required, unless there is an api_key_sid with its api_key_secret")
        return token


class TwilioOptions(Options):
    """Extras of one message (twilio.com/docs/messaging/api/message-resource).

    After *validity_period* seconds in Twilio's queue a text is not sent any more; without it, after 36000.
    *smart_encoded* replaces characters that would cost UCS-2 by others that look like them. *risk_check* enables or
    disables SMS pumping protection for the message.
    """

    validity_period: Annotated[int, Field(strict=True, ge=1, le=36_000)] | None = None
    smart_encoded: bool | None = None
    risk_check: Literal["enable", "disable"] | None = None


def template_id(value: object) -> str:
    """Return the SID of a content template as it stands; raises `ValueError` for anything else."""
    if isinstance(value, str) and _TEMPLATE.fullmatch(value):
        return value
    raise ValueError(f"{value!r} is not a template id of twilio; write the SID, 'HX' and 32 hexadecimal digits")

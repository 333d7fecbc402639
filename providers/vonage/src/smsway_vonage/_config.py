"""What an account of Vonage's SMS API can set, and the extras of a message that goes through one."""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from smsway.provider import AccountConfig, Credential, Options

SignatureMethod: TypeAlias = Literal["md5hash", "md5", "sha1", "sha256", "sha512"]
"""How requests and callbacks are signed: a plain MD5 hash, which is the vendor's default, or one of its HMACs.

The names are those of the vendor's SDKs for PHP and Python; its dashboard says `MD5 hash signature`, `MD5 HMAC
signature` and so on (developer.vonage.com/en/getting-started/concepts/signing-messages).
"""


class VonageConfig(AccountConfig):
    """*api_key*, with one of its two secrets or both, as the page API settings of Vonage's dashboard shows them.

    With *api_secret* requests carry it; without, they are signed with *signature_secret* by *signature_method*, which
    is a choice made on the same page. *signed_callbacks* says that the vendor signs its callbacks with that secret as
    well, which its support has to switch on; one without a good signature is then refused.
    """

    base_url: str = "https://rest.nexmo.com"
    api_key: Credential
    api_secret: Credential | None = None
    signature_secret: Credential | None = None
    signature_method: SignatureMethod = "md5hash"
    signed_callbacks: bool = False

    @model_validator(mode="after")
    def _has_its_secrets(self) -> Self:
        if self.api_secret is None and self.signature_secret is None:
            raise ValueError("has neither api_secret nor signature_secret; copy one from the dashboard, API settings")
        if self.signed_callbacks and self.signature_secret is None:
            raise ValueError("signed_callbacks needs signature_secret; copy it from the dashboard, API settings")
        return self


class VonageOptions(Options):
    """`Message.options["vonage"]`.

    *ttl* is how long the vendor tries to deliver, in milliseconds, 72 hours if it is not given. *callback* is where the
    receipt of this text goes, rather than to the account's address. *message_class* 0 shows it without keeping it.
    *entity_id* and *content_id* are for India's rules. *trusted_number* passes by the fraud protection of the vendor.
    """

    ttl: Annotated[int, Field(ge=20_000, le=604_800_000)] | None = None
    callback: Annotated[str, Field(pattern=r"^https?://\S+$", max_length=100)] | None = Field(None, repr=False)
    message_class: Annotated[int, Field(ge=0, le=3)] | None = None
    entity_id: Annotated[str, Field(pattern=r"^[0-9]+$")] | None = None
    content_id: Annotated[str, Field(pattern=r"^[0-9]+$")] | None = None
    trusted_number: bool | None = None

"""The settings of a USMS account, and the extras of a message that goes through one."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from smsway.provider import AccountConfig, Credential, Options

Name: TypeAlias = Annotated[str, Field(min_length=1, pattern=r"^\S+$")]


class UsmsConfig(AccountConfig):
    """A USMS account.

    *public_key* and *private_key* are an API key pair, and *project_id* is the project that its templates, signatures
    and packages belong to. *region* is sent when set; sending needs none. *security_token* goes with a temporary key
    pair (AssumeRole of the vendor's STS). SCloud accounts set *base_url* to their own host.
    """

    # The gateway's own page, the USMS page and the official SDK agree on this host
    # (docs.ucloud.cn/api/summary/gateway, docs.ucloud.cn/usms/api_docs/req_construct/req_cons). SCloud's
    # api.scloudsg.com is known from one example of SendBatchUSMSMessage only, whose URL is malformed.
    base_url: str = "https://api.ucloud.cn"
    public_key: Credential
    private_key: Credential
    project_id: Name
    region: Name | None = None
    security_token: Credential | None = None


class UsmsOptions(Options):
    """`Message.options["usms"]`: *extend_code*, digits after the sender's number, once support has enabled them."""

    extend_code: Annotated[str, Field(pattern=r"^[0-9]+$")] | None = None


def template_id(value: object) -> str:
    """Check a template id of the catalogue; raises `ValueError` for anything but text such as `UTA20212831C85C`.

    A number is refused, for it is the id of another vendor's template.
    """
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise ValueError(f"{value!r} is not a USMS template id; write it as text, such as 'UTA20212831C85C'")

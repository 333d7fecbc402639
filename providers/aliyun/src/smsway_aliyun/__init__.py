"""The smsway provider `aliyun`: Alibaba Cloud Short Message Service (Dysmsapi, version 2017-05-25)."""

from __future__ import annotations

from collections.abc import Callable

from smsway.provider import Example, ProviderSpec, SandboxSide, hookimpl
from smsway_aliyun._codes import CODES, SOURCES
from smsway_aliyun._config import AliyunConfig, template_id
from smsway_aliyun._provider import CALL_RATES, CAPABILITIES, Aliyun

__all__ = ["register_providers"]


EXAMPLE = Example(
    settings="""
access_key_id = "env:ALIYUN_ACCESS_KEY_ID"
access_key_secret = "env:ALIYUN_ACCESS_KEY_SECRET"
""",
    template="SMS_154950909",
    signature="Alibaba Cloud",
)


@hookimpl
def register_providers(register: Callable[[ProviderSpec[AliyunConfig]], None]) -> None:
    """Make the provider known to smsway."""
    register(
        ProviderSpec(
            name="aliyun",
            config=AliyunConfig,
            build=Aliyun,
            capabilities=CAPABILITIES,
            template_id=template_id,
            call_rates=CALL_RATES,
            codes=CODES,
            sources=SOURCES,
            example=EXAMPLE,
            sandbox=_server_side,
        )
    )


# Not called after the module: importing that would put the module in this function's place.
def _server_side(config: AliyunConfig) -> SandboxSide:
    from smsway_aliyun._sandbox import AliyunSide  # noqa: PLC0415  # sending never loads the sandbox

    return AliyunSide(config)

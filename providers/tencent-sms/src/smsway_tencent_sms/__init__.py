"""The smsway provider `tencent-sms`: texts to the Chinese mainland and abroad through TencentCloud API 3.0."""

from __future__ import annotations

from collections.abc import Callable

from smsway.provider import Example, ProviderSpec, SandboxSide, hookimpl
from smsway_tencent_sms._config import TencentSmsConfig, TencentSmsOptions
from smsway_tencent_sms._provider import CALL_RATES, CAPABILITIES, SOURCES, TencentSms
from smsway_tencentcloud import CODES, template_id

__all__ = ["register_providers"]


EXAMPLE = Example(
    settings="""
sdk_app_id = "1400006666"                     # the SDK AppID of your application
secret_id = "env:TENCENT_SECRET_ID"
secret_key = "env:TENCENT_SECRET_KEY"
""",
    template="1110",
    signature="Tencent Cloud",
)


@hookimpl
def register_providers(register: Callable[[ProviderSpec[TencentSmsConfig]], None]) -> None:
    """Make the provider known to smsway."""
    register(
        ProviderSpec(
            name="tencent-sms",
            config=TencentSmsConfig,
            build=TencentSms,
            capabilities=CAPABILITIES,
            options=TencentSmsOptions,
            template_id=template_id,
            call_rates=CALL_RATES,
            codes=CODES,
            sources=SOURCES,
            example=EXAMPLE,
            sandbox=_server_side,
        )
    )


# Not called after the module: importing that would put the module in this function's place.
def _server_side(config: TencentSmsConfig) -> SandboxSide:
    from smsway_tencent_sms._sandbox import server_side  # noqa: PLC0415  # sending never loads the sandbox

    return server_side(config)

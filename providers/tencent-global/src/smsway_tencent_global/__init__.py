"""The smsway provider `tencent-global`: texts outside the Chinese mainland through TencentCloud API 3.0."""

from __future__ import annotations

from collections.abc import Callable

from smsway.provider import Example, ProviderSpec, SandboxSide, hookimpl
from smsway_tencent_global._config import TencentGlobalConfig
from smsway_tencent_global._provider import CAPABILITIES, TencentGlobal
from smsway_tencentcloud import CALL_RATES, CODES, SOURCES, template_id

__all__ = ["register_providers"]


EXAMPLE = Example(
    settings="""
region = "ap-singapore"                       # or "eu-frankfurt"
sdk_app_id = "2400006666"
secret_id = "env:TENCENT_SECRET_ID"
secret_key = "env:TENCENT_SECRET_KEY"
""",
    template="1800308",
)


@hookimpl
def register_providers(register: Callable[[ProviderSpec[TencentGlobalConfig]], None]) -> None:
    """Make the provider known to smsway."""
    register(
        ProviderSpec(
            name="tencent-global",
            config=TencentGlobalConfig,
            build=TencentGlobal,
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
def _server_side(config: TencentGlobalConfig) -> SandboxSide:
    from smsway_tencent_global._sandbox import server_side  # noqa: PLC0415  # sending never loads the sandbox

    return server_side(config)

"""The smsway provider `tencent-v5`: Tencent Cloud SMS through its legacy v5 API."""

from __future__ import annotations

from collections.abc import Callable

from smsway.provider import Example, ProviderSpec, SandboxSide, hookimpl
from smsway_tencent_v5._codes import CODES, SOURCES
from smsway_tencent_v5._config import TencentV5Config, TencentV5Options, template_id
from smsway_tencent_v5._provider import CAPABILITIES, TencentV5

__all__ = ["register_providers"]


EXAMPLE = Example(
    settings="""
sdk_app_id = 1400006666                       # the SDK AppID of your application
app_key = "env:TENCENT_V5_APP_KEY"            # the App Key beside it
""",
    template=19,
    signature="Tencent Cloud",
)


@hookimpl
def register_providers(register: Callable[[ProviderSpec[TencentV5Config]], None]) -> None:
    """Make the provider known to smsway."""
    register(
        ProviderSpec(
            name="tencent-v5",
            config=TencentV5Config,
            build=TencentV5,
            capabilities=CAPABILITIES,
            options=TencentV5Options,
            template_id=template_id,
            codes=CODES,
            sources=SOURCES,
            example=EXAMPLE,
            sandbox=_server_side,
        )
    )


# Not called after the module: importing that would put the module in this function's place.
def _server_side(config: TencentV5Config) -> SandboxSide:
    from smsway_tencent_v5._sandbox import TencentV5Side  # noqa: PLC0415  # sending never loads the sandbox

    return TencentV5Side(config)

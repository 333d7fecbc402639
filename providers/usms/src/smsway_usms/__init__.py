"""The smsway provider `usms`: SCloud and UCloud USMS, whose sending call is SendBatchUSMSMessage."""

from __future__ import annotations

from collections.abc import Callable

from smsway.provider import Example, ProviderSpec, SandboxSide, hookimpl
from smsway_usms._codes import CODES, SOURCES
from smsway_usms._config import UsmsConfig, UsmsOptions, template_id
from smsway_usms._provider import CAPABILITIES, Usms

__all__ = ["register_providers"]


EXAMPLE = Example(
    settings="""
project_id = "org-1"
public_key = "env:USMS_PUBLIC_KEY"
private_key = "env:USMS_PRIVATE_KEY"
""",
    template="UTA20212831C85C",
    signature="SCloud",
)


@hookimpl
def register_providers(register: Callable[[ProviderSpec[UsmsConfig]], None]) -> None:
    """Make the provider known to smsway."""
    register(
        ProviderSpec(
            name="usms",
            config=UsmsConfig,
            build=Usms,
            capabilities=CAPABILITIES,
            options=UsmsOptions,
            template_id=template_id,
            codes=CODES,
            sources=SOURCES,
            example=EXAMPLE,
            sandbox=_server_side,
        )
    )


# Not called after the module: importing that would put the module in this function's place.
def _server_side(config: UsmsConfig) -> SandboxSide:
    from smsway_usms._sandbox import UsmsSide  # noqa: PLC0415  # sending never loads the sandbox

    return UsmsSide(config)

"""The smsway provider `usms`: SCloud and UCloud USMS, whose sending call is SendBatchUSMSMessage."""

from collections.abc import Callable

from smsway.provider import ProviderSpec, SandboxSide, hookimpl
from smsway_usms._config import UsmsConfig, UsmsOptions, template_id
from smsway_usms._provider import CAPABILITIES, Usms


def _server_side(config: UsmsConfig) -> SandboxSide:
    from smsway_usms._sandbox import UsmsSandbox  # noqa: PLC0415  # sending never loads the server side

    return UsmsSandbox(config)


@hookimpl
def register_providers(register: Callable[[ProviderSpec[UsmsConfig]], None]) -> None:
    """Offer the provider to smsway."""
    register(
        ProviderSpec(
            name="usms",
            config=UsmsConfig,
            build=Usms,
            capabilities=CAPABILITIES,
            options=UsmsOptions,
            template_id=template_id,
            sandbox=_server_side,
        )
    )

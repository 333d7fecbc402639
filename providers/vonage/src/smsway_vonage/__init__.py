"""The smsway provider `vonage`: texts through the SMS API of Vonage, formerly Nexmo."""

from __future__ import annotations

from collections.abc import Callable

from smsway.provider import Example, ProviderSpec, SandboxSide, hookimpl
from smsway_vonage._codes import CODES, SOURCES
from smsway_vonage._config import VonageConfig, VonageOptions
from smsway_vonage._provider import CAPABILITIES, Vonage

__all__ = ["register_providers"]


EXAMPLE = Example(
    settings="""
api_key = "env:VONAGE_API_KEY"
api_secret = "env:VONAGE_API_SECRET"
""",
    sender="AcmeInc",
)


@hookimpl
def register_providers(register: Callable[[ProviderSpec[VonageConfig]], None]) -> None:
    """Make the provider known to smsway."""
    register(
        ProviderSpec(
            name="vonage",
            config=VonageConfig,
            build=Vonage,
            capabilities=CAPABILITIES,
            options=VonageOptions,
            codes=CODES,
            sources=SOURCES,
            example=EXAMPLE,
            sandbox=_server_side,
        )
    )


# Not called after the module: importing that would put the module in this function's place.
def _server_side(config: VonageConfig) -> SandboxSide:
    from smsway_vonage._sandbox import VonageSide  # noqa: PLC0415  # sending never loads the sandbox

    return VonageSide(config)

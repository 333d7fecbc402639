"""The smsway provider `twilio`: texts through Twilio Programmable Messaging."""

from __future__ import annotations

from collections.abc import Callable

from smsway.provider import Example, ProviderSpec, SandboxSide, hookimpl
from smsway_twilio._codes import CODES, SOURCES
from smsway_twilio._config import TwilioConfig, TwilioOptions, template_id
from smsway_twilio._provider import CAPABILITIES, Twilio

__all__ = ["register_providers"]


EXAMPLE = Example(
    settings="""
account_sid = "ACa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
auth_token = "env:TWILIO_AUTH_TOKEN"
""",
    template="HXd4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4",
    sender="MGc3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3",
)


@hookimpl
def register_providers(register: Callable[[ProviderSpec[TwilioConfig]], None]) -> None:
    """Make the provider known to smsway."""
    register(
        ProviderSpec(
            name="twilio",
            config=TwilioConfig,
            build=Twilio,
            capabilities=CAPABILITIES,
            options=TwilioOptions,
            template_id=template_id,
            codes=CODES,
            sources=SOURCES,
            example=EXAMPLE,
            sandbox=_server_side,
        )
    )


# Not called after the module: importing that would put the module in this function's place.
def _server_side(config: TwilioConfig) -> SandboxSide:
    from smsway_twilio._sandbox import TwilioSide  # noqa: PLC0415  # sending never loads the sandbox

    return TwilioSide(config)

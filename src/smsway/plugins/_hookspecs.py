"""The hooks. They add, watch or veto; they never transform.

Hooks are called by keyword, and an implementation may accept fewer arguments than the specification has.
They are synchronous and must not block.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pluggy

from smsway.model import (
    AttemptFinished,
    AttemptStarted,
    ConversionDropped,
    GuardTriggered,
    HealthChanged,
    InboundReceived,
    OutcomeSettled,
    Reason,
    ReportReceived,
    Screening,
    Veto,
)
from smsway.provider import ProviderSpec

hookspec = pluggy.HookspecMarker("smsway")


@hookspec
def register_providers(register: Callable[[ProviderSpec[Any]], None]) -> None:
    """Call *register* with a `ProviderSpec` for each provider; called once, when the plugin is loaded."""


@hookspec
def register_strategies(register: Callable[[str, Callable[..., Any]], None]) -> None:
    """Call *register* with the name of each routing strategy and the pure function that orders candidates."""


@hookspec(firstresult=True)
def resolve_secret(reference: str) -> str | None:
    """Return the secret that *reference* (such as `vault:sms/key`) stands for; `None` leaves it to other plugins.

    Called when the configuration is loaded, never while sending.
    """


@hookspec
def screen_message(screening: Screening) -> Reason | Veto | None:
    """Veto one recipient with a reason, or a `Veto` that says more, or return `None`; any veto wins.

    A plugin that raises vetoes too: nobody is texted past a broken opt-out list.
    """


@hookspec
def attempt_started(event: AttemptStarted) -> None:
    """A batch is about to be submitted."""


@hookspec
def attempt_finished(event: AttemptFinished) -> None:
    """A submission has ended."""


@hookspec
def guard_triggered(event: GuardTriggered) -> None:
    """A guard of smsway's own has stopped a recipient, or would have, if it did more than watch."""


@hookspec
def conversion_dropped(event: ConversionDropped) -> None:
    """Fewer codes to a country, or to a range of its numbers, are used than should be; told once per window."""


@hookspec
def outcome_settled(event: OutcomeSettled) -> None:
    """A recipient has its final result."""


@hookspec
def report_received(event: ReportReceived) -> None:
    """A delivery report has come in, is stored, and has been matched to what was sent as far as that is possible.

    It is told at least once, and again if the process dies meanwhile.
    """


@hookspec
def inbound_received(event: InboundReceived) -> None:
    """A message from a phone has come in and is stored. It is told at least once, as in `report_received`."""


@hookspec
def health_changed(event: HealthChanged) -> None:
    """An account, a connection, a template or a signature rests after failures, is tried again, or is well."""

"""Send SMS through any provider.

Every recipient handed in gets exactly one result, and nobody is texted twice because a provider was slow.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsway._face import Journal
    from smsway.calls import Drift
    from smsway.client import AsyncClient, Client
    from smsway.model import (
        AccountHealth,
        Attempt,
        AttemptFinished,
        AttemptStarted,
        Balance,
        BreakerState,
        CallFailed,
        Certainty,
        ConfigError,
        ConversionDropped,
        Delivery,
        DeliveryStatistics,
        Domain,
        DomainHealth,
        GuardTriggered,
        HealthChanged,
        Inbound,
        InboundReceived,
        InvalidCall,
        InvalidMessage,
        Kind,
        Message,
        Outcome,
        OutcomeSettled,
        Page,
        Problem,
        Reason,
        Recipient,
        Report,
        ReportReceived,
        Review,
        Scope,
        Screening,
        SendFailure,
        SendResult,
        SendStatistics,
        SignatureDraft,
        SignatureInfo,
        SmswayError,
        Status,
        Stopped,
        Template,
        TemplateDraft,
        TemplateInfo,
        TemplateStatistics,
        Text,
        Tracked,
        UnsupportedFeature,
        Veto,
    )
    from smsway.routing import BatchPlan, Candidate, Explanation, RecipientPlan
    from smsway.tracking import StoreError

__version__ = "0.1.0"

__all__ = [
    "AccountHealth",
    "AsyncClient",
    "Attempt",
    "AttemptFinished",
    "AttemptStarted",
    "Balance",
    "BatchPlan",
    "BreakerState",
    "CallFailed",
    "Candidate",
    "Certainty",
    "Client",
    "ConfigError",
    "ConversionDropped",
    "Delivery",
    "DeliveryStatistics",
    "Domain",
    "DomainHealth",
    "Drift",
    "Explanation",
    "GuardTriggered",
    "HealthChanged",
    "Inbound",
    "InboundReceived",
    "InvalidCall",
    "InvalidMessage",
    "Journal",
    "Kind",
    "Message",
    "Outcome",
    "OutcomeSettled",
    "Page",
    "Problem",
    "Reason",
    "Recipient",
    "RecipientPlan",
    "Report",
    "ReportReceived",
    "Review",
    "Scope",
    "Screening",
    "SendFailure",
    "SendResult",
    "SendStatistics",
    "SignatureDraft",
    "SignatureInfo",
    "SmswayError",
    "Status",
    "Stopped",
    "StoreError",
    "Template",
    "TemplateDraft",
    "TemplateInfo",
    "TemplateStatistics",
    "Text",
    "Tracked",
    "UnsupportedFeature",
    "Veto",
    "__version__",
]

_ROOMS = {
    "AsyncClient": "client",
    "BatchPlan": "routing",
    "Candidate": "routing",
    "Client": "client",
    "Drift": "calls",
    "Explanation": "routing",
    "Journal": "_face",
    "RecipientPlan": "routing",
    "StoreError": "tracking",
}
"""Where the names are defined that are no words of the model."""

if not TYPE_CHECKING:  # a type checker, which has the imports above, would take any name for one that is there

    def __getattr__(name: str) -> object:
        """Import *name* when it is first asked for: whoever only needs the words does not pay for the engine."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"{__name__}.{_ROOMS.get(name, 'model')}"), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})

"""Send SMS through any provider.

Every recipient handed in gets exactly one result, and nobody is texted twice because a provider was slow.
"""

from smsway.client import AsyncClient, Client, Journal
from smsway.model import (
    Attempt,
    AttemptFinished,
    AttemptStarted,
    Certainty,
    ConfigError,
    InvalidMessage,
    Kind,
    Message,
    Outcome,
    OutcomeSettled,
    Problem,
    Reason,
    Recipient,
    Screening,
    SendFailure,
    SendResult,
    SmswayError,
    Status,
    Stopped,
    Template,
    Text,
    UnsupportedFeature,
)
from smsway.routing import BatchPlan, Candidate, Explanation, RecipientPlan

__version__ = "0.1.0"

__all__ = [
    "AsyncClient",
    "Attempt",
    "AttemptFinished",
    "AttemptStarted",
    "BatchPlan",
    "Candidate",
    "Certainty",
    "Client",
    "ConfigError",
    "Explanation",
    "InvalidMessage",
    "Journal",
    "Kind",
    "Message",
    "Outcome",
    "OutcomeSettled",
    "Problem",
    "Reason",
    "Recipient",
    "RecipientPlan",
    "Screening",
    "SendFailure",
    "SendResult",
    "SmswayError",
    "Status",
    "Stopped",
    "Template",
    "Text",
    "UnsupportedFeature",
    "__version__",
]

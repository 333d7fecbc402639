"""Send SMS through any provider.

Every recipient handed in gets exactly one result, and nobody is texted twice because a provider was slow.
"""

from smsway.client import AsyncClient, Client
from smsway.model import (
    Attempt,
    Certainty,
    ConfigError,
    InvalidMessage,
    Kind,
    Message,
    Outcome,
    Problem,
    Reason,
    Recipient,
    SendFailure,
    SendResult,
    SmswayError,
    Status,
    Stopped,
    Template,
    Text,
    UnsupportedFeature,
)

__version__ = "0.1.0"

__all__ = [
    "AsyncClient",
    "Attempt",
    "Certainty",
    "Client",
    "ConfigError",
    "InvalidMessage",
    "Kind",
    "Message",
    "Outcome",
    "Problem",
    "Reason",
    "Recipient",
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

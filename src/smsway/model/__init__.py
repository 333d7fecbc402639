"""The words of smsway: values without I/O and without policy."""

from smsway.model._capabilities import Capabilities, Sharing
from smsway.model._errors import (
    ConfigError,
    InvalidMessage,
    Problem,
    SendFailure,
    SmswayError,
    Stopped,
    UnexpectedResponse,
    UnsupportedFeature,
)
from smsway.model._events import AttemptFinished, AttemptStarted, OutcomeSettled, Screening
from smsway.model._message import Content, Kind, Message, Recipient, Template, Text
from smsway.model._outcome import Attempt, Certainty, Outcome, SendResult, Status
from smsway.model._phone import Phone, mask, parse_phone
from smsway.model._reason import Reason
from smsway.model._sandbox import SandboxCall, SandboxDesk, SandboxReply, SandboxSide, SandboxTemplate
from smsway.model._segments import STANDARD, SegmentRule, count_segments, is_gsm
from smsway.model._wire import Batch, Filled, Parcel, Request, Response, Stamp

__all__ = [
    "STANDARD",
    "Attempt",
    "AttemptFinished",
    "AttemptStarted",
    "Batch",
    "Capabilities",
    "Certainty",
    "ConfigError",
    "Content",
    "Filled",
    "InvalidMessage",
    "Kind",
    "Message",
    "Outcome",
    "OutcomeSettled",
    "Parcel",
    "Phone",
    "Problem",
    "Reason",
    "Recipient",
    "Request",
    "Response",
    "SandboxCall",
    "SandboxDesk",
    "SandboxReply",
    "SandboxSide",
    "SandboxTemplate",
    "Screening",
    "SegmentRule",
    "SendFailure",
    "SendResult",
    "Sharing",
    "SmswayError",
    "Stamp",
    "Status",
    "Stopped",
    "Template",
    "Text",
    "UnexpectedResponse",
    "UnsupportedFeature",
    "count_segments",
    "is_gsm",
    "mask",
    "parse_phone",
]

"""The whole policy, as tables that a reader sees at once."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from types import MappingProxyType

from smsway.model import Kind, Reason


class Next(Enum):
    """What follows a refusal."""

    STOP = auto()
    """This is the recipient's result: another account would not help, or must not be asked."""
    MOVE = auto()
    """Another account may take it."""
    LATER = auto()
    """The same account may take it after a delay; a code does not wait and moves on."""
    ALARM = auto()
    """Another account may take it, and a person must mend this one: it is logged as an error."""


AFTER_REFUSAL: Mapping[Reason, Next] = MappingProxyType(
    {
        # Recipient and content refusals, opt-outs and recipient limits never move on: another account would refuse
        # them too, or would bypass what protects the recipient.
        Reason.INVALID_RECIPIENT: Next.STOP,
        Reason.BLOCKED_RECIPIENT: Next.STOP,
        Reason.RECIPIENT_RATE_LIMITED: Next.STOP,
        Reason.INVALID_CONTENT: Next.STOP,
        Reason.QUIET_HOURS: Next.STOP,
        # It is not known what was refused, so it may have been one of those.
        Reason.OTHER: Next.STOP,
        Reason.NOT_APPLICABLE: Next.STOP,
        Reason.INVALID_BATCH: Next.STOP,
        Reason.UNSUPPORTED_DESTINATION: Next.MOVE,
        Reason.QUOTA_EXCEEDED: Next.MOVE,
        Reason.PROVIDER_FAILURE: Next.MOVE,
        Reason.RATE_LIMITED: Next.LATER,
        Reason.TEMPLATE_REFUSED: Next.ALARM,
        Reason.SIGNATURE_REFUSED: Next.ALARM,
        Reason.AUTHENTICATION: Next.ALARM,
        Reason.PERMISSION: Next.ALARM,
        Reason.CONFIGURATION: Next.ALARM,
        Reason.INSUFFICIENT_BALANCE: Next.ALARM,
        Reason.CLOCK_SKEW: Next.ALARM,
        Reason.INVALID_REQUEST: Next.ALARM,
    }
)
"""What follows when a provider refused, and so sent nothing. Every reason a provider can give stands here."""

AFTER_NOTHING_SENT: Mapping[Reason, Next] = MappingProxyType(
    {
        Reason.UNREACHABLE: Next.MOVE,
        Reason.NO_TRACE: Next.MOVE,
        # Only requests that cannot send have gone out, such as one for a token.
        Reason.UNEXPECTED_RESPONSE: Next.MOVE,
        # Our own limit of requests per second, where another account is free.
        Reason.RATE_LIMITED: Next.MOVE,
        Reason.INTERNAL: Next.MOVE,
        Reason.CIRCUIT_OPEN: Next.MOVE,
        Reason.DEADLINE: Next.STOP,
        Reason.STOPPED: Next.STOP,
    }
)
"""What follows when nothing was sent and nobody refused."""

BY_HTTP_STATUS: Mapping[int, Reason] = MappingProxyType(
    {
        # A redirect is never followed, and these two say that the request was not processed (RFC 9110 §15.4.9).
        301: Reason.CONFIGURATION,
        307: Reason.CONFIGURATION,
        308: Reason.CONFIGURATION,
        400: Reason.INVALID_REQUEST,
        401: Reason.AUTHENTICATION,
        403: Reason.PERMISSION,
        404: Reason.INVALID_REQUEST,
        405: Reason.INVALID_REQUEST,
        411: Reason.INVALID_REQUEST,
        413: Reason.INVALID_REQUEST,
        414: Reason.INVALID_REQUEST,
        415: Reason.INVALID_REQUEST,
        422: Reason.INVALID_REQUEST,
        429: Reason.RATE_LIMITED,
    }
)
"""Statuses that refuse the whole request, where the body is not the vendor's. After any other it may have been sent."""

ACCOUNT_FAULTS = frozenset({Reason.AUTHENTICATION, Reason.CONFIGURATION, Reason.INSUFFICIENT_BALANCE})
"""Refusals that every further request would meet too, until a person acts."""

TRIES = 3
"""Submissions of one recipient to one account that throttles it, at most."""

DOUBTS = 2
"""Submissions of one recipient that may have been sent, at most, where a route resends."""

RETRY_DELAY = 1.0
"""Seconds before a throttled request is repeated, doubled each time."""

PATIENCE: Mapping[Kind, float] = MappingProxyType({Kind.OTP: 0.0, Kind.NOTIFICATION: 30.0, Kind.MARKETING: 30.0})
"""Seconds that a throttled recipient may wait for the same account before it moves on."""

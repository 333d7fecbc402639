"""The whole policy, as tables that a reader sees at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType

from smsway.delivery._breaker import Sign
from smsway.model import Kind, Reason, Scope


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
        # A cap of ours, where another account's is not full.
        Reason.QUOTA_EXCEEDED: Next.MOVE,
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


@dataclass(frozen=True, slots=True)
class Bearing:
    """What an outcome with a certain reason bears on, beside its recipient.

    *sign* is what a request tells that came to this for all its recipients, and *scope* is whom it tells it about.
    *cost* is what moving on after it costs of the retry budget, 0 if it is free; *throttles* is True if the account
    is to be asked less often.
    """

    sign: Sign
    scope: Scope = Scope.ACCOUNT
    cost: int = 0
    throttles: bool = False


RETRY_COST = 14
"""What a retry costs after a failure of the provider or of the way to it."""

THROTTLED_COST = 5
"""What a retry costs after the provider asked for fewer requests."""

_ANSWERED = Bearing(Sign.GOOD)
_REFUSED = Bearing(Sign.NEUTRAL)
_FAILED = Bearing(Sign.FAILURE, cost=RETRY_COST)
_FAULT = Bearing(Sign.FAULT)
_HERE = Bearing(Sign.NEUTRAL)

BEARINGS: Mapping[Reason, Bearing] = MappingProxyType(
    {
        # However many recipients are refused, the account did its work.
        Reason.INVALID_RECIPIENT: _ANSWERED,
        Reason.BLOCKED_RECIPIENT: _ANSWERED,
        Reason.RECIPIENT_RATE_LIMITED: _ANSWERED,
        Reason.INVALID_CONTENT: _ANSWERED,
        Reason.QUIET_HOURS: _ANSWERED,
        Reason.OTHER: _ANSWERED,
        Reason.NOT_APPLICABLE: _ANSWERED,
        Reason.INVALID_BATCH: _ANSWERED,
        # It may be about this request only, so it neither opens a breaker nor closes one.
        Reason.UNSUPPORTED_DESTINATION: _REFUSED,
        Reason.QUOTA_EXCEEDED: _REFUSED,
        Reason.PERMISSION: _REFUSED,
        Reason.CLOCK_SKEW: _REFUSED,
        Reason.INVALID_REQUEST: _REFUSED,
        # Every further request would meet these too, until a person acts.
        Reason.AUTHENTICATION: _FAULT,
        Reason.CONFIGURATION: _FAULT,
        Reason.INSUFFICIENT_BALANCE: _FAULT,
        Reason.TEMPLATE_REFUSED: Bearing(Sign.FAULT, Scope.TEMPLATE),
        Reason.SIGNATURE_REFUSED: Bearing(Sign.FAULT, Scope.SIGNATURE),
        Reason.RATE_LIMITED: Bearing(Sign.NEUTRAL, cost=THROTTLED_COST, throttles=True),
        Reason.UNREACHABLE: Bearing(Sign.FAILURE, Scope.CONNECTION, RETRY_COST),
        Reason.PROVIDER_FAILURE: _FAILED,
        Reason.NO_ANSWER: _FAILED,
        Reason.UNEXPECTED_RESPONSE: _FAILED,
        Reason.AMBIGUOUS: _FAILED,
        Reason.MISSING_RESULT: _FAILED,
        # The request without an answer was counted when there was none.
        Reason.NO_TRACE: Bearing(Sign.NEUTRAL, cost=RETRY_COST),
        # Nobody was asked.
        Reason.CIRCUIT_OPEN: _HERE,
        Reason.DEADLINE: _HERE,
        Reason.STOPPED: _HERE,
        Reason.INTERNAL: _HERE,
    }
)
"""What each outcome of an attempt tells about the health of the account, and what a retry after it costs."""

UNHEARD = frozenset({Reason.NO_ANSWER, *(reason for reason, each in BEARINGS.items() if each is _HERE)})
"""Reasons that do not say whether the host could be reached."""

NOT_SENT = 3
"""Submissions of one recipient in one delivery, over all accounts, that were certainly not sent, at most."""

TRIES = 2
"""Submissions of one recipient to one account that throttles it, at most."""

DOUBTS = 2
"""Submissions of one recipient, over all accounts, that may have been sent, at most."""

RETRY_DELAY = 1.0
"""Seconds before a throttled request is repeated, if the vendor asks for no others."""

PATIENCE: Mapping[Kind, float] = MappingProxyType({Kind.OTP: 0.0, Kind.NOTIFICATION: 30.0, Kind.MARKETING: 30.0})
"""Seconds that a throttled recipient may wait for the same account before it moves on."""

"""The engine: effects, attempts, the policy tables, breakers and limits. It does no I/O."""

from smsway.delivery._attempt import Tracking
from smsway.delivery._breaker import Sign
from smsway.delivery._budget import Budgets
from smsway.delivery._call import CHANGES, Caller, rate_key
from smsway.delivery._clock import Clock, SystemClock
from smsway.delivery._effects import (
    Effect,
    Event,
    Flow,
    Keep,
    Pause,
    Record,
    Transmit,
    TransportFailure,
    keep,
    log_defect,
)
from smsway.delivery._engine import Engine, Leg, Step
from smsway.delivery._gate import Gate
from smsway.delivery._health import Health
from smsway.delivery._limiter import Limiter
from smsway.delivery._policy import AFTER_NOTHING_SENT, AFTER_REFUSAL, BEARINGS, BY_HTTP_STATUS, DOUBTS, Bearing, Next
from smsway.delivery._spacing import WRITING, StoreFactory
from smsway.delivery._survey import survey
from smsway.delivery._verify import Finding, Verifier

__all__ = [
    "AFTER_NOTHING_SENT",
    "AFTER_REFUSAL",
    "BEARINGS",
    "BY_HTTP_STATUS",
    "CHANGES",
    "DOUBTS",
    "WRITING",
    "Bearing",
    "Budgets",
    "Caller",
    "Clock",
    "Effect",
    "Engine",
    "Event",
    "Finding",
    "Flow",
    "Gate",
    "Health",
    "Keep",
    "Leg",
    "Limiter",
    "Next",
    "Pause",
    "Record",
    "Sign",
    "Step",
    "StoreFactory",
    "SystemClock",
    "Tracking",
    "Transmit",
    "TransportFailure",
    "Verifier",
    "keep",
    "log_defect",
    "rate_key",
    "survey",
]

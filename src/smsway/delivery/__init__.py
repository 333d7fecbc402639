"""The engine: effects, attempts, the policy tables, breakers and limits. It does no I/O."""

from smsway.delivery._clock import Clock, SystemClock
from smsway.delivery._effects import Effect, Event, Flow, Pause, Record, Transmit, TransportFailure, log_defect
from smsway.delivery._engine import Engine
from smsway.delivery._health import Health
from smsway.delivery._limiter import Limiter
from smsway.delivery._policy import AFTER_NOTHING_SENT, AFTER_REFUSAL, BY_HTTP_STATUS, Next

__all__ = [
    "AFTER_NOTHING_SENT",
    "AFTER_REFUSAL",
    "BY_HTTP_STATUS",
    "Clock",
    "Effect",
    "Engine",
    "Event",
    "Flow",
    "Health",
    "Limiter",
    "Next",
    "Pause",
    "Record",
    "SystemClock",
    "Transmit",
    "TransportFailure",
    "log_defect",
]

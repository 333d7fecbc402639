"""A local server that plays SMS vendors, so that anybody can try routing and failover without sending.

It knows no vendor: each provider's package brings a `SandboxSide` that judges requests. The sandbox owns the
sockets, the faults, the clock, the balance, the rate, the count of texts per phone, the reviews of templates and
signatures, the reports, and the posting of them.
"""

from smsway.sandbox._account import SandboxAccount
from smsway.sandbox._books import Submission
from smsway.sandbox._configured import sandbox_of
from smsway.sandbox._faults import FAULTS, FaultKind
from smsway.sandbox._magic import REFUSED, STRUCK, UNDELIVERED
from smsway.sandbox._operator import AccountState, InForce
from smsway.sandbox._orders import DeliveryFailure, Injection, Refusal, SandboxError
from smsway.sandbox._outbox import Push
from smsway.sandbox._reports import Queued
from smsway.sandbox._sandbox import Sandbox

__all__ = [
    "FAULTS",
    "REFUSED",
    "STRUCK",
    "UNDELIVERED",
    "AccountState",
    "DeliveryFailure",
    "FaultKind",
    "InForce",
    "Injection",
    "Push",
    "Queued",
    "Refusal",
    "Sandbox",
    "SandboxAccount",
    "SandboxError",
    "Submission",
    "sandbox_of",
]

"""A local server that plays SMS vendors, so that anybody can try routing and failover without sending.

It knows no vendor: each provider's package brings a `SandboxSide` that judges requests. The sandbox owns the
sockets, the faults, the clock, the balance, the rate and the count of texts per phone.
"""

from smsway.sandbox._account import SandboxAccount
from smsway.sandbox._books import Submission
from smsway.sandbox._configured import sandbox_of
from smsway.sandbox._faults import FAULTS, FaultKind
from smsway.sandbox._magic import REFUSED, STRUCK
from smsway.sandbox._operator import AccountState, InForce
from smsway.sandbox._orders import Injection, Refusal, SandboxError
from smsway.sandbox._sandbox import Sandbox

__all__ = [
    "FAULTS",
    "REFUSED",
    "STRUCK",
    "AccountState",
    "FaultKind",
    "InForce",
    "Injection",
    "Refusal",
    "Sandbox",
    "SandboxAccount",
    "SandboxError",
    "Submission",
    "sandbox_of",
]

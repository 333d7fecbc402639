"""How a provider's package plays its vendor in the sandbox.

The sandbox core owns the sockets, the faults, the clock, the balance and the count of texts per phone, and
knows no vendor. A `SandboxSide` judges one request as the vendor would, and asks the `SandboxDesk` for whatever is
not on the wire.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from smsway.model._reason import Reason

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class SandboxCall:
    """A request as the sandbox received it; header names are in lower case, *query* is decoded."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"SandboxCall({self.method} {self.path}, <{len(self.body)} bytes>)"


@dataclass(frozen=True, slots=True)
class SandboxReply:
    """The answer to send back."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"

    def __repr__(self) -> str:
        return f"SandboxReply({self.status}, <{len(self.body)} bytes>)"


@dataclass(frozen=True, slots=True)
class SandboxTemplate:
    """A template that the account may use; *params* is the number of its variables."""

    id: str
    params: int


class SandboxDesk(Protocol):
    """What the sandbox core tells a side while it judges one request.

    Everything accepted is recorded when the side has returned, unless a fault says otherwise.
    """

    @property
    def now(self) -> float:
        """The vendor's clock, in seconds since the epoch (UTC)."""
        ...

    def throttled(self) -> bool:
        """True if this request exceeds the account's requests per second."""
        ...

    def template(self, template_id: str) -> SandboxTemplate | None:
        """Return the approved template with this id, or `None`."""
        ...

    def approves_text(self, text: str) -> bool:
        """True if *text*, without its signature, fits an approved template."""
        ...

    def knows_signature(self, signature: str) -> bool:
        """True if the account may use this signature."""
        ...

    def knows_sender(self, sender: str) -> bool:
        """True if the account may use this sender id."""
        ...

    def refusal(self, phone: str) -> Reason | None:
        """Return why the vendor refuses this phone (E.164), from magic numbers and injected faults, or `None`."""
        ...

    def accept(self, phone: str, reference: str | None = None, fee: int = 1) -> str | None:
        """Charge *fee* and note one text to *phone* (E.164).

        Returns the vendor's message id, or `None` if the balance does not cover the fee.
        """
        ...

    def results(self, items: list[ItemT]) -> list[ItemT]:
        """Return the per-recipient results as they shall be written: complete, or as a fault wants them."""
        ...


class SandboxSide(Protocol):
    """The server half of one vendor's API, for one account."""

    def judge(self, call: SandboxCall, desk: SandboxDesk) -> SandboxReply:
        """Answer *call* as the vendor would, every documented error included."""
        ...

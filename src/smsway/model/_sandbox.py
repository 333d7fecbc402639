"""How a provider's package plays its vendor in the sandbox.

The sandbox core owns the sockets, the faults, the clock, the balance and the count of texts per phone, and
knows no vendor. A `SandboxSide` judges one request as the vendor would, and asks the `SandboxDesk` for whatever is
not on the wire.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from smsway.model._reason import Reason
from smsway.model._sandbox_records import (
    SandboxInbound,
    SandboxReport,
    SandboxSignature,
    SandboxTally,
    SandboxTemplate,
)

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

    def accept(
        self,
        phone: str,
        reference: str | None = None,
        fee: int = 1,
        message_id: str | None = None,
        template: str | None = None,
        *,
        text: str | None = None,
        params: Sequence[str] = (),
    ) -> str | None:
        """Charge *fee* and note one text to *phone* (E.164), which a report will follow.

        Returns the vendor's message id, or `None` if the balance does not cover the fee. The sandbox makes the id
        unless *message_id* is given, such as that of a session which several texts share. What the text says is told
        by *text*, or by the id of a *template* and its *params* in the template's order: so much of it as the vendor
        is sent.
        """
        ...

    def results(self, items: list[ItemT]) -> list[ItemT]:
        """Return the per-recipient results as they shall be written: complete, or as a fault wants them."""
        ...

    @property
    def balance(self) -> int | None:
        """What is left, in the units that the side charges; `None` for no limit."""
        ...

    def new_number(self) -> int:
        """Return a number that was never given before, to make ids of."""
        ...

    def templates(self) -> Sequence[SandboxTemplate]:
        """Return all templates of the account, whatever their review, the oldest first."""
        ...

    def put_template(self, template: SandboxTemplate) -> None:
        """Add *template*, or put it in the place of the one with its id; a new text goes back to review."""
        ...

    def drop_template(self, template_id: str) -> bool:
        """Delete a template; False if there is none with this id."""
        ...

    def signatures(self) -> Sequence[SandboxSignature]:
        """Return all signatures of the account, whatever their review, the oldest first."""
        ...

    def put_signature(self, signature: SandboxSignature) -> None:
        """Add *signature*, or put it in the place of the one with its id."""
        ...

    def drop_signature(self, signature_id: str) -> bool:
        """Delete a signature; False if there is none with this id."""
        ...

    def take_reports(self, limit: int) -> Sequence[SandboxReport]:
        """Take the oldest reports off the account's queue; they are never given again."""
        ...

    def take_inbound(self, limit: int) -> Sequence[SandboxInbound]:
        """Take the oldest messages from phones off the account's queue; they are never given again."""
        ...

    def reports(self, since: float, until: float) -> Sequence[SandboxReport]:
        """Return all reports of texts sent in a span of the vendor's clock that are due by now, the oldest first.

        Those taken off the queue or pushed are among them.
        """
        ...

    def unreported(self, since: float, until: float) -> Sequence[SandboxReport]:
        """Return the texts sent in a span of the vendor's clock that have no report by now, the oldest first.

        They are told as reports that say accepted, for vendors that can be asked about every text.
        """
        ...

    def inbound(self, since: float, until: float) -> Sequence[SandboxInbound]:
        """Return all messages from phones in a span of the vendor's clock, the oldest first."""
        ...

    def tally(self, since: float, until: float, template: str | None = None) -> SandboxTally:
        """Count the texts of a span of the vendor's clock, or those of one *template* (an id) that were taken."""
        ...


class SandboxSide(Protocol):
    """The server half of one vendor's API, for one account."""

    def judge(self, call: SandboxCall, desk: SandboxDesk) -> SandboxReply:
        """Answer *call* as the vendor would, every documented error included."""
        ...

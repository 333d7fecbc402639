"""What the sandbox keeps on behalf of a vendor: templates, signatures, reports, messages from phones and counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from smsway.model._management import Review
from smsway.model._phone import mask
from smsway.model._reason import Reason
from smsway.model._reports import Delivery


@dataclass(frozen=True, slots=True)
class SandboxTemplate:
    """A template of the account; *params* is the number of its variables, *text* has them as `{1}`, `{2}` and so on.

    *names* are what a vendor that names its variables calls them, in the same order. *words* are the reviewer's.
    *extras* are whatever the side wants to keep beside, such as the vendor's own type. *created_at* is on the vendor's
    clock, in seconds since the epoch (UTC).
    """

    id: str
    params: int
    text: str = ""
    review: Review = Review.APPROVED
    words: str = ""
    created_at: float = 0.0
    extras: Mapping[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SandboxSignature:
    """A signature of the account; fields as in `SandboxTemplate`."""

    id: str
    text: str
    review: Review = Review.APPROVED
    words: str = ""
    created_at: float = 0.0
    extras: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SandboxReport:
    """What became of one text that was accepted; times are on the vendor's clock, in seconds since the epoch (UTC).

    *delivery* is delivered or undelivered, and *reason* then says why; accepted is for a text that has no report yet.
    *phone* is in E.164. *template* is the id of its template, where the vendor counts by it.
    """

    message_id: str
    phone: str
    reference: str | None
    sent_at: float
    at: float
    delivery: Delivery
    reason: Reason | None = None
    fee: int = 1
    template: str | None = None

    def __repr__(self) -> str:
        return f"SandboxReport({self.message_id!r}, {mask(self.phone)}, {self.delivery!s})"


@dataclass(frozen=True, slots=True)
class SandboxInbound:
    """A message from *phone* (E.164) to the account's number; *at* is on the vendor's clock."""

    phone: str
    text: str
    at: float
    extension: str = ""
    signature: str = ""

    def __repr__(self) -> str:
        return f"SandboxInbound({mask(self.phone)}, <{len(self.text)} characters>)"


@dataclass(frozen=True, slots=True)
class SandboxTally:
    """Counts of the texts of an account in a span of time.

    *requested* texts were asked for, *accepted* of them taken and *billed* in parts; *delivered* and *undelivered* have
    a report, the latter counted by cause in *failures*.
    """

    requested: int = 0
    accepted: int = 0
    billed: int = 0
    delivered: int = 0
    undelivered: int = 0
    failures: Mapping[Reason, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PushRule:
    """How a vendor posts to its customers.

    At most so many *reports*, or messages *inbound*, go into one request; it is tried *tries* times in all, every
    *interval* seconds. Several intervals are those after the first try, the second and so on; the last one stays.
    With 0 *inbound* it posts no messages from phones.
    """

    reports: int
    inbound: int
    tries: int
    interval: float | tuple[float, ...]

    def interval_after(self, tries: int) -> float:
        """Return the seconds between the last of so many *tries* and the next one."""
        if isinstance(self.interval, tuple):
            return self.interval[:tries][-1]
        return self.interval


@dataclass(frozen=True, slots=True)
class SandboxPush:
    """A request that the vendor posts to its customer, or one by *method* GET, which has a *query* and no body.

    The *query* is encoded, and follows what the customer's address has already. *headers* are those beside the content
    type.
    """

    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    query: str = ""

    def __repr__(self) -> str:
        return f"SandboxPush({self.method} <{len(self.body) + len(self.query)} bytes>)"


@runtime_checkable
class SandboxPusher(Protocol):
    """The half of a side that posts to the customer; a side that has its methods pushes."""

    @property
    def push_rule(self) -> PushRule:
        """How many items go into one request, and what follows if it is not acknowledged."""
        ...

    def push(self, items: Sequence[SandboxReport] | Sequence[SandboxInbound]) -> SandboxPush:
        """Write a request with *items*, which are all of one kind."""
        ...

    def acknowledged(self, status: int, body: bytes) -> bool:
        """True if the customer's answer is what the vendor takes for a receipt."""
        ...


@runtime_checkable
class SandboxSigner(Protocol):
    """What a pusher has whose vendor signs the address that it posts to."""

    def sign(self, push: SandboxPush, url: str) -> Mapping[str, str]:
        """Return further headers for *push*, which is posted to *url*, a name and password in it included."""
        ...

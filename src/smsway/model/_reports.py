"""What comes back after a send: delivery reports, messages from phones, and how to ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from smsway.model._phone import Phone, mask
from smsway.model._reason import Reason


class Delivery(StrEnum):
    """How far a text came, as far as anybody has said.

    The order is that of the evidence: a later member outweighs an earlier one whenever it arrives, so reports may come
    in any order, and more than once.
    """

    UNKNOWN = "unknown"
    """It may have been sent."""
    REJECTED = "rejected"
    """The provider refused it; nothing was sent."""
    ACCEPTED = "accepted"
    """The provider has it, and has not said what became of it."""
    UNDELIVERED = "undelivered"
    """The provider sent it, and it did not reach the phone."""
    DELIVERED = "delivered"
    """It reached the phone."""

    @property
    def rank(self) -> int:
        """The weight of the evidence: 0 for `unknown` up to 4 for `delivered`."""
        return _RANKS[self]


_RANKS: Mapping[Delivery, int] = MappingProxyType({each: rank for rank, each in enumerate(Delivery)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A delivery report: what the provider says became of one text.

    *recipient* is in E.164. *provider_message_id* is the id that the provider gave when it accepted the text.
    *reference* is our own name of the attempt, or of one recipient in it, where the provider echoes it. *reason* is the
    neutral cause if the text did not arrive, *code* and *detail* are the vendor's own. *at* is when the phone had it or
    the provider gave up, in seconds since the epoch (UTC), *fee* what the vendor says it bills. *raw* is the vendor's
    record as it came.

    A provider fills every field but *account*.
    """

    recipient: str
    delivery: Delivery
    provider_message_id: str | None = None
    reference: str | None = None
    reason: Reason | None = None
    code: str | None = None
    detail: str | None = None
    at: float | None = None
    fee: int | None = None
    account: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        code = f", code {self.code}" if self.code else ""
        return f"Report({mask(self.recipient)}, {self.delivery!s}{code}, account {self.account})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A message from a phone to us, such as an answer or an opt-out.

    *sender* is in E.164. *at* is when the provider got it, in seconds since the epoch (UTC). *extension* is the
    extension of our number that it was sent to, *signature* that of the text it answers, and *reference* our own name
    of the attempt, each where the provider tells it. *raw* is the vendor's record as it came.

    A provider fills every field but *account*.
    """

    sender: str
    text: str
    at: float | None = None
    extension: str | None = None
    signature: str | None = None
    reference: str | None = None
    account: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"Inbound({mask(self.sender)}, <{len(self.text)} characters>, account {self.account})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportQuery:
    """Which reports, or which messages from a phone, are asked for.

    Those of *phone*, or of the texts with these *message_ids*, between *since* and *until* (seconds since the epoch,
    UTC). What a provider can be asked by differs; it raises `InvalidCall` for what it cannot.
    """

    since: float
    until: float
    phone: Phone | None = None
    message_ids: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return (
            f"ReportQuery({self.phone!r}, <{len(self.message_ids)} message ids>, {self.since:.0f} to {self.until:.0f})"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """How a provider can be asked whether a text was sent, by phone and time.

    The first question is put *grace* seconds after the attempt, and each of up to *questions* after another *interval*
    seconds. *absence_proves* says that the provider's records name every text it took, so that one it does not know of
    after the last question was never sent; otherwise only what is found proves anything. Such a provider is asked about
    a day more before and after, for clocks are wrong.
    """

    grace: float
    questions: int
    interval: float
    absence_proves: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """What is known by now of one recipient of one message that was handed in.

    *account* is the one that sent it, or was the last to be asked. *reference* is the recipient's or else the
    message's. *started_at* is when its first attempt began and *reported_at* when the phone had it or the provider
    gave up, in seconds since the epoch (UTC).
    """

    recipient: str
    delivery: Delivery
    account: str
    started_at: float
    provider_message_id: str | None = None
    reference: str | None = None
    reason: Reason | None = None
    code: str | None = None
    detail: str | None = None
    reported_at: float | None = None

    def __repr__(self) -> str:
        return f"Tracked({mask(self.recipient)}, {self.delivery!s}, account {self.account})"

"""What Acme keeps and tells later: reports, messages from phones, templates, signatures and counts."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from smsway.provider import (
    Balance,
    Delivery,
    DeliveryStatistics,
    Inbound,
    Reason,
    Report,
    Review,
    SendStatistics,
    SignatureInfo,
    TemplateInfo,
    TemplateStatistics,
    parse_phone,
)

STATES: Mapping[str, tuple[Delivery, Reason | None]] = {
    "delivered": (Delivery.DELIVERED, None),
    "expired": (Delivery.UNDELIVERED, Reason.UNREACHABLE_RECIPIENT),
    "failed": (Delivery.UNDELIVERED, Reason.CARRIER_FAILURE),
}


def report_of(record: Any) -> Report:
    """Read a report; one that cannot be read is kept, for it does not come again."""
    try:
        delivery, reason = STATES[record["state"]]
        return Report(
            recipient=parse_phone(record["to"]),
            delivery=delivery,
            provider_message_id=record["id"],
            reference=record["ref"],
            reason=reason,
            at=record["at"] / 1000,
            raw=record,
        )
    except (LookupError, TypeError, ValueError):
        return Report(recipient="", delivery=Delivery.UNKNOWN, raw={"record": record})


def message_of(record: Any) -> Inbound:
    """Read a message from a phone; as above."""
    try:
        sender = parse_phone(record["from"])
        return Inbound(sender=sender, text=record["text"], at=record["at"] / 1000, raw=record)
    except (LookupError, TypeError, ValueError):
        return Inbound(sender="", text="", raw={"record": record})


class _Kept(BaseModel, strict=True):
    id: str
    text: str
    state: str
    words: str


def info_of(kind: str) -> Callable[[Any], Any]:
    """Return what reads a template or a signature."""
    info = {"template": TemplateInfo, "signature": SignatureInfo}[kind]

    def read(record: Any) -> TemplateInfo | SignatureInfo:
        kept = _Kept.model_validate(record)
        return info(id=kept.id, review=Review(kept.state), text=kept.text, detail=kept.words or None, raw=record)

    return read


class Counted(BaseModel, strict=True):
    """The counts of a span, or of one template in it."""

    template: str | None
    requested: int
    accepted: int
    billed: int
    delivered: int
    undelivered: int

    def sends(self, since: float, until: float) -> SendStatistics:
        """Return what was handed in."""
        return SendStatistics(
            since=since, until=until, requested=self.requested, accepted=self.accepted, billed=self.billed
        )

    def deliveries(self, since: float, until: float) -> DeliveryStatistics:
        """Return what became of it."""
        return DeliveryStatistics(
            since=since,
            until=until,
            accepted=self.accepted,
            reported=self.delivered + self.undelivered,
            delivered=self.delivered,
            undelivered=self.undelivered,
        )

    def of_template(self, since: float, until: float) -> TemplateStatistics:
        """Return both for one template."""
        return TemplateStatistics(
            template_id=self.template or "",
            since=since,
            until=until,
            requested=self.requested,
            accepted=self.accepted,
            billed=self.billed,
            reported=self.delivered + self.undelivered,
            delivered=self.delivered,
            undelivered=self.undelivered,
        )


class _Left(BaseModel, strict=True):
    texts: int


def balance_of(record: Any) -> Balance:
    """Read what is left."""
    return Balance(remaining=_Left.model_validate(record).texts, unit="texts", raw=record)

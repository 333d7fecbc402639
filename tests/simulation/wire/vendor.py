"""The vendors: the sandbox sides of the real providers, each at a desk that knows what was really sent."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import unquote_to_bytes

from vendors import Sent
from wire.timeline import Timeline
from world import EPOCH

from smsway.model import Delivery, Reason, SandboxCall, SandboxReply, SandboxSide, SandboxTemplate
from smsway.sandbox import _strikes as strikes

RESHAPES: Sequence[strikes.Reshape] = (strikes.missing, strikes.reordered, strikes.duplicated, strikes.surplus)

REFUSALS: Sequence[Reason] = (
    Reason.INVALID_RECIPIENT,
    Reason.BLOCKED_RECIPIENT,
    Reason.RECIPIENT_RATE_LIMITED,
    Reason.INSUFFICIENT_BALANCE,
    Reason.INVALID_CONTENT,
    Reason.UNSUPPORTED_DESTINATION,
    Reason.TEMPLATE_REFUSED,
)

_REFERENCE = re.compile(rb"0{8}[0-9a-f]{12}")
"""A name of an attempt; the simulation's numbers are small."""

_TASK = re.compile(rb"TaskContent=([^&]*)")


def attempt_of(body: bytes) -> str:
    """Return the name of the attempt that a request belongs to, wherever the provider puts it."""
    task = _TASK.search(body)
    found = _REFERENCE.search(b64decode(unquote_to_bytes(task[1])) if task else body)
    return found[0].decode() if found else ""


@dataclass(slots=True)
class Vendor:
    """One account's vendor, the desk of its side: *texts* are what it really sent, which no code under test can see."""

    account: str
    side: SandboxSide
    timeline: Timeline
    texts: list[Sent] = field(default_factory=list)
    refused: Mapping[str, Reason] = field(default_factory=dict)
    """Phone -> why it is refused, always."""
    outage: bool = False
    """True while it takes no request."""
    reshape: strikes.Reshape | None = None
    """What is done to the results of the next answer."""

    @property
    def random(self) -> Random:
        """The schedule's chance."""
        return self.timeline.random

    def judge(self, call: SandboxCall) -> SandboxReply:
        """Do what *call* asks for, and return the answer."""
        return self.side.judge(call, self)  # type: ignore[arg-type]  # sending needs no more of a desk

    @property
    def now(self) -> float:
        """The vendor's clock."""
        return EPOCH + self.timeline.time

    def throttled(self) -> bool:
        """True while it takes no request."""
        return self.outage

    def template(self, template_id: str) -> SandboxTemplate:
        """Return a template without variables."""
        return SandboxTemplate(template_id, 0, "News.")

    def knows_signature(self, _: str) -> bool:
        """Know every signature."""
        return True

    def refusal(self, phone: str) -> Reason | None:
        """Return why *phone* is refused."""
        return self.refused.get(phone)

    def accept(
        self,
        phone: str,
        reference: str | None = None,
        fee: int = 1,  # noqa: ARG002  # a desk's signature
        message_id: str | None = None,
        template: str | None = None,  # noqa: ARG002  # as above
        **said: object,  # noqa: ARG002  # as above
    ) -> str:
        """Send one text."""
        taken = message_id or f"{self.account}{len(self.texts):08d}"
        attempt = (reference or "").partition("-")[0]
        self.texts.append(Sent(self.account, phone, attempt, taken, self.now, self.now, Delivery.DELIVERED))
        return taken

    def results(self, items: list[Any]) -> list[Any]:
        """Return the results, spoilt if a fault wants them so."""
        phones = [text.phone for text in self.texts[-len(items) :]]
        return self.reshape(items, phones) if self.reshape is not None and items else items

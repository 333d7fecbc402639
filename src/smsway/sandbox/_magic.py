"""Magic numbers: phones whose last six digits make every account misbehave in a known way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from smsway.model import Reason
from smsway.sandbox._faults import Fault, Level

REFUSED: Mapping[str, Reason] = MappingProxyType(
    {
        "990001": Reason.INVALID_RECIPIENT,
        "990002": Reason.BLOCKED_RECIPIENT,
        "990003": Reason.RECIPIENT_RATE_LIMITED,
        "990004": Reason.INSUFFICIENT_BALANCE,
        "990005": Reason.INVALID_CONTENT,
        "990006": Reason.UNSUPPORTED_DESTINATION,
        "990007": Reason.TEMPLATE_REFUSED,
    }
)
"""Last six digits -> why the vendor refuses the recipient."""

STRUCK: Mapping[str, Fault] = MappingProxyType(
    {
        "990101": Fault.of("drop_after"),
        "990102": Fault.of("drop_before"),
        "990103": Fault.of("hang"),
        "990104": Fault.of("slow"),
        "990105": Fault.of("drip"),
        "990106": Fault.of("http_500"),
        "990107": Fault.of("http_502"),
        "990108": Fault.of("http_503"),
        "990109": Fault.of("http_429"),
        "990110": Fault.of("html"),
        "990111": Fault.of("empty"),
        "990112": Fault.of("truncated"),
        "990113": Fault.of("garbled"),
        "990114": Fault.of("missing"),
        "990115": Fault.of("reordered"),
        "990116": Fault.of("duplicated"),
        "990117": Fault.of("surplus"),
        "990118": Fault.of("two_responses"),
        "990119": Fault.of("wrong_length"),
        "990120": Fault.of("redirect"),
    }
)
"""Last six digits -> the fault that strikes a request with such a recipient."""


UNDELIVERED: Mapping[str, Reason] = MappingProxyType(
    {
        "990201": Reason.UNREACHABLE_RECIPIENT,
        "990202": Reason.INVALID_RECIPIENT,
        "990203": Reason.BLOCKED_RECIPIENT,
        "990204": Reason.RECIPIENT_RATE_LIMITED,
        "990205": Reason.CARRIER_FAILURE,
    }
)
"""Last six digits -> why a text that was accepted does not arrive."""


def magic_refusal(phone: str) -> Reason | None:
    """Return why a magic *phone* is refused; `None` for any other phone."""
    return REFUSED.get(phone[-6:])


def magic_failure(phone: str) -> Reason | None:
    """Return why a text to a magic *phone* does not arrive; `None` for any other phone."""
    return UNDELIVERED.get(phone[-6:])


def magic_fault(level: Level, phones: Iterable[str]) -> Fault | None:
    """Return the fault of this *level* of the first magic phone among *phones*."""
    for phone in phones:
        fault = STRUCK.get(phone[-6:])
        if fault is not None and fault.kind.level is level:
            return fault
    return None

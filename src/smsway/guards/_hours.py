"""The hours in which marketing may be sent, by country; each with who says so, and when that was read.

They are what is asked of senders, not legal advice. A country that is not named gets `ELSEWHERE`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Hours:
    """From *start* until *end* by the recipient's clock, on the same day; *source* is who says so."""

    start: time
    end: time
    source: str = "the configuration"

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


HOURS: Mapping[str, Hours] = MappingProxyType(
    {
        "CN": Hours(time(8), time(22), "https://cloud.tencent.com/document/product/382/3771, code 1029"),
        # Operators refuse promotional texts outside of these hours, Indian time.
        "IN": Hours(
            time(10),
            time(21),
            "https://crm.smsgatewayhub.com/knowledge-base/article/"
            "important-update-new-service-explicit-message-restriction-time-10-am-to-9-pm, read 2026-11-22",
        ),
        # At the called party's location. Some states ask for more.
        "US": Hours(time(8), time(21), "47 CFR 64.1200(c)(1)"),
    }
)

ELSEWHERE = Hours(time(9), time(20), "nobody: a choice of smsway's that nobody should mind")
"""Where no hours are known."""

"""The server side that the providers for TencentCloud API 3.0 share, for the sandbox.

A provider's side is a `Side` that plays what all of them have and what its `Plays` adds: the action that it sends with,
whose judge reads the body with `read` and a `Shape`, and lets each text be judged with `judge_text`. It shares no wire
code with the client side, so that a mistake in one of them shows.
"""

from __future__ import annotations

from smsway_tencentcloud._sandbox_body import (
    Admitted,
    Judge,
    Plays,
    Refused,
    Shape,
    check_application,
    read,
)
from smsway_tencentcloud._sandbox_gateway import ACTIONS, Side
from smsway_tencentcloud._sandbox_results import CODES, Context, Status, Text, judge_text
from smsway_tencentcloud._sandbox_statistics import hour_of

__all__ = [
    "ACTIONS",
    "CODES",
    "Admitted",
    "Context",
    "Judge",
    "Plays",
    "Refused",
    "Shape",
    "Side",
    "Status",
    "Text",
    "check_application",
    "hour_of",
    "judge_text",
    "read",
]

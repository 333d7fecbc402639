"""API 3.0 as the sandbox plays it for Global SMS."""

from __future__ import annotations

from types import MappingProxyType

from smsway.provider import Reason
from smsway_tencent_global._config import TencentGlobalConfig
from smsway_tencent_global._sandbox_send import judge_send
from smsway_tencentcloud.sandbox import Plays, Side

PLAYS = Plays(
    sends="SendMultiGlobalSms",
    actions=MappingProxyType({"SendMultiGlobalSms": judge_send}),
    regions=frozenset({"ap-singapore", "eu-frankfurt"}),
    receipts=MappingProxyType(
        {
            Reason.UNREACHABLE_RECIPIENT: "UNDELIV",
            Reason.INVALID_RECIPIENT: "SUBFAIL",
            Reason.INVALID_CONTENT: "REJECTD",
            Reason.CARRIER_FAILURE: "COMFAIL",
        }
    ),
    other_receipt="UNKNOWN",
    international=1,
)
"""What is particular to Global SMS."""


def server_side(config: TencentGlobalConfig) -> Side:
    """Return the server side of an account."""
    return Side(config, PLAYS)

"""API 3.0 as the sandbox plays it for the mainland and abroad."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from smsway.provider import Reason
from smsway_tencent_sms._config import TencentSmsConfig
from smsway_tencent_sms._sandbox_send import judge_send
from smsway_tencent_sms._sandbox_statistics import judge_packages
from smsway_tencentcloud.sandbox import Plays, Side

PLAYS = Plays(
    sends="SendSms",
    actions=MappingProxyType({"SendSms": judge_send, "SmsPackagesStatistics": judge_packages}),
    regions=frozenset({"ap-beijing", "ap-guangzhou", "ap-nanjing", "ap-singapore"}),
    receipts=MappingProxyType(
        {
            Reason.UNREACHABLE_RECIPIENT: "UNDELIV",
            Reason.INVALID_RECIPIENT: "MK:0001",
            Reason.BLOCKED_RECIPIENT: "MX:0012",
            Reason.INVALID_CONTENT: "TC:0007",
            Reason.RECIPIENT_RATE_LIMITED: "MX:0003",
            Reason.CARRIER_FAILURE: "MI:0022",
        }
    ),
    other_receipt="UNKNOWN",
    international=0,
)
"""What is particular to this product; the vendor's own list of regions could not be read."""


def server_side(config: TencentSmsConfig) -> Side:
    """Return the server side of an account, which has the account's region in any case."""
    return Side(config, replace(PLAYS, regions=PLAYS.regions | {config.region}))

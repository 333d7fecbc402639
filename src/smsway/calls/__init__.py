"""Calls about an account beside sending: reports, messages from phones, templates, signatures, statistics, balance."""

from smsway.calls._asking import Asking
from smsway.calls._async import AsyncInbox, AsyncReports, AsyncSignatures, AsyncStatistics, AsyncTemplates
from smsway.calls._calls import Calls, Moment
from smsway.calls._drift import Drift, compare
from smsway.calls._pulls import Pulls
from smsway.calls._sync import Inbox, Reports, Signatures, Statistics, Templates

__all__ = [
    "Asking",
    "AsyncInbox",
    "AsyncReports",
    "AsyncSignatures",
    "AsyncStatistics",
    "AsyncTemplates",
    "Calls",
    "Drift",
    "Inbox",
    "Moment",
    "Pulls",
    "Reports",
    "Signatures",
    "Statistics",
    "Templates",
    "compare",
]

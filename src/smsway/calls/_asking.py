"""Asks a provider, on behalf of the engine, whether a text that may have been sent was sent."""

from __future__ import annotations

from dataclasses import dataclass

from smsway.calls._calls import Calls
from smsway.delivery import Flow, keep
from smsway.model import Attempt, Phone, ReportQuery, Tracked
from smsway.routing import Account

SLACK = 60.0
"""Seconds by which the vendor's clock may differ from ours; so much more time is asked about, before and after."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Looks reports up and has them matched: only the store can tell one text to a phone from another."""

    calls: Calls

    def ask(self, account: Account, phone: Phone, attempt: Attempt) -> Flow[Tracked | None]:
        """Ask once, and return what is known by now of *attempt* to *phone*; raises `CallFailed`."""
        calls = self.calls
        tracker = calls.store("verify compares what the vendor says with what was sent")
        yield from keep(tracker.flush)
        query = ReportQuery(since=attempt.started_at - SLACK, until=calls.caller.clock.now() + SLACK, phone=phone)
        items = yield from calls.about(account.name, "find_reports", query)
        yield from calls.take(account.name, items)
        name = attempt.reference or ""
        return (yield from keep(lambda: tracker.progress(name, phone)))

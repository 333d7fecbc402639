"""Asks a provider, on behalf of the engine, whether a text that may have been sent was sent."""

from __future__ import annotations

from dataclasses import dataclass

from smsway.calls._calls import Calls
from smsway.delivery import Finding, Flow, keep
from smsway.model import Attempt, Delivery, Phone, Report, ReportQuery, SmswayError
from smsway.routing import Account

SLACK = 60.0
"""Seconds by which the vendor's clock may differ from ours; so much more time is asked about, before and after."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Looks reports up and has them matched: only the store can tell one text to a phone from another."""

    calls: Calls

    def ask(self, account: Account, phone: Phone, attempt: Attempt, expires: float | None) -> Flow[Finding]:
        """Ask once about *attempt* to *phone*, before *expires* (monotonic clock); raises `CallFailed`."""
        calls, name = self.calls, attempt.reference or ""
        tracker = calls.tracker
        if tracker is None:
            return Finding()
        query = ReportQuery(since=attempt.started_at - SLACK, until=calls.caller.clock.now() + SLACK, phone=phone)
        items: list[Report] = yield from calls.about(account.name, "find_reports", query, expires=expires)
        try:
            yield from keep(tracker.flush)
            yield from calls.take(account.name, items)
            tracked = yield from keep(lambda: tracker.progress(name, phone))
        except SmswayError:
            # Without the store one text cannot be told from another.
            tracked = None
        refusals = (each for each in items if each.delivery is Delivery.REJECTED and each.recipient == phone)
        refused = next((each for each in refusals if name and (each.reference or "").startswith(name)), None)
        return Finding(tracked, refused, silent=not items)

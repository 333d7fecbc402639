"""Asks a provider, on behalf of the engine, whether a text that may have been sent was sent."""

from __future__ import annotations

from dataclasses import dataclass

from smsway.calls._calls import Calls
from smsway.delivery import Finding, Flow, keep
from smsway.model import Attempt, Delivery, Phone, Report, ReportQuery, SmswayError
from smsway.routing import Account

SLACK = 60.0
"""Seconds by which the vendor's clock may differ from ours; so much more time is asked about, before and after."""

PROVING_SLACK = 86_400.0
"""The same where silence proves that nothing was sent: a clock that is off by hours must not make it so."""


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
        rule = account.verification
        slack = PROVING_SLACK if rule is not None and rule.absence_proves else SLACK
        query = ReportQuery(since=attempt.started_at - slack, until=calls.caller.clock.now() + slack, phone=phone)
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

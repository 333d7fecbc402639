"""What comes back to one account after its texts: reports, messages from phones, and the queues they wait in."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from itertools import count, islice
from typing import NamedTuple, TypeVar

from smsway.model import Delivery, Reason, SandboxInbound, SandboxReport, SandboxTally
from smsway.sandbox._outbox import Item, Outbox

ItemT = TypeVar("ItemT")


class Queued(NamedTuple):
    """How many reports and messages from phones wait to be pulled."""

    reports: int
    inbound: int


class Asked(NamedTuple):
    """What one request asked for *at* a moment of the vendor's clock: texts, those of them taken, and their parts.

    Those of one *template*, if the vendor tells them apart; what it did not take has none.
    """

    at: float
    requested: int
    accepted: int
    billed: int
    template: str | None = None


class Returns:
    """Everything that comes back; a report is on its way until it is due.

    *reports* are those that are due and *inbound* the messages from phones, as they came; both are kept for good. Each
    of them either waits in its queue to be pulled, or is posted if there is an *address* at the time it comes.
    """

    def __init__(self, outbox: Outbox | None, address: str | None) -> None:
        self.outbox = outbox
        self.address = address
        self.asked: list[Asked] = []
        self.reports: list[SandboxReport] = []
        self.inbound: list[SandboxInbound] = []
        self.report_queue: deque[SandboxReport] = deque()
        self.inbound_queue: deque[SandboxInbound] = deque()
        self._on_the_way: list[tuple[float, int, SandboxReport]] = []
        self._silent: list[SandboxReport] = []
        self._order = count()

    @property
    def queued(self) -> Queued:
        """How many wait to be pulled."""
        return Queued(len(self.report_queue), len(self.inbound_queue))

    @property
    def next_due(self) -> float | None:
        """When the next report falls due, by the clock that `settle` is told; `None` if none is on its way."""
        return self._on_the_way[0][0] if self._on_the_way else None

    def expect(self, report: SandboxReport, due: float | None) -> None:
        """Let *report* fall due at that moment, or never."""
        if due is None:
            self._silent.append(report)
        else:
            heappush(self._on_the_way, (due, next(self._order), report))

    @property
    def unreported(self) -> Sequence[SandboxReport]:
        """The texts whose report is on its way or never comes, the oldest first."""
        texts = [*self._silent, *(report for _, _, report in self._on_the_way)]
        told = (replace(text, at=text.sent_at, delivery=Delivery.ACCEPTED, reason=None) for text in texts)
        return sorted(told, key=lambda text: text.sent_at)

    def settle(self, now: float) -> None:
        """Let whatever is due by *now* arrive."""
        while self._on_the_way and self._on_the_way[0][0] <= now:
            report = heappop(self._on_the_way)[2]
            self.reports.append(report)
            if not self._posts(report):
                self.report_queue.append(report)

    def receive(self, message: SandboxInbound) -> None:
        """Take a message from a phone."""
        self.inbound.append(message)
        if not self._posts(message):
            self.inbound_queue.append(message)

    def _posts(self, item: Item) -> bool:
        if self.outbox is None or self.address is None:
            return False
        self.outbox.add(self.address, item)
        return True

    def pulled(self, reports: int, inbound: int) -> None:
        """Take so many off the queues for good."""
        for _ in range(reports):
            self.report_queue.popleft()
        for _ in range(inbound):
            self.inbound_queue.popleft()

    def tally(self, since: float, until: float, template: str | None = None) -> SandboxTally:
        """Count the texts, or those of one *template*, of a span of the vendor's clock, both ends included."""
        asked = [each for each in self.asked if since <= each.at <= until and template in {None, each.template}]
        reports = [each for each in sent_within(self.reports, since, until) if template in {None, each.template}]
        causes = [each.reason or Reason.OTHER for each in reports if each.delivery is Delivery.UNDELIVERED]
        return SandboxTally(
            requested=sum(each.requested for each in asked),
            accepted=sum(each.accepted for each in asked),
            billed=sum(each.billed for each in asked),
            delivered=len(reports) - len(causes),
            undelivered=len(causes),
            failures=dict(Counter(causes)),
        )


def sent_within(reports: Iterable[SandboxReport], since: float, until: float) -> Sequence[SandboxReport]:
    """Return the *reports* of texts sent in a span of the vendor's clock, both ends included."""
    return tuple(report for report in reports if since <= report.sent_at <= until)


def waiting(queue: Sequence[ItemT], already: int, limit: int) -> Sequence[ItemT]:
    """Return the next items of a *queue* of which so many are taken *already*, and leave them where they are."""
    return tuple(islice(queue, already, already + max(limit, 0)))

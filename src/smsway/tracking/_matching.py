"""Decides whose a report is, and what a submission comes to by its reports: a function of both sets, in any order.

A report counts for a submission of the same account and phone

- if it has the id that the provider gave to the text, or names our attempt, or has an id that another report gives to
  our attempt;
- or, if it has no reference and an id that no submission is known to have, by the time alone: it is not known whether
  the submission was sent, and every other that may have been sent then is answered, and known by another id.

Why the order, repeats and the loss of repeats cannot matter. Each condition is either about the report and the
submissions alone, or that some other report is *there*; none is that a report is missing. So whatever a set of reports
binds, every larger set binds as well. And what a submission comes to is the greatest evidence that is bound to it, in
one total order: the greatest of a set has no order and no repeats, and does not shrink as the set grows.

It is the price of this that a report may count for two attempts to the same phone, for one by its time, and by its id
for another of which that is told later. What has been said once is never taken back.

The order of answers does not matter either. Nothing is decided by time while an attempt that the report may be of waits
for its answer; one that begins after the report came is none of those; and an answer, once there, never changes. Only
that comes late to a submission which was given up for lost can unmake evidence, and then what is stored prevails.

As nothing that is bound is ever unbound, a report is looked at when it comes, and again only when something is learned
that can bind it to more. So a flood of reports to one phone costs no more for each of them than the first one did.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice

from smsway.tracking._records import Evidence, Key, Line, Name, ReceivedReport, Source, Submission

HOUR = 3600.0
BEFORE = 60.0
"""So many seconds may a report be dated before the attempt began: clocks differ."""
AFTER = 72 * HOUR
"""So many seconds after the attempt began a report can be of it."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The submissions that a report counts for, the surest first, and whether one of them came to more by it."""

    owners: list[Submission]
    improved: bool


class Book:
    """The submissions of some lines, by what a report may say of them, and reports, by what can bind them to more.

    *reports* have counted already. A report that may be of two submissions waits until something is learned of one of
    those; of how many others it may be does not matter until then.
    """

    def __init__(self, submissions: Iterable[Submission], reports: Iterable[ReceivedReport]) -> None:
        self.submissions = {each.key: each for each in submissions}
        self._given: defaultdict[Name, list[Key]] = defaultdict(list)
        self._open: defaultdict[Line, list[Key]] = defaultdict(list)
        self._unknown: defaultdict[Line, dict[Key, None]] = defaultdict(dict)
        self._learnt: defaultdict[Name, dict[Key, None]] = defaultdict(dict)
        self._ids: defaultdict[Key, set[str]] = defaultdict(set)
        self._named: defaultdict[Name, dict[int, ReceivedReport]] = defaultdict(dict)
        self._waiting: defaultdict[Key, dict[int, ReceivedReport]] = defaultdict(dict)
        for each in self.submissions.values():
            if each.name:
                self._given[each.name].append(each.key)
            elif each.is_open:
                self._open[each.line].append(each.key)
        for line, keys in self._open.items():
            # Reports come in the order of sending, mostly, so the last is the one to wait for.
            self._unknown[line] = dict.fromkeys(sorted(keys, key=self._began, reverse=True))
        known = list(reports)
        for received in known:
            self.learn(received)
        for received in known:
            self._owners(received)  # so that it waits

    def _began(self, key: Key) -> float:
        return self.submissions[key].started_at

    def knows(self, name: Name | None) -> bool:
        """True if the provider gave this name to a submission."""
        return name in self._given

    def learn(self, received: ReceivedReport) -> list[ReceivedReport]:
        """Note what a new report tells of ids; return the earlier ones that may count for more by that."""
        name = received.name
        if not name:
            return []
        again = self._teach(name, self._mentioned(received))
        self._named[name][received.number] = received
        return again

    def _teach(self, name: Name, submission: Submission | None) -> list[ReceivedReport]:
        """Note that *submission* goes by *name*."""
        if submission is None or submission.key in self._learnt[name]:
            return []
        self._learnt[name][submission.key] = None
        again = self._named[name]
        if submission.is_open and submission.answer is not None:
            self._ids[submission.key].add(name[2])
            self._unknown[submission.line].pop(submission.key, None)
            again = again | self._waiting.pop(submission.key, {})
        return list(again.values())

    def count(self, received: ReceivedReport) -> Counted:
        """Let a report that was learnt count for whom it is of."""
        owners = self._owners(received)
        improved = False
        for key in owners:
            submission = self.submissions[key]
            said = _evidence(received, submission)
            if said.weight > submission.latest.weight:
                self.submissions[key] = replace(submission, latest=said)
                improved = True
        return Counted([self.submissions[key] for key in owners], improved)

    def _owners(self, received: ReceivedReport) -> Iterable[Key]:
        bound: dict[Key, None] = {}
        if mentioned := self._mentioned(received):
            bound[mentioned.key] = None
        if name := received.name:
            bound |= dict.fromkeys(self._given.get(name, ())) | self._learnt.get(name, {})
            if not received.mention and name not in self._given:
                bound |= dict.fromkeys(self._by_time(received, name))
        return bound

    def _mentioned(self, received: ReceivedReport) -> Submission | None:
        submission = self.submissions.get(received.mention) if received.mention else None
        return submission if submission and submission.line == received.line else None

    def _by_time(self, received: ReceivedReport, name: Name) -> list[Key]:
        rivals = list(islice(self._rivals(received, name), 2))
        for key in rivals:
            self._waiting[key][received.number] = received
        if len(rivals) > 1:
            return []
        # If there is no rival, then all that may have been sent are known by other ids, and it counts for each.
        near = rivals or self._open.get(received.line, [])
        return [key for key in near if _is_of(received, self.submissions[key])]

    def _rivals(self, received: ReceivedReport, name: Name) -> Iterator[Key]:
        """Find those that may have been sent then, and are not known by another id."""
        namesakes = (key for key in self._learnt.get(name, ()) if self._ids.get(key) == {name[2]})
        for key in chain(self._unknown.get(received.line, ()), namesakes):
            if _may_be_of(received, self.submissions[key]):
                yield key


def _is_of(received: ReceivedReport, submission: Submission) -> bool:
    """True if the report's time alone says that it may be of a submission that is not known to be sent."""
    return submission.is_doubtful and _may_be_of(received, submission) and _fits(received, submission)


def _may_be_of(received: ReceivedReport, submission: Submission) -> bool:
    """True unless the report came before the attempt began, or much too late, whatever the vendor's clock says."""
    since = received.received_at - submission.started_at
    return since >= 0 and (since <= AFTER or _fits(received, submission))


def _fits(received: ReceivedReport, submission: Submission) -> bool:
    """True if the report's time is one that the attempt can have."""
    at = received.received_at if received.report.at is None else received.report.at
    return -BEFORE <= at - submission.started_at <= AFTER


def _evidence(received: ReceivedReport, submission: Submission) -> Evidence:
    report = received.report
    at = report.at
    # An unsigned report has little power, and its time must make sense beside what we know ourselves.
    if at is not None and not -HOUR <= at - submission.started_at <= AFTER:
        at = None
    return Evidence(
        delivery=report.delivery,
        source=Source.REPORT,
        provider_message_id=report.provider_message_id,
        reason=report.reason,
        code=report.code,
        detail=report.detail,
        at=at,
    )

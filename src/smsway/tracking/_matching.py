"""Decides whose a report is, and what a submission comes to by its reports: a pure function of both sets.

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
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from smsway.tracking._records import SILENCE, Evidence, Key, Line, Name, ReceivedReport, Source, Submission

HOUR = 3600.0
BEFORE = 60.0
"""So many seconds may a report be dated before the attempt began: clocks differ."""
AFTER = 72 * HOUR
"""So many seconds after the attempt began a report can be of it."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What each submission comes to, and for each report, in order, the submissions it counts for, the surest first."""

    latest: dict[Key, Evidence]
    owners: list[list[Submission]]


def resolve(submissions: Iterable[Submission], reports: Sequence[ReceivedReport]) -> Resolution:
    """Bind *reports* to *submissions*, which may be of any number of lines."""
    book = _Book(submissions, reports)
    owners = [book.owners(each) for each in reports]
    latest = {key: each.answer or SILENCE for key, each in book.by_key.items()}
    for received, bound in zip(reports, owners, strict=True):
        for submission in bound:
            said = _evidence(received, submission)
            latest[submission.key] = max(latest[submission.key], said, key=lambda each: each.weight)
    return Resolution(latest, owners)


class _Book:
    """The submissions by what a report may say of them."""

    def __init__(self, submissions: Iterable[Submission], reports: Sequence[ReceivedReport]) -> None:
        self.by_key: dict[Key, Submission] = {each.key: each for each in submissions}
        self._given: defaultdict[Name, list[Submission]] = defaultdict(list)
        self._open: defaultdict[Line, list[Submission]] = defaultdict(list)
        self._learnt: defaultdict[Name, list[Submission]] = defaultdict(list)
        self._ids: defaultdict[Key, set[str]] = defaultdict(set)
        for each in self.by_key.values():
            if each.name:
                self._given[each.name].append(each)
            elif each.is_open:
                self._open[each.line].append(each)
        for received in reports:
            mentioned = self._mentioned(received)
            if mentioned and received.name:
                self._learnt[received.name].append(mentioned)
                self._ids[mentioned.key].add(received.name[2])

    def _mentioned(self, received: ReceivedReport) -> Submission | None:
        submission = self.by_key.get(received.mention) if received.mention else None
        return submission if submission and submission.line == received.line else None

    def owners(self, received: ReceivedReport) -> list[Submission]:
        bound = {}
        if mentioned := self._mentioned(received):
            bound[mentioned.key] = mentioned
        if received.name:
            for each in (*self._given.get(received.name, ()), *self._learnt.get(received.name, ())):
                bound[each.key] = each
            if not received.mention and received.name not in self._given:
                bound.update((each.key, each) for each in self._by_time(received, received.name[2]))
        return list(bound.values())

    def _by_time(self, received: ReceivedReport, message_id: str) -> list[Submission]:
        near = [each for each in self._open.get(received.line, ()) if _may_be_of(received, each)]
        rivals = [each for each in near if each.answer is None or not self._ids.get(each.key, set()) - {message_id}]
        return [
            each
            for each in near
            if each.is_doubtful and _fits(received, each) and all(rival is each for rival in rivals)
        ]


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

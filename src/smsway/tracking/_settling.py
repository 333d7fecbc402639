"""Brings what is remembered up to date with what is new: answers that came, reports that came, submissions given up.

Not the whole history of a line is read for that, but all that can matter: who goes by the same id, who is mentioned,
and where somebody is unknown, everybody that a report without a reference might be of. Reports that came before are
read where something is learned that can bind them to more, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf

from smsway.tracking._matching import Book
from smsway.tracking._records import LOST, Evidence, Key, Line, Name, ReceivedReport, Stage, Submission
from smsway.tracking._store import LookupKey, Records, Reports, Submissions

PATIENCE = 900.0
"""After so many seconds without an answer, whoever waited for it is taken to be gone."""


@dataclass(frozen=True, slots=True)
class Match:
    """A report that counts now, and one of the submissions it counts for, `None` if there are none."""

    received: ReceivedReport
    owner: Submission | None


@dataclass(slots=True)
class Settled:
    """What came of it: *matches* of the reports that were asked for, and the numbers of *others* that were found."""

    matches: list[Match] = field(default_factory=list)
    others: list[int] = field(default_factory=list)


def answer(records: Records, answers: Mapping[Key, Evidence], chains: Mapping[Key, str]) -> list[int]:
    """Note what the provider answered, and which submissions are of one chain; return the reports that were found."""
    answered: dict[Key, Submission] = {}
    linked: list[Submission] = []
    for submission in records.submissions(Submissions.KEY, [*dict.fromkeys((*answers, *chains))]):
        key = submission.key
        chain = chains.get(key, submission.chain)
        said = answers.get(key)
        if said is not None:
            answered[key] = replace(submission, chain=chain, answer=said, latest=_better(submission.latest, said))
        else:
            linked.append(replace(submission, chain=chain))
    records.change(linked)
    return _move(records, answered)


def give_up(records: Records, submissions: Iterable[Submission]) -> list[int]:
    """Take it that no answer will come; return the reports that were found."""
    return _move(records, {each.key: _lost(each) for each in submissions})


def _move(records: Records, moved: dict[Key, Submission]) -> list[int]:
    """Note what is learned of *moved* by no report; return the reports that were found."""
    if _affected(records, moved.values(), _names(moved.values())):
        return _settle(records, moved, ()).others
    # As a rule, for the report comes after the answer.
    records.change(moved.values())
    return []


def match(records: Records, reports: Sequence[ReceivedReport], now: float) -> Settled:
    """Let *reports* count, one after the other."""
    return _settle(records, {}, reports, now)


def _settle(
    records: Records, moved: dict[Key, Submission], fresh: Sequence[ReceivedReport], now: float | None = None
) -> Settled:
    """Let what is learned of *moved* count, and then the reports in *fresh*."""
    scene = _Scene(records, moved, fresh, now)
    ledger = _Ledger(scene)
    if scene.moved:
        ledger.recount(scene.reports.values())
    for received in fresh:
        ledger.recount(ledger.book.learn(received))
        ledger.match(received)
    records.change(each for key, each in ledger.book.submissions.items() if each is not scene.stored.get(key))
    records.mark(ledger.marked.values())
    return ledger.settled


class _Ledger:
    """What comes of counting, and what of it has to be written.

    *better* are the lines in which a submission has come to more since a report of theirs was matched.
    """

    def __init__(self, scene: _Scene) -> None:
        self.settled = Settled()
        self.marked: dict[int, ReceivedReport] = {}
        self.better: set[Line] = set()
        self.book = Book(scene.submissions.values(), scene.reports.values())

    def match(self, received: ReceivedReport) -> None:
        """Let a new report count."""
        known, owners = self._count(self.marked.get(received.number, received))
        changed = known.changed or known.line in self.better
        self.better.discard(known.line)
        known = self.marked[known.number] = replace(known, stage=Stage.MATCHED, changed=changed)
        self.settled.matches.append(Match(known, owners[0] if owners else None))

    def recount(self, reports: Iterable[ReceivedReport]) -> None:
        """Let reports that have counted before count for whom they may be of by now."""
        for received in reports:
            before = self.marked.get(received.number, received)
            known, _ = self._count(before)
            if known.found is not before.found:
                # It was told already, when it was not known whose it is: that is news.
                known = replace(known, stage=Stage.MATCHED, changed=True)
                self.settled.others.append(known.number)
            if known != before:
                self.marked[known.number] = known

    def _count(self, received: ReceivedReport) -> tuple[ReceivedReport, Sequence[Submission]]:
        counted = self.book.count(received)
        if counted.improved:
            self.better.add(received.line)
        loose = received.loose and not self.book.knows(received.name)
        return replace(received, found=received.found or bool(counted.owners), loose=loose), counted.owners


class _Scene:
    """All that can matter for what is new.

    *stored* are submissions as they are in the store, *submissions* as they are now, and *moved* those of them that
    were answered or given up. *reports* count already, even those of them that were never told and so are new as well.
    """

    def __init__(
        self, records: Records, moved: dict[Key, Submission], fresh: Sequence[ReceivedReport], now: float | None
    ) -> None:
        self._records = records
        self._lines = dict.fromkeys([each.line for each in moved.values()] + [each.line for each in fresh])
        names = _names(fresh)
        known = records.submissions(Submissions.OPEN, self._lines) + records.submissions(Submissions.NAME, names)
        self.stored = {each.key: each for each in known}
        self._read_mentioned(fresh)
        self.moved = moved if now is None else self._given_up(now - PATIENCE)
        self.submissions = self.stored | self.moved
        found = records.reports(Reports.NAMING, names) + self._bound_anew(fresh) + self._rivals()
        self.reports = {each.number: each for each in found}
        self._read_mentioned(self.reports.values())
        self.submissions = self.stored | self.moved

    def _read_mentioned(self, reports: Iterable[ReceivedReport]) -> None:
        missing = dict.fromkeys(each.mention for each in reports if each.mention and each.mention not in self.stored)
        found = self._records.submissions(Submissions.KEY, missing)
        # The text of another account is none that a report can be of, and too little is read of that account.
        self.stored |= {each.key: each for each in found if each.line in self._lines}

    def _given_up(self, before: float) -> dict[Key, Submission]:
        late = (each for each in self.stored.values() if each.answer is None and each.started_at < before)
        return {each.key: _lost(each) for each in late}

    def _bound_anew(self, fresh: Iterable[ReceivedReport]) -> list[ReceivedReport]:
        """Read the reports that can be bound to more: by an answer, or by a new report that names an attempt."""
        naming = [each for each in fresh if each.name and each.mention in self.submissions]
        named = {each.mention: self.submissions[each.mention] for each in naming if each.mention}
        known = self.moved | {key: each for key, each in named.items() if each.is_open}
        return _affected(self._records, known.values(), _names(self.moved.values()) | _names(naming))

    def _rivals(self) -> list[ReceivedReport]:
        """Read the reports by which others are known, where somebody is not."""
        doubtful = {each.line for each in self.submissions.values() if each.is_doubtful}
        others = (each for each in self.submissions.values() if each.line in doubtful)
        return self._records.reports(Reports.MENTION, [(*each.line, each.attempt) for each in others])


def _names(of: Iterable[Submission | ReceivedReport]) -> dict[Name, None]:
    return dict.fromkeys(each.name for each in of if each.name)


def _affected(records: Records, submissions: Collection[Submission], names: Iterable[Name]) -> list[ReceivedReport]:
    """Read the reports that what is learned of *submissions*, and who has one of *names*, can concern."""
    found = records.reports(Reports.NAME, names)
    found += records.reports(Reports.MENTION, [(*each.line, each.attempt) for each in submissions])
    return found + records.reports(Reports.LOOSE, _beginnings(submissions))


def _beginnings(submissions: Iterable[Submission]) -> list[LookupKey]:
    """Return each line, and when the first of its *submissions* began: no report that came before is of them."""
    since: dict[Line, float] = {}
    for each in submissions:
        since[each.line] = min(since.get(each.line, inf), each.started_at)
    return [(*line, began) for line, began in since.items()]


def _lost(submission: Submission) -> Submission:
    return replace(submission, answer=LOST, latest=_better(submission.latest, LOST))


def _better(one: Evidence, other: Evidence) -> Evidence:
    return other if other is not one and other.weight > one.weight else one

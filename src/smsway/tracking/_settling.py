"""Brings what is remembered up to date with what is new: answers that came, reports that came, submissions given up.

Not the whole history of a line is read for that, but all that can matter: who goes by the same id, who is mentioned,
and where somebody is unknown, everybody that a report without a reference might be of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from smsway.tracking._matching import resolve
from smsway.tracking._records import LOST, Evidence, Key, Line, ReceivedReport, Stage, Submission
from smsway.tracking._store import Records, Reports, Submissions

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
    return _settle(records, answered, ()).others


def give_up(records: Records, submissions: Iterable[Submission]) -> list[int]:
    """Take it that no answer will come; return the reports that were found."""
    return _settle(records, {each.key: _lost(each) for each in submissions}, ()).others


def match(records: Records, reports: Sequence[ReceivedReport], now: float) -> Settled:
    """Let *reports* count, one after the other."""
    settled = Settled()
    waiting = list(reports)
    while waiting:
        # One of each line at a time, so that it is known which of them told something new.
        turn: dict[Line, ReceivedReport] = {}
        waiting = [each for each in waiting if turn.setdefault(each.line, each) is not each]
        done = _settle(records, {}, list(turn.values()), now)
        settled.matches += done.matches
        settled.others += done.others
    return settled


def _settle(
    records: Records, touched: dict[Key, Submission], fresh: Sequence[ReceivedReport], now: float | None = None
) -> Settled:
    """Let the answers of *touched* and the reports in *fresh*, at most one of a line, count."""
    scene = _Scene(records, touched, fresh, now)
    reports = [*scene.reports.values(), *fresh]
    resolution = resolve(scene.submissions.values(), reports)
    changed: set[Line] = set()
    for key, submission in scene.submissions.items():
        latest = _better(submission.latest, resolution.latest[key])
        if latest is not submission.latest:
            changed.add(submission.line)
            scene.submissions[key] = scene.touched[key] = replace(submission, latest=latest)
    records.change(scene.touched.values())
    names = {each.name for each in scene.submissions.values()}
    settled, marked = Settled(), []
    for received, owners in zip(reports, resolution.owners, strict=True):
        is_fresh = received.number not in scene.reports
        found = received.found or bool(owners)
        known = replace(received, found=found, loose=received.loose and received.name not in names)
        if is_fresh:
            known = replace(known, stage=Stage.MATCHED, changed=received.changed or received.line in changed)
            settled.matches.append(Match(known, scene.submissions[owners[0].key] if owners else None))
        elif found is not received.found:
            # It was told already, when it was not known whose it is: that is news.
            known = replace(known, stage=Stage.MATCHED, changed=True)
            settled.others.append(received.number)
        if known != received:
            marked.append(known)
    records.mark(marked)
    return settled


class _Scene:
    """All that can matter for what is new. *touched* grows by what has to be written."""

    def __init__(
        self, records: Records, touched: dict[Key, Submission], fresh: Sequence[ReceivedReport], now: float | None
    ) -> None:
        self.touched = touched
        lines = dict.fromkeys([each.line for each in touched.values()] + [each.line for each in fresh])
        asked = dict.fromkeys(each.name for each in fresh if each.name)
        given = dict.fromkeys(each.name for each in touched.values() if each.name)
        known = records.submissions(Submissions.OPEN, lines) + records.submissions(Submissions.NAME, asked)
        self.submissions = {each.key: each for each in known} | touched
        if now is not None:
            self._give_up(now - PATIENCE)
        found = records.reports(Reports.NAME, asked | given)
        doubtful = dict.fromkeys(each.line for each in self.submissions.values() if each.is_doubtful)
        if doubtful:
            found += records.reports(Reports.LOOSE, doubtful)
            found += records.reports(
                Reports.MENTION, [(*s.line, s.attempt) for s in self.submissions.values() if s.line in doubtful]
            )
        new = {each.number for each in fresh}
        self.reports = {each.number: each for each in found if each.number not in new}
        mentions = dict.fromkeys(each.mention for each in (*self.reports.values(), *fresh) if each.mention)
        missing = [key for key in mentions if key not in self.submissions]
        self.submissions |= {each.key: each for each in records.submissions(Submissions.KEY, missing)}

    def _give_up(self, before: float) -> None:
        for key, each in self.submissions.items():
            if each.answer is None and each.started_at < before:
                self.submissions[key] = self.touched[key] = _lost(each)


def _lost(submission: Submission) -> Submission:
    return replace(submission, answer=LOST, latest=_better(submission.latest, LOST))


def _better(one: Evidence, other: Evidence) -> Evidence:
    return other if other is not one and other.weight > one.weight else one

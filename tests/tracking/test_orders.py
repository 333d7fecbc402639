"""Reports in any order, repeated or lost: the same final state, never a step back, never somebody else's."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, pairwise, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsway.model import Delivery, Report, Status
from smsway.outbox import SqlReports, open_database
from smsway.tracking import MemoryStore, SqliteStore, Store
from smsway.tracking._matching import Book, _evidence, _fits, _may_be_of
from smsway.tracking._records import SILENCE, Evidence, Key, ReceivedReport, Source, Submission
from smsway.tracking._store import Submissions

ALL_CASES = settings(max_examples=10_000)
BEGAN = 1_700_000_000.0
RECEIVED = BEGAN + 500
ATTEMPTS = [f"{number:020x}" for number in range(4)]
LINES = [("cn", "+8613700000001"), ("cn", "+8613700000002"), ("world", "+8613700000001")]

ANSWERS = [
    None,
    Evidence(delivery=Delivery.UNKNOWN, source=Source.ANSWER),
    Evidence(delivery=Delivery.REJECTED, source=Source.ANSWER),
    Evidence(delivery=Delivery.ACCEPTED, source=Source.ANSWER),
    *(Evidence(delivery=Delivery.ACCEPTED, source=Source.ANSWER, provider_message_id=f"m{n}") for n in range(3)),
]
"""What an attempt comes to at first; most interesting are those that are not known to have been sent."""

SUBMITTED = [*product([0, 0, 0, 1, 2], [0.0, 60.0, 400.0], [*ANSWERS, *ANSWERS[:2]])]
"""The line, when it began, and the answer."""

REPORTED = [
    *product(
        [0, 0, 0, 1, 2],
        [None, "m0", "m1", "m2", "m3"],
        [None, None, None, *ATTEMPTS[:3], "somebody else's reference"],
        Delivery,
        [None, BEGAN + 450, BEGAN - 30, BEGAN - 90_000],
    )
]
"""The line, the provider's id, the reference, what it says and when; any two of them may contradict each other."""


@dataclass(frozen=True)
class World:
    """Submissions as they stand in the end, and reports of them, or of somebody else's."""

    submissions: list[Submission]
    reports: list[ReceivedReport]


def _any_of(shapes: Sequence[Any], most: int) -> st.SearchStrategy[list[Any]]:
    # By number: to sample from a list, all of it is looked at for every case.
    return st.lists(st.integers(0, len(shapes) - 1).map(shapes.__getitem__), min_size=1, max_size=most)


def _world(shapes: tuple[list[Any], list[Any]]) -> World:
    return World(
        [_submission(ATTEMPTS[index], *shape) for index, shape in enumerate(shapes[0])],
        [_received(index, *shape) for index, shape in enumerate(shapes[1])],
    )


worlds = st.tuples(_any_of(SUBMITTED, 4), _any_of(REPORTED, 5)).map(_world)


def _submission(attempt: str, line: int, after: float, answer: Evidence | None) -> Submission:
    account, phone = LINES[line]
    return Submission(attempt=attempt, phone=phone, account=account, started_at=BEGAN + after, answer=answer)


def _received(
    index: int, line: int, message_id: str | None, reference: str | None, delivery: Delivery, at: float | None
) -> ReceivedReport:
    account, phone = LINES[line]
    report = Report(
        recipient=phone,
        account=account,
        delivery=delivery,
        provider_message_id=message_id,
        reference=f"{reference}-{index}" if reference else None,
        code=f"C{index % 3}",
        at=at,
    )
    return ReceivedReport(report=report, received_at=RECEIVED)


def _superseded(reports: Sequence[ReceivedReport], chance: random.Random) -> list[ReceivedReport]:
    """Make what the provider may have said before: the same, but less."""
    return [
        replace(each, report=replace(each.report, delivery=delivery))
        for each in reports
        for delivery in chance.sample(list(Delivery), 2)
        if delivery.rank < each.report.delivery.rank
    ]


seeds = st.integers(0, 2**32).map(random.Random)


def counts_for(received: ReceivedReport, submission: Submission, world: World) -> bool:
    """Say whether a report counts for a submission, as the documentation says it, however long that takes."""
    name = received.name
    if received.line != submission.line:
        return False
    by_another = name and any(each.name == name and each.mention == submission.key for each in world.reports)
    if received.mention == submission.key or (name and name == submission.name) or by_another:
        return True
    if received.mention or not name or any(each.name == name for each in world.submissions):
        return False
    near = [each for each in world.submissions if each.line == received.line and _may_be_of(received, each)]
    others = [each for each in near if each.is_open and each is not submission]
    alone = all(_is_known_by_another_id(each, received, world) for each in others)
    return submission in near and submission.is_doubtful and _fits(received, submission) and alone


def _is_known_by_another_id(submission: Submission, received: ReceivedReport, world: World) -> bool:
    naming = [each for each in world.reports if each.mention == submission.key and each.line == submission.line]
    return submission.answer is not None and any(each.name not in {None, received.name} for each in naming)


def resolve(world: World) -> dict[Key, Evidence]:
    """Say what each submission comes to."""
    bound = {each.key: [r for r in world.reports if counts_for(r, each, world)] for each in world.submissions}
    return {
        each.key: max([_answered(each), *(_evidence(r, each) for r in bound[each.key])], key=lambda said: said.weight)
        for each in world.submissions
    }


def _answered(submission: Submission) -> Evidence:
    return submission.answer or SILENCE


def _shuffled(world: World, chance: random.Random) -> World:
    """Return the same in any order, with repeats, with what was said before, and received at any time."""
    everything = [*world.reports, *chance.choices(world.reports, k=3), *_superseded(world.reports, chance)]
    chance.shuffle(everything)
    times = chance.choices([BEGAN + 30, BEGAN + 90, RECEIVED, RECEIVED + 80 * 3600], k=len(everything))
    reports = [
        replace(each, number=number, received_at=at)
        for number, (each, at) in enumerate(zip(everything, times, strict=True))
    ]
    submissions = [replace(each, latest=_answered(each)) for each in world.submissions]
    return World(chance.sample(submissions, len(submissions)), reports)


def _count(book: Book, received: ReceivedReport) -> None:
    for each in (*book.learn(received), received):
        book.count(each)


def _latest(book: Book) -> dict[Key, Evidence]:
    return {key: each.latest for key, each in book.submissions.items()}


@ALL_CASES
@given(worlds, seeds)
def test_a_book_in_any_order_comes_to_what_the_sets_come_to(world: World, chance: random.Random) -> None:
    everything = _shuffled(world, chance)
    book = Book(everything.submissions, ())

    states = [_latest(book)]
    for received in everything.reports:
        _count(book, received)
        states.append(_latest(book))

    assert states == [resolve(replace(everything, reports=everything.reports[:n])) for n in range(len(states))]
    assert all(before[key].weight <= after[key].weight for before, after in pairwise(states) for key in before)


@settings(max_examples=2_000, deadline=None)
@given(worlds, seeds)
def test_a_book_goes_on_from_what_has_counted(world: World, chance: random.Random) -> None:
    everything = _shuffled(world, chance)
    known = chance.randint(0, len(everything.reports))
    before = Book(everything.submissions, ())
    for received in everything.reports[:known]:
        _count(before, received)

    book = Book(before.submissions.values(), everything.reports[:known])
    for received in everything.reports[known:]:
        _count(book, received)

    assert _latest(book) == resolve(everything)


@settings(max_examples=2_000)
@given(worlds, seeds)
def test_a_report_counts_for_nobody_but_whom_it_concerns(world: World, chance: random.Random) -> None:
    world = _shuffled(world, chance)

    book = Book(world.submissions, world.reports)

    for received in world.reports:
        bound, report = book.count(received).owners, received.report
        names_us = {each.attempt for each in world.submissions if (report.reference or "").startswith(each.attempt)}
        namesakes = [
            other.report.reference or ""
            for other in world.reports
            if report.provider_message_id and other.name == received.name
        ]
        for submission in bound:
            assert (submission.account, submission.phone) == (report.account, report.recipient)
            by_id = submission.name is not None and submission.name == received.name
            by_another = any(reference.startswith(submission.attempt) for reference in namesakes)
            by_time = (
                report.reference is None
                and submission.answer is not None
                and submission.answer.delivery is Delivery.UNKNOWN
                and not any(each.name == received.name for each in world.submissions)
            )
            assert submission.attempt in names_us or by_id or by_another or by_time


def _follow(world: World, desk: Any, chance: random.Random) -> None:
    """Let everything happen in some order, and check each step, and the end."""
    for each in world.submissions:
        desk.now = each.started_at
        desk.start(each.attempt, each.phone, account=each.account)
    answers = [each for each in world.submissions if each.answer is not None]
    heard = [each.report for each in world.reports]
    heard += chance.choices(heard, k=2) + [each.report for each in _superseded(world.reports, chance)]
    happenings: list[Submission | Report] = [*answers, *heard]
    chance.shuffle(happenings)
    state = _state(desk, world)

    desk.now = RECEIVED
    for each in happenings:
        if isinstance(each, Report):
            desk.take(each)
        else:
            _answer(desk, each)
        before, state = state, _state(desk, world)
        assert all(before[key].weight <= state[key].weight for key in state)

    assert resolve(world) == state


CASES = count()


def _apart(world: World, case: int) -> World:
    """Return the same world under other names."""

    def attempt(name: str) -> str:
        return f"{case:010x}{name[10:]}"

    def report(of: ReceivedReport) -> Report:
        ours = of.report.reference and of.report.reference[:20] in ATTEMPTS
        reference = attempt(of.report.reference or "") if ours else of.report.reference
        return replace(of.report, account=f"{of.report.account}{case}", reference=reference)

    return World(
        [replace(each, attempt=attempt(each.attempt), account=f"{each.account}{case}") for each in world.submissions],
        [replace(each, report=report(each)) for each in world.reports],
    )


@pytest.fixture(scope="module", params=["sqlite", "outbox", "postgres"])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tables: Any) -> Iterator[Store]:
    store: Store = (
        SqliteStore(tmp_path_factory.mktemp("tracking") / "tracking.db")
        if request.param == "sqlite"
        else SqlReports(open_database(tables(request.param)))
    )
    yield store
    store.close()


def _state(desk: Any, world: World) -> dict[Any, Evidence]:
    desk.tracker.flush()
    with desk.store.reading() as records:
        found = records.submissions(Submissions.KEY, [each.key for each in world.submissions])
    return {each.key: each.latest for each in found}


def _answer(desk: Any, submission: Submission) -> None:
    answer = submission.answer
    assert answer is not None
    status = {Delivery.UNKNOWN: Status.UNKNOWN, Delivery.REJECTED: Status.REJECTED}
    desk.finish(
        submission.attempt,
        status.get(answer.delivery, Status.ACCEPTED),
        submission.phone,
        message_id=answer.provider_message_id,
    )


@ALL_CASES
@given(worlds, seeds)
def test_what_the_tracker_remembers_does_not_depend_on_the_order(
    desks: Any, world: World, chance: random.Random
) -> None:
    _follow(world, desks(MemoryStore()), chance)


@settings(max_examples=150)
@given(worlds, seeds)
def test_nor_does_what_is_in_a_database(desks: Any, shared: Store, world: World, chance: random.Random) -> None:
    # Each case has accounts and attempts of its own, so one database does for all.
    _follow(_apart(world, next(CASES)), desks(shared), chance)

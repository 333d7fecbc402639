"""Whatever is done, every store remembers the same as the one in memory, and tells the same."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import astuple
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smsway.model import Delivery, Inbound, Reason, Response, Stamp, Status, Tracked
from smsway.outbox import SqlReports, open_database
from smsway.tracking import MemoryStore, Pull, SqliteStore, Store

PHONES = ["+8613700000001", "+8613700000002"]
BEGAN = 1_700_000_000.123456789
DAY = 86_400.0

attempts = st.sampled_from("abc")
phones = st.sampled_from(PHONES)
message_ids = st.sampled_from([None, "m1", "m2", "深圳", "a'b\\u0000"])
deliveries = st.sampled_from(list(Delivery))

deeds = st.one_of(
    st.tuples(st.just("start"), attempts, phones, st.sampled_from([None, "r1", "😀", "\\ud83d %s ?"])),
    st.tuples(st.just("finish"), attempts, phones, st.sampled_from(list(Status)), message_ids),
    st.tuples(st.just("settle"), attempts, attempts, phones),
    st.tuples(st.just("report"), message_ids, phones, deliveries, st.sampled_from([None, *"abc"])),
    st.tuples(st.just("leave"), message_ids, phones, deliveries),
    st.tuples(st.just("inbound"), phones, st.sampled_from(["TD", "深\0"])),
    st.tuples(st.just("pull"), st.integers(0, 3)),
    st.tuples(st.just("read"), st.integers(0, 3)),
    st.tuples(st.just("pass"), st.sampled_from([0.1, 61.0, 901.0, 4 * DAY])),
    st.tuples(st.just("prune"), st.sampled_from([0.0, 600.0, 2 * DAY])),
)


class Doing:
    """Does what is to be done, and notes what came of it; numbers are of no importance."""

    def __init__(self, desk: Any) -> None:
        self.desk = desk
        self.seen: list[Any] = []

    def do(self, what: str, *how: Any) -> None:
        self.seen.append(getattr(self, what)(*how))

    def start(self, attempt: str, phone: str, reference: str | None) -> None:
        self.desk.start(attempt, phone, references=[reference])

    def finish(self, attempt: str, phone: str, status: Status, message_id: str | None) -> None:
        reason = None if status is Status.ACCEPTED else Reason.OTHER
        self.desk.finish(attempt, status, phone, message_id=message_id, reason=reason)
        self.desk.tracker.flush()

    def settle(self, one: str, other: str, phone: str) -> None:
        self.desk.settle(one, other, phone=phone)
        self.desk.tracker.flush()

    def report(self, message_id: str | None, phone: str, delivery: Delivery, attempt: str | None) -> Any:
        reference = attempt and self.desk.name(attempt)
        return self.desk.take(
            self.desk.report(message_id, delivery, phone=phone, reference=reference, at=self.desk.now)
        )

    def leave(self, message_id: str | None, phone: str, delivery: Delivery) -> int:
        return len(self.desk.tracker.receive([self.desk.report(message_id, delivery, phone=phone)] * 2))

    def inbound(self, phone: str, text: str) -> Any:
        return self.desk.take(Inbound(sender=phone, text=text, account="cn"))

    def pull(self, nonce: int) -> None:
        body = Response(200, b"\xff\0", {"a": "b"})
        self.desk.tracker.release(self.desk.tracker.keep(Pull("cn", "pull_reports", Stamp(1.5, nonce), 100, (body,))))

    def read(self, nonce: int) -> int:
        kept = [pull for pull in self.desk.tracker.kept() if pull.stamp.nonce == nonce]
        return sum(len(self.desk.tracker.receive([self.desk.report("m1", code=f"{nonce}")], pull)) for pull in kept)

    def prune(self, ago: float) -> int:
        pruned: int = self.desk.tracker.prune(self.desk.now - ago)
        return pruned

    def known(self) -> Any:
        """Tell all that can be asked, and what is told when what was left is taken up."""
        tracker = self.desk.tracker
        return (
            tracker.process(tracker.unprocessed()),
            [tracker.progress(self.desk.name(attempt), phone) for attempt in "abc" for phone in PHONES],
            [sorted(tracker.tracked(recipient=phone), key=whole) for phone in PHONES],
            [sorted(tracker.tracked(message_id=each), key=whole) for each in ("m1", "m2", "深圳")],
            sorted(tracker.tracked(reference="r1"), key=whole),
            tracker.unmatched(),
            tracker.inbound(BEGAN + 61),
            tracker.orphans(),
            [(pull.stamp, pull.answers) for pull in tracker.kept()],
        )


def whole(tracked: Tracked) -> str:
    """Tell all of it, which its `repr` does not: in what order those come that began at once is not said."""
    return repr(astuple(tracked))


# A pass of time is the same for all stores.
setattr(Doing, "pass", lambda self, seconds: setattr(self.desk, "now", self.desk.now + seconds))


@pytest.fixture(scope="module", params=["sqlite", "outbox", "postgres"])
def make_store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tables: Callable[[str], str]
) -> Callable[[], Store]:
    """Return what makes an empty store."""

    def make() -> Store:
        if request.param == "sqlite":
            return SqliteStore(tmp_path_factory.mktemp("tracking") / "tracking.db")
        return SqlReports(open_database(tables(request.param)))

    return make


TIED = [
    *(("start", attempt, PHONES[1], None) for attempt in "ab"),
    *(("finish", attempt, PHONES[1], Status.ACCEPTED, name) for attempt, name in (("a", "m1"), ("b", None))),
]


@settings(max_examples=40)
@given(what=st.lists(deeds, max_size=25))
@example(what=TIED)
def test_every_store_does_as_the_one_in_memory(make_store: Any, desks: Any, what: list[tuple[Any, ...]]) -> None:
    expected = Doing(desks(MemoryStore(), now=BEGAN))
    with closing(make_store()) as store:
        found = Doing(desks(store, now=BEGAN))

        for deed in what:
            expected.do(*deed)
            found.do(*deed)
            assert expected.seen[-1] == found.seen[-1]

        assert expected.known() == found.known()


@pytest.mark.parametrize("strange", ["half \ud800", "null \0", "both \0\udfff"])
def test_what_a_database_cannot_hold_is_kept_as_well_as_it_can_be(store: Store, desks: Any, strange: str) -> None:
    desk = desks(store)
    desk.start("a", references=[strange])
    desk.finish("a", Status.REJECTED, detail=strange)
    desk.tracker.receive([desk.report(strange, code=strange)])
    desk.tracker.receive([Inbound(sender=PHONES[0], text=strange, account="cn")])

    [tracked] = desk.tracker.tracked(reference=strange)
    [inbound] = desk.tracker.inbound()

    assert tracked.delivery is Delivery.REJECTED
    assert inbound.text == strange

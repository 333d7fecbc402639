"""A flood of reports to one phone, from a load test or whoever has the secret, costs each of them as little as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from smsway.model import Delivery, Status
from smsway.tracking import Store

PHONE = "+8613700000001"
KNOWN = "known"


class Counting:
    """A store that counts what is read to match reports."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.read = 0

    def reading(self) -> AbstractContextManager[Any]:
        return self._store.reading()

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[Any]:
        with self._store.writing(durable=durable) as records:
            yield Counted(self, records)

    def close(self) -> None:
        self._store.close()


class Counted:
    """The records of a `Counting` store."""

    def __init__(self, counting: Counting, records: Any) -> None:
        self._counting = counting
        self._records = records

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._records, name)
        return call if name not in {"submissions", "reports"} else lambda *given: self._counted(call(*given))

    def _counted(self, found: list[Any]) -> list[Any]:
        self._counting.read += len(found)
        return found


FLOODS: dict[str, Callable[[int], dict[str, Any]]] = {
    "ids that nobody knows": lambda number: {"message_id": f"x{number}"},
    "one id that nobody knows": lambda number: {"message_id": "x", "code": f"{number}"},
    "the id of a text": lambda number: {"message_id": KNOWN, "code": f"{number}"},
    "ids and references of others": lambda number: {"message_id": "x", "reference": f"another's {number}"},
    "references of others": lambda number: {"reference": f"another's {number}"},
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
@pytest.mark.parametrize("doubtful", [0, 1, 3])
def test_a_report_costs_the_same_however_many_came_before(
    store: Store, desks: Any, flood: Callable[[int], dict[str, Any]], doubtful: int
) -> None:
    counting = Counting(store)
    desk = desks(counting)
    desk.sent(KNOWN, KNOWN)
    for number in range(doubtful):
        desk.in_doubt(f"{number}")

    costs = []
    for number in range(200):
        before = counting.read
        desk.take(desk.report(**flood(number)))
        costs.append(counting.read - before)

    assert max(costs[-100:]) <= max(costs[:10])


def test_a_text_costs_the_same_however_many_reports_came_before(store: Store, desks: Any) -> None:
    counting = Counting(store)
    desk = desks(counting)
    desk.in_doubt("in doubt")
    costs = []
    for number in range(20):
        desk.now += 1
        before = counting.read
        desk.sent(f"{number}", f"m{number}")
        costs.append(counting.read - before)
        desk.now += 1
        desk.take(*(desk.report(f"x{number}.{each}") for each in range(20)))

    assert max(costs) == costs[0]


def test_two_thousand_texts_in_doubt_and_as_many_strange_reports_take_no_time(desk: Any) -> None:
    for number in range(2000):
        desk.start(f"{number}")
        desk.finish(f"{number}", Status.UNKNOWN)
    numbers = desk.tracker.receive([desk.report(f"x{number}") for number in range(2000)])

    events = desk.tracker.process(numbers)

    assert {event.tracked for event in events} == {None}
    assert len(desk.tracker.unmatched()) == 2000


def test_all_are_found_when_all_who_stood_in_the_way_are_known(desk: Any) -> None:
    for number in range(100):
        desk.start(f"{number}")
        desk.finish(f"{number}", Status.UNKNOWN)
    strange = [desk.report(f"x{number}") for number in range(100)]
    named = [desk.report(f"m{number}", reference=desk.name(f"{number}")) for number in range(99)]

    told = desk.take(*strange, *named)

    found = [event for event in told if event.report in strange and event.tracked]
    assert [event.report for event in found] == strange
    assert {event.changed for event in found} == {True}
    assert {desk.delivery(f"{number}") for number in range(100)} == {Delivery.DELIVERED}

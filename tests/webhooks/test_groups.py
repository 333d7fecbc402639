"""Callbacks that come at the same time are written together, and each gets its own result."""

import asyncio
import threading
import time

import pytest

from smsway import SmswayError
from smsway.webhooks._group import Gatherer
from smsway.webhooks._intake import Intake


def test_what_comes_while_a_group_is_written_is_written_in_one_transaction(
    source, secrets, notebook, make_caller, make_reports
):
    caller = make_caller(source)
    path = f"/toy/{secrets[0]}"

    async def run():
        notebook.gate.clear()
        first = asyncio.create_task(caller.post(path, make_reports("+8613700000000")))
        await asyncio.sleep(0.1)
        rest = [asyncio.create_task(caller.post(path, make_reports(f"+861370000000{n}"))) for n in range(1, 9)]
        rest.append(asyncio.create_task(caller.post(path, b'{"from": "+8613700000001", "text": "T"}')))
        await asyncio.sleep(0.1)
        assert not first.done()
        notebook.gate.set()
        return await asyncio.gather(first, *rest)

    answers = asyncio.run(run())

    assert [answer.status for answer in answers] == [200] * 10
    assert [len(group) for group in notebook.received] == [1, 8, 1]


def test_what_the_store_cannot_hold_keeps_nothing_else_out(source, secrets, notebook, make_caller, make_reports):
    caller = make_caller(source)
    bad = "+8613700000005"
    notebook.failure = lambda items: ValueError() if any(item.recipient == bad for item in items) else None

    async def run():
        notebook.gate.clear()
        tasks = [
            asyncio.create_task(caller.post(f"/toy/{secrets[0]}", make_reports(f"+861370000000{n}"))) for n in range(9)
        ]
        await asyncio.sleep(0.1)
        notebook.gate.set()
        return await asyncio.gather(*tasks)

    answers = asyncio.run(run())

    assert [answer.status for answer in answers] == [200] * 5 + [400] + [200] * 3
    assert len(notebook.items) == 8


def test_a_store_that_is_down_is_not_asked_for_each_one(source, secrets, notebook, make_caller, make_reports, caplog):
    caller = make_caller(source)
    asked = []

    def failure(items):
        asked.append(len(items))
        return SmswayError("disk full")

    notebook.failure = failure

    async def run():
        notebook.gate.clear()
        tasks = [
            asyncio.create_task(caller.post(f"/toy/{secrets[0]}", make_reports("+8613700000001"))) for _ in range(9)
        ]
        await asyncio.sleep(0.1)
        notebook.gate.set()
        return await asyncio.gather(*tasks)

    answers = asyncio.run(run())

    assert [answer.status for answer in answers] == [503] * 9
    assert len(asked) <= 2
    assert len(caplog.records) == len(asked)


def test_a_caller_that_is_gone_does_not_hold_up_its_group(source, secrets, notebook, make_caller, make_reports):
    caller = make_caller(source)
    path = f"/toy/{secrets[0]}"

    async def run():
        notebook.gate.clear()
        first = asyncio.create_task(caller.post(path, make_reports("+8613700000000")))
        await asyncio.sleep(0.1)
        first.cancel()
        await asyncio.sleep(0.1)
        notebook.gate.set()
        await asyncio.to_thread(notebook.told.wait, 5)

    asyncio.run(run())

    assert notebook.processed == [[0]]


def test_a_caller_that_is_gone_before_its_callback_could_not_be_written_is_no_matter(
    source, secrets, notebook, make_caller, make_reports, store_error
):
    caller = make_caller(source)
    path = f"/toy/{secrets[0]}"
    notebook.failure = lambda _: store_error

    async def run():
        notebook.gate.clear()
        first = asyncio.create_task(caller.post(path, make_reports("+8613700000000")))
        await asyncio.sleep(0.1)
        first.cancel()
        await asyncio.sleep(0.1)
        notebook.gate.set()
        return await caller.post(path, make_reports("+8613700000000"))

    assert asyncio.run(run()).status == 503
    assert notebook.processed == []


def test_a_question_that_is_taken_back_is_not_written():
    asked = []

    def work(group):
        gate.wait(5)
        asked.append(list(group))
        return group

    gate, gatherer = threading.Event(), Gatherer("test", work, 10)
    first = gatherer.ask(1)
    while not first.running():
        pass
    second, third = gatherer.ask(2), gatherer.ask(3)

    assert second.cancel()
    gate.set()
    assert third.result(5) == 3
    gatherer.close()
    assert asked == [[1], [3]]


def test_a_group_of_which_nobody_is_left_is_no_work():
    asked, gate = [], threading.Event()

    def work(group):
        gate.wait(5)
        asked.append(list(group))
        return group

    gatherer = Gatherer("test", work, 1)
    first = gatherer.ask(1)
    while not first.running():
        pass
    second, third = gatherer.ask(2), gatherer.ask(3)

    assert second.cancel()
    gate.set()
    assert third.result(5) == 3
    gatherer.close()
    assert asked == [[1], [3]]


def test_groups_are_no_larger_than_they_may_be():
    sizes = []
    gate = threading.Event()

    def work(group):
        gate.wait(5)
        sizes.append(len(group))
        return group

    gatherer = Gatherer("test", work, 4)
    futures = [gatherer.ask(number) for number in range(11)]
    gate.set()

    assert [future.result(5) for future in futures] == list(range(11))
    gatherer.close()
    assert max(sizes) <= 4


def test_an_error_of_the_work_reaches_everyone_who_asked():
    def work(_):
        raise LookupError("no")

    gatherer = Gatherer("test", work, 4)

    for future in [gatherer.ask(1), gatherer.ask(2)]:
        assert isinstance(future.exception(5), LookupError)
    gatherer.close()


def test_many_threads_get_each_their_own_result():
    gatherer = Gatherer("test", lambda group: [2 * number for number in group], 7)
    wrong = []

    def ask(start):
        results = [(number, gatherer.ask(number).result(5)) for number in range(start, start + 200)]
        wrong.extend(number for number, result in results if result != 2 * number)

    threads = [threading.Thread(target=ask, args=(start,)) for start in range(0, 1600, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gatherer.close()

    assert wrong == []


@pytest.mark.parametrize("loops", [1, 3])
def test_several_event_loops_may_share_an_application(source, secrets, make_caller, make_reports, loops):
    caller, answers = make_caller(source), []

    def run():
        answers.append(asyncio.run(caller.post(f"/toy/{secrets[0]}", make_reports("+8613700000001"))))

    threads = [threading.Thread(target=run) for _ in range(loops)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.status for answer in answers] == [200] * loops


def test_a_look_is_taken_once_a_minute(notebook):
    looks = []
    notebook.unprocessed = lambda: looks.append(1) or []
    intake = Intake(notebook)

    for _ in range(5):
        intake.look()
    intake.close()

    assert looks == [1]


def test_what_waits_is_not_processed_twice(notebook):
    intake = Intake(notebook)
    notebook.processing.clear()
    notebook.left = [3, 4]

    intake._processing.ask([1])
    while intake._processing._waiting:
        time.sleep(0.001)
    intake._processing.ask([3])
    intake.look()
    notebook.processing.set()
    intake.close()

    assert sorted(number for part in notebook.processed for number in part) == [1, 3, 4]


def test_an_interruption_inside_ends_nobody_elses_work():
    done = []

    def work(group):
        if "exit" in group:
            raise SystemExit(1)
        done.extend(group)
        return group

    gatherer = Gatherer("test", work, 1)
    with pytest.raises(RuntimeError, match="SystemExit"):
        gatherer.ask("exit").result(5)

    assert gatherer.ask("next").result(5) == "next"
    gatherer.close()
    assert done == ["next"]


def test_what_hangs_keeps_nobody_from_closing(monkeypatch, caplog):
    monkeypatch.setattr("smsway.webhooks._group.PATIENCE", 0.05)
    hang = threading.Event()
    gatherer = Gatherer("test", lambda group: hang.wait(20) and group, 1)
    gatherer.ask("for ever")

    gatherer.close()

    assert "test hangs" in caplog.text
    hang.set()

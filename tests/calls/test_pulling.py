"""Pulls that run beside each other, and pulls of several pages: everything is returned once, and nothing is lost."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ClassVar

import pytest

from smsway import AsyncClient, CallFailed, StoreError
from smsway.model import Reason
from smsway.provider import ProviderSpec, hookimpl
from smsway.tracking import Tracker
from smsway_tencent_v5 import _server_side
from smsway_tencent_v5._config import TencentV5Config, TencentV5Options, template_id
from smsway_tencent_v5._provider import CAPABILITIES, TencentV5

CHINESE = "+8613788888888"


@pytest.fixture
def slow_at_first(monkeypatch):
    """Hold the first look at what was never told, until the event that is returned second is set."""
    real, came, go_on = Tracker.unprocessed, threading.Event(), threading.Event()

    def slow(self):
        if not came.is_set():
            came.set()
            assert go_on.wait(10)
        return real(self)

    monkeypatch.setattr(Tracker, "unprocessed", slow)
    return came, go_on


def test_what_one_pull_returns_no_other_returns_again(office, slow_at_first):
    came, go_on = slow_at_first
    office.send(CHINESE, accounts=["cn"])
    client = office.client

    async def tasks():
        slow = asyncio.create_task(client.inbound.pull("cn"))
        assert await asyncio.to_thread(came.wait, 10)
        first = await client.reports.pull("cn")
        go_on.set()
        return first, await slow, await client.reports.pull("cn")

    def threads():
        with ThreadPoolExecutor(1) as pool:
            slow = pool.submit(client.inbound.pull, "cn")
            assert came.wait(10)
            first = client.reports.pull("cn")
            go_on.set()
            return first, slow.result(10), client.reports.pull("cn")

    first, slow, last = office.ask(tasks()) if isinstance(client, AsyncClient) else threads()

    assert [each.report.recipient for each in first] == [CHINESE]
    assert (slow, last) == ([], [])


def test_many_who_pull_at_once_get_everything_once(office):
    phones = [f"+86137000000{number:02d}" for number in range(40)]
    office.send(*phones, accounts=["cn"])
    for phone in phones:
        office.sandbox.receive(phone, f"reply of {phone}", "cn")
    client = office.client
    calls = [client.reports.pull, client.inbound.pull] * 12

    async def tasks():
        return await asyncio.gather(*(call("cn", limit=5) for call in calls))

    def threads():
        with ThreadPoolExecutor(6) as pool:
            return [each.result() for each in [pool.submit(call, "cn", limit=5) for call in calls]]

    pulled = office.ask(tasks()) if isinstance(client, AsyncClient) else threads()

    reports = [each.report.recipient for some in pulled[0::2] for each in some]
    messages = [each.inbound.sender for some in pulled[1::2] for each in some]
    assert (sorted(reports), sorted(messages)) == (phones, phones)


def test_what_is_only_in_memory_is_not_lost_to_a_store_that_fails_again(office, monkeypatch):
    office.send(CHINESE, accounts=["cn"])
    failing = {"keep": [2], "receive": [1], "kept": [2]}
    for method, numbers in failing.items():
        monkeypatch.setattr(Tracker, method, failing_at(getattr(Tracker, method), numbers))

    for _ in range(2):
        with pytest.raises(StoreError):
            office.ask(office.client.reports.pull("cn"))
    (received,) = office.ask(office.client.reports.pull("cn"))

    assert received.report.recipient == CHINESE


def failing_at(real, numbers):
    calls = []

    def counted(self, *given):
        calls.append(1)
        if len(calls) in numbers:
            raise StoreError("the disk is full; make room on it")
        return real(self, *given)

    return counted


@dataclass(frozen=True, slots=True)
class Paging(TencentV5):
    """The v5 API as if it gave its reports on two pages."""

    between: ClassVar[Callable[[], object]] = staticmethod(lambda: None)
    refusal: ClassVar[CallFailed | None] = None

    def pull_reports(self, limit, stamp):
        first = yield from TencentV5.pull_reports(self, limit, stamp)
        type(self).between()
        second = yield from TencentV5.pull_reports(self, limit, stamp)
        if self.refusal is not None:
            raise self.refusal
        return [*first, *second]


class PagingPlugin:
    @hookimpl
    def register_providers(self, register):
        register(
            ProviderSpec(
                name="paging",
                config=TencentV5Config,
                build=Paging,
                capabilities=CAPABILITIES,
                options=TencentV5Options,
                template_id=template_id,
                sandbox=_server_side,
            )
        )


@pytest.fixture
def paging(opened):
    def change(configuration):
        configuration["accounts"]["cn"]["provider"] = "paging"

    office = opened(change, plugins=[PagingPlugin()])
    office.send(CHINESE, accounts=["cn"])
    return office


@pytest.mark.parametrize("fault", ["drop_after", "refuse", "http_429"])
def test_the_first_page_is_kept_if_the_second_does_not_come(paging, monkeypatch, fault):
    monkeypatch.setattr(Paging, "between", lambda: paging.sandbox.inject(fault, account="cn"))

    with pytest.raises(CallFailed, match="the answer is kept in the store"):
        paging.ask(paging.client.reports.pull("cn"))

    (kept,) = paging.another().tracker.kept()
    assert CHINESE[3:].encode() in kept.answers[0].body


def test_the_first_page_is_kept_if_the_second_is_refused(paging, monkeypatch):
    monkeypatch.setattr(Paging, "refusal", CallFailed(Reason.RATE_LIMITED, "1013", "too often"))

    with pytest.raises(CallFailed, match="the answer is kept in the store"):
        paging.ask(paging.client.reports.pull("cn"))

    (kept,) = paging.another().tracker.kept()
    assert CHINESE[3:].encode() in kept.answers[0].body


def test_an_earlier_state_that_is_kept_does_not_hide_what_is_only_in_memory(paging, monkeypatch):
    # The first call keeps the pull, the second its first page; the third, of both pages, fails.
    monkeypatch.setattr(Tracker, "keep", failing_at(Tracker.keep, [3, 4]))
    monkeypatch.setattr(Tracker, "receive", failing_at(Tracker.receive, [1, 2]))
    for _ in range(2):
        with pytest.raises(StoreError):
            paging.ask(paging.client.reports.pull("cn"))

    (received,) = paging.ask(paging.client.reports.pull("cn"))

    assert received.report.recipient == CHINESE

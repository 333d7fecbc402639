"""A crew of tasks that is left at any moment: what was begun is gone on with, or settled, and never both."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from smsway._async_crew import AsyncCrew
from smsway._queues import Queues
from smsway.delivery import Leg, Step
from smsway.model import Kind


def load(account):
    journey = SimpleNamespace(envelope=SimpleNamespace(message=SimpleNamespace(kind=Kind.NOTIFICATION)))
    return SimpleNamespace(account=SimpleNamespace(name=account), journeys=[journey])


@pytest.mark.parametrize("turns", range(8))
def test_what_moved_on_is_settled_whenever_the_crew_is_left(turns):
    first, second = load("a"), load("b")
    entered, abandoned = [], []

    async def advance(task):
        entered.append(task.leg.load)
        if task.leg.load is first:
            return Step([Leg(0.0, second)], [])
        # As the engine does, it settles its recipients itself when it is cancelled.
        await asyncio.Event().wait()
        raise AssertionError

    async def abandon(legs):
        abandoned.extend(leg.load for leg in legs)

    async def go():
        async with AsyncCrew(advance, abandon, Queues(2, 1)) as crew:
            crew.put([first])
            for _ in range(turns):
                await asyncio.sleep(0)

    asyncio.run(go())

    assert [*entered, *abandoned] in ([], [first, second])

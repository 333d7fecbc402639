"""A crew of tasks on an event loop: as that of threads, with so many hands per account."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self

from smsway._queues import Queues, Task
from smsway.delivery import Leg, Step
from smsway.routing import Journey, Shipment


class AsyncCrew:
    """Tasks of one event loop, which end with the `async with` statement; what is in flight then is cancelled.

    *advance* goes one leg of a delivery, and *abandon* settles what is not gone on with. *wake* is set whenever
    something lands; others may set it as well.
    """

    def __init__(
        self,
        advance: Callable[[Task], Coroutine[Any, Any, Step]],
        abandon: Callable[[Sequence[Leg]], Coroutine[Any, Any, None]],
        queues: Queues,
    ) -> None:
        self._advance = advance
        self._abandon = abandon
        self._queues = queues
        self._flying: dict[asyncio.Task[Step], Task] = {}
        self._landed: deque[asyncio.Task[Step]] = deque()
        self._alarm: asyncio.TimerHandle | None = None
        self._left = False
        self._over: list[Leg] = []
        self.wake = asyncio.Event()

    def put(self, shipments: Iterable[Shipment]) -> None:
        """Begin with *shipments*, each as soon as its account has a hand free."""
        self._put(Task(Leg(0.0, shipment), begun=False) for shipment in shipments)

    def _put(self, tasks: Iterable[Task]) -> None:
        now = time.monotonic()
        for task in tasks:
            self._queues.put(task, now)
        self._begin()

    def _begin(self) -> None:
        """Begin what may be sent, and look again when the next pause ends."""
        now = time.monotonic()
        self._queues.wake(now)
        while (task := self._queues.take()) is not None:
            flying = asyncio.create_task(self._go(task))
            self._flying[flying] = task
            flying.add_done_callback(self._land)
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if (resume := self._queues.resume) is not None:
            self._alarm = asyncio.get_running_loop().call_later(resume - now, self._begin)

    async def _go(self, task: Task) -> Step:
        flying = asyncio.current_task()
        assert flying is not None  # noqa: S101  # every coroutine runs in one
        # From here on it settles its recipients itself if it is cancelled.
        self._flying[flying] = Task(task.leg, begun=False)
        return await self._advance(task)

    def _land(self, flying: asyncio.Task[Step]) -> None:
        task = self._flying.pop(flying)
        ended = not flying.cancelled() and flying.exception() is None
        onward = [Task(leg, begun=True) for leg in flying.result().onward] if ended else []
        if self._left:
            self._over += [each.leg for each in (*onward, task) if each.begun]
        else:
            self._queues.land(task)
            self._put(onward)
            self._landed.append(flying)
            self.wake.set()

    def landed(self) -> Iterator[Sequence[Journey]]:
        """Yield those who are done, without waiting."""
        while self._landed:
            yield self._landed.popleft().result().settled

    async def wait(self, seconds: float | None = None) -> None:
        """Wait for *wake*, at most so many seconds."""
        if not self._landed:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self.wake.wait()
        self.wake.clear()

    @property
    def is_idle(self) -> bool:
        """True if nothing waits or is in flight, and nobody is done who was not yielded."""
        return not self._queues and not self._landed

    @property
    def is_full(self) -> bool:
        """True if it needs no more shipments at the moment."""
        return self._queues.is_full

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left = True
        if self._alarm is not None:
            self._alarm.cancel()
        self._over += [task.leg for task in self._queues.clear()]
        flying = list(self._flying)
        for each in flying:
            each.cancel()
        try:
            await asyncio.gather(*flying, return_exceptions=True)
        finally:
            # Where all have ended by now, nobody has told of them yet.
            for each in list(self._flying):
                each.remove_done_callback(self._land)
                self._land(each)
            await self._abandon(self._over)

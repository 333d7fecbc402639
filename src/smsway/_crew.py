"""A crew of threads carries out deliveries leg by leg, with so many hands per account, and hands back who is done."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Self

from smsway._queues import Queues, Task
from smsway.delivery import Leg, Step
from smsway.model import Kind
from smsway.routing import Journey, Shipment

if TYPE_CHECKING:
    from smsway.transport import Hand


STALL = 0.05
"""Seconds after which a hand of which nothing was heard does not keep others from going on."""


class Crew:
    """Threads, which end with the `with` statement.

    *advance* goes one leg of a delivery, and is given the crew as the `Hand` that it tells of its waiting. If the
    statement is left by an exception, also by that of a generator that is closed, nothing more is sent. What is in
    flight then is waited for.
    """

    def __init__(self, advance: Callable[[Task, Hand], Step], queues: Queues) -> None:
        self._advance = advance
        self._queues = queues
        self._hands: set[int] = set()
        # One beside the hands looks after what pauses.
        self._pool = ThreadPoolExecutor(queues.most + 1, "smsway", _enlist, (self._hands,))
        self._left = threading.Event()
        self._called = self._working = 0
        self._heard = 0.0
        self._abandoned = False
        self._changed = threading.Condition()
        self._watched = False
        self._landed: SimpleQueue[Sequence[Journey] | BaseException] = SimpleQueue()

    def put(self, shipments: Iterable[Shipment]) -> None:
        """Begin with *shipments*, each as soon as its account has a hand free."""
        with self._changed:
            self._put(Task(Leg(0.0, shipment), begun=False) for shipment in shipments)

    def _put(self, tasks: Iterable[Task]) -> None:
        now = time.monotonic()
        for task in tasks:
            self._queues.put(task, now)
        self._call(1)
        if self._queues.resume is not None:
            if not self._watched:
                self._watched = True
                self._engage(self._watch)
            self._changed.notify()

    def _call(self, hands: int) -> None:
        """Engage so many further hands at most, as far as there is something to send for them.

        Not while one works: before it waits it calls others, and at its end it takes what there is. So where answers
        come at once, a few hands do it all, and do not take the interpreter from each other. One of which nothing was
        heard for too long waits for what it does not tell of.
        """
        now = time.monotonic()
        if self._left.is_set() or not (self._called or self._working) or now > self._heard + STALL:
            self._heard = now
            for _ in range(min(hands, self._queues.ready)):
                self._called += self._engage(self._work)

    def _engage(self, work: Callable[[], None]) -> bool:
        try:
            self._pool.submit(work)
        except RuntimeError:
            # No further thread can be begun: those that are there do it as well.
            if not self._queues.flying and not self._watched:
                raise
            return False
        return True

    @property
    def left(self) -> threading.Event:
        """Set once nobody waits for what the hands do."""
        return self._left

    def waits(self) -> None:
        """Be told by a hand that it waits: others can go on."""
        with self._changed:
            self._working -= 1
            self._heard = time.monotonic()
            self._call(self._queues.most)

    def goes_on(self) -> None:
        """Be told by a hand that it does not wait any more."""
        with self._changed:
            self._working += 1
            self._heard = time.monotonic()

    def _work(self) -> None:
        """Lend a hand to whatever may be sent, until nothing may."""
        with self._changed:
            # What no thread could be begun for is done by the next that is free, and was not called.
            self._called = max(self._called - 1, 0)
            self._working += 1
            task = self._next()
        while task is not None:
            landed: Sequence[Journey] | BaseException
            try:
                step = self._advance(task, self)
                landed, onward = step.settled, step.onward
            except BaseException as error:  # noqa: BLE001  # raised again where it is waited for
                landed, onward = error, []
            with self._changed:
                self._put(Task(leg, begun=True) for leg in onward)
                self._landed.put(landed)
                self._queues.land(task)
                task = self._next()
                if not self._queues:
                    self._changed.notify_all()

    def _next(self) -> Task | None:
        """Return what a hand does next; with nothing to do it is at its end."""
        if self._abandoned:
            self._abandoned = False
            self.give_up()
        self._heard = time.monotonic()
        task = self._queues.take()
        self._working -= task is None
        return task

    def _watch(self) -> None:
        """Wait for the ends of pauses, as long as there are any."""
        with self._changed:
            while (resume := self._queues.resume) is not None:
                if not self._left.is_set():
                    self._changed.wait(max(resume - time.monotonic(), 0))
                self._queues.wake(float("inf") if self._left.is_set() else time.monotonic())
                self._call(1)
            self._watched = False

    @property
    def has_landed(self) -> bool:
        """True if somebody is done who was not yielded."""
        return not self._landed.empty()

    def landed(self, patience: float | None = 0.0) -> Iterator[Sequence[Journey]]:
        """Yield those who are done, after waiting so many seconds for the first, or with `None` as long as it takes."""
        with contextlib.suppress(Empty):
            landed = self._first(patience)
            while True:
                if isinstance(landed, BaseException):
                    raise landed
                yield landed
                landed = self._landed.get_nowait()

    def _first(self, patience: float | None) -> Sequence[Journey] | BaseException:
        """Wait for who lands first; raises `Empty` after so many seconds."""
        until = math.inf if patience is None else time.monotonic() + patience
        while True:
            try:
                return self._landed.get(timeout=max(min(until - time.monotonic(), STALL), 0))
            except Empty:
                if time.monotonic() >= until:
                    raise
                with self._changed:
                    self._call(1)

    def drain(self) -> Iterator[Sequence[Journey]]:
        """Wait for all that was begun, and yield those who are done."""
        while not self.is_idle:
            yield from self.landed(None)

    def wake(self) -> None:
        """End the waiting of `landed`; a signal handler may call it."""
        self._landed.put(())

    def give_up(self) -> None:
        """Drop what waits and was not begun."""
        with self._changed:
            for task in self._queues.clear():
                self._put((task,))

    @property
    def is_idle(self) -> bool:
        """True if nothing waits or is in flight, and nobody is done who was not yielded."""
        with self._changed:
            return not self._queues and self._landed.empty()

    @property
    def is_full(self) -> bool:
        """True if it needs no more shipments at the moment."""
        return self._queues.is_full

    @property
    def busy(self) -> dict[Kind, frozenset[str]]:
        """The accounts that have enough to do, by kind; a kind for which all have is left out."""
        with self._changed:
            return self._queues.busy

    def __len__(self) -> int:
        """Return how many requests wait or are in flight."""
        with self._changed:
            return len(self._queues)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if threading.get_ident() in self._hands:
            # The garbage collector closes a generator that nobody has closed, in the middle of whatever a hand does, be
            # it under a lock of the pool. The hands see it at their next step; the pool ends with the crew.
            self._abandoned = True
            self._left.set()
            return
        try:
            if kind is not None:
                self._left.set()
                self.give_up()
                with self._changed:
                    self._changed.wait_for(lambda: not self._queues)
        finally:
            self._pool.shutdown()


def _enlist(hands: set[int]) -> None:
    # Not of the crew itself, which the threads of its pool would keep.
    hands.add(threading.get_ident())

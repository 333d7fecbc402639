"""Virtual time: one heap of what happens when, and flows of the engine that live in processes which may die or sleep.

Nothing here knows what is simulated. With the same seed, everything happens at the same time in the same order.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

from smsway.delivery import Effect, Flow

EPOCH = 1_700_000_000.0
"""What the wall clock of the world shows when its monotonic clock shows 0."""

Perform = Callable[["Task", Effect], None]
"""Begins to carry out an effect of a task, which `answer` or `fail` ends, at once or later."""


class World:
    """The time and what will happen. *time* is in seconds, the same monotonic clock for everybody."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.time = 1_000.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def at(self, time: float, happen: Callable[[], None]) -> None:
        """Let something happen at *time*, or now if that is over."""
        heappush(self._events, (max(self.time, time), next(self._order), happen))

    def run(self, until: float) -> bool:
        """Let everything happen in its order; return False if something is left after *until*."""
        events = self._events
        while events:
            if events[0][0] > until:
                return False
            self.time, _, happen = heappop(events)
            happen()
        return True


class Process:
    """A process of the application: what runs in it stops when it dies, and waits while it sleeps.

    It has a wall clock of its own, *skew* seconds off, and is the clock of the engine in it.
    """

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.number = number
        self.skew = 0.0
        self.dead = False
        self.asleep_until = 0.0
        self._nonces = count(number << 32)

    def now(self) -> float:
        """Return the time of the wall clock."""
        return EPOCH + self.world.time + self.skew

    def monotonic(self) -> float:
        """Return the time of the monotonic clock."""
        return self.world.time

    def nonce(self) -> int:
        """Return a number that no other call of any process gets."""
        return next(self._nonces)

    def random(self) -> float:
        """Return a random number of the world."""
        return self.world.random.random()

    def spawn(self, flow: Flow[Any], perform: Perform, done: Callable[[Any, BaseException | None], None]) -> Task:
        """Begin to run *flow*; *done* gets what it returns or raises."""
        task = Task(self, flow, perform, done)
        task.resume(lambda: next(flow))
        return task


class Task:
    """A flow that runs in a process."""

    def __init__(
        self, process: Process, flow: Flow[Any], perform: Perform, done: Callable[[Any, BaseException | None], None]
    ) -> None:
        self.process = process
        self._flow = flow
        self._perform = perform
        self._done = done
        self._waits = 0
        self._next: Callable[[], Effect] | None = None
        """What to go on with once the effect that is performed is done, if its answer is there by then."""
        self._performing = False
        self.over = False

    def answer(self, value: Any = None, at: float | None = None) -> None:
        """Give the effect's answer, now or at a time."""
        self._later(lambda: self._flow.send(value), at)

    def fail(self, error: BaseException, at: float | None = None) -> None:
        """Raise *error* from the effect, now or at a time."""
        self._later(lambda: self._flow.throw(error), at)

    def interrupt(self, error: BaseException) -> None:
        """Raise *error* from whatever it waits for, as a cancellation does."""
        if not self.over:
            self._later(lambda: self._flow.throw(error), None)

    def _later(self, step: Callable[[], Effect], at: float | None) -> None:
        if at is None and self._performing:
            self._next = step
            return
        self._waits += 1
        wait = self._waits

        def happen() -> None:
            # Whoever was interrupted meanwhile waits for something else by now.
            if wait == self._waits and not self.over:
                self.resume(step)

        self.process.world.at(self.process.world.time if at is None else at, happen)

    def resume(self, step: Callable[[], Effect]) -> None:
        """Go on with *step*, unless the process is dead; one that sleeps goes on when it wakes."""
        process = self.process
        if process.dead:
            return
        if process.asleep_until > process.world.time:
            self._later(step, process.asleep_until)
            return
        go_on: Callable[[], Effect] | None = step
        while go_on is not None:
            try:
                effect = go_on()
            except StopIteration as stop:
                self.over = True
                self._done(stop.value, None)
                return
            except BaseException as error:  # noqa: BLE001  # whatever ends it
                self.over = True
                self._done(None, error)
                return
            self._next, self._performing = None, True
            self._perform(self, effect)
            go_on, self._performing = self._next, False

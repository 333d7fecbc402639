"""How competitors are timed: in turns, every other round in the opposite order; ratios are taken within rounds.

So a slow moment of the machine meets all of them, and the median over the rounds leaves it out.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Work = Callable[[int], object]
"""Does something so many times."""


@dataclass(frozen=True)
class Cost:
    """Seconds, on the clock and of the processors."""

    seconds: float
    cpu: float


Turn = Callable[[int], Cost]
"""Does something so many times, and tells what all of it took."""


def here(work: Work) -> Turn:
    """Return *work* as a turn of this process."""

    def turn(calls: int) -> Cost:
        gc.collect()
        began, used = time.perf_counter(), time.process_time()
        work(calls)
        return Cost(time.perf_counter() - began, time.process_time() - used)

    return turn


@dataclass
class Timed:
    """What one call of each competitor took, by round."""

    costs: dict[str, list[Cost]] = field(default_factory=dict)

    def median(self, name: str) -> float:
        """Return seconds for one call."""
        return statistics.median(cost.seconds for cost in self.costs[name])

    def cpu(self, name: str) -> float:
        """Return seconds of the processors for one call."""
        return statistics.median(cost.cpu for cost in self.costs[name])

    def ratio(self, name: str, to: str) -> float:
        """Return how many calls of *to* the time of one call of *name* is."""
        pairs = zip(self.costs[name], self.costs[to], strict=True)
        return statistics.median(a.seconds / b.seconds for a, b in pairs)

    def cpu_ratios(self, name: str, to: str) -> list[float]:
        """Return the same for seconds of the processors, sorted, by round."""
        pairs = zip(self.costs[name], self.costs[to], strict=True)
        return sorted(a.cpu / b.cpu for a, b in pairs)

    def quickest(self, *names: str) -> str:
        """Return who takes the least time."""
        return min(names, key=self.median)


def measure(
    turns: Mapping[str, Turn], rounds: int, span: float, least: int = 1, calls: Mapping[str, int] | None = None
) -> Timed:
    """Let each take a turn of about *span* seconds, *rounds* times; a turn is *least* calls at least.

    Or a turn is as many as *calls* says, after one call that warms up.
    """
    if calls is None:
        calls = {name: _calls(turn, span, least) for name, turn in turns.items()}
    else:
        for turn in turns.values():
            turn(1)
    timed = Timed({name: [] for name in turns})
    order = list(turns)
    for _ in range(rounds):
        for name in order:
            cost = turns[name](calls[name])
            timed.costs[name].append(Cost(cost.seconds / calls[name], cost.cpu / calls[name]))
        order.reverse()
    return timed


def _calls(turn: Turn, span: float, least: int) -> int:
    """Warm up, and return how many calls take about *span* seconds."""
    if not span:
        return least
    turn(least)
    tried = least
    while (took := turn(tried).seconds) < span / 4:
        tried *= 2
    return max(least, round(tried * span / took))

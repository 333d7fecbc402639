"""The network between the engine and the vendors, which loses, delays and garbles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from vendors import RESHAPES, Vendor, reshaped
from world import EPOCH, Task, World

from smsway.delivery import Transmit, TransportFailure
from smsway.provider import Response

# How a request may go, and how often, in a network that is ill.
FATES: Mapping[str, int] = MappingProxyType(
    {
        "answered": 12,
        "unreachable": 3,
        "lost": 2,
        "lost after": 3,
        "slow": 3,
        "status": 3,
        "status after": 2,
        "garbage": 2,
        "earlier answer": 3,
        **dict.fromkeys(RESHAPES, 1),
    }
)
_NAMES: Sequence[str] = tuple(FATES)
_WEIGHTS: Sequence[int] = tuple(FATES.values())
OUTAGES: Sequence[str] = ("unreachable", "lost", "lost after", "status after", "garbage")
"""How every request to a vendor may go for a while."""
_STATUSES = (400, 403, 429, 500, 502, 503, 504)
# Those that may come although the request was processed. A refusal then would be a lie that nobody sees through.
_STATUSES_AFTER = (500, 502, 503, 504)


@dataclass(slots=True)
class Network:
    """Carries requests to *vendors*, by address; *illness* is how likely a request meets one of `FATES`."""

    world: World
    vendors: Mapping[str, Vendor]
    illness: float
    blind: bool = False
    """For a mutant: no failure is told as one that may have been sent."""
    dark: dict[str, str] = field(default_factory=dict)
    """Address -> the fate of every request there at the moment."""

    def transmit(self, task: Task, effect: Transmit) -> None:
        """Carry one request out; the task gets the response or the failure when its time has come."""
        world, random = self.world, self.world.random
        fate = self.dark.get(effect.request.url) or (
            random.choices(_NAMES, _WEIGHTS)[0] if random.random() < self.illness else "answered"
        )
        there = world.time + random.uniform(0.001, 0.3)
        back = there + random.expovariate(10)
        if fate == "unreachable":
            task.fail(TransportFailure("no connection", maybe_sent=False), min(there, effect.deadline))
        elif there >= effect.deadline or fate == "lost":
            self._fail(task, effect, back)
        elif fate == "status":
            self._respond(task, effect, Response(random.choice(_STATUSES), b""), back)
        else:
            # What was sent arrives, whatever becomes of whoever sent it.
            world.at(there, lambda: self._arrive(task, effect, fate, back))

    def _arrive(self, task: Task, effect: Transmit, fate: str, back: float) -> None:
        random, vendor = self.world.random, self.vendors[effect.request.url]
        before = vendor.last
        answer = vendor.process(effect.request.body, EPOCH + self.world.time)
        match fate:
            case "lost after":
                self._fail(task, effect, back)
            case "slow":
                self._fail(task, effect, effect.deadline)
            case "status after":
                self._respond(task, effect, Response(random.choice(_STATUSES_AFTER), b""), back)
            case "garbage":
                self._respond(task, effect, Response(200, answer[: random.randrange(len(answer))]), back)
            case "earlier answer":
                self._respond(task, effect, Response(200, before), back)
            case "answered":
                self._respond(task, effect, Response(200, answer), back)
            case _:
                self._respond(task, effect, Response(200, reshaped(answer, fate, random)), back)

    def _respond(self, task: Task, effect: Transmit, response: Response, at: float) -> None:
        if at >= effect.deadline:
            self._fail(task, effect, at)
        else:
            task.answer(response, at)

    def _fail(self, task: Task, effect: Transmit, at: float) -> None:
        task.fail(TransportFailure("no answer", maybe_sent=not self.blind), min(at, effect.deadline))

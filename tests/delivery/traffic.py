"""The production engine under traffic in virtual time: many deliveries at once, and vendors that a script plays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from world import Process, Task, World

from smsway import Kind, Message, Outcome, Recipient, Template
from smsway.delivery import (
    Budgets,
    Effect,
    Engine,
    Gate,
    Health,
    Keep,
    Limiter,
    Pause,
    Record,
    Transmit,
    TransportFailure,
)
from smsway.model import Capabilities, Filled, HealthChanged, Reason, Response, UnexpectedResponse, parse_phone
from smsway.provider import Request, accepted, rejected
from smsway.routing import Account, Envelope, Journey, OnUnknown, Route

Script = Callable[[str, float], object]
"""(account, seconds since the beginning) -> a reason to refuse with, `None` to accept, a response or an exception.

A pair of seconds and one of these takes so long.
"""

LATENCY = 0.1


@dataclass
class Scripted:
    """A provider whose request names its account, and whose answer's body is the reason to refuse with."""

    name: str

    def submit(self, batch, stamp):  # noqa: ARG002  # the provider's interface
        response = yield Request(self.name, {}, b"")
        if response.status != 200:
            raise UnexpectedResponse(f"HTTP {response.status}")
        reason = response.body.decode()
        return [rejected(each, Reason(reason), "7") if reason else accepted(each) for each in batch.parcels]


def refused(*_):
    """A connection that cannot be made."""
    return TransportFailure("no connection", maybe_sent=False)


def lost(*_):
    """An answer that does not come."""
    return TransportFailure("no answer", maybe_sent=True)


def throttled(*_, retry_after=None):
    """An answer that asks for fewer requests."""
    return Response(429, b"", {} if retry_after is None else {"retry-after": retry_after})


@dataclass
class Traffic:
    """Accounts with one route over all of them, in a process whose clock is that of a world."""

    script: Script
    names: str = "ab"
    on_unknown: OnUnknown = OnUnknown.HOLD
    rates: dict[str, float] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)
    stores: object = None
    processes: int = 1
    jitter: float = 0.0
    store_latency: float = 0.0
    asking: int = 0
    most_asking: int = 0
    seed: int = 0
    world: World | None = None
    asked: list[tuple[str, float]] = field(default_factory=list)
    changes: list[HealthChanged] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    flying: dict[str, int] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)

    def __post_init__(self):
        self.world = self.world or World(self.seed)
        self.process = Process(self.world, 0)
        self.began = self.world.time
        clock = self.process.monotonic
        self.health = Health(self.process, self.hosts)
        self.limiter = Limiter(self.rates, clock, self.stores, self.processes, self.jitter)
        self.budgets = Budgets(clock)
        self.gate = Gate(self.process, self.health, self.limiter, self.budgets, dict.fromkeys(Kind, 15.0), self.fill)
        self.engine = Engine(self.gate, lambda *_: 1)
        able = Capabilities(template=True, max_batch=200)
        self.accounts = tuple(Account(name, "scripted", able, None, Scripted(name)) for name in self.names)
        self.route = Route("all", tuple(self.names), on_unknown=self.on_unknown)

    @staticmethod
    def fill(journey, account):  # noqa: ARG004  # all accounts call a template alike
        return Filled(journey.envelope.template, signature="Acme")

    @property
    def now(self):
        """Seconds since the beginning."""
        return self.world.time - self.began

    def journeys(self, count=1, kind=Kind.NOTIFICATION, within=None, template="code", accounts=None):
        to = [Recipient(f"+6598{number:06d}") for number in range(count)]
        message = Message(to=to, content=Template(template), kind=kind, within=within)
        envelope = Envelope(0, message, template, expires=None if within is None else self.world.time + within)
        candidates = tuple(each for each in self.accounts if accounts is None or each.name in accounts)
        return [
            Journey(envelope, n, parse_phone(each.phone), "SG", route=self.route, candidates=candidates)
            for n, each in enumerate(to)
        ]

    def send(self, count=1, kind=Kind.NOTIFICATION, **more) -> list[Journey]:
        """Begin to send now; the outcomes are there when the world has run."""
        journeys = self.journeys(count, kind, **more)
        shipments, settled = self.engine.plan(journeys)
        self.outcomes += [journey.outcome for journey in settled]
        for shipment in shipments:
            self.process.spawn(self.engine.deliver(shipment), self.perform, self.done)
        return journeys

    def done(self, journeys, error):
        assert error is None
        self.outcomes += [journey.outcome for journey in journeys]

    def every(self, gap: float, seconds: float, **more) -> None:
        """Let one recipient be sent to each *gap* seconds, for so many *seconds*."""
        for number in range(round(seconds / gap)):
            self.world.at(self.world.time + number * gap, lambda: self.send(**more))

    def run(self, seconds: float | None = None) -> Sequence[Outcome]:
        """Let so many *seconds* pass, or all that is under way end; return the outcomes so far."""
        end = self.world.time + (100_000 if seconds is None else seconds)
        if not self.world.run(end) or seconds is not None:
            self.world.time = end
        return self.outcomes

    def sent(self, **more) -> Outcome:
        """Send to one recipient, and return the outcome."""
        (journey,) = self.send(**more)
        self.run()
        return journey.outcome

    def perform(self, task: Task, effect: Effect) -> None:
        match effect:
            case Pause():
                task.answer(at=effect.until)
            case Record():
                if isinstance(effect.event, HealthChanged):
                    self.changes.append(effect.event)
                task.answer()
            case Keep():
                self.keep(task, effect)
            case Transmit():
                self.transmit(task, effect)

    def keep(self, task: Task, effect: Keep) -> None:
        self.asking += 1
        self.most_asking = max(self.most_asking, self.asking)
        value = effect.work()

        def answer():
            self.asking -= 1
            task.answer(value)

        self.world.at(self.world.time + self.store_latency, answer)

    def transmit(self, task: Task, effect: Transmit) -> None:
        account = effect.request.url
        self.asked.append((account, self.now))
        self.flying[account] = self.flying.get(account, 0) + 1
        self.most[account] = max(self.most.get(account, 0), self.flying[account])
        said = self.script(account, self.now)
        latency, said = said if isinstance(said, tuple) else (LATENCY, said)

        def answer():
            self.flying[account] -= 1
            if isinstance(said, BaseException):
                task.fail(said)
            else:
                task.answer(said if isinstance(said, Response) else Response(200, str(said or "").encode()))

        self.world.at(self.world.time + latency, answer)

    def times(self, account: str) -> list[float]:
        """Return when requests went to *account*."""
        return [at for name, at in self.asked if name == account]

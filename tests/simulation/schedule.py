"""One schedule: an application that sends, and vendors and a network that are ill, all out of one seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from history import Call, History
from network import OUTAGES, Network
from vendors import CAREFUL, REFUSALS, Booking, Registration, Sent, Vendor
from world import EPOCH, Process, Task, World

from smsway._desk import Desk
from smsway.config import Configuration, load
from smsway.delivery import Effect, Keep, Pause, Record, Transmit
from smsway.model import (
    AttemptStarted,
    BreakerState,
    HealthChanged,
    Message,
    OutcomeSettled,
    Recipient,
    Report,
    Template,
)
from smsway.routing import Journey, OnUnknown

ACCOUNTS = {"a": "askable", "b": "complete", "c": "mute"}
"""Account -> its provider."""

LENGTH = 120.0
"""Seconds in which messages are sent; after that the network is well again, and everything has to end."""
END = 3_000.0
OUTAGE = 0.05
"""How likely a vendor fails for long."""

Alter = Callable[[Desk], None]
"""Changes a desk, for a mutant."""


@dataclass(frozen=True, slots=True)
class Variant:
    """What is simulated: the code as it is, or a mutant of it."""

    booking: Booking = CAREFUL
    alter: Alter | None = None
    blind: bool = False


PLAIN = Variant()


@lru_cache
def configuration(on_unknown: OnUnknown, booking: Booking, *, kept: bool) -> Configuration:
    """Return the configuration of three accounts, which all schedules share."""
    return load(
        {
            "accounts": {
                name: {"provider": provider, "base_url": f"https://{name}.example"}
                for name, provider in ACCOUNTS.items()
            },
            "templates": {"news": {"accounts": {name: {"id": "1"} for name in ACCOUNTS}}},
            "routes": [{"name": "all", "accounts": list(ACCOUNTS), "on_unknown": str(on_unknown)}],
            "reports": {"store": "memory"} if kept else {},
            "timeouts": {"otp": 5, "notification": 8, "marketing": 8},
        },
        plugins=[Registration(booking)],
    )


class Schedule:
    """Plays one seed; `run` returns what happened."""

    def __init__(self, seed: int, variant: Variant = PLAIN) -> None:
        self.world = World(seed)
        random = self.world.random
        self.on_unknown = random.choice((OnUnknown.HOLD, OnUnknown.RESEND, OnUnknown.VERIFY))
        kept = self.on_unknown is OnUnknown.VERIFY or random.random() < 0.3
        self._configuration = configuration(self.on_unknown, variant.booking, kept=kept)
        self._alter = variant.alter
        self.vendors = {
            f"https://{name}.example": Vendor(name, random, provider == "complete", self._report)
            for name, provider in ACCOUNTS.items()
        }
        self._network = Network(self.world, self.vendors, random.choice((0.0, 0.1, 0.5, 0.9)), variant.blind)
        self._started: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._calls: list[Call] = []
        self._named: set[tuple[str, str]] = set()
        self._opened = 0
        self._desks = [self._desk(number) for number in range(random.randint(1, 2))]
        self._plan()

    def _desk(self, number: int) -> tuple[Process, Desk]:
        process = Process(self.world, number)
        desk = Desk(self._configuration, process, lambda _: None)
        if self._alter is not None:
            self._alter(desk)
        return process, desk

    def _plan(self) -> None:
        """Decide what will happen: who sends what when, and what goes wrong."""
        world, random = self.world, self.world.random
        for _ in range(random.randint(1, 4)):
            world.at(world.time + random.uniform(0, LENGTH), self._send)
        for vendor in self.vendors.values():
            if random.random() < 0.2:
                begin = world.time + random.uniform(0, LENGTH)
                cause = random.choice(sorted(REFUSALS))
                world.at(begin, lambda vendor=vendor, cause=cause: setattr(vendor, "outage", cause))
                world.at(begin + random.expovariate(1 / 60), lambda vendor=vendor: setattr(vendor, "outage", None))
            for number in range(8):
                if random.random() < 0.05:
                    vendor.refused = {**vendor.refused, phone(number): random.choice(sorted(REFUSALS))}
        for process, _ in self._desks:
            if random.random() < 0.1:
                world.at(world.time + random.uniform(0, LENGTH), lambda process=process: self._kill(process))
            if random.random() < 0.15:
                world.at(world.time + random.uniform(0, LENGTH), lambda process=process: self._pause(process))
            if random.random() < 0.15:
                world.at(world.time + random.uniform(0, LENGTH), lambda process=process: self._jump(process))
        self._plan_outage()
        world.at(world.time + LENGTH, self._heal)

    def _plan_outage(self) -> None:
        """Now and then, let a vendor fail for long, with texts enough to open a breaker and to close it again."""
        world, random = self.world, self.world.random
        if random.random() >= OUTAGE:
            return
        url, fate = random.choice(sorted(self.vendors)), random.choice(OUTAGES)
        begin = world.time + random.uniform(0, LENGTH / 4)
        world.at(begin, lambda: self._network.dark.update({url: fate}))
        world.at(begin + random.uniform(5, 40), lambda: self._network.dark.pop(url, None))
        for _ in range(10):
            world.at(begin + random.uniform(0, LENGTH / 2), lambda: self._send(1))

    def _kill(self, process: Process) -> None:
        process.dead = True
        for call in self._calls:
            if call.process is process and call.ended is None:
                call.excused = True

    def _pause(self, process: Process) -> None:
        process.asleep_until = self.world.time + self.world.random.expovariate(1 / 10)

    def _jump(self, process: Process) -> None:
        process.skew += self.world.random.choice((-3600.0, 3600.0))

    def _heal(self) -> None:
        self._network.illness = 0.0
        self._network.dark.clear()
        for vendor in self.vendors.values():
            vendor.outage = None

    def _send(self, most: int = 6) -> None:
        random = self.world.random
        process, desk = random.choice(self._desks)
        if process.dead:
            return
        phones = [phone(number) for number in random.sample(range(8), random.randint(1, most))]
        message = Message(
            to=[Recipient(each) for each in phones],
            content=Template("news"),
            kind=random.choice(("otp", "notification", "marketing")),
            within=random.choice((None, None, 3.0, 30.0)),
            reference=f"call-{len(self._calls)}",
        )
        call = Call(len(self._calls), message, self.world.time, process, desk.tracker)
        self._calls.append(call)
        shipments, journeys = desk.take(message)
        call.settled += [OutcomeSettled(each.key, desk.outcome(each)) for each in journeys if each.outcome is not None]
        left = len(shipments)

        def done(_: object, error: BaseException | None) -> None:
            nonlocal left
            left -= 1
            if error is not None:
                call.failure = error
            if not left:
                self._return(call, desk, journeys)

        tasks = [process.spawn(desk.deliver(each), self._performer(call, desk), done) for each in shipments]
        if not shipments:
            self._return(call, desk, journeys)
        elif random.random() < 0.1:
            call.excused = True
            when = self.world.time + random.expovariate(1)
            self.world.at(when, lambda: [task.interrupt(KeyboardInterrupt()) for task in tasks])

    def _return(self, call: Call, desk: Desk, journeys: list[Journey]) -> None:
        if call.failure is None:
            call.outcomes = [desk.outcome(journey) for journey in journeys]
        call.ended = self.world.time

    def _performer(self, call: Call, desk: Desk) -> Callable[[Task, Effect], None]:
        def perform(task: Task, effect: Effect) -> None:
            match effect:
                case Pause():
                    task.answer(at=effect.until)
                case Record():
                    event = effect.event
                    if isinstance(event, AttemptStarted):
                        self._started[event.attempt] = (call.number, tuple(map(str, event.recipients)))
                    elif isinstance(event, OutcomeSettled):
                        call.settled.append(event)
                    elif isinstance(event, HealthChanged):
                        self._opened += event.state is BreakerState.OPEN
                    desk.record(event)
                    task.answer()
                case Keep():
                    task.answer(effect.work())
                case Transmit():
                    self._network.transmit(task, effect)

        return perform

    def _report(self, text: Sent) -> None:
        """Let the vendor's report of *text* come: never, once, or again."""
        random = self.world.random
        for _ in range(random.choice((0, 1, 1, 1, 2))):
            self.world.at(self.world.time + random.expovariate(1 / 20), lambda: self._hear(text))

    def _hear(self, text: Sent) -> None:
        call = self._calls[self._started[text.reference][0]]
        if call.tracker is None or call.process.dead:
            return
        # One of the vendors does not repeat our name of the attempt.
        reference = text.reference if ACCOUNTS[text.account] != "mute" else None
        at, account = EPOCH + self.world.time, text.account
        report = Report(
            recipient=text.phone,
            delivery=text.delivery,
            provider_message_id=text.message_id,
            reference=reference,
            at=at,
            account=account,
        )
        call.tracker.process(call.tracker.receive([report]))
        if reference is not None:
            self._named.add((text.account, text.message_id))

    def run(self) -> History:
        """Play it to its end."""
        self.world.run(self.world.time + END)
        texts = [text for vendor in self.vendors.values() for text in vendor.texts]
        return History(self.on_unknown, self._calls, texts, self._started, self._named, self._opened)


def phone(number: int) -> str:
    """Return one of the phones that are texted."""
    return f"+6598{number:06d}"

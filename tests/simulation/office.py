"""One schedule of an outbox: an application enqueues, and workers that die, sleep and come back send; out of one seed.

The outbox is the one in memory, which the databases are held against elsewhere. It fails now and then, before or after
it has done what it was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

from history import MOST_DOUBTS
from network import Network
from schedule import ACCOUNTS, PLAIN, configuration, phone
from vendors import REFUSALS, Sent, Vendor
from world import EPOCH, Process, Task, World

from smsway._desk import Desk
from smsway.delivery import Effect, Keep, Pause, Record, Transmit
from smsway.model import Kind, Message, Recipient, Template
from smsway.outbox import Fenced, Mark, MemoryOutbox, Outbox, OutboxError, Progress, State
from smsway.routing import Journey, OnUnknown, Shipment
from smsway.worker import Shift

LENGTH = 45.0
"""Seconds in which messages are enqueued and workers are struck; after that everything is well, and has to end."""
LEASE = 20.0
BEAT = LEASE / 2
POLL = 6.0
PATIENCE = 1.0
"""Seconds before somebody whom the outbox failed tries again."""
END = 4_000.0


@dataclass(frozen=True, slots=True)
class OfficeVariant:
    """What is simulated: the code as it is, or a mutant of it."""

    store: type[MemoryOutbox] = MemoryOutbox
    shift: type[Shift] = Shift


AS_IT_IS = OfficeVariant()


class Flaky:
    """An outbox that fails now and then, and so leaves open whether it has done what it was asked for."""

    def __init__(self, store: MemoryOutbox, random: Random) -> None:
        self.store = store
        self.illness = 0.0
        self._random = random

    def __getattr__(self, name: str) -> Callable[..., Any]:
        done = getattr(self.store, name)

        def work(*arguments: Any, **named: Any) -> Any:
            fate = self._random.random()
            if fate < self.illness / 2:
                raise OutboxError("the database is gone")
            answer = done(*arguments, **named)
            if fate < self.illness:
                raise OutboxError("the database is gone, and has done it")
            return answer

        # Found there from now on.
        setattr(self, name, work)
        return work


class Hand:
    """A worker process: the loop of the real one, with its waits in virtual time."""

    def __init__(self, office: OfficeSchedule, number: int) -> None:
        self.office = office
        self.process = Process(office.world, number)
        self.desk = Desk(office.configuration, self.process, self._record)
        self.shift: Shift | None = None
        self.flying = 0
        self.stopping = False
        self._later(0.0, self._live)

    def _later(self, seconds: float, step: Callable[[], None]) -> None:
        """Do the next step then, or when it is awake again, unless it is dead by then."""
        process = self.process

        def happen() -> None:
            if process.dead:
                return
            if process.asleep_until > process.world.time:
                process.world.at(process.asleep_until, happen)
            else:
                step()

        process.world.at(process.world.time + seconds, happen)

    def _live(self) -> None:
        if self.stopping:
            return
        try:
            self.shift = self.office.variant.shift(self.office.store, self.desk, self.process, "hand", LEASE)
        except OutboxError:
            self._later(PATIENCE, self._live)
            return
        self._later(BEAT, lambda shift=self.shift: self._beat(shift))
        self._turn()

    def _turn(self) -> None:
        shift = self.shift
        if self.stopping:
            self._end(shift)
            return
        try:
            shift.pay()
        except OutboxError:
            self._later(PATIENCE, self._turn)
            return
        try:
            most, busy = self.office.world.random.randint(1, 6), self.office.busy()
            shipments = shift.take(most, busy=busy).shipments if self.flying < 4 else []
        except (OutboxError, Fenced):
            self._end(shift)
            return
        for shipment in shipments:
            self.flying += 1
            # It waits for a hand that is free.
            self._later(self.office.world.random.expovariate(1), lambda shipment=shipment: self._deliver(shipment))
        self._later(0.1 if shipments else self.office.patience, self._turn)

    def _deliver(self, shipment: Shipment) -> None:
        self.process.spawn(self.desk.deliver(shipment), self._perform, self._done)
        self.office.tempt(self)

    def _end(self, shift: Shift) -> None:
        """Wait for what is in flight, write it down, and begin anew unless it shall stop."""
        if self.flying:
            self._later(POLL, lambda: self._end(shift))
            return
        try:
            shift.leave()
        except OutboxError:
            self._later(PATIENCE, lambda: self._end(shift))
            return
        self.shift = None
        self._live()

    def _beat(self, shift: Shift) -> None:
        if self.shift is not shift or self.office.is_over:
            return
        try:
            shift.beat()
        except Fenced:
            return
        except OutboxError:
            pass
        self._later(BEAT, lambda: self._beat(shift))

    def _record(self, event: Any) -> None:
        self.shift.record(event)

    def _done(self, journeys: list[Journey] | None, error: BaseException | None) -> None:
        self.flying -= 1
        if error is not None:
            self.office.errors.append(repr(error))
        else:
            self.shift.landed(journeys)

    def _perform(self, task: Task, effect: Effect) -> None:
        match effect:
            case Pause():
                task.answer(at=effect.until)
            case Record():
                try:
                    self.desk.record(effect.event)
                except Exception as error:  # noqa: BLE001  # the engine decides what it means
                    task.fail(error)
                else:
                    task.answer()
            case Keep():
                task.answer(effect.work())
            case Transmit():
                self.office.network.transmit(task, effect)


class OfficeSchedule:
    """Plays one seed; `run` returns what must not have happened."""

    def __init__(self, seed: int, variant: OfficeVariant = AS_IT_IS) -> None:
        self.variant = variant
        self.world = World(seed)
        random = self.world.random
        self.on_unknown = random.choice((OnUnknown.HOLD, OnUnknown.RESEND, OnUnknown.VERIFY))
        self.configuration = configuration(self.on_unknown, PLAIN.booking, kept=self.on_unknown is OnUnknown.VERIFY)
        self.vendors = {
            f"https://{name}.example": Vendor(name, random, provider == "complete", lambda _: None)
            for name, provider in ACCOUNTS.items()
        }
        self.network = Network(self.world, self.vendors, random.choice((0.0, 0.1, 0.5, 0.9)))
        self.memory = variant.store(lambda: EPOCH + self.world.time)
        self.store = Flaky(self.memory, random)
        self.store.illness = random.choice((0.0, 0.0, 0.05, 0.3))
        self.outbox = Outbox(self.configuration, self.store, lambda: EPOCH + self.world.time)
        self.errors: list[str] = []
        self.sent_under: dict[str, dict[str, str]] = {}
        """Attempt -> phone -> the message that was marked for it."""
        self._observe_marks()
        self.messages: dict[str, Message] = {}
        self._hands: list[Hand] = []
        self._healed = False
        self._danger = random.choice((0.0, 0.1, 0.3))
        self._bustle = random.choice((0.0, 0.5))
        self._plan()

    def _observe_marks(self) -> None:
        mark = self.memory.mark

        def marked(worker: str, said: Mark) -> bool:
            lines = [self.memory._lines[row] for row in said.rows]
            if not mark(worker, said):
                return False
            self.sent_under[said.attempt] = {line.addressee.phone: line.entry.id for line in lines}
            late = [line.addressee.phone for line in lines if line.entry.not_after <= EPOCH + self.world.time]
            self.errors += [f"{each} was marked when its time was over" for each in late]
            return True

        self.memory.mark = marked

    def _plan(self) -> None:
        world, random = self.world, self.world.random
        self._wanted = random.randint(1, 4)
        for number in range(self._wanted):
            world.at(world.time + random.uniform(0, LENGTH), lambda number=number: self._enqueue(self._message(number)))
        for vendor in self.vendors.values():
            if random.random() < 0.2:
                begin = world.time + random.uniform(0, LENGTH)
                cause = random.choice(sorted(REFUSALS))
                world.at(begin, lambda vendor=vendor, cause=cause: setattr(vendor, "outage", cause))
            for number in range(8):
                if random.random() < 0.05:
                    vendor.refused = {**vendor.refused, phone(number): random.choice(sorted(REFUSALS))}
        for _ in range(random.randint(1, 3)):
            self._hire()
        for _ in range(random.randint(0, 2)):
            world.at(world.time + random.uniform(0, LENGTH), lambda: self._strike(random.choice(self._hands)))
        world.at(world.time + LENGTH, self._heal)

    @property
    def is_over(self) -> bool:
        """True if nothing can happen any more."""
        all_there = self._healed and len(self.messages) == self._wanted
        return all_there and all(line.state.is_final for line in self.memory._lines.values())

    @property
    def patience(self) -> float:
        """Seconds until a worker that found nothing looks again; once nothing new comes in, it can wait for longer."""
        if not self._healed:
            return POLL
        return END if self.is_over else max(POLL, min(self.memory.next_due() or 0.0, LEASE))

    def busy(self) -> Mapping[Kind, frozenset[str]]:
        """Return accounts that a worker wants nobody more for at the moment, if it minds."""
        random = self.world.random
        if self._healed or random.random() > self._bustle:
            return dict.fromkeys(Kind, frozenset())
        return {kind: frozenset(random.sample(sorted(ACCOUNTS), 2)) for kind in Kind if random.random() < 0.8}

    def _hire(self) -> None:
        self._hands.append(Hand(self, len(self._hands)))

    def tempt(self, hand: Hand) -> None:
        """Something may happen to whoever has just begun an attempt."""
        if not self._healed and self.world.random.random() < self._danger:
            self.world.at(self.world.time + self.world.random.expovariate(2), lambda: self._strike(hand))

    def _strike(self, hand: Hand) -> None:
        """Let something happen to a worker; who dies or is stopped is replaced at some time."""
        random, world = self.world.random, self.world
        match random.choice(("die", "die", "sleep", "jump", "stop")):
            case "die":
                hand.process.dead = True
                world.at(world.time + random.uniform(0, 60), self._hire)
            case "sleep":
                hand.process.asleep_until = world.time + random.expovariate(1 / 30)
            case "jump":
                hand.process.skew += random.choice((-3600.0, 3600.0))
            case "stop":
                hand.stopping = True
                world.at(world.time + random.uniform(0, 60), self._hire)

    def _heal(self) -> None:
        self._healed = True
        self.network.illness = self.store.illness = 0.0
        for vendor in self.vendors.values():
            vendor.outage = None
        if all(hand.process.dead or hand.stopping for hand in self._hands):
            self._hire()

    def _message(self, number: int) -> tuple[str, Message, float | None, float]:
        random = self.world.random
        phones = [phone(each) for each in random.sample(range(8), random.randint(1, 6))]
        message = Message(
            to=[Recipient(each) for each in phones],
            content=Template("news"),
            kind=random.choice(("otp", "notification", "marketing")),
        )
        now = EPOCH + self.world.time
        begin = random.choice((None, None, now + random.uniform(0, 60)))
        return f"key-{number}", message, begin, (begin or now) + random.choice((10.0, 60.0, 900.0))

    def _enqueue(self, wish: tuple[str, Message, float | None, float]) -> None:
        """Enqueue as an application does that has a key: again and again, until it is known to be there."""
        key, message, begin, end = wish
        try:
            enqueued = self.outbox.enqueue(
                message, key=key, not_before=begin, not_after=max(end, EPOCH + self.world.time + 5)
            )
        except OutboxError:
            self.world.at(self.world.time + PATIENCE, lambda: self._enqueue(wish))
            return
        self.messages[enqueued.id] = message
        if self.world.random.random() < 0.1:
            self.world.at(self.world.time + self.world.random.expovariate(1 / 5), lambda: self._cancel(enqueued.id))

    def _cancel(self, message: str) -> None:
        with suppress(OutboxError):
            self.outbox.cancel(message)

    def run(self) -> list[str]:
        """Play it to its end; return what must not have happened, in words."""
        self.world.run(self.world.time + END)
        return list(violations(self))


def violations(office: OfficeSchedule) -> Iterator[str]:
    """Hold what the outbox tells against what was really sent."""
    yield from office.errors
    texts: dict[tuple[str, str], list[Sent]] = {}
    for text in (each for vendor in office.vendors.values() for each in vendor.texts):
        message = office.sent_under.get(text.reference, {}).get(text.phone)
        if message is None:
            yield f"{text.phone} was texted in an attempt that was not written down before"
        else:
            texts.setdefault((message, text.phone), []).append(text)
    if office.memory._messages.keys() != office.messages.keys():
        yield f"{len(office.memory._messages)} messages are there, and {len(office.messages)} were enqueued"
    for message in office.messages:
        for progress in office.memory.find(message=message).recipients:
            sent = texts.get((message, progress.phone), [])
            for wrong in _wrong(progress, sent, MOST_DOUBTS if office.on_unknown is OnUnknown.RESEND else 1):
                yield f"{progress.phone} of {message[-4:]} is {progress.state}{wrong}"


def _wrong(progress: Progress, sent: Sequence[Sent], most: int) -> Iterator[str]:
    """Hold one recipient's state against the texts that it was sent, which may be so many."""
    if len(sent) > most:
        yield f", and got {len(sent)} texts"
    if len({each.account for each in sent}) < len(sent):
        yield ", and was texted twice through one account"
    match progress.state:
        case State.ACCEPTED:
            ids = {(each.account, each.message_id) for each in sent}
            if (progress.outcome.account, progress.outcome.provider_message_id) not in ids:
                yield " with an id that no text of it has"
        case State.REJECTED | State.NOT_SENT:
            if sent:
                yield ", and was texted"
        case State.PENDING | State.CLAIMED | State.SUBMITTING:
            yield " to the end"

"""One schedule: a whole client with its real transport, which sends to servers that are ill, all out of one seed."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType, SimpleNamespace
from typing import Any

from history import Call, History
from wire.accounts import ACCOUNTS, HOSTS, TIMEOUTS, configuration, phone
from wire.backends import CONTEXT, AsyncBackend, Backend
from wire.lines import Network
from wire.record import Way, WireHistory
from wire.servers import Listener
from wire.timeline import Timeline, VirtualLoop, clocked
from wire.vendor import REFUSALS, Vendor
from world import EPOCH

from smsway import AsyncClient, Client
from smsway.delivery import Event
from smsway.model import AttemptFinished, AttemptStarted, Message, OutcomeSettled, Template
from smsway.routing import OnUnknown
from smsway.transport import AsyncBaseTransport, AsyncConnectionTransport, AsyncDriver, ConnectionTransport

LENGTH = 60.0
"""Seconds in which messages are sent."""

END = 3_000.0
"""Seconds after which nothing is under way any more."""


@dataclass(frozen=True, slots=True)
class Variant:
    """What is simulated: the code as it is, or a mutant of it; *altered* are attributes with another value."""

    transport: Callable[[ssl.SSLContext, Collection[str], AsyncBackend], AsyncBaseTransport] = AsyncConnectionTransport
    driver: type[AsyncDriver] = AsyncDriver
    altered: tuple[tuple[object, str, Any], ...] = ()


PLAIN = Variant()


class Schedule:
    """Plays one seed; `run` returns what happened."""

    def __init__(self, seed: int, variant: Variant = PLAIN) -> None:
        self.timeline = Timeline(seed)
        random = self.timeline.random
        self._variant = variant
        self._on_unknown = random.choice((OnUnknown.HOLD, OnUnknown.HOLD, OnUnknown.RESEND))
        self._configuration = configuration(
            self._on_unknown, random.randrange(len(ACCOUNTS)), keep_alive=random.random() < 0.9
        )
        self._answered: set[str] = set()
        self._illness = random.choice((0.0, 0.05, 0.2, 0.2, 0.5, 0.5, 0.9, 0.9))
        self._vendors = {name: self._vendor(name) for name in ACCOUNTS}
        self.network = Network(
            self.timeline,
            {HOSTS[name]: Listener(each, self._illness, self._answered.add) for name, each in self._vendors.items()},
        )
        self._calls: list[Call] = []
        self._ways: list[Way] = []
        self._started: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._finished: list[AttemptFinished] = []
        self._unseen: list[str] = []
        self._nonces = count(1)
        self._messages = sorted((self.timeline.time + each, number) for number, each in enumerate(self._moments()))

    def _vendor(self, name: str) -> Vendor:
        random = self.timeline.random
        spec = self._configuration.plugins.providers[str(ACCOUNTS[name]["provider"])]
        assert spec.sandbox is not None
        vendor = Vendor(name, spec.sandbox(self._configuration.accounts[name].config), self.timeline)
        vendor.refused = {phone(n): random.choice(REFUSALS) for n in range(8) if random.random() < 0.05}
        if self._illness and random.random() < 0.15:
            begin = self.timeline.time + random.uniform(0, LENGTH)
            self.timeline.at(begin, lambda: setattr(vendor, "outage", True))
            self.timeline.at(begin + random.expovariate(0.1), lambda: setattr(vendor, "outage", False))
        return vendor

    def _moments(self) -> Iterator[float]:
        """Yield when messages are sent: alone, and in bursts."""
        random = self.timeline.random
        for _ in range(random.randint(2, 4)):
            begin = random.uniform(0, LENGTH)
            for _ in range(random.choice((1, 3, 9))):
                yield begin + random.choice((0.0, random.expovariate(1), random.expovariate(0.5)))

    # What the engine is given for a clock.

    def now(self) -> float:
        """Return the time of the wall clock."""
        return EPOCH + self.timeline.time

    def monotonic(self) -> float:
        """Return the time of the monotonic clock."""
        return self.timeline.time

    def nonce(self) -> int:
        """Return a number that no other attempt gets."""
        return next(self._nonces)

    def random(self) -> float:
        """Return a random number of the timeline."""
        return self.timeline.random.random()

    def _note(self, event: Event) -> None:
        """Be the journal."""
        match event:
            case AttemptStarted():
                self._started[event.attempt] = (int(event.references[0] or 0), tuple(map(str, event.recipients)))
            case AttemptFinished():
                self._finished.append(event)
            case OutcomeSettled():
                self._calls[int(event.outcome.reference or 0)].settled.append(event)

    def _message(self, most: int) -> tuple[Call, Way]:
        """Make up the next message."""
        random, number, now = self.timeline.random, len(self._calls), self.timeline.time
        message = Message(
            to=[phone(each) for each in random.sample(range(8), random.randint(1, most))],
            content=Template("news"),
            kind=random.choice(list(TIMEOUTS)),
            within=random.choice((None, None, 0.3, 3.0, 30.0)),
            reference=str(number),
            accounts=random.choice(((), (), (random.choice(list(ACCOUNTS)),))),
        )
        call = Call(number, message, now, SimpleNamespace(dead=False), None)  # type: ignore[arg-type]
        way = Way(number, None if message.within is None else now + message.within)
        self._calls.append(call)
        self._ways.append(way)
        return call, way

    def _end(self, call: Call, way: Way, raised: BaseException | None) -> None:
        call.ended = way.ended = self.timeline.time
        call.failure = way.raised = raised
        call.excused = way.cancelled is not None

    def run(self) -> WireHistory:
        """Play it to its end with an `AsyncClient`."""
        with clocked(self.timeline), _altered(self._variant.altered):
            loop = VirtualLoop(self.timeline)
            loop.set_exception_handler(lambda _, context: self._unseen.append(str(context.get("message"))))
            try:
                loop.run_until_complete(self._play())
                loop.run_until_complete(loop.shutdown_asyncgens())
            finally:
                loop.close()
            return self._over()

    async def _play(self) -> None:
        transport = self._variant.transport(CONTEXT, self._configuration.private_hosts, AsyncBackend(self.network))
        client = AsyncClient(self._configuration, journal=self._note, clock=self, transport=transport)
        client._driver = self._variant.driver(client._desk.record, transport)
        tasks = []
        for moment, _ in self._messages:
            await asyncio.sleep(moment - self.timeline.time)
            tasks.append(asyncio.create_task(self._send(client)))
        if self.timeline.random.random() < 0.2:
            # Whoever is about to send has begun by then.
            await asyncio.sleep(0.0)
            await asyncio.sleep(0.0)
            await client.aclose()
        await asyncio.gather(*tasks)
        closing = asyncio.create_task(client.aclose())
        if self.timeline.random.random() < 0.1:
            self._cancel(closing, Way(-1, None))
        await asyncio.gather(closing, return_exceptions=True)

    async def _send(self, client: AsyncClient) -> None:
        call, way = self._message(6)
        task = asyncio.create_task(client.send(call.message))
        if self.timeline.random.random() < 0.15:
            self._cancel(task, way)
        try:
            call.outcomes = list(await task)
        except BaseException as error:  # noqa: BLE001  # whatever comes out is what is to be seen
            self._end(call, way, error)
        else:
            self._end(call, way, None)

    def _cancel(self, task: asyncio.Task[Any], way: Way) -> None:
        """Cancel *task* at some moment, by the clock or in the middle of what it does; sometimes twice."""
        random, loop = self.timeline.random, asyncio.get_running_loop()

        def cancel() -> None:
            if task.cancel():
                way.cancelled = way.cancelled or self.timeline.time

        for _ in range(random.choice((1, 1, 2))):
            if random.random() < 0.4:
                self.timeline.at(self.timeline.time + random.expovariate(1), cancel)
            else:
                self.network.at_step(random.randint(1, 12), lambda: loop.call_soon(cancel) and None)

    def run_blocking(self) -> WireHistory:
        """Play it with a `Client`, one message of one batch after the other: more of them would need threads."""
        with clocked(self.timeline), _altered(self._variant.altered):
            transport = ConnectionTransport(CONTEXT, self._configuration.private_hosts, Backend(self.network))
            client = Client(self._configuration, journal=self._note, clock=self, transport=transport)
            for moment, _ in self._messages:
                self.timeline.wait(max(moment, self.timeline.time))
                self._send_blocking(client)
            client.close()
            return self._over()

    def _send_blocking(self, client: Client) -> None:
        call, way = self._message(3)

        def interrupt() -> None:
            way.cancelled = self.timeline.time
            raise KeyboardInterrupt

        if self.timeline.random.random() < 0.15:
            self.network.at_step(self.timeline.random.randint(1, 6), interrupt)
        try:
            call.outcomes = list(client.send(call.message))
        except BaseException as error:  # noqa: BLE001  # as above
            self._end(call, way, error)
        else:
            self._end(call, way, None)
        self.network.forget_steps()

    def _over(self) -> WireHistory:
        """Let everything arrive that is still on its way, and return the history."""
        left_open = len(self.network.open)
        self.timeline.run(self.timeline.time + END)
        texts = [text for vendor in self._vendors.values() for text in vendor.texts]
        timeouts = {
            attempt: TIMEOUTS[str(self._calls[number].message.kind)] for attempt, (number, _) in self._started.items()
        }
        return WireHistory(
            History(self._on_unknown, self._calls, texts, self._started, set()),
            self._ways,
            self._finished,
            timeouts,
            self._answered,
            self.network.requests,
            self.network.most_taken,
            left_open,
            self._illness == 0,
            self._unseen,
        )


CLIENTS: Mapping[str, Callable[[Schedule], WireHistory]] = MappingProxyType(
    {"async": Schedule.run, "blocking": Schedule.run_blocking}
)
"""What plays a schedule, by the kind of the client."""


@contextmanager
def _altered(altered: tuple[tuple[object, str, Any], ...]) -> Iterator[None]:
    """Let attributes have another value meanwhile."""
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in altered]
    for owner, name, value in altered:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)

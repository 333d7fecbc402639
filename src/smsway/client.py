"""`Client` and `AsyncClient`: two thin faces of one engine."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence
from itertools import chain
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from smsway._face import Face
from smsway._feed import Feed, until_failure
from smsway._offers import AsyncOffers, Offers
from smsway.model import Message, Outcome, SendResult

if TYPE_CHECKING:
    from smsway._async_crew import AsyncCrew
    from smsway._crew import Crew
    from smsway._queues import Task
    from smsway.delivery import Flow, Leg, Step
    from smsway.guards import AsyncOptOuts, OptOuts
    from smsway.transport import AsyncBaseTransport, BaseTransport, Hand

T = TypeVar("T")


class Client(Face["BaseTransport"], Offers):
    """Sends messages through the accounts of one configuration. Safe to share between threads.

    Make it with `from_config` and close it, or use it in a `with` statement.
    """

    def _connect(self, ssl_context: ssl.SSLContext | None) -> BaseTransport:
        from smsway.transport import ConnectionTransport  # noqa: PLC0415

        return ConnectionTransport(ssl_context, self.configuration.private_hosts)

    def _drive(self, transport: BaseTransport) -> None:
        from smsway.transport import SyncDriver  # noqa: PLC0415

        self._driver = SyncDriver(self._desk.record, transport, told_at_once=not self._desk.is_heard)

    @property
    def optouts(self) -> OptOuts:
        """The list of those who want no texts; raises `ConfigError` if `[guards.optouts]` is not set."""
        from smsway._guarding import listed  # noqa: PLC0415

        return listed(self._desk.guards)

    def mark_verified(self, reference: str) -> bool:
        """Tell that the code was used that was sent under *reference*, the recipient's or its message's.

        False if no code is known that was accepted under it within the window, or if it was told before. Raises
        `ConfigError` if `[guards.conversion]` is not set, `InvalidCall` if *reference* is no text, and `GuardError` if
        that cannot be kept.
        """
        from smsway._guarding import counting  # noqa: PLC0415

        return counting(self._desk.guards).mark(reference)

    def send(self, message: Message) -> SendResult:
        """Send *message* and return one outcome per recipient, in the order of `Message.to`.

        Raises `InvalidMessage` if it cannot be sent as it stands; then nothing of it was sent. Raises `RuntimeError`
        after `close`.
        """
        self._check_open()
        shipments, journeys = self._desk.take(message)
        if len(shipments) == 1:
            self._carry(self._desk.deliver(shipments[0]))
        else:
            with self._crew() as crew:
                crew.put(shipments)
                deque(crew.drain(), 0)
        return SendResult(tuple(self._desk.outcomes(journeys)))

    def send_many(self, messages: Iterable[Message]) -> Iterator[Outcome]:
        """Send *messages* and yield each recipient's outcome as it settles, in no particular order.

        Recipients of many messages share batches, and memory does not grow with their number. A message that is not
        valid is not sent; its recipients are `not_sent` with the reason `invalid_message`. If *messages* raises, what
        it gave before is sent, and then its error is raised.
        """
        from smsway._packer import Packer  # noqa: PLC0415

        self._check_open()
        packer, failures = Packer(self._desk), list[Exception]()
        with self._crew() as crew:
            for message in until_failure(messages, failures):
                ready, settled = packer.add(message)
                if ready:
                    crew.put(ready)
                yield from settled
                if crew.has_landed:
                    yield from chain.from_iterable(map(self._desk.outcomes, crew.landed()))
                while crew.is_full:
                    yield from chain.from_iterable(map(self._desk.outcomes, crew.landed(packer.patience)))
                    crew.put(packer.due())
            crew.put(packer.flush())
            yield from chain.from_iterable(map(self._desk.outcomes, crew.drain()))
        for failure in failures:
            raise failure

    def _run(self, flow: Flow[Any]) -> Any:
        self._check_open()
        return self._carry(flow)

    def _carry(self, flow: Flow[T]) -> T:
        """Carry *flow* out; until it ends, the connections and the store are there."""
        self._flights.begin()
        try:
            return self._driver.run(flow)
        finally:
            self._end()

    def _advance(self, task: Task, hand: Hand) -> Step:
        """Go a leg of a delivery; until its last leg ends, the connections and the store are there."""
        if not task.begun:
            self._flights.begin()
        try:
            step = self._driver.run(self._desk.advance(task.leg), hand)
            for _ in step.onward:
                self._flights.begin()
        finally:
            self._end()
        return step

    def _end(self) -> None:
        if self._flights.end():
            self._give_back()

    def _give_back(self) -> None:
        try:
            self._desk.close()
        finally:
            try:
                self._driver.close()
            except Exception as error:  # noqa: BLE001  # no transport may take from whoever lands last what came of it
                self._log_end(error)

    def _crew(self) -> Crew:
        from smsway._crew import Crew  # noqa: PLC0415
        from smsway._queues import Queues  # noqa: PLC0415

        return Crew(self._advance, Queues(len(self.configuration.accounts), self.configuration.concurrency))

    def close(self) -> None:
        """Close the client. `send`, `send_many` and all calls raise after that, and one under way begins no attempt.

        What other threads have in flight is neither waited for nor cut off: it ends as ever, and its answer is booked,
        stored and returned. The connections and the store are closed with the last of it, or at once if there is none.
        """
        if self._flights.close():
            self._give_back()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient(Face["AsyncBaseTransport"], AsyncOffers):
    """`Client` for asyncio. Safe to share between the tasks of one event loop."""

    def _connect(self, ssl_context: ssl.SSLContext | None) -> AsyncBaseTransport:
        from smsway.transport import AsyncConnectionTransport  # noqa: PLC0415

        return AsyncConnectionTransport(ssl_context, self.configuration.private_hosts)

    def _drive(self, transport: AsyncBaseTransport) -> None:
        from smsway.transport import AsyncDriver  # noqa: PLC0415

        self._driver = AsyncDriver(self._desk.record, transport)

    @property
    def optouts(self) -> AsyncOptOuts:
        """The list of those who want no texts; raises `ConfigError` if `[guards.optouts]` is not set."""
        from smsway._guarding import listed  # noqa: PLC0415
        from smsway.guards import AsyncOptOuts  # noqa: PLC0415

        return AsyncOptOuts(listed(self._desk.guards))

    async def mark_verified(self, reference: str) -> bool:
        """Tell that a code was used; see `Client.mark_verified`."""
        from smsway._guarding import counting  # noqa: PLC0415

        return await asyncio.to_thread(counting(self._desk.guards).mark, reference)

    async def send(self, message: Message) -> SendResult:
        """Send *message* and return one outcome per recipient, in the order of `Message.to`.

        Raises `InvalidMessage` if it cannot be sent as it stands, and `RuntimeError` after `aclose`. Cancelling it
        leaves what is in flight unknown; observers and the journal are told.
        """
        self._check_open()
        if self._desk.starts_slowly:
            shipments, journeys = await asyncio.to_thread(self._desk.take, message)
        else:
            shipments, journeys = self._desk.take(message)
        if len(shipments) == 1:
            await self._carry(self._desk.deliver(shipments[0]))
        else:
            async with self._crew() as crew:
                crew.put(shipments)
                while not crew.is_idle:
                    await crew.wait()
                    deque(crew.landed(), 0)
        return SendResult(tuple(self._desk.outcomes(journeys)))

    async def send_many(self, messages: Iterable[Message] | AsyncIterable[Message]) -> AsyncIterator[Outcome]:
        """Send *messages*, an iterable or an async one, and yield outcomes as they settle; see `Client.send_many`.

        A loop that ends early should close the iterator, with `contextlib.aclosing` for instance.
        """
        from smsway._packer import Packer  # noqa: PLC0415

        self._check_open()
        packer, crew = Packer(self._desk), self._crew()
        # The crew is left first: nothing is begun while whoever gives the messages tidies up.
        async with Feed(messages, crew.wake) as feed, crew:
            while True:
                for journeys in crew.landed():
                    for outcome in self._desk.outcomes(journeys):
                        yield outcome
                while not crew.is_full and (message := feed.take()) is not None:
                    if self._desk.starts_slowly:
                        ready, settled = await asyncio.to_thread(packer.add, message)
                    else:
                        ready, settled = packer.add(message)
                    if ready:
                        crew.put(ready)
                    for outcome in settled:
                        yield outcome
                crew.put(packer.flush() if feed.ended else packer.due())
                if feed.ended and crew.is_idle:
                    break
                await crew.wait(packer.patience)
        for failure in feed.failures:
            raise failure

    async def _run(self, flow: Flow[Any]) -> Any:
        self._check_open()
        return await self._carry(flow)

    async def _carry(self, flow: Flow[T]) -> T:
        """Carry *flow* out; until it ends, the connections and the store are there."""
        self._flights.begin()
        try:
            return await self._driver.run(flow)
        finally:
            await self._end()

    async def _advance(self, task: Task) -> Step:
        """Go a leg of a delivery; see `Client`."""
        if not task.begun:
            self._flights.begin()
        try:
            step = await self._driver.run(self._desk.advance(task.leg))
            for _ in step.onward:
                self._flights.begin()
        finally:
            await self._end()
        return step

    async def _abandon(self, legs: Sequence[Leg]) -> None:
        try:
            await self._driver.run(self._desk.abandon(legs))
        finally:
            for _ in legs:
                await self._end()

    async def _end(self) -> None:
        if self._flights.end():
            await self._give_back()

    async def _give_back(self) -> None:
        try:
            if self._desk.closes_slowly:
                # A future, which whoever is cancelled here does not take along as it would a coroutine.
                await asyncio.shield(asyncio.get_running_loop().run_in_executor(None, self._desk.close))
        finally:
            try:
                await self._driver.aclose()
            except Exception as error:  # noqa: BLE001  # as in `Client`
                self._log_end(error)

    def _crew(self) -> AsyncCrew:
        from smsway._async_crew import AsyncCrew  # noqa: PLC0415
        from smsway._queues import Queues  # noqa: PLC0415

        queues = Queues(len(self.configuration.accounts), self.configuration.concurrency)
        return AsyncCrew(self._advance, self._abandon, queues)

    async def aclose(self) -> None:
        """Close the client. `send`, `send_many` and all calls raise after that, and one under way begins no attempt.

        What other tasks have in flight is neither waited for nor cancelled; see `Client.close`. The event loop has to
        run until it ends.
        """
        if self._flights.close():
            await self._give_back()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

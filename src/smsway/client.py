"""`Client` and `AsyncClient`: two thin faces of one engine."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from smsway._desk import Desk
from smsway.config import Configuration, load
from smsway.delivery import Clock, Event, SystemClock
from smsway.model import Message, Outcome, SendResult
from smsway.routing import Explanation, Journey, Shipment
from smsway.transport import (
    AsyncBaseTransport,
    AsyncConnectionTransport,
    AsyncDriver,
    BaseTransport,
    ConnectionTransport,
    SyncDriver,
)

Journal = Callable[[Event], None]
"""Is told `AttemptStarted` before any byte of the attempt leaves, and `OutcomeSettled` at each final result.

If it raises on `AttemptStarted`, that attempt is not sent: after `Stopped` its recipients are settled as they stand,
after any other exception, which is logged, they move on to the next account. It may be called from several threads at
once.
"""

Source = str | Path | Mapping[str, Any]


class _Face:
    """What both clients share: the configuration and what can be asked without I/O."""

    def __init__(
        self,
        configuration: Configuration,
        *,
        journal: Journal | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.configuration = configuration
        self._desk = Desk(configuration, clock or SystemClock(), journal)

    def explain(self, message: Message) -> Explanation:
        """Tell what would happen to *message*: routes, candidates, exclusions, batches. Sends nothing.

        Raises `InvalidMessage`.
        """
        return self._desk.explain(message)

    def check(self, message: Message) -> None:
        """Raise `InvalidMessage`, with every problem, if *message* could not be sent as it stands. Sends nothing."""
        self._desk.check(message)

    def health(self) -> dict[str, str | None]:
        """Return, for each account, why it rests at the moment; `None` if it does not."""
        return self._desk.health()


class Client(_Face):
    """Sends messages through the accounts of one configuration. Safe to share between threads.

    Make it with `from_config` and close it, or use it in a `with` statement.
    """

    def __init__(
        self,
        configuration: Configuration,
        *,
        journal: Journal | None = None,
        transport: BaseTransport | None = None,
        ssl_context: ssl.SSLContext | None = None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(configuration, journal=journal, clock=clock)
        self._driver = SyncDriver(self._desk.record, transport or ConnectionTransport(ssl_context))

    @classmethod
    def from_config(
        cls,
        source: Source,
        *,
        plugins: Iterable[object] = (),
        base_urls: Mapping[str, str] | None = None,
        journal: Journal | None = None,
        transport: BaseTransport | None = None,
        ssl_context: ssl.SSLContext | None = None,
        clock: Clock | None = None,
    ) -> Self:
        """Make a client of a configuration file, or of a mapping of the same shape.

        *plugins* are objects to register beside those that the configuration names; *base_urls* replace those of
        accounts.
        *transport* is any `httpx.BaseTransport`; *ssl_context* replaces the TLS context of the default one.
        Raises `ConfigError` with every problem found.
        """
        configuration = load(source, plugins, base_urls)
        return cls(configuration, journal=journal, transport=transport, ssl_context=ssl_context, clock=clock)

    def send(self, message: Message) -> SendResult:
        """Send *message* and return one outcome per recipient, in the order of `Message.to`.

        Raises `InvalidMessage` if it cannot be sent as it stands; then nothing of it was sent.
        """
        shipments, journeys = self._desk.take(message)
        if len(shipments) == 1:
            self._driver.run(self._desk.deliver(shipments[0]))
        else:
            for _ in self._deliver_all(iter(shipments)):
                pass
        return SendResult(tuple(self._desk.outcome(journey) for journey in journeys))

    def send_many(self, messages: Iterable[Message]) -> Iterator[Outcome]:
        """Send *messages* and yield each recipient's outcome as it settles, in no particular order.

        Recipients of many messages share batches, and memory does not grow with their number. A message that is not
        valid is not sent; its recipients are `not_sent` with the reason `invalid_message`.
        """
        packer = self._desk.packer()
        settled: deque[Outcome] = deque()

        def shipments() -> Iterator[Shipment]:
            for message in messages:
                ready, early = packer.add(message)
                settled.extend(early)
                yield from ready
            yield from packer.flush()

        for journeys in self._deliver_all(shipments()):
            while settled:
                yield settled.popleft()
            yield from map(self._desk.outcome, journeys)
        yield from settled

    def _deliver_all(self, shipments: Iterator[Shipment]) -> Iterator[list[Journey]]:
        """Deliver *shipments*, several at a time; the threads end with the iteration."""
        limit = self.configuration.concurrency
        with ThreadPoolExecutor(limit, thread_name_prefix="smsway") as pool:
            flying: set[Future[list[Journey]]] = set()
            try:
                for shipment in shipments:
                    flying.add(pool.submit(self._driver.run, self._desk.deliver(shipment)))
                    if len(flying) >= limit:
                        landed, flying = wait(flying, return_when=FIRST_COMPLETED)
                        for future in landed:
                            yield future.result()
                while flying:
                    landed, flying = wait(flying, return_when=FIRST_COMPLETED)
                    for future in landed:
                        yield future.result()
            finally:
                for future in flying:
                    future.cancel()

    def close(self) -> None:
        """Close the connections."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient(_Face):
    """`Client` for asyncio. Safe to share between the tasks of one event loop."""

    def __init__(
        self,
        configuration: Configuration,
        *,
        journal: Journal | None = None,
        transport: AsyncBaseTransport | None = None,
        ssl_context: ssl.SSLContext | None = None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(configuration, journal=journal, clock=clock)
        self._driver = AsyncDriver(self._desk.record, transport or AsyncConnectionTransport(ssl_context))

    @classmethod
    def from_config(
        cls,
        source: Source,
        *,
        plugins: Iterable[object] = (),
        base_urls: Mapping[str, str] | None = None,
        journal: Journal | None = None,
        transport: AsyncBaseTransport | None = None,
        ssl_context: ssl.SSLContext | None = None,
        clock: Clock | None = None,
    ) -> Self:
        """Make a client as `Client.from_config` does; *transport* is any `httpx.AsyncBaseTransport`."""
        configuration = load(source, plugins, base_urls)
        return cls(configuration, journal=journal, transport=transport, ssl_context=ssl_context, clock=clock)

    async def send(self, message: Message) -> SendResult:
        """Send *message* and return one outcome per recipient, in the order of `Message.to`.

        Raises `InvalidMessage` if it cannot be sent as it stands. Cancelling it leaves what is in flight unknown;
        observers and the journal are told.
        """
        shipments, journeys = self._desk.take(message)
        if len(shipments) == 1:
            await self._driver.run(self._desk.deliver(shipments[0]))
        else:
            async for _ in self._deliver_all(_as_async(shipments)):
                pass
        return SendResult(tuple(self._desk.outcome(journey) for journey in journeys))

    async def send_many(self, messages: Iterable[Message] | AsyncIterable[Message]) -> AsyncIterator[Outcome]:
        """Send *messages*, an iterable or an async one, and yield outcomes as they settle; see `Client.send_many`."""
        packer = self._desk.packer()
        settled: deque[Outcome] = deque()

        async def shipments() -> AsyncIterator[Shipment]:
            async for message in _as_async(messages):
                ready, early = packer.add(message)
                settled.extend(early)
                for shipment in ready:
                    yield shipment
            for shipment in packer.flush():
                yield shipment

        async for journeys in self._deliver_all(shipments()):
            while settled:
                yield settled.popleft()
            for journey in journeys:
                yield self._desk.outcome(journey)
        for outcome in settled:
            yield outcome

    async def _deliver_all(self, shipments: AsyncIterator[Shipment]) -> AsyncIterator[list[Journey]]:
        limit = self.configuration.concurrency
        flying: set[asyncio.Task[list[Journey]]] = set()
        try:
            async for shipment in shipments:
                flying.add(asyncio.create_task(self._driver.run(self._desk.deliver(shipment))))
                if len(flying) >= limit:
                    landed, flying = await asyncio.wait(flying, return_when=asyncio.FIRST_COMPLETED)
                    for task in landed:
                        yield task.result()
            while flying:
                landed, flying = await asyncio.wait(flying, return_when=asyncio.FIRST_COMPLETED)
                for task in landed:
                    yield task.result()
        finally:
            for task in flying:
                task.cancel()
            await asyncio.gather(*flying, return_exceptions=True)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._driver.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


ItemT = TypeVar("ItemT")


async def _as_async(items: Iterable[ItemT] | AsyncIterable[ItemT]) -> AsyncIterator[ItemT]:
    if isinstance(items, AsyncIterable):
        async for item in items:
            yield item
    else:
        for number, item in enumerate(items):
            if number % 256 == 255:
                # A long iterable must not keep the loop from the requests in flight.
                await asyncio.sleep(0)
            yield item

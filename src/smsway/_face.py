"""What both clients share: how they are made, and what can be asked of them without I/O."""

from __future__ import annotations

import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from smsway.model import AccountHealth, AttemptFinished, AttemptStarted, Message, OutcomeSettled

if TYPE_CHECKING:
    from smsway.config import Configuration
    from smsway.delivery import Clock, StoreFactory
    from smsway.routing import Explanation
    from smsway.tracking import Tracker
    from smsway.transport import AsyncBaseTransport, BaseTransport

Journal = Callable[[AttemptStarted | AttemptFinished | OutcomeSettled], None]
"""Is told `AttemptStarted` before any byte of the attempt leaves, and `OutcomeSettled` at each final result.

If it raises on `AttemptStarted`, that attempt is not sent: after `Stopped` its recipients are settled as they stand,
after any other exception, which is logged, they move on to the next account. It may be called from several threads at
once.
"""

Source = str | Path | Mapping[str, Any]

TransportT = TypeVar("TransportT", "BaseTransport", "AsyncBaseTransport")


class Face(ABC, Generic[TransportT]):
    """A client without its way of waiting.

    Whoever only names a client, in an annotation for instance, need not have the rooms that it is made of: they are
    imported when it is made.
    """

    def __init__(
        self,
        configuration: Configuration,
        *,
        journal: Journal | None = None,
        transport: TransportT | None = None,
        ssl_context: ssl.SSLContext | None = None,
        clock: Clock | None = None,
        limit_stores: StoreFactory | None = None,
    ) -> None:
        from smsway._desk import Desk  # noqa: PLC0415
        from smsway.config import Configuration  # noqa: PLC0415
        from smsway.delivery import SystemClock  # noqa: PLC0415

        if not isinstance(configuration, Configuration):
            raise TypeError(
                f"a {type(self).__name__} is made of a Configuration, not of a {type(configuration).__name__}; "
                f"{type(self).__name__}.from_config takes a file or a mapping"
            )
        self.configuration = configuration
        transport = transport or self._connect(ssl_context)
        self._desk = Desk(configuration, clock or SystemClock(), journal, limit_stores)
        self._flights = self._desk.flights
        self._drive(transport)

    @abstractmethod
    def _connect(self, ssl_context: ssl.SSLContext | None) -> TransportT:
        """Make the transport, where none is given; raises `ValueError`."""

    @abstractmethod
    def _drive(self, transport: TransportT) -> None:
        """Make the driver."""

    @classmethod
    def from_config(
        cls,
        source: Source,
        *,
        plugins: Iterable[object] = (),
        base_urls: Mapping[str, str] | None = None,
        journal: Journal | None = None,
        transport: TransportT | None = None,
        ssl_context: ssl.SSLContext | None = None,
        clock: Clock | None = None,
        limit_stores: StoreFactory | None = None,
    ) -> Self:
        """Make a client of a configuration file, or of a mapping of the same shape.

        *plugins* are objects to register beside those that the configuration names; *base_urls* replace those of
        accounts.
        *journal* is told of every attempt before it begins and of every result, see `Journal`; *clock* replaces the
        time and the random numbers, for tests.
        *transport* is any `httpx.BaseTransport`, or `httpx.AsyncBaseTransport` for an `AsyncClient`; *ssl_context*
        replaces the TLS context of the default one, such as for an authority of your own; it must verify.
        *limit_stores* makes, for the name of an account, a `pyrate_limiter.StateStore` that other processes share; it
        comes before `[limits] store`.
        Raises `ConfigError` with every problem found, `StoreError` if the store of reports cannot be opened,
        `OutboxError` or `GuardError` if what the guards remember cannot be, and
        `ValueError` for an *ssl_context* that trusts anybody.
        """
        from smsway.config import load  # noqa: PLC0415

        configuration = load(source, plugins, base_urls)
        return cls(
            configuration,
            journal=journal,
            transport=transport,
            ssl_context=ssl_context,
            clock=clock,
            limit_stores=limit_stores,
        )

    def explain(self, message: Message) -> Explanation:
        """Tell what would happen to *message*: routes, candidates, exclusions, batches. Sends nothing.

        It blocks for as long as guards look things up in a database. Raises `InvalidMessage`.
        """
        return self._desk.explain(message)

    def check(self, message: Message) -> None:
        """Raise `InvalidMessage`, with every problem, if *message* could not be sent as it stands. Sends nothing."""
        self._desk.check(message)

    def _log_end(self, error: Exception) -> None:
        from smsway.delivery import log_defect  # noqa: PLC0415

        log_defect(error, "the transport failed at its end")

    def _check_open(self) -> None:
        if self._flights.closed:
            raise RuntimeError("this client is closed; make a new one")

    @property
    def tracker(self) -> Tracker | None:
        """The store of reports and messages from phones, which `smsway.webhooks` writes to; `None` if there is none."""
        return self._desk.tracker

    def health(self) -> dict[str, AccountHealth]:
        """Return how each account is at the moment, by name: whether it rests and why, and how fast it may be asked."""
        return self._desk.health()

"""What a client does between a message and the driver: normalize, screen, route, pack and tell observers. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from smsway._flights import Flights
from smsway._guarding import open_guards
from smsway._screening import Screen
from smsway._tracking import Notes, open_tracker
from smsway.delivery import (
    WRITING,
    Budgets,
    Caller,
    Clock,
    Engine,
    Event,
    Flow,
    Gate,
    Health,
    Leg,
    Limiter,
    Step,
    StoreFactory,
    log_defect,
    rate_key,
    survey,
)
from smsway.model import (
    AccountHealth,
    AttemptFinished,
    AttemptStarted,
    ConversionDropped,
    GuardTriggered,
    HealthChanged,
    InboundReceived,
    InvalidMessage,
    Kind,
    Message,
    Outcome,
    OutcomeSettled,
    ReportReceived,
    Status,
    Stopped,
    Veto,
)
from smsway.routing import (
    Account,
    Journey,
    Normalizer,
    Router,
    Shipment,
    segments_of,
)

if TYPE_CHECKING:
    from pydantic import SecretStr

    from smsway._limits import RedisStores
    from smsway.calls import Asking, Calls, Pulls
    from smsway.config import Configuration
    from smsway.guards import Guards
    from smsway.routing import Explanation

_HOOKS: dict[type, str] = {
    AttemptStarted: "attempt_started",
    AttemptFinished: "attempt_finished",
    GuardTriggered: "guard_triggered",
    ConversionDropped: "conversion_dropped",
    OutcomeSettled: "outcome_settled",
    ReportReceived: "report_received",
    InboundReceived: "inbound_received",
    HealthChanged: "health_changed",
}

_DELIVERY = frozenset((AttemptStarted, AttemptFinished, OutcomeSettled))

_Told = HealthChanged | GuardTriggered | ConversionDropped | ReportReceived | InboundReceived


class Desk:
    """The routing and the engine of one client."""

    def __init__(
        self,
        configuration: Configuration,
        clock: Clock,
        journal: Callable[[Event], None] | None,
        limit_stores: StoreFactory | None = None,
    ) -> None:
        self._configuration = configuration
        self.clock = clock
        self.flights = Flights()
        self._journal = journal
        self._plugins = configuration.plugins
        self._observed = {event for event, hook in _HOOKS.items() if configuration.plugins.observes(hook)}
        self._normalize = Normalizer(
            configuration.catalogue, tuple(configuration.accounts), configuration.options, configuration.region
        )
        self._router = Router(
            configuration.accounts,
            configuration.catalogue,
            configuration.routes,
            configuration.prices,
            configuration.strategies,
        )
        limits = configuration.limits
        self._redis = _redis_stores(limits.store) if limit_stores is None and limits.store is not None else None
        self.tracker = open_tracker(configuration, clock.now, self._tell)
        try:
            self.guards: Guards | None = open_guards(configuration, clock.now, self._tell)
        except BaseException:
            if self.tracker is not None:
                self.tracker.close()
            raise
        limiter = Limiter(
            _rates(configuration),
            clock.monotonic,
            limit_stores or self._redis,
            limits.processes,
            WRITING if journal is not None or self.tracker is not None else 0.0,
        )
        self._opening = Lock()
        self._pulls: Pulls | None = None
        self._caller = Caller(clock, limiter, configuration.timeouts[Kind.NOTIFICATION])
        self._notes = None if self.tracker is None else Notes(self.tracker)
        self.engine = Engine(
            Gate(
                clock,
                Health(clock, _hosts(configuration)),
                limiter,
                Budgets(clock.monotonic),
                configuration.timeouts,
                self._router.fill,
                self._notes,
                self.guards.quota if self.guards else None,
                self.guards.conversion if self.guards else None,
                watched=journal is not None or self._notes is not None or not _DELIVERY.isdisjoint(self._observed),
            ),
            self._segments,
            verifier=None if self.tracker is None else self._asking(),
        )
        self._screen = Screen(self._plugins, self.guards, self._router, self._segments)

    @cached_property
    def calls(self) -> Calls:
        """The calls about accounts beside sending."""
        from smsway.calls import Calls  # noqa: PLC0415  # who only sends does without that room

        return Calls(self._configuration, self._caller, self.tracker)

    @property
    def pulls(self) -> Pulls:
        """The pulls among them."""
        from smsway.calls import Pulls  # noqa: PLC0415  # as above

        with self._opening:  # they remember what was pulled, so there is one of them whoever asks at once
            if self._pulls is None:
                self._pulls = Pulls(self.calls)
        return self._pulls

    def _asking(self) -> Asking:
        from smsway.calls import Asking  # noqa: PLC0415  # as above

        return Asking(self.calls)

    def _segments(self, journey: Journey, account: Account) -> int | None:
        content = journey.content or self._router.fill(journey, account)
        return segments_of(journey, account, self._configuration.catalogue, content)

    def record(self, event: Event | HealthChanged) -> None:
        """Tell the journal, and then the observers; only the start of an attempt can the journal refuse by raising.

        Once the client is closed, no attempt starts.
        """
        if isinstance(event, HealthChanged):
            self._tell(event)
            return
        if self.flights.closed and isinstance(event, AttemptStarted):
            raise Stopped("the client was closed")
        if self._journal is not None:
            try:
                self._journal(event)
            except Exception as error:
                if isinstance(event, AttemptStarted):
                    raise
                # No result may be lost because it could not be written down.
                log_defect(error, "the journal failed")
        if self._notes is not None and not isinstance(event, AttemptStarted):
            self._notes.record(event)
        self._tell(event)

    def _tell(self, event: Event | _Told) -> None:
        """Tell the observers, and guards of messages from phones; raises `GuardError` if an opt-out cannot be kept."""
        if self.guards is not None and isinstance(event, InboundReceived):
            self.guards.hear(event.inbound)
        if type(event) in self._observed:
            self._plugins.notify(_HOOKS[type(event)], event)

    @property
    def is_heard(self) -> bool:
        """True if anybody is told by `record`, who may block."""
        return self.engine.gate.watched or bool(self._observed)

    @property
    def starts_slowly(self) -> bool:
        """True if `start` and `take` may block, for the guards look things up in a database."""
        return self.guards is not None and self.guards.waits

    @property
    def closes_slowly(self) -> bool:
        """True if `close` may block."""
        return self._notes is not None or self._redis is not None or self.starts_slowly

    def close(self) -> None:
        """Close the stores, and what the guards remember."""
        if self._redis is not None:
            self._redis.close()
        if self._notes is not None:
            self._notes.close()
        if self.guards is not None:
            self.guards.close()

    def check(self, message: Message, number: int = 0) -> list[Journey]:
        """Return the journeys of *message*; raises `InvalidMessage`."""
        try:
            return self._normalize(message, number, self.clock.monotonic())
        except InvalidMessage as invalid:
            problems = invalid.problems
        # Raised here: the frames of the normalizer hold the params.
        raise InvalidMessage(problems)

    def start(
        self, message: Message, number: int, identities: Sequence[str] = ()
    ) -> tuple[list[Journey], list[Journey]]:
        """Return the journeys of *message*, and those of them that screening has settled; raises `InvalidMessage`.

        *identities* are names of its recipients that are the same whenever they come, for those that come again.
        """
        journeys = self.check(message, number)
        now = self.clock.now()
        vetoes = self._screen.judge(journeys, identities)
        if not vetoes and not self._screen.sifts:
            self._router.route_all(journeys, now)
            return journeys, []
        settled = []
        for index, journey in enumerate(journeys):
            veto = vetoes.get(index)
            if veto is None:
                self._router.route(journey, now)
                veto = self._screen.sift(journey)[0]
            if veto is not None:
                self._refuse(journey, veto)
                settled.append(journey)
        return journeys, settled

    def foresee(self, message: Message) -> list[str | None]:
        """Return the account to which each recipient would go if it is not stopped, or for which it would wait.

        That is `None` if it has none. Nobody is asked, counted or told. Raises `InvalidMessage`.
        """
        journeys = self.check(message)
        self._router.route_all(journeys, self.clock.now())
        names: list[str | None] = []
        for account, alike in self.engine.assign(journeys):
            # If all rest, the first is waited for.
            first = account or next(iter(alike[0].candidates), None)
            names += [first.name if first else None] * len(alike)
        return names

    def resting(self) -> frozenset[str]:
        """Return the accounts that are not asked about anything at the moment."""
        health = self.engine.gate.health
        return frozenset(name for name in self._configuration.accounts if health.resting(name) is not None)

    def _refuse(self, journey: Journey, veto: Veto) -> None:
        """Settle *journey*, which is not sent."""
        journey.outcome = Outcome(journey.phone, Status.NOT_SENT, None, veto.reason, None, veto.detail)
        journey.setbacks.until = veto.until
        self.record(OutcomeSettled(journey.key, self.engine.settle(journey)))

    def take(self, message: Message) -> tuple[list[Shipment], list[Journey]]:
        """Plan one message as a whole: its shipments, and all its journeys in order."""
        journeys, refused = self.start(message, 0)
        going = [journey for journey in journeys if journey.outcome is None] if refused else journeys
        shipments, settled = self.engine.plan(going)
        self.tell(settled)
        return shipments, journeys

    def tell(self, journeys: Iterable[Journey]) -> None:
        """Tell observers of journeys that were settled without an attempt."""
        for journey in journeys:
            self.record(OutcomeSettled(journey.key, self.outcome(journey)))

    def deliver(self, shipment: Shipment) -> Flow[list[Journey]]:
        """Return the flow that delivers *shipment*."""
        return self.engine.deliver(shipment)

    def advance(self, leg: Leg) -> Flow[Step]:
        """Return the flow that goes one *leg* of a delivery."""
        return self.engine.advance(leg)

    def abandon(self, legs: Sequence[Leg]) -> Flow[None]:
        """Return the flow that settles as it stands what nobody goes on with."""
        return self.engine.abandon(legs)

    def outcome(self, journey: Journey) -> Outcome:
        """Return the final outcome of a delivered journey."""
        return journey.outcome or self.engine.settle(journey)

    def outcomes(self, journeys: Iterable[Journey]) -> list[Outcome]:
        """Return the final outcomes of delivered journeys."""
        return [journey.outcome or self.engine.settle(journey) for journey in journeys]

    def health(self) -> dict[str, AccountHealth]:
        """Return how each account is."""
        return {name: survey(account, self.engine.gate) for name, account in self._configuration.accounts.items()}

    def explain(self, message: Message) -> Explanation:
        """Return the dry run of *message*; raises `InvalidMessage`."""
        from smsway._rehearsal import Rehearsal  # noqa: PLC0415  # who only sends does without it

        rehearsal = Rehearsal(self._configuration, self._router, self._screen, self.engine)
        return rehearsal.explain(message, self.check(message), self.clock.now())


def _redis_stores(url: SecretStr) -> RedisStores:
    from smsway._limits import RedisStores  # noqa: PLC0415  # few count in Redis

    return RedisStores(url)


def _rates(configuration: Configuration) -> dict[str, float]:
    """Return the requests per second of the accounts, and of those of their calls that have a limit of their own."""
    rates = {name: account.rate for name, account in configuration.accounts.items() if account.rate}
    for name, account in configuration.accounts.items():
        spec = configuration.plugins.providers.get(account.provider_name)
        rates |= {rate_key(name, call): rate for call, rate in (spec.call_rates if spec else {}).items()}
    return rates


def _hosts(configuration: Configuration) -> dict[str, str]:
    """Return the host of each account; what cannot be reached there is shared by all accounts of it."""
    accounts = configuration.accounts.items()
    return {name: urlsplit(account.config.base_url).netloc for name, account in accounts if account.config}
